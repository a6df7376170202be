// One search for everything: what a text finds, or what it was looked for as. A single finding is gone to at once.
import { get, showError } from "./api.js";
import { byId, element, fill } from "./dom.js";
import { link, mono } from "./explorer.js";
import { precise, short } from "./figures.js";
import { translate } from "./words.js";

const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";

async function start() {
  byId("q").value = query;
  if (!query) return fill("found");
  try {
    const answer = await get("search", { q: query });
    if (answer.found.length === 1) return location.replace(answer.found[0].address);
    fill("found", answer.found.length ? several(answer) : none(answer));
  } catch (error) {
    fill("found");
    showError(error, start);
  }
}

function none({ query: asked, meant }) {
  return element("div", { class: "card empty" }, element("b", {}, translate("search.none", { query: asked, meant: meant.map((each) => translate(`search.as-${each}`)).join("; ") })));
}

function several(answer) {
  const count = answer.found.length;
  return element("section", { class: "card" },
    element("h2", {}, translate("search.several", { count, query: answer.query })),
    element("ul", { class: "findings" }, answer.found.map(finding)),
    answer.more ? element("p", { class: "how" }, translate("search.more")) : null);
}

function finding(each) {
  const height = each.height === null ? null : `#${each.height}`;
  const position = each.position === null ? null : translate("frame.newest-link", each);
  const told = [each.org, each.name, height, each.time && precise(each.time), position].filter(Boolean).join(" · ");
  return element("li", {}, link(each.address, element("b", {}, translate(`search.${each.kind}`)), " ", told), each.hash ? element("div", {}, mono(short(each.hash), each.hash)) : null);
}

start();

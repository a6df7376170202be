// One org: how it came into the ledger, what it may do, who its members and terminals are.
import { get, showError } from "./api.js";
import { element, fill, pairs } from "./dom.js";
import { blockLink, card, entitle, mono, place, terminalLink } from "./explorer.js";
import { precise, short } from "./figures.js";
import { translate } from "./words.js";

const name = place()[1];

async function start() {
  try {
    const [org, { orgs }] = await Promise.all([get(`orgs/${encodeURIComponent(name)}`), get("status")]);
    const chain = orgs.find((each) => each.org === org.org) ?? null;
    const terminals = chain ? (await get("terminals", { org: org.org })).terminals : [];
    entitle(org.title || org.org);
    fill("org", element("div", { class: "stack" }, about(org, chain), members(org)), terminalCard(terminals));
  } catch (error) {
    fill("org");
    showError(error, start);
  }
}

function about(org, chain) {
  const suspended = org.suspended ? element("span", { class: "badge bad" }, translate("org.suspended")) : null;
  const admitted = org.admitted_by ? translate("org.by", { orgs: org.admitted_by, height: org.admitted_height }) : translate("org.founder");
  return card(null, suspended, pairs([
    [translate("org.name"), org.org],
    [translate("org.admitted"), element("span", {}, `${admitted}, ${precise(org.admitted_at)} `, org.admitted_height ? blockLink(org.admitted_height) : null)],
    [translate("org.vote"), translate(org.has_vote ? "org.has-vote" : "org.no-vote")],
    [translate("org.roles"), org.roles.length ? org.roles.map((each) => each.role).join(", ") : null],
    [translate("org.chain"), chain ? translate("org.chain-line", { anchored: chain.anchored.toLocaleString(), frames: chain.frames.toLocaleString() }) : translate("org.chain-elsewhere")],
  ]));
}

function members(org) {
  const head = ["org.member", "org.role", "org.key"].map((key) => element("th", {}, translate(key)));
  const row = (each) => element("tr", {}, element("td", {}, each.name), element("td", {}, each.role), element("td", {}, mono(short(each.key_id), each.key_id)));
  const table = element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, org.members.map(row)));
  return card(translate("org.members"), element("div", { class: "scroll" }, table));
}

function terminalCard(terminals) {
  const none = element("p", {}, translate("org.no-terminals"));
  const list = element("ul", { class: "named" }, terminals.map((each) => element("li", {}, terminalLink(each.org, each.terminal))));
  return card(translate("org.terminals"), terminals.length ? list : none);
}

entitle(name);
start();

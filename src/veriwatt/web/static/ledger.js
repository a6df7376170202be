// The ledger: who operates it, how far data chains are anchored, blocks with decoded transactions, anchors.
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { precise, short } from "./figures.js";
import { has, message, operatorName, translate } from "./words.js";

const PAGE = 40;

let listed = [];
let oldest = null;

async function start() {
  try {
    const [status, anchors] = await Promise.all([get("status"), get("anchors", { limit: 20 }), more()]);
    fill("operator", operator(status.operator));
    fill("tiles", tiles(status));
    fill("chains", chainTable(status.orgs));
    fill("anchors", anchors.anchors.length ? anchorTable(anchors.anchors) : element("p", {}, translate("ledger.no-anchors")));
  } catch (error) {
    showError(error, start);
  }
}

async function more() {
  const found = await get("blocks", { limit: PAGE, before: oldest });
  listed = [...listed, ...found.blocks];
  oldest = listed[listed.length - 1].height;
  showBlocks();
}

function operator(text) {
  if (text !== "single operator") return element("p", { class: "lead" }, operatorName(text));
  return element("div", { class: "notice" }, element("b", {}, translate("ledger.single")), element("p", {}, translate("ledger.single-how")));
}

function tiles(status) {
  const tile = (name, figure, ...lines) => element("div", { class: "tile" }, element("div", { class: "name" }, name), figure, lines.map((line) => element("div", { class: "basis" }, line)));
  const figure = (text) => element("div", { class: "figure" }, text);
  const sum = (name) => status.orgs.reduce((total, org) => total + org[name], 0);
  return [
    tile(translate("ledger.height"), figure(status.height.toLocaleString()), `${translate("ledger.time")} ${precise(status.time)}`),
    tile(translate("ledger.anchored"), figure(sum("anchored").toLocaleString()), translate("ledger.frames", { frames: sum("frames").toLocaleString() })),
    tile(translate("ledger.chain"), element("div", { class: "mono" }, status.chain_id), operatorName(status.operator)),
  ];
}

function chainTable(orgs) {
  const head = ["anchor.org", "ledger.accepted", "ledger.anchored"].map((key, i) => element("th", { class: i ? "number" : null }, translate(key)));
  const late = (org) => [
    org.unanchored_since ? translate("ledger.waiting", { time: precise(org.unanchored_since) }) : null,
    org.viewed < org.frames ? translate("ledger.view", { lag: org.frames - org.viewed }) : null,
  ].filter(Boolean).map((line) => element("div", { class: "note" }, line));
  const row = (org) => element("tr", {},
    element("td", { class: "free" }, org.title || org.org, org.title && org.title !== org.org ? element("div", { class: "note" }, org.org) : null, late(org)),
    element("td", { class: "number" }, org.frames.toLocaleString()), element("td", { class: "number" }, org.anchored.toLocaleString()));
  return element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, orgs.map(row)));
}

function showBlocks() {
  const shown = listed.filter((block) => block.transactions.length || byId("empty-blocks").checked);
  fill("blocks", shown.map(blockLine));
  byId("older").hidden = oldest <= 1;
}

function blockLine(block) {
  const count = block.transactions.length;
  const kinds = [...new Set(block.transactions.map((each) => kind(each.kind)))].join(" · ");
  const what = count === 0 ? translate("ledger.empty") : count === 1 ? kinds : `${translate("ledger.count", { count })} · ${kinds}`;
  const inside = element("div", { class: "inside" });
  const made = element("details", { class: "block" },
    element("summary", {}, element("b", {}, `#${block.height}`), element("span", {}, what), element("span", { class: "when" }, precise(block.time))), inside);
  made.addEventListener("toggle", () => made.open && !inside.firstChild && openBlock(block.height, inside), { once: false });
  return made;
}

async function openBlock(height, inside) {
  try {
    const block = await get(`blocks/${height}`);
    fill(inside,
      pairs([
        [translate("ledger.hash"), element("span", { class: "mono" }, block.hash)],
        [translate("ledger.app-hash"), element("span", { class: "mono" }, block.app_hash)],
        [translate("ledger.block-time"), precise(block.time)],
        [translate("ledger.signers"), `${block.signers}${block.operator === "single operator" ? ` (${translate("ledger.single")})` : ""}`],
      ]),
      block.transactions.map(transaction));
  } catch (error) {
    showError(error, () => openBlock(height, inside));
  }
}

function transaction(each) {
  const accepted = element("span", { class: "badge good" }, translate("ledger.result-ok"));
  const result = each.result === "ok" ? accepted : element("span", { class: "badge bad" }, translate("ledger.result-refused", { why: refusal(each) }));
  return element("div", { class: "transaction" },
    element("b", {}, kind(each.kind)), " ", translate("ledger.by", each), " ", result, " ", element("span", { class: "when" }, translate("ledger.bytes", each)),
    pairs([[translate("ledger.digest"), element("span", { class: "mono" }, each.digest)]]),
    element("details", {}, element("summary", {}, translate("ledger.body")), element("pre", { class: "body" }, JSON.stringify(each.body, null, 1))));
}

/** Blocks keep codes alone, without the values of the refusal. */
function refusal({ result, why }) {
  return message("errors", result, {}, why || result.replaceAll("-", " "));
}

function anchorTable(anchors) {
  const head = ["anchor.time", "anchor.block", "anchor.org", "anchor.frames", "anchor.root"].map((key) => element("th", {}, translate(key)));
  const row = (each) => element("tr", {},
    element("td", {}, precise(each.time)), element("td", {}, `#${each.height}`), element("td", {}, each.org),
    element("td", {}, `${each.old_size} → ${each.new_size}`), element("td", { class: "mono", title: each.root }, short(each.root)));
  return element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, anchors.map(row)));
}

const kind = (code) => (has(`tx.${code}`) ? translate(`tx.${code}`) : code);

byId("empty-blocks").addEventListener("change", showBlocks);
byId("older").addEventListener("click", () => more().catch((error) => showError(error, more)));
start();

// The ledger: who operates it, how far data chains are anchored, blocks with decoded transactions, anchors.
import { get, showError } from "./api.js";
import { byId, fill, h, pairs } from "./dom.js";
import { precise, short } from "./figures.js";
import { has, message, operatorName, t } from "./words.js";

const PAGE = 40;

let listed = [];
let oldest = null;

async function start() {
  try {
    const [status, anchors] = await Promise.all([get("status"), get("anchors", { limit: 20 }), more()]);
    fill("operator", operator(status.operator));
    fill("tiles", tiles(status));
    fill("chains", chainTable(status.orgs));
    fill("anchors", anchors.anchors.length ? anchorTable(anchors.anchors) : h("p", {}, t("ledger.no-anchors")));
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
  if (text !== "single operator") return h("p", { class: "lead" }, operatorName(text));
  return h("div", { class: "notice" }, h("b", {}, t("ledger.single")), h("p", {}, t("ledger.single-how")));
}

function tiles(status) {
  const tile = (name, figure, ...lines) => h("div", { class: "tile" }, h("div", { class: "name" }, name), figure, lines.map((line) => h("div", { class: "basis" }, line)));
  const figure = (text) => h("div", { class: "figure" }, text);
  const sum = (name) => status.orgs.reduce((total, org) => total + org[name], 0);
  return [
    tile(t("ledger.height"), figure(status.height.toLocaleString()), `${t("ledger.time")} ${precise(status.time)}`),
    tile(t("ledger.anchored"), figure(sum("anchored").toLocaleString()), t("ledger.frames", { frames: sum("frames").toLocaleString() })),
    tile(t("ledger.chain"), h("div", { class: "mono" }, status.chain_id), operatorName(status.operator)),
  ];
}

function chainTable(orgs) {
  const head = ["anchor.org", "ledger.accepted", "ledger.anchored"].map((key, i) => h("th", { class: i ? "number" : null }, t(key)));
  const late = (org) => [
    org.unanchored_since ? t("ledger.waiting", { time: precise(org.unanchored_since) }) : null,
    org.viewed < org.frames ? t("ledger.view", { lag: org.frames - org.viewed }) : null,
  ].filter(Boolean).map((line) => h("div", { class: "note" }, line));
  const row = (org) => h("tr", {},
    h("td", { class: "free" }, org.title || org.org, org.title && org.title !== org.org ? h("div", { class: "note" }, org.org) : null, late(org)),
    h("td", { class: "number" }, org.frames.toLocaleString()), h("td", { class: "number" }, org.anchored.toLocaleString()));
  return h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, orgs.map(row)));
}

function showBlocks() {
  const shown = listed.filter((block) => block.transactions.length || byId("empty-blocks").checked);
  fill("blocks", shown.map(blockLine));
  byId("older").hidden = oldest <= 1;
}

function blockLine(block) {
  const count = block.transactions.length;
  const kinds = [...new Set(block.transactions.map((each) => kind(each.kind)))].join(" · ");
  const what = count === 0 ? t("ledger.empty") : count === 1 ? kinds : `${t("ledger.count", { count })} · ${kinds}`;
  const inside = h("div", { class: "inside" });
  const made = h("details", { class: "block" },
    h("summary", {}, h("b", {}, `#${block.height}`), h("span", {}, what), h("span", { class: "when" }, precise(block.time))), inside);
  made.addEventListener("toggle", () => made.open && !inside.firstChild && openBlock(block.height, inside), { once: false });
  return made;
}

async function openBlock(height, inside) {
  try {
    const block = await get(`blocks/${height}`);
    fill(inside,
      pairs([
        [t("ledger.hash"), h("span", { class: "mono" }, block.hash)],
        [t("ledger.app-hash"), h("span", { class: "mono" }, block.app_hash)],
        [t("ledger.block-time"), precise(block.time)],
        [t("ledger.signers"), `${block.signers}${block.operator === "single operator" ? ` (${t("ledger.single")})` : ""}`],
      ]),
      block.transactions.map(transaction));
  } catch (error) {
    showError(error, () => openBlock(height, inside));
  }
}

function transaction(each) {
  const accepted = h("span", { class: "badge good" }, t("ledger.result-ok"));
  const result = each.result === "ok" ? accepted : h("span", { class: "badge bad" }, t("ledger.result-refused", { why: refusal(each) }));
  return h("div", { class: "transaction" },
    h("b", {}, kind(each.kind)), " ", t("ledger.by", each), " ", result, " ", h("span", { class: "when" }, t("ledger.bytes", each)),
    pairs([[t("ledger.digest"), h("span", { class: "mono" }, each.digest)]]),
    h("details", {}, h("summary", {}, t("ledger.body")), h("pre", { class: "body" }, JSON.stringify(each.body, null, 1))));
}

/** Blocks keep codes alone, without the values of the refusal. */
function refusal({ result, why }) {
  return message("errors", result, {}, why || result.replaceAll("-", " "));
}

function anchorTable(anchors) {
  const head = ["anchor.time", "anchor.block", "anchor.org", "anchor.frames", "anchor.root"].map((key) => h("th", {}, t(key)));
  const row = (each) => h("tr", {},
    h("td", {}, precise(each.time)), h("td", {}, `#${each.height}`), h("td", {}, each.org),
    h("td", {}, `${each.old_size} → ${each.new_size}`), h("td", { class: "mono", title: each.root }, short(each.root)));
  return h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, anchors.map(row)));
}

const kind = (code) => (has(`tx.${code}`) ? t(`tx.${code}`) : code);

byId("empty-blocks").addEventListener("change", showBlocks);
byId("older").addEventListener("click", () => more().catch((error) => showError(error, more)));
start();

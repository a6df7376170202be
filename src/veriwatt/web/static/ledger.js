// The ledger: who operates it, how far data chains are anchored, blocks with decoded transactions, anchors.
import { showAlarms } from "./alarms.js";
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { precise, short } from "./figures.js";
import { anchored, blockLink, kind, link, mono, orgLink, resultBadge, transactionLink } from "./explorer.js";
import { operatorName, translate } from "./words.js";

const PAGE = 40;

let listed = [];
let oldest = null;

async function start() {
  try {
    const [status, ledger, anchors] = await Promise.all([get("status"), get("ledger"), get("anchors", { limit: 20 }), more()]);
    showAlarms(ledger.alarms);
    fill("operator", operator(status.operator));
    fill("tiles", tiles(status, ledger));
    fill("validators", validatorTable(ledger));
    fill("misbehaviour", ledger.misbehaviour.length ? misbehaviourTable(ledger.misbehaviour) : []);
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

/** How long ago, in the largest unit that there is one of. */
function age(now, then) {
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(then)) / 1000));
  const [name, n] = [["days", 86_400], ["hours", 3_600], ["minutes", 60], ["seconds", 1]].map(([each, length]) => [each, Math.floor(seconds / length)]).find(([each, count]) => count || each === "seconds");
  return translate("ledger.age", { age: translate(`age.${name}`, { n }) });
}

const badge = (shown, key) => (shown ? [" ", element("span", { class: "badge bad" }, translate(key))] : null);

function validatorTable({ validators, total_power: total }) {
  const head = ["ledger.validator", "ledger.power", "ledger.signed"].map((key, i) => element("th", { class: i ? "number" : null }, translate(key)));
  const row = (each) => element("tr", {},
    element("td", {}, mono(short(each.address), each.address), badge(each.missing, "ledger.missing"), badge(each.misbehaved, "ledger.misbehaved"), each.org ? element("div", { class: "note" }, orgLink(each.org)) : null),
    element("td", { class: "number" }, translate("ledger.power-of", { power: each.power, total })),
    element("td", { class: "number" }, translate("ledger.signed-of", each)));
  return element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, validators.map(row)));
}

function misbehaviourTable(all) {
  const head = ["ledger.validator", "ledger.misbehaviour-what", "ledger.misbehaviour-at", "ledger.misbehaviour-proven"].map((key) => element("th", {}, translate(key)));
  const row = (each) => element("tr", {},
    element("td", { class: "free" }, mono(short(each.address), each.address), element("div", { class: "note" }, each.org ? orgLink(each.org) : null, " ", each.public_key ? mono(each.public_key) : null)),
    element("td", { class: "free" }, translate(`ledger.${each.kind}`), element("div", { class: "note" }, translate("ledger.power"), " ", translate("ledger.power-of", { power: each.power, total: each.total_power }))),
    element("td", {}, blockLink(each.height), element("div", { class: "note" }, precise(each.time))),
    element("td", {}, blockLink(each.recorded_height), element("div", { class: "note" }, precise(each.recorded_time))));
  return [
    element("h3", {}, translate("ledger.misbehaviour-title")), element("p", { class: "how" }, translate("ledger.misbehaviour-how")),
    element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, all.map(row))),
  ];
}

function tiles(status, ledger) {
  const tile = (name, figure, ...lines) => element("div", { class: "tile" }, element("div", { class: "name" }, name), figure, lines.map((line) => element("div", { class: "basis" }, line)));
  const figure = (text) => element("div", { class: "figure" }, text);
  const sum = (name) => status.orgs.reduce((total, org) => total + org[name], 0);
  return [
    tile(translate("ledger.height"), figure(ledger.height.toLocaleString()), `${translate("ledger.time")} ${precise(ledger.time)}`, age(ledger.now, ledger.time)),
    tile(translate("ledger.rate"), figure(ledger.rate.per_minute), translate("ledger.rate-over", { ...ledger.rate, since: precise(ledger.rate.since) })),
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
    element("td", { class: "free" }, org.title ? link(`/orgs/${encodeURIComponent(org.org)}`, org.title) : orgLink(org.org), org.title && org.title !== org.org ? element("div", { class: "note" }, org.org) : null, late(org)),
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
      element("p", {}, link(`/ledger/${height}`, translate("ledger.block-page"))),
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
  return element("div", { class: "transaction" },
    element("b", {}, kind(each.kind)), " ", translate("ledger.by", each), " ", resultBadge(each), " ", element("span", { class: "when" }, translate("ledger.bytes", each)),
    pairs([[translate("ledger.digest"), transactionLink(each.digest, mono(each.digest))]]), anchored(each),
    element("details", {}, element("summary", {}, translate("ledger.body")), element("pre", { class: "body" }, JSON.stringify(each.body, null, 1))));
}

function anchorTable(anchors) {
  const head = ["anchor.time", "anchor.block", "anchor.org", "anchor.frames", "anchor.root"].map((key) => element("th", {}, translate(key)));
  const row = (each) => element("tr", {},
    element("td", {}, precise(each.time)), element("td", {}, blockLink(each.height)), element("td", {}, orgLink(each.org)),
    element("td", {}, `${each.old_size} → ${each.new_size}`), element("td", { class: "mono", title: each.root }, short(each.root)));
  return element("table", {}, element("thead", {}, element("tr", {}, head)), element("tbody", {}, anchors.map(row)));
}

byId("empty-blocks").addEventListener("change", showBlocks);
byId("older").addEventListener("click", () => more().catch((error) => showError(error, more)));
start();

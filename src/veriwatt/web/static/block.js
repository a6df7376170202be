// One block: its header, what stands in it, and its check.
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { addWays, card, entitle, link, mono, offerCheck, place, transactionLine } from "./explorer.js";
import { precise } from "./figures.js";
import { operatorName, translate } from "./words.js";

const height = Number(place()[1]);

async function start() {
  try {
    const block = await get(`blocks/${height}`);
    fill("block", about(block), items(block));
  } catch (error) {
    byId("run-check").hidden = true;
    fill("block");
    showError(error, start);
  }
}

function about(block) {
  addWays(height > 1 ? link(`/ledger/${height - 1}`, translate("block.before")) : null, block.newest ? null : link(`/ledger/${height + 1}`, translate("block.after")));
  return card(null,
    block.newest ? element("p", { class: "how" }, translate("block.newest")) : null,
    pairs([
      [translate("ledger.block-time"), precise(block.time)],
      [translate("ledger.hash"), mono(block.hash)],
      [translate("block.before"), block.before && link(`/ledger/${height - 1}`, mono(block.before))],
      [translate("ledger.app-hash"), mono(block.app_hash)],
      [translate("block.data-hash"), mono(block.data_hash)],
      [translate("block.validators-hash"), mono(block.validators_hash)],
      [translate("block.signed-power"), `${translate("ledger.power-of", { power: block.signed_power, total: block.total_power })}, ${operatorName(block.operator)}`],
      [translate("block.proposer"), mono(block.proposer)],
    ]));
}

function items(block) {
  if (!block.items.length) return card(translate("block.items"), element("p", {}, translate("block.items-none")));
  return card(translate("block.items"), block.items.map(item));
}

function item(each) {
  if (!each.transactions) return transactionLine(each);
  const title = translate("block.bundle", { ...each, count: each.transactions.length });
  return element("div", { class: "bundle" }, transactionLine(each),
    element("details", { open: each.transactions.length <= 8 }, element("summary", {}, title), element("div", { class: "inside" }, each.transactions.map(transactionLine))));
}

entitle(translate("block.title", { height }));
offerCheck(`blocks/${height}/check`);
start();

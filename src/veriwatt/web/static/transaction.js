// One transaction or bundle: its block and result, its content in words and in bytes, and its check.
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { anchored, blockLink, card, entitle, kind, mono, offerCheck, orgLink, place, resultBadge, transactionLine, transactionLink } from "./explorer.js";
import { precise } from "./figures.js";
import { translate } from "./words.js";

const digest = place()[2];

async function start() {
  try {
    const found = await get(`transactions/${digest}`);
    if (found.transactions) entitle(translate("transaction.bundle-title"));
    fill("transaction", about(found), members(found), content(found));
  } catch (error) {
    byId("run-check").hidden = true;
    fill("transaction");
    showError(error, start);
  }
}

function about(found) {
  return card(null, pairs([
    [translate("ledger.digest"), mono(found.digest)],
    [translate("transaction.kind"), kind(found.kind)],
    [translate("transaction.by"), found.org && element("span", {}, orgLink(found.org), `/${found.member}`)],
    [translate("transaction.result"), resultBadge(found)],
    [translate("transaction.block"), element("span", {}, blockLink(found.height), `, ${precise(found.time)}`)],
    [translate("transaction.place"), String(found.item)],
    [translate("transaction.in-bundle"), found.bundle && transactionLink(found.bundle)],
    [translate("transaction.relay"), found.relay],
    [translate("anchor.frames"), anchored(found)],
    [translate("transaction.expiry"), found.expiry ? found.expiry.toLocaleString() : null],
    [translate("transaction.size"), translate("ledger.bytes", { bytes: found.bytes.toLocaleString() })],
  ]));
}

function members({ transactions }) {
  return transactions && card(translate("transaction.members"), transactions.map(transactionLine));
}

function content({ body, raw }) {
  const bytes = element("details", {}, element("summary", {}, translate("transaction.raw")), element("pre", { class: "body", id: "raw", tabindex: "0" }, raw));
  const decoded = body && element("pre", { class: "body", id: "decoded", tabindex: "0" }, JSON.stringify(body, null, 1));
  return card(translate("ledger.body"), decoded, bytes);
}

offerCheck(`transactions/${digest}/check`);
start();

// Proposals: what the orgs are to decide, in whose words, who voted how, and what became of it.
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { precise } from "./figures.js";
import { message, translate } from "./words.js";

const PAGE = 20;
const BADGES = { open: "", enacted: "good", rejected: "bad", failed: "bad", expired: "" };

let listed = [];

async function more() {
  const found = await get("proposals", { limit: PAGE, before: listed.length ? listed[listed.length - 1].number : null });
  listed = [...listed, ...found.proposals];
  fill("proposals", listed.length ? listed.map(card) : element("p", {}, translate("proposals.none")));
  byId("older").hidden = !listed.length || listed[listed.length - 1].number <= 1;
}

function card(each) {
  const badge = element("span", { class: `badge ${BADGES[each.result]}`.trim() }, translate(`result.${each.result}`));
  return element("section", { class: "card", id: `proposal-${each.number}`, "aria-labelledby": `title-${each.number}` },
    element("h2", { id: `title-${each.number}` }, `${translate("proposals.number", each)} · ${decision(each)} `, badge),
    element("p", {}, element("q", {}, each.text)),
    pairs([
      [translate("proposals.names"), names(each.decision)],
      [translate("proposals.by"), `${each.org}/${each.member}, ${precise(each.time)}`],
      [translate("proposals.yes"), votes(each, true)],
      [translate("proposals.no"), votes(each, false)],
      [translate("proposals.needed"), each.needed === null ? null : translate("proposals.needed-of", { needed: each.needed, voters: each.voters.length })],
      [translate("proposals.waiting"), each.voters === null ? null : waiting(each)],
      [translate("proposals.until"), each.result === "open" ? precise(each.expires) : null],
      [translate("proposals.outcome"), outcome(each)],
      [translate("ledger.digest"), element("span", { class: "mono" }, each.digest)],
    ]));
}

/** What it does, in the reader's language. */
function decision({ kind, decision: told }) {
  if (kind === "admit") return translate(told.with_vote ? "decision.admit-with-vote" : "decision.admit", told);
  if (kind === "factors") return translate(told.in_force ? "decision.factors" : "decision.factors-end", told);
  if (kind === "parameters") return translate("decision.parameters", { changes: Object.entries(told.parameters).map(([name, value]) => `${name} = ${value}`).join(", ") });
  if (kind === "upgrade") return translate(told.height ? "decision.upgrade" : "decision.upgrade-cancel", told);
  return translate(`decision.${kind}`, told);
}

/** The keys and digests that it names, which are too long for a heading. */
function names({ key, digest, validators }) {
  const mono = (text) => element("div", { class: "mono" }, text);
  if (validators) return validators.map((each) => mono(validator(each)));
  return key || digest ? mono(key || digest) : null;
}

const validator = ({ key, power }) => (power ? translate("decision.power", { key, power }) : translate("decision.removed", { key }));

function votes(each, yes) {
  const cast = each.votes.filter((vote) => vote.yes === yes);
  if (!cast.length) return translate("proposals.nobody");
  return cast.map((vote) => element("div", {}, `${vote.org}/${vote.member}, ${precise(vote.time)}`));
}

function waiting(each) {
  const cast = each.votes.map((vote) => vote.org);
  return each.voters.filter((org) => !cast.includes(org)).join(", ") || translate("proposals.nobody");
}

function outcome(each) {
  if (!each.decided_at) return each.result === "expired" ? translate("proposals.expired", { time: precise(each.expires) }) : null;
  const decided = translate(`proposals.${each.result}`, { height: each.decided_height, time: precise(each.decided_at) });
  return each.why ? `${decided} ${message("errors", each.why, each.decision, each.why.replaceAll("-", " "))}` : decided;
}

const load = () => more().catch((error) => showError(error, load));
byId("older").addEventListener("click", load);
load();

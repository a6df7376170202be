// What a verdict states of a reading or a period, as names and values in words: the same words as those of the figures.
import { element } from "./dom.js";
import { grouped, precise, unit } from "./figures.js";
import { noValue, valued } from "./marks.js";
import { keys } from "./quality.js";
import { quantityName } from "./tiles.js";
import { has, translate } from "./words.js";

const SHOWN = [
  "value", "at_least", "stated_by_owner", "status", "reason", "slots", "expected", "complete", "point", "start", "end", "instant", "direction", "multiplier", "backward", "restart", "width", "rate", "energy", "kind", "org", "frames", "terminals",
  "terminal", "terminal_key_protection", "certified_by", "certifier", "confirmed_by", "confirmer", "origin", "collected_at", "signed_not_earlier_than", "anchored_not_later_than", "anchored_in_block", "chain_position", "log_epoch",
  "facts_as_of", "signers", "cosigned_by", "chain", "frame",
];
const TIMES = ["start", "end", "instant", "collected_at", "signed_not_earlier_than", "anchored_not_later_than", "facts_as_of"];
const WORDS = { status: "status.", reason: "reason.", energy: "energy.", kind: "kind.", direction: "direction.", terminal_key_protection: "protection." };

/** The facts as pairs of name and value; a fact that this claim does not have has the value null. */
export const factLines = (facts) => SHOWN.map((name) => [named(name, facts), fact(name, facts)]);

const isPeriod = (facts) => "expected" in facts;

/** A figure is named by what it measures; and the reading of a register is not what was used in the slot. */
function named(name, facts) {
  if (name === "value") return valueName(facts);
  if (name === "at_least") return translate("detail.at-least");
  if (name === "stated_by_owner") return translate("detail.stated-by-owner");
  if (name === "slots") return translate("detail.slots");
  return translate(isPeriod(facts) && (name === "start" || name === "end") ? `fact.period-${name}` : `fact.${name}`);
}

function valueName(facts) {
  if (isPeriod(facts) || facts.kind === "interval") return quantityName(facts);
  return translate(facts.kind === "register" ? "fact.register-reading" : "fact.value");
}

function fact(name, facts) {
  const value = facts[name];
  if (name === "value") return element("b", {}, value === null ? noValue(facts) : amount(value, facts));
  if (name === "slots") return isPeriod(facts) ? keys(rowOf(facts)) : null;
  if (name === "certified_by" && value === null) return translate("fact.nobody");
  if (value === null || value === undefined) return null;
  if (name === "at_least" || name === "stated_by_owner") return name === "at_least" && value === facts.value ? null : amount(value, facts);
  if (name === "backward" || name === "restart") return value ? translate("truth.true") : null;
  if (name === "width" || name === "rate") return amount(value, facts);
  if (name === "complete") return translate(`truth.${value}`);
  if (name === "origin") return origin(value);
  if (name === "certifier" || name === "confirmer") return `${translate(value.admitted_by ? "admission.by" : "admission.founder", value)}; ${translate(`basis.${value.basis}`, value)}`;
  if (TIMES.includes(name)) return precise(value);
  const key = WORDS[name] && `${WORDS[name]}${value}`;
  if (key && has(key)) return translate(key);
  return ["frame", "chain"].includes(name) ? element("span", { class: "mono" }, value) : String(value);
}

const amount = (value, facts) => `${grouped(value)} ${unit(facts.unit)}`;

/** The slots and steps of a period, as a figure has them. What the owner states has a line of its own. */
function rowOf(facts) {
  const partial = facts.value !== null && valued(facts) < facts.expected;
  return { ...facts, absent: facts.not_stated, partial, stated_by_owner: null };
}

function origin({ kind, ...more }) {
  const rest = [more.name, more.author, more.reason].filter(Boolean).join(", ");
  return rest ? `${translate(`origin.${kind}`)}: ${rest}` : translate(`origin.${kind}`);
}

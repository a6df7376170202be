// Verifying: two files in; verdict, steps, facts and caveats out, in words.
import { clearError, post, showError } from "./api.js";
import { byId, fill, h, pairs } from "./dom.js";
import { grouped, precise, unit } from "./figures.js";
import { has, message, operatorName, t } from "./words.js";

const FACTS = [
  "value", "status", "point", "start", "end", "energy", "kind", "org", "terminal", "terminal_key_protection", "certified_by",
  "origin", "version", "collected_at", "signed_not_earlier_than", "anchored_not_later_than", "anchored_in_block", "chain_position",
  "facts_as_of", "signers", "chain", "frame",
];
const TIMES = ["start", "end", "collected_at", "signed_not_earlier_than", "anchored_not_later_than", "facts_as_of"];
const WORDS = { status: "status", energy: "energy", kind: "kind", terminal_key_protection: "protection" };
const SIGNS = { proven: "✓", consistent: "≈", refused: "✕" };

const form = byId("verify");

async function verify(event) {
  event.preventDefault();
  const chosen = new FormData(form);
  if (!chosen.get("evidence")?.size) {
    fill("outcome");
    fill("trouble", h("p", { class: "notice" }, t("verify.choose-first")));
    return;
  }
  if (!chosen.get("trust")?.size) chosen.delete("trust");
  try {
    show(await post("verify", chosen));
    clearError();
  } catch (error) {
    fill("outcome");
    showError(error);
  }
}

function show(outcome) {
  const { verdict, failed, facts, trust } = outcome;
  const why = failed && message("errors", failed.code, failed.values, failed.why);
  const caveats = outcome.caveat_codes.map(({ code, values }, i) => message("caveats", code, values, outcome.caveats[i]));
  const how = failed ? t("verdict.refused-how", { step: failed.step, name: t(`step.${failed.step}`) }) : t(`verdict.${verdict}-how`);
  const lines = [how, why, trust && trustLine(trust), failed && t("verify.facts-none")].filter(Boolean);
  const steps = card("verify.steps", h("ol", { class: "steps" }, outcome.steps.map(stepLine)));
  fill("outcome",
    h("section", { class: `verdict ${verdict}`, id: "verdict", "data-verdict": verdict },
      h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[verdict]),
      h("div", {}, h("h2", {}, t(`verdict.${verdict}`)), lines.map((line) => h("p", {}, line)))),
    failed ? steps : h("div", { class: "halves" },
      card("verify.facts", pairs(FACTS.map((name) => [t(`fact.${name}`), fact(name, facts)]))),
      h("div", { class: "stack" }, card("verify.caveats", h("ul", { class: "caveats" }, caveats.map((each) => h("li", {}, each)))), steps)));
}

const card = (title, content) => h("section", { class: "card" }, h("h2", {}, t(title)), content);

function stepLine({ step, state }) {
  const kind = { holds: "holds", failed: "failed" }[state] ?? "unreached";
  return h("li", { class: kind, "data-step": step, "data-state": state },
    h("span", { class: "n" }, String(step)), h("span", {}, t(`step.${step}`), h("span", { class: "said" }, t(`step.${step}-how`))), h("span", { class: "state" }, t(`state.${state}`)));
}

function fact(name, facts) {
  const value = facts[name];
  if (name === "value") return h("b", {}, value === null ? t("tile.none") : `${grouped(value)} ${unit(facts.unit)}`);
  if (name === "certified_by" && value === null) return t("fact.nobody");
  if (value === null || value === undefined) return null;
  if (name === "origin") return origin(value);
  if (name === "version") return facts.replaces ? t("version.later", facts) : t("version.first");
  if (TIMES.includes(name)) return precise(value);
  const key = WORDS[name] && `${WORDS[name]}.${value}`;
  if (key && has(key)) return t(key);
  return ["frame", "chain"].includes(name) ? h("span", { class: "mono" }, value) : String(value);
}

function origin({ kind, ...more }) {
  const rest = [more.name, more.author, more.reason].filter(Boolean).join(", ");
  return rest ? `${t(`origin.${kind}`)}: ${rest}` : t(`origin.${kind}`);
}

function trustLine({ source, short, age, operator }) {
  return t("verify.trust-used", { source, short, days: Math.floor(age / 864e5), operator: operatorName(operator) });
}

for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input");
  const hint = drop.querySelector(".hint");
  const named = () => {
    const [file] = input.files;
    drop.classList.toggle("filled", Boolean(file));
    hint.textContent = file ? t("verify.chosen", { name: file.name, bytes: file.size.toLocaleString() }) : t("verify.drop");
  };
  input.addEventListener("change", named);
  drop.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("over")));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    input.files = event.dataTransfer.files;
    named();
  });
}
form.addEventListener("submit", verify);

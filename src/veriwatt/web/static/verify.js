// Verifying: two files in; verdict, steps, facts and caveats out, in words.
import { clearError, post, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { factLines } from "./facts.js";
import { message, operatorName, translate } from "./words.js";

const SIGNS = { proven: "✓", consistent: "≈", refused: "✕" };

const form = byId("verify");

let asking;

/** No verdict and no error stands beside a file that it is not of. */
function forget() {
  asking?.abort();
  fill("outcome");
  clearError();
}

async function verify(event) {
  event.preventDefault();
  forget();
  const chosen = new FormData(form);
  if (!chosen.get("evidence")?.size) {
    fill("trouble", element("p", { class: "notice" }, translate("verify.choose-first")));
    return;
  }
  if (!chosen.get("trust")?.size) chosen.delete("trust");
  asking = new AbortController();
  fill("outcome", element("p", { class: "note" }, translate("verify.running")));
  byId("outcome").setAttribute("aria-busy", "true");
  try {
    show(await post("verify", chosen, asking.signal));
  } catch (error) {
    if (error.name !== "AbortError") fill("outcome");
    showError(error);
  }
}

function show(outcome) {
  const { verdict, failed, facts, trust } = outcome;
  const why = failed && message("errors", failed.code, failed.values, failed.why);
  const caveats = outcome.caveat_codes.map(({ code, values }, i) => message("caveats", code, values, outcome.caveats[i]));
  const how = failed ? translate("verdict.refused-how", { step: failed.step, name: translate(`step.${failed.step}`) }) : translate(`verdict.${verdict}-how`);
  const lines = [how, why, trust && trustLine(trust), failed && translate("verify.facts-none")].filter(Boolean);
  const steps = card("verify.steps", element("ol", { class: "steps" }, outcome.steps.map(stepLine)));
  fill("outcome",
    element("section", { class: `verdict ${verdict}`, id: "verdict", "data-verdict": verdict },
      element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[verdict]),
      element("div", {}, element("h2", {}, translate(`verdict.${verdict}`)), lines.map((line) => element("p", {}, line)))),
    failed ? steps : element("div", { class: "halves" },
      card("verify.facts", pairs(factLines(facts))),
      element("div", { class: "stack" }, card("verify.caveats", element("ul", { class: "caveats" }, caveats.map((each) => element("li", {}, each)))), steps)));
}

const card = (title, content) => element("section", { class: "card" }, element("h2", {}, translate(title)), content);

function stepLine({ step, state }) {
  const kind = { holds: "holds", failed: "failed" }[state] ?? "unreached";
  return element("li", { class: kind, "data-step": step, "data-state": state },
    element("span", { class: "n" }, String(step)), element("span", {}, translate(`step.${step}`), element("span", { class: "said" }, translate(`step.${step}-how`))), element("span", { class: "state" }, translate(`state.${state}`)));
}

function trustLine({ source, short, age, operator }) {
  return translate("verify.trust-used", { source, short, days: Math.floor(age / 864e5), operator: operatorName(operator) });
}

for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input");
  const hint = drop.querySelector(".hint");
  const chosen = () => {
    const [file] = input.files;
    drop.classList.toggle("filled", Boolean(file));
    hint.textContent = file ? translate("verify.chosen", { name: file.name, bytes: file.size.toLocaleString() }) : translate("verify.drop");
  };
  input.addEventListener("change", () => (forget(), chosen()));
  drop.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("over")));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    input.files = event.dataTransfer.files;
    forget();
    chosen();
  });
}
form.addEventListener("submit", verify);

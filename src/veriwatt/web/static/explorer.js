// What the pages of the explorer share: links to each other's addresses, transactions in a line, and a check's steps.
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { short } from "./figures.js";
import { has, message, translate } from "./words.js";

const code = encodeURIComponent;

export const link = (address, ...shown) => element("a", { href: address }, ...shown);
export const blockLink = (height) => link(`/ledger/${height}`, `#${height}`);
export const orgLink = (org) => link(`/orgs/${code(org)}`, org);
export const terminalLink = (org, terminal) => link(`/terminals/${code(terminal)}?org=${code(org)}`, terminal);
export const frameLink = (org, position, ...shown) => link(`/frames/${code(org)}/${position}`, ...(shown.length ? shown : [String(position)]));
export const transactionLink = (digest, ...shown) => link(`/ledger/tx/${digest}`, ...(shown.length ? shown : [mono(short(digest), digest)]));

export const mono = (text, title = null) => element("span", { class: "mono", title }, text);
export const kind = (name) => (has(`tx.${name}`) ? translate(`tx.${name}`) : name === "bundle" ? translate("search.bundle") : name);
export const card = (title, ...content) => element("section", { class: "card" }, title ? element("h2", {}, title) : null, ...content);

/** The parts of this page's path, decoded. */
export const place = () => location.pathname.split("/").slice(1).map(decodeURIComponent);

/** Name the page in its heading and in the browser's title. */
export function entitle(text) {
  byId("title").textContent = text;
  document.title = `${text} · Veriwatt`;
}

/** Links beside the way back to the ledger. */
export const addWays = (...links) => byId("ways").append(...links.filter(Boolean));

export function resultBadge(each) {
  if (each.result === "ok") return element("span", { class: "badge good" }, translate("ledger.result-ok"));
  return element("span", { class: "badge bad" }, translate("ledger.result-refused", { why: refusal(each) }));
}

/** Blocks keep codes alone, without the values of the refusal. */
const refusal = ({ result, why }) => message("errors", result, {}, why || result.replaceAll("-", " "));

/** Of a transaction in a bundle, that another block executed it before. */
export function repeated({ first_height: height }) {
  if (height === null || height === undefined) return null;
  return height ? element("span", { class: "note" }, translate("block.repeated", { height })) : element("span", { class: "note" }, translate("block.not-executed"));
}

/** The frames that an anchor added, as links to the first and the last of them. */
export function anchored({ kind: name, org, body }) {
  if (name !== "anchor" || !body) return null;
  const words = translate("block.frames", { first: body.old_size, last: body.new_size - 1, org });
  return element("div", {}, frameLink(org, body.old_size, words));
}

export function transactionLine(each) {
  return element("div", { class: "transaction" },
    element("b", {}, kind(each.kind)), " ", each.org ? translate("ledger.by", each) : null, " ", resultBadge(each), " ", repeated(each),
    element("div", {}, transactionLink(each.digest, mono(each.digest))), anchored(each));
}

/** Let the button run the check at this address of the API, and show each step of it. */
export function offerCheck(address) {
  const button = byId("run-check");
  const run = async () => {
    button.disabled = true;
    try {
      showCheck(await get(address));
    } catch (error) {
      showError(error, run);
    }
    button.disabled = false;
  };
  button.addEventListener("click", run);
}

const SHOWN = { holds: "good", open: "warn", failed: "bad" };

function showCheck({ outcome, steps }) {
  fill("check",
    element("p", { "data-outcome": outcome }, element("span", { class: `badge ${SHOWN[outcome]}` }, translate(`check.${outcome}`)), " ", translate(`check.outcome-${outcome}`)),
    element("ol", { class: "steps checks" }, steps.map(checkStep)),
    element("p", { class: "how" }, translate("check.limit")));
}

function checkStep(step) {
  const name = step.name.replaceAll(" ", "-");
  const state = { holds: "holds", failed: "failed" }[step.state] ?? "unreached";
  const found = Object.entries(step.found).map(([key, value]) => [translate(`found.${key}`), typeof value === "string" ? mono(value) : String(value)]);
  const why = step.why && element("p", { class: "said" }, message("errors", step.code, step.values, step.why));
  return element("li", { class: state, "data-check": step.name, "data-state": step.state },
    element("span", { class: "n" }, String(step.step)),
    element("div", {}, translate(`check.${name}`), element("span", { class: "said" }, translate(`check.${name}-how`)), pairs(found), why),
    element("span", { class: "state" }, translate(`check.${step.state}`)));
}

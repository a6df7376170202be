// Terminals with their passports, as the ledger has them.
import { get, showError } from "./api.js";
import { byId, element, fill, pairs } from "./dom.js";
import { frameLink, link, orgLink, place, terminalLink } from "./explorer.js";
import { day, precise, short } from "./figures.js";
import { has, operatorName, translate } from "./words.js";

const SOFTWARE = ["file", "unprotected", "keyring"];

const [, one] = place();
const of = new URLSearchParams(location.search).get("org");

async function start() {
  try {
    const [{ terminals: all }, { operator }] = await Promise.all([get("terminals", { org: of }), get("status")]);
    const terminals = one ? all.filter((each) => each.terminal === one) : all;
    fill("operator", element("span", { class: "badge warn" }, operatorName(operator)));
    const nobody = element("div", { class: "card empty" }, element("b", {}, translate("terminals.none")), translate("terminals.none-how"));
    const none = one ? element("div", { class: "card empty" }, element("b", {}, translate("terminals.no-such", { name: one }))) : nobody;
    fill("terminals", terminals.length ? terminals.map(passport) : none);
  } catch (error) {
    fill("terminals");
    showError(error, start);
  }
}

function passport(terminal) {
  const holding = terminal.certifications.filter((each) => each.holds_now);
  const best = holding.find((each) => !each.by_own_org) ?? holding[0] ?? null;
  const newest = terminal.newest_frame;
  return element("article", { class: "card passport" },
    element("header", {}, element("div", {}, element("h2", {}, terminalLink(terminal.org, terminal.terminal)), element("span", { class: "org" }, orgLink(terminal.org))), badge(terminal, best)),
    pairs([
      [translate("terminal.report"), terminal.report && report(terminal.report)],
      [translate("terminal.answer"), terminal.report?.answer && answer(terminal.report.answer)],
      [translate("terminal.retired"), terminal.retirement && retirement(terminal.retirement)],
      [translate("terminal.equivocations"), terminal.equivocations ? String(terminal.equivocations) : null],
      [translate("terminal.certified-by"), best && translate("terminal.certified-line", { org: best.org, date: day(best.valid_until) })],
      [translate("terminal.key"), protection(terminal.protection)],
      [translate("terminal.frames"), newest ? frameLink(terminal.org, newest.position, translate("terminal.frame", newest)) : translate("terminal.no-frame")],
      [translate("terminal.seen"), newest && precise(newest.collected_at)],
      [translate("terminal.window"), newest && precise(newest.window_end)],
      [translate("terminal.origin"), newest && translate(`origin.${newest.origin}`)],
      [translate("terminal.clock"), newest && clock(newest)],
      [translate("terminal.device"), `${terminal.model}, ${terminal.firmware}`],
      [translate("terminal.enrolled"), precise(terminal.enrolled_at)],
      [translate("terminal.key-id"), element("span", { class: "mono", title: terminal.key_id }, short(terminal.key_id))],
      [translate("terminal.passport"), String(terminal.passport_version)],
    ]),
    terminal.certifications.length > 1 ? history(terminal.certifications) : null);
}

function badge(terminal, best) {
  const reason = terminal.report ? "compromised" : terminal.retirement && "retired";
  if (reason) return element("span", { class: "badge bad" }, translate(`badge.${reason}`));
  if (!best) return element("span", { class: "badge bad" }, translate("badge.uncertified"));
  return element("span", { class: best.by_own_org ? "badge warn" : "badge good" }, translate(best.by_own_org ? "badge.own" : "badge.certified"));
}

function protection(code) {
  const how = SOFTWARE.includes(code) ? "protection.software-how" : "protection.stated-how";
  const note = element("div", { class: "note" }, translate(how));
  return element("div", {}, translate(`protection.${code}`), note);
}

function clock({ clock_source: code, clock_uncertainty_ms: ms }) {
  return translate("terminal.clock-line", { source: has(`clock.${code}`) ? translate(`clock.${code}`) : code, ms });
}

function report({ org, since, at_height: height, at_time: at }) {
  return `${translate("terminal.report-line", { since: precise(since), org, height })}, ${precise(at)}`;
}

function answer({ member, time, text }) {
  return `${text} (${member}, ${precise(time)})`;
}

function retirement({ org, at_height: height, at_time: at }) {
  return `${translate("terminal.retired-line", { org, height })}, ${precise(at)}`;
}

function history(certifications) {
  const line = (each) => element("li", {}, `${each.org}/${each.member}: ${day(each.valid_from)} – ${day(each.valid_until)}`);
  return element("details", {}, element("summary", {}, translate("terminal.history")), element("ul", {}, certifications.map(line)));
}

if (one) {
  const name = translate("terminals.one", { name: one });
  byId("heading").textContent = name;
  document.title = `${name} · Veriwatt`;
  byId("operator").after(element("p", {}, link("/terminals", translate("terminals.all"))));
}
start();

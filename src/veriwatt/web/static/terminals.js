// Terminals with their passports, as the ledger has them.
import { get, showError } from "./api.js";
import { fill, h, pairs } from "./dom.js";
import { day, precise, short } from "./figures.js";
import { has, operatorName, t } from "./words.js";

const SOFTWARE = ["file", "unprotected", "keyring"];

async function start() {
  try {
    const [{ terminals }, { operator }] = await Promise.all([get("terminals"), get("status")]);
    fill("operator", h("span", { class: "badge warn" }, operatorName(operator)));
    const none = h("div", { class: "card empty" }, h("b", {}, t("terminals.none")), t("terminals.none-how"));
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
  return h("article", { class: "card passport" },
    h("header", {}, h("div", {}, h("h2", {}, terminal.terminal), h("span", { class: "org" }, terminal.org)), badge(terminal, best)),
    pairs([
      [t("terminal.revoked"), terminal.revocation && revocation(terminal.revocation)],
      [t("terminal.certified-by"), best && t("terminal.certified-line", { org: best.org, date: day(best.valid_until) })],
      [t("terminal.key"), protection(terminal.protection)],
      [t("terminal.frames"), newest ? t("terminal.frame", newest) : t("terminal.no-frame")],
      [t("terminal.seen"), newest && precise(newest.collected_at)],
      [t("terminal.window"), newest && precise(newest.window_end)],
      [t("terminal.origin"), newest && t(`origin.${newest.origin}`)],
      [t("terminal.clock"), newest && clock(newest)],
      [t("terminal.device"), `${terminal.model}, ${terminal.firmware}`],
      [t("terminal.enrolled"), precise(terminal.enrolled_at)],
      [t("terminal.key-id"), h("span", { class: "mono", title: terminal.key_id }, short(terminal.key_id))],
      [t("terminal.passport"), String(terminal.passport_version)],
    ]),
    terminal.certifications.length > 1 ? history(terminal.certifications) : null);
}

function badge(terminal, best) {
  if (terminal.revocation) return h("span", { class: "badge bad" }, t(`badge.${terminal.revocation.reason}`));
  if (!best) return h("span", { class: "badge bad" }, t("badge.uncertified"));
  return h("span", { class: best.by_own_org ? "badge warn" : "badge good" }, t(best.by_own_org ? "badge.own" : "badge.certified"));
}

function protection(code) {
  const note = SOFTWARE.includes(code) ? h("div", { class: "note" }, t("protection.software-how")) : null;
  return h("div", {}, t(`protection.${code}`), note);
}

function clock({ clock_source: code, clock_uncertainty_ms: ms }) {
  return t("terminal.clock-line", { source: has(`clock.${code}`) ? t(`clock.${code}`) : code, ms });
}

function revocation(record) {
  return `${t("terminal.revoked-line", { reason: t(`reason.${record.reason}`), org: record.org, height: record.at_height })}, ${precise(record.at_time)}`;
}

function history(certifications) {
  const line = (each) => h("li", {}, `${each.org}/${each.member}: ${day(each.valid_from)} – ${day(each.valid_until)}`);
  return h("details", {}, h("summary", {}, t("terminal.history")), h("ul", {}, certifications.map(line)));
}

start();

// Completeness: the counts of slots by status, as a bar, a list or a line of text.
import { percent, precise } from "./figures.js";
import { element } from "./dom.js";
import { absence, marks, stepped } from "./marks.js";
import { has, translate } from "./words.js";

const STATUSES = ["measured", "estimated", "manual", "gap", "missing", "absent"];

/** The periods of an answer by columns, as one object each. */
export function rowsOf({ edges, unit, value, ...columns }) {
  return value.map((_, i) => ({ start: edges[i], end: edges[i + 1], value: value[i], unit, ...at(columns, i) }));
}

/** Element i of each column; of columns in columns too. */
function at(columns, i) {
  const element = (column) => (Array.isArray(column) ? column[i] : column && at(column, i));
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, element(column)]));
}

/** A bar of the shares of a span's slots. */
export function bar(row, thin = false) {
  const made = element("div", { class: thin ? "bar thin" : "bar", "aria-hidden": "true" });
  for (const status of STATUSES) {
    if (!row[status]) continue;
    const part = element("span", { class: `is-${status}` });
    part.style.flex = `${row[status]} 0 ${thin ? 1 : 3}px`;
    made.append(part);
  }
  return made;
}

/** The counts in words; counts of 0 are left out. */
export function keys(row) {
  const counted = STATUSES.filter((status) => row[status]).map((status) => [status, `${translate(`status.${status}`)} ${row[status].toLocaleString()}`]);
  const items = [...counted, ...notDue(row).map((words) => ["not-due", words]), ...marks(row)];
  return element("ul", { class: "keys" }, items.map(([sign, words]) => element("li", { class: `is-${sign}` }, words)));
}

/** The counts as one line of text. */
export function inWords(row) {
  const parts = STATUSES.filter((status) => row[status]).map((status) => `${translate(`status.${status}`)} ${row[status]}`);
  const counts = `${[...parts, ...notDue(row)].join(" · ")} / ${row.expected}`;
  return [counts, ...marks(row).map(([, words]) => words)].join(" · ");
}

/** The slots of a period whose value is estimated or stated by hand, in words; web/figure_marks.py says the same. */
export function statedStatuses(row) {
  return ["estimated", "manual"].filter((status) => row[status]).map((status) => `${translate(`status.${status}`)} ${row[status]}`);
}

/** The slots of a period before the point's first one, or still to come, in words. */
function notDue({ expected, due }) {
  return expected > due ? [`${translate("status.not-due")} ${(expected - due).toLocaleString()}`] : [];
}

/** What the line of these rows marks beside measured values: the sign of each mark that occurs. */
export function signs(rows) {
  const none = new Set(rows.filter((row) => row.value === null).map(absence));
  const shown = ["estimated", "manual", "partial", "bridged"].filter((sign) => rows.some((row) => row[sign]));
  if (rows.some(stepped)) shown.push("stepped");
  shown.push(...["gap", "uncounted", "missing", "no-slot", "not-due"].filter((why) => none.has(why)));
  return element("ul", { class: "keys signs" }, shown.map((sign) => element("li", { class: `is-${sign}` }, translate(has(`status.${sign}`) ? `status.${sign}` : `mark.${sign}`))));
}

/** What frames state of the point under another definition than its own, in words: in no figure, and with both definitions. */
export function leftOut(found) {
  const words = (each) => translate(`left-out.${each.why.replaceAll(" ", "-")}`, {
    slots: each.slots.toLocaleString(), first: precise(each.first), last: precise(each.last),
    stated: each.stated_under, in_force: each.in_force ?? translate("left-out.none"),
  });
  return found.map(words);
}

/** Points with their shares, the least complete first; calls back with the one that is chosen. */
export function list(points, onPick) {
  const least = [...points].sort((a, b) => (a.permille ?? 1001) - (b.permille ?? 1001));
  const line = (point) => element("li", {},
    element("button", { type: "button", class: "link", onclick: () => onPick(point) }, point.point),
    element("span", { class: "number" }, percent(point.permille)), bar(point, true));
  return element("ul", { class: "points" }, least.map(line));
}

// Slots by what is known of them: the one picture of completeness, used for a span, a point, a period.
import { percent } from "./figures.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const STATUSES = ["measured", "estimated", "manual", "gap", "missing"];

/** The periods of an answer by columns, as one object each. */
export function rowsOf({ edges, unit, value, ...counted }) {
  const names = Object.keys(counted);
  return value.map((_, i) => {
    const row = { start: edges[i], end: edges[i + 1], value: value[i], unit };
    for (const name of names) row[name] = counted[name][i];
    return row;
  });
}

/** Counts of a row; what is neither stated nor a gap is missing. */
export function counts(row) {
  const missing = row.missing ?? row.expected - row.measured - row.estimated - row.manual - row.gap;
  return { ...row, missing };
}

/** A bar of the shares of a span's slots. */
export function bar(row, thin = false) {
  const of = counts(row);
  const made = h("div", { class: thin ? "bar thin" : "bar", "aria-hidden": "true" });
  for (const status of STATUSES) {
    if (!of[status]) continue;
    const part = h("span", { class: `is-${status}` });
    part.style.flex = `${of[status]} 0 ${thin ? 1 : 3}px`;
    made.append(part);
  }
  return made;
}

/** The counts in words, those of none left out. */
export function keys(row) {
  const of = counts(row);
  const items = STATUSES.filter((status) => of[status]).map((status) => h("li", { class: `is-${status}` }, `${t(`status.${status}`)} ${of[status].toLocaleString()}`));
  if (row.bridged) items.push(h("li", { class: "is-bridged" }, t("status.bridged")));
  return h("ul", { class: "keys" }, items);
}

/** The counts as one line of text. */
export function inWords(row) {
  const of = counts(row);
  const parts = STATUSES.filter((status) => of[status]).map((status) => `${t(`status.${status}`)} ${of[status]}`);
  if (row.bridged) parts.push(t("status.bridged"));
  return `${parts.join(" · ")} / ${of.expected}`;
}

/** A table of points with their shares. */
export function table(points) {
  return h("table", {},
    h("thead", {}, h("tr", {}, h("th", {}, t("quality.point")), h("th", { class: "number" }, t("quality.share")), h("th", {}))),
    h("tbody", {}, points.map((point) => h("tr", {}, h("td", {}, point.point), h("td", { class: "number" }, percent(point.permille)), h("td", {}, bar(point, true))))));
}

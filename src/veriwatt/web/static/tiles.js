// The tiles above the line: the total as it is, as coal equivalent, as CO2, and how much of it was measured.
import { h } from "./dom.js";
import { grouped, percent, unit } from "./figures.js";
import { bar } from "./quality.js";
import { has, t } from "./words.js";

const LONG = 14;

/** A tile; `value` null says that there is none. */
export function tile(name, value, unitCode, ...basis) {
  const shown = value === null ? null : grouped(value);
  const kind = shown === null ? "figure none" : shown.length > LONG ? "figure long" : "figure";
  const [whole, decimals] = (shown ?? t("tile.none")).split(".");
  const figure = h("div", { class: kind }, whole,
    decimals ? h("span", { class: "decimals" }, `.${decimals}`) : null, shown === null ? null : h("small", {}, ` ${unitCode}`));
  return h("div", { class: "tile" }, h("div", { class: "name" }, name), figure, basis.map((line) => h("div", { class: "basis" }, line)));
}

export function totalTile(point, total) {
  const lines = [`${energyName(point.energy)} · ${t(`kind.${point.kind}`)}`];
  if (total.value !== null && total.gap + total.missing > 0) lines.push(t("tile.lower-bound"));
  if (total.bridged) lines.push(t("tile.bridged"));
  return tile(t(point.kind === "instant" ? "tile.mean" : "tile.total"), total.value, unit(point.unit), ...lines);
}

/** A converted total with the factors it was converted by; without any it says so. */
export function convertedTile(measure, point, { value, unit: code, factors }) {
  const name = t(`tile.${measure}`);
  if (!factors.length) {
    const none = h("div", { class: "figure none" }, t("tile.no-factor"));
    return h("div", { class: "tile" }, h("div", { class: "name" }, name), none, h("div", { class: "basis" }, t("tile.no-factor-why")));
  }
  const shown = measure === "co2" ? unit("co2") : code;
  return tile(name, value, shown, ...factors.map((factor) => factorLine(factor, shown, point)));
}

export function completenessTile(total) {
  const made = tile(t("tile.completeness"), null, "", t("tile.of", total));
  const figure = made.querySelector(".figure");
  figure.className = "figure";
  figure.textContent = percent(total.permille);
  made.append(bar(total, true));
  return made;
}

export const energyName = (code) => (has(`energy.${code}`) ? t(`energy.${code}`) : code);

function factorLine(factor, shown, point) {
  const basis = has(`factor.${factor.basis}`) ? t(`factor.${factor.basis}`) : factor.basis;
  const values = { factor: factor.factor, per: `${shown}/${unit(point.unit)}`, basis, year: factor.factor_year, asked: factor.year };
  const line = t(factor.factor_year === factor.year ? "factor.line" : "factor.line-newest", values);
  return h("span", { title: factor.source }, factor.confirmed ? line : `${line} (${t("factor.unconfirmed")})`);
}

// The tiles above the line: the total as it is, as coal equivalent, as CO2, and how much of it was measured.
import { element } from "./dom.js";
import { grouped, percent, unit } from "./figures.js";
import { bar } from "./quality.js";
import { has, translate } from "./words.js";

const LONG = 14;

/** A tile; `value` null says that there is none. */
export function tile(name, value, unitCode, ...basis) {
  const shown = value === null ? null : grouped(value);
  const kind = shown === null ? "figure none" : shown.length > LONG ? "figure long" : "figure";
  const [whole, decimals] = (shown ?? translate("tile.none")).split(".");
  const figure = element("div", { class: kind }, whole,
    decimals ? element("span", { class: "decimals" }, `.${decimals}`) : null, shown === null ? null : element("small", {}, ` ${unitCode}`));
  return element("div", { class: "tile" }, element("div", { class: "name" }, name), figure, basis.map((line) => element("div", { class: "basis" }, line)));
}

export function totalTile(point, total) {
  const lines = [`${energyName(point.energy)} · ${translate(`kind.${point.kind}`)}`];
  if (total.value !== null && total.gap + total.missing > 0) lines.push(translate("tile.lower-bound"));
  if (total.bridged) lines.push(translate("tile.bridged"));
  return tile(translate(point.kind === "instant" ? "tile.mean" : "tile.total"), total.value, unit(point.unit), ...lines);
}

/** A converted total with the factors it was converted by; without any it says so. */
export function convertedTile(measure, point, { value, unit: code, factors }) {
  const name = translate(`tile.${measure}`);
  if (!factors.length) {
    const none = element("div", { class: "figure none" }, translate("tile.no-factor"));
    return element("div", { class: "tile" }, element("div", { class: "name" }, name), none, element("div", { class: "basis" }, translate("tile.no-factor-why")));
  }
  const shown = measure === "co2" ? unit("co2") : code;
  return tile(name, value, shown, ...factors.map((factor) => factorLine(factor, shown, point)));
}

export function completenessTile(total) {
  const made = tile(translate("tile.completeness"), null, "", translate("tile.of", total));
  const figure = made.querySelector(".figure");
  figure.className = "figure";
  figure.textContent = percent(total.permille);
  made.append(bar(total, true));
  return made;
}

export const energyName = (code) => (has(`energy.${code}`) ? translate(`energy.${code}`) : code);

function factorLine(factor, shown, point) {
  const basis = has(`factor.${factor.basis}`) ? translate(`factor.${factor.basis}`) : factor.basis;
  const values = { factor: factor.factor, per: `${shown}/${unit(point.unit)}`, basis, year: factor.factor_year, asked: factor.year };
  const line = translate(factor.factor_year === factor.year ? "factor.line" : "factor.line-newest", values);
  return element("span", { title: factor.source }, factor.confirmed ? line : `${line} (${translate("factor.unconfirmed")})`);
}

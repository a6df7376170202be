// The tiles above the line: the total as it is, as coal equivalent, as CO2, and how much of it was measured.
import { element } from "./dom.js";
import { offerOfTotal } from "./evidence.js";
import { grouped, percent, spanOf, unit } from "./figures.js";
import { marks, noValue, valued } from "./marks.js";
import { bar, statedStatuses } from "./quality.js";
import { has, translate } from "./words.js";

const LONG = 14;

/** A tile; a null `value` has `none` in its place. */
function tile(name, value, none, unitCode, ...basis) {
  const shown = value === null ? null : grouped(value);
  const kind = shown === null ? "figure none" : shown.length > LONG ? "figure long" : "figure";
  const [whole, decimals] = (shown ?? none).split(".");
  const figure = element("div", { class: kind }, whole,
    decimals ? element("span", { class: "decimals" }, `.${decimals}`) : null, shown === null ? null : element("small", {}, ` ${unitCode}`));
  return element("div", { class: "tile" }, element("div", { class: "name" }, name), figure, basis.map((line) => element("div", { class: "basis" }, line)));
}

/** The total of a span; `about` is the point as its answer defines it. */
export function totalTile(about, total) {
  const lines = [`${energyName(about.energy)} · ${translate(`kind.${about.kind}`)}`, ...notes(total)];
  if (total.bridged) lines.push(translate("tile.bridged"));
  if (total.at_least !== null && total.at_least !== total.value) lines.push(translate("tile.at-least", { value: `${grouped(total.at_least)} ${unit(total.unit)}` }));
  return tile(quantityName(about), total.value, noValue(total), unit(total.unit), ...lines, offerOfTotal(about, total));
}

/** What a figure is of, by kind and direction: only what comes in is consumption. */
export function quantityName({ kind, energy, direction }) {
  if (kind === "instant") return translate("tile.mean");
  if (energy === "carbon_dioxide") return translate("tile.emissions");
  return translate(direction === "import" ? "tile.total" : `tile.${direction}`);
}

/** A converted total with the factors it was converted by; without any it says why. */
export function convertedTile(measure, about, total, { value, unit: code, factors, why_not: why }, country, onCountry) {
  const name = translate(`tile.${measure}`);
  const own = about.countries;
  const chosen = country ? [element("span", {}, translate(own.length ? "factor.chosen" : "factor.chosen-nowhere", { country, own: own.join(", ") }), " ", choose(translate("factor.unchoose"), () => onCountry("")))] : [];
  if (why) {
    const offered = (why.values.countries ?? "").split(", ").filter((each) => /^[A-Z]{2}$/.test(each) && !(country ? [country] : own).includes(each));
    const buttons = offered.map((each) => choose(translate("factor.choose", { country: each }), () => onCountry(each)));
    const lines = [translate(`why.${why.code}`, why.values), ...buttons, ...chosen];
    const none = element("div", { class: "figure none" }, translate("tile.no-factor"));
    return element("div", { class: "tile" }, element("div", { class: "name" }, name), none, lines.map((line) => element("div", { class: "basis" }, line)));
  }
  const shown = measure === "co2" ? unit("co2") : code;
  return tile(name, value, noValue(total), shown, ...factors.map((factor) => factorLine(factor, shown, total)), ...notes(total), ...chosen);
}

export function completenessTile(total) {
  const made = tile(translate("tile.completeness"), null, percent(total.permille), "", translate("tile.of", total));
  const figure = made.querySelector(".figure");
  figure.className = "figure";
  made.append(bar(total, true));
  return made;
}

export const energyName = (code) => (has(`energy.${code}`) ? translate(`energy.${code}`) : code);

/**
 * What a total says of itself: a partial one with the slots that have a value, one that cuts slots with the span of whole ones, the
 * values that were not measured, and its marks. A register counts across a hole: of what it counted there only the split is unknown.
 */
function notes(total) {
  const steps = marks(total).filter(([name]) => !["partial", "bridged", "cut"].includes(name)).map(([, said]) => said);
  const words = [...statedStatuses(total), ...steps];
  const lines = words.length ? [words.join(" · ")] : [];
  if (total.counted_start) lines.unshift(translate("tile.cut", { span: spanOf(total.counted_start, total.counted_end) }));
  if (total.partial && valued(total) < total.expected) lines.unshift(translate(total.bridged ? "tile.partial-bridged" : "tile.partial", { valued: valued(total), expected: total.expected }));
  return lines;
}

const choose = (words, onclick) => element("button", { type: "button", class: "link", onclick }, words);

function factorLine(factor, shown, total) {
  const named = (key, otherwise) => (has(key) ? translate(key) : otherwise);
  const values = {
    factor: factor.exact ? factor.factor : translate("factor.rounded", factor), per: `${shown}/${unit(total.unit)}`, year: factor.factor_year, asked: factor.year,
    country: named(`factor.${factor.country}`, factor.country), basis: named(`factor.${factor.basis}`, factor.basis),
  };
  const line = translate(factor.factor_year === factor.year ? "factor.line" : "factor.line-newest", values);
  const source = factor.table === null ? factor.source : `${translate("factor.own", { table: factor.table })}: ${factor.source}`;
  return element("span", {}, factor.confirmed ? line : `${line} (${translate("factor.unconfirmed")})`, element("small", { class: "source" }, ` ${source}`));
}

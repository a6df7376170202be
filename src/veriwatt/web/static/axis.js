// The axes of the chart: which values the y axis spans, and how its ticks and those of the time axis are written.
import { unit } from "./figures.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";

/** Lowest and highest value of the y axis: quantities are drawn from zero, levels (kind "instant") drawn close. */
export function valueRange(low, high, kind) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  if (kind === "instant") return [low - room, high + room];
  const [bottom, top] = [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
  return [bottom, bottom === top ? 1 : top];
}

/** Steps between ticks of the y axis: with these a unit is found in which every tick is a whole number. */
export const STEPS = Array.from({ length: 34 }, (_, i) => [1, 2, 5].map((digit) => Number(`${digit}e${i - 12}`))).flat();

/** Units of one quantity, each a thousand of the one before it. */
const LADDERS = [
  ["Wh", "kWh", "MWh", "GWh", "TWh"], ["varh", "kvarh", "Mvarh", "Gvarh"], ["J", "kJ", "MJ", "GJ", "TJ", "PJ"],
  ["W", "kW", "MW", "GW"], ["var", "kvar", "Mvar"], ["VA", "kVA", "MVA"], ["mV", "V", "kV"], ["mA", "A", "kA"],
  ["ml", "l", "m3"], ["g", "kg", "t", "kt", "Mt"], ["gce", "kgce", "tce", "ktce"], ["l/h", "m3/h"], ["g/h", "kg/h", "t/h"],
  ["mbar", "bar"], ["Pa", "kPa", "MPa"], ["mHz", "Hz", "kHz"],
];

/**
 * The unit for ticks `step` apart, a step of the unit `code`: 10 to the power of `exponent` of those.
 *
 * `power` is the part of it that no name of a unit says, `decimals` what is left where no unit makes the ticks whole.
 */
export function axisUnit(code, step) {
  const size = magnitude(step);
  const ladder = LADDERS.find((units) => units.includes(code)) ?? [code];
  const own = ladder.indexOf(code);
  const rung = Math.min(ladder.length - 1, Math.max(0, own + Math.floor(size / 3)));
  const named = 3 * (rung - own);
  const power = Math.max(0, 3 * Math.floor((size - named) / 3));
  return { unit: ladder[rung], power, exponent: named + power, decimals: Math.max(0, named - size) };
}

/** The name of an axis in such a unit. */
export function axisName({ unit: code, power }) {
  const raised = String(power).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
  return power ? `10${raised} ${unit(code)}` : unit(code);
}

/** The text of a tick: exactly the multiple of `step` that it stands for. */
export function valueLabel(tick, step, { exponent, decimals }, language) {
  const size = magnitude(step);
  const whole = Math.round(tick / step) * Math.round(step / 10 ** size); // in units of 10 ** size
  const shown = size >= exponent ? whole * 10 ** (size - exponent) : whole / 10 ** (exponent - size);
  return shown.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** The power of ten of a step. */
const magnitude = (step) => Math.floor(Math.log10(step) + 1e-9);

/** The text of a tick of the time axis: as much of the date as ticks `step` seconds apart need. */
export function timeLabel(date, step) {
  const two = (number) => String(number).padStart(2, "0");
  const onDay = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (step >= 28 * 86400) return `${date.getFullYear()}-${two(date.getMonth() + 1)}`;
  if (step >= 86400) return onDay;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return time === "00:00" ? onDay : time;
}

/** A date whose local fields show the clock of `zone`, an IANA name or a fixed offset. */
export function onClock(seconds, zone) {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (!fixed) return uPlot.tzDate(new Date(seconds * 1000), zone);
  const minutes = (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === "-" ? -1 : 1);
  return uPlot.tzDate(new Date((seconds + minutes * 60) * 1000), "Etc/UTC");
}

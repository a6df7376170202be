// The axes of the chart: which values the y axis spans, and how its ticks and those of the time axis are written.
import { unit } from "./figures.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";

/** Lowest and highest value of the y axis: quantities are drawn from zero, levels (kind "instant") drawn close. */
export function valueRange(low, high, kind) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  if (kind === "instant") return [low - room, high + room];
  return [Math.min(0, low < 0 ? low - room : 0), Math.max(0, high > 0 ? high + room : 0) || 1];
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

/** The unit for ticks `step` apart: one of its own (`unit`) is 10 to the power of `exponent` of the unit `code`; `decimals` where no unit makes ticks whole. */
export function axisUnit(code, step) {
  const size = Math.floor(Math.log10(step) + 1e-9);
  const ladder = LADDERS.find((units) => units.includes(code));
  if (!ladder) {
    const exponent = size >= 3 ? size - (size % 3) : 0;
    return { unit: code, power: exponent, exponent, decimals: Math.max(0, -size) };
  }
  const own = ladder.indexOf(code);
  const rung = Math.min(ladder.length - 1, Math.max(0, own + Math.floor(size / 3)));
  const exponent = 3 * (rung - own);
  return { unit: ladder[rung], power: 0, exponent, decimals: Math.max(0, exponent - size) };
}

/** The name of an axis in such a unit. */
export function axisName({ unit: code, power }) {
  const raised = String(power).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);
  return power ? `10${raised} ${unit(code)}` : unit(code);
}

/** The text of a tick: exactly the multiple of `step` that it stands for. */
export function valueLabel(tick, step, { exponent, decimals }, language) {
  const size = Math.floor(Math.log10(step) + 1e-9);
  const whole = Math.round(tick / step) * Math.round(step / 10 ** size); // in units of 10 ** size
  const shown = size >= exponent ? whole * 10 ** (size - exponent) : whole / 10 ** (exponent - size);
  return shown.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

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

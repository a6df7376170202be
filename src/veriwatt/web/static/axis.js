// The axes of the chart: which values the y axis spans, and how its ticks and those of the time axis are written.
import uPlot from "./vendor/uplot/uPlot.esm.js";

/** Lowest and highest value of the y axis: quantities are drawn from zero, levels (kind "instant") drawn close. */
export function valueRange(low, high, kind) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  if (kind === "instant") return [low - room, high + room];
  return [Math.min(0, low < 0 ? low - room : 0), Math.max(0, high > 0 ? high + room : 0) || 1];
}

/** The text of a tick of the y axis. */
export const valueLabel = (value, language) => value.toLocaleString(language, { maximumFractionDigits: 3 });

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

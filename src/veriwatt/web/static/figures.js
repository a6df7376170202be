// Exact decimal strings and local times as people read them. Nothing here turns a figure into a float.

/** "1234567.80" as "1 234 567.80", by narrow spaces. */
export function grouped(text) {
  const [whole, decimals] = text.split(".");
  const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  return decimals === undefined ? digits : `${digits}.${decimals}`;
}

/** An RFC 3339 time as it stands on the clock there: date and minutes. */
export const local = (time) => `${time.slice(0, 10)} ${time.slice(11, 16)}`;

/** The same to the second, with its offset. */
export const precise = (time) => `${time.slice(0, 10)} ${time.slice(11, 19)} ${offset(time)}`;

export const day = (time) => time.slice(0, 10);

/** Start and end of a period, the shorter way; seconds where there are any, offsets where the clock changes within the day. */
export function spanOf(start, end) {
  const midnight = (time) => timeOf(time) === "00:00";
  if (midnight(start) && midnight(end)) {
    const last = addDays(day(end), -1);
    return last === day(start) ? day(start) : `${day(start)} – ${last}`;
  }
  const oneDay = day(start) === day(end);
  const changes = oneDay && offset(start) !== offset(end);
  const shown = (time) => (changes ? `${timeOf(time)} ${offset(time)}` : timeOf(time));
  return `${day(start)} ${shown(start)} – ${oneDay ? shown(end) : `${day(end)} ${shown(end)}`}`;
}

/** The time of day, to the minute where it is one. */
const timeOf = (time) => time.slice(11).replace(/(Z|[+-]\d\d:\d\d)$/, "").replace(/^(\d\d:\d\d):00(\.0+)?$/, "$1");

/** A date some days later. */
export function addDays(date, days) {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

export const daysBetween = (start, end) => Math.round((Date.parse(`${end}T00:00:00Z`) - Date.parse(`${start}T00:00:00Z`)) / 864e5);

export const percent = (permille) => (permille === null ? "–" : `${Math.floor(permille / 10)}.${permille % 10} %`);

/** The unit as it is written for people; codes of units are ASCII. */
export function unit(code) {
  const shown = { m3: "m³", "m3/h": "m³/h", degC: "°C", co2: "kg CO₂" };
  return shown[code] ?? code;
}

export const short = (hex) => `${hex.slice(0, 10)}…${hex.slice(-6)}`;

/** The offsets of a span's ends, once where they are the same. */
export const offsets = (start, end) => [...new Set([offset(start), offset(end)])].join(" – ");

/** The offset of a time from UTC. */
export function offset(time) {
  const zone = time.replace(/^.{19}(\.\d+)?/, "");
  return zone === "+00:00" || zone === "Z" ? "UTC" : `UTC${zone}`;
}

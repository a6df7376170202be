// The choice of point, span and resolution. It is stored in the address, so that a view can be bookmarked and shared.
import { addDays, day, daysBetween } from "./figures.js";

const MINUTES = { "1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "1d": 1440, "1w": 10080, "1mo": 43200, "1q": 129600, "1y": 525600 };
const CALENDAR_SLOTS = { day: 1440, week: 10080, month: 43200, quarter: 129600, year: 525600 };
const NAMES = ["point", "from", "to", "every", "country", "lang"];
const FINEST = 800;
const MOST = 20000;
const FIRST_DAYS = 30;

/** The resolutions that a point can be asked for over a span, finest first. */
export function resolutions(point, choice) {
  const { slot: length } = definedIn(point, choice);
  const slot = slotMinutes(length);
  const span = minutesOf(choice);
  return Object.keys(MINUTES).filter((every) => {
    const minutes = MINUTES[every];
    const whole = length === "week" ? every === "1w" : minutes % slot === 0 || minutes >= 1440; // no month is whole weeks
    return minutes >= slot && whole && span / minutes <= MOST;
  });
}

/** The finest resolution whose periods still make a legible line. */
export function fitting(point, choice) {
  const offered = resolutions(point, choice);
  return offered.find((every) => minutesOf(choice) / MINUTES[every] <= FINEST) ?? offered[offered.length - 1];
}

/** The definition of a point by which it has figures of a span: the last one with readings in it, or else the last. */
export function definedIn(point, { from, to }) {
  const at = (time) => clock(time, point);
  const within = hasReadings(point, { from, to }) && at(point.readings.end) < at(to);
  const end = within ? at(point.readings.end) : at(to);
  return point.defined.findLast(({ start }) => start === null || at(start) < end);
}

/** Whether readings of a point are in a span. */
export function hasReadings(point, { from, to }) {
  const at = (time) => clock(time, point);
  return point.readings !== null && at(point.readings.start) < at(to) && at(from) < at(point.readings.end);
}

/** The definition of a point that is in force now. */
export const definedNow = (point) => point.defined.findLast(({ start }) => start === null || Date.parse(start) <= Date.now());

/**
 * The choice that an address makes (its query), completed from what there is where it says nothing.
 *
 * What it names and cannot be shown is a `problem`, {code, values}; the choice is then the one without an address.
 */
export function fromAddress(points, query) {
  const asked = new URLSearchParams(query);
  const [key, from, to, every, country] = ["point", "from", "to", "every", "country"].map((name) => asked.get(name));
  const usual = firstChoice(points.find((each) => each.readings) ?? points[0]);
  const refused = (code, values) => ({ choice: usual, problem: { code, values } });
  if (asked.has("as_of")) return refused("as_of", { as_of: asked.get("as_of") });
  const unknown = [...asked.keys()].find((name) => !NAMES.includes(name));
  if (unknown !== undefined) return refused("unknown", { name: unknown });
  const point = key === null ? points.find((each) => keyOf(each) === usual.point) : points.find((each) => keyOf(each) === key);
  if (!point) return refused("point", { point: key });
  const choice = firstChoice(point);
  if (from !== null || to !== null) {
    if (!isSpan(from, to)) return refused("span", { from: from ?? "–", to: to ?? "–" });
    Object.assign(choice, { from, to, every: fitting(point, { from, to }) });
  }
  if (every !== null) {
    if (!resolutions(point, choice).includes(every)) return refused("every", { every, point: point.id, from: choice.from, to: choice.to });
    choice.every = every;
  }
  if (country !== null) {
    if (!/^[A-Z]{2}$/.test(country)) return refused("country", { country });
    choice.country = country;
  }
  return { choice, problem: null };
}

/** What is shown of a point where nothing else is asked. */
export function firstChoice(point) {
  const span = firstSpan(point);
  return { point: keyOf(point), ...span, every: fitting(point, span) };
}

const isSpan = (from, to) => [from, to].every((time) => /^\d{4}-\d\d-\d\d($|T)/.test(time ?? "")) && instant(from) < instant(to);

/** Put a choice into the address; with `step` as a new entry of the history. */
export function toAddress(choice, step) {
  const query = new URLSearchParams(Object.entries(choice).filter(([, value]) => value)).toString();
  history[step ? "pushState" : "replaceState"](null, "", `?${query}`);
}

export const keyOf = (point) => `${point.org}/${point.id}`;

/** The last days of a point's readings, whole days; `null` for all of them. */
export function lastDays(point, days, end = null) {
  if (!point.readings) {
    const today = new Date().toISOString().slice(0, 10);
    return { from: addDays(today, -(days ?? 30) + 1), to: addDays(today, 1) };
  }
  const to = end ?? endDay(point.readings.end, point);
  return { from: days === null ? firstDay(point, to) : addDays(to, -days), to };
}

/** The day from which a point has figures: what a register shows first only begins its count. */
function firstDay(point, to) {
  const { start } = point.readings;
  const { kind, slot } = definedIn(point, { from: start, to: addDays(startDay(start, point), 1) });
  if (kind !== "register") return startDay(start, point);
  const counts = new Date(Date.parse(`${start.slice(0, 19)}Z`) + slotMinutes(slot) * 6e4).toISOString();
  return startDay(counts, point) < to ? startDay(counts, point) : addDays(to, -1);
}

/** What is shown at first: the last days, or all there is where that is less. */
export function firstSpan(point) {
  const last = lastDays(point, FIRST_DAYS);
  const all = lastDays(point, null);
  return last.from < all.from ? all : last;
}

/** The choice moved by its own length. */
export function moved(point, choice, direction) {
  const [from, to] = [startDay(choice.from, point), endDay(choice.to, point)];
  const days = Math.max(1, daysBetween(from, to));
  return { from: addDays(from, direction * days), to: addDays(to, direction * days) };
}

/** The point's day that holds a time: its days begin at an hour of their own. */
export function startDay(time, point) {
  return clock(time, point).slice(11) < beginning(point) ? addDays(day(time), -1) : day(time);
}

/** The point's first whole day after a time. */
export function endDay(time, point) {
  return clock(time, point).slice(11) > beginning(point) ? addDays(day(time), 1) : day(time);
}

/** Date and minutes of a time, and of a bare date those at which that day of the point begins; as text they are in order. */
export const clock = (time, point) => (time.length === 10 ? `${time}T${beginning(point)}` : time.slice(0, 16));

const beginning = (point) => `${String(point.day_begins).padStart(2, "0")}:00`;

export const wholeDays = (choice) => choice.from.length === 10 && choice.to.length === 10;

const minutesOf = (choice) => (instant(choice.to) - instant(choice.from)) / 6e4;

const instant = (time) => Date.parse(time.length === 10 ? `${time}T00:00:00Z` : time);

/** The minutes of a slot; of one of the calendar about as many. */
export function slotMinutes(slot) {
  if (slot in CALENDAR_SLOTS) return CALENDAR_SLOTS[slot];
  return parseInt(slot, 10) * (slot.endsWith("h") ? 60 : 1);
}

// What is looked at: which resolutions are offered, and which span comes next.
import assert from "node:assert/strict";
import { test } from "node:test";
import { definedIn, definedNow, endDay, firstSpan, fitting, fromAddress, lastDays, moved, resolutions, startDay, wholeDays } from "../static/choice.js";

const READINGS = { start: "2026-01-01T00:00:00+08:00", end: "2026-03-01T00:00:00+08:00" };
const defined = (slot, kind = "interval", start = null) => ({ start, kind, slot });
const POINT = { org: "works", id: "total", defined: [defined("15m")], day_begins: 0, readings: READINGS };
const CHANGED = { ...POINT, defined: [defined("15m"), defined("1h", "interval", "2026-02-01T00:00:00+08:00"), defined("day", "interval", "2999-01-01T00:00:00+08:00")] };
const DAY = { from: "2026-01-01", to: "2026-01-02" };

test("no resolution is finer than the point's slot", () => {
  assert.equal(resolutions(POINT, DAY)[0], "15m");
  assert.equal(resolutions({ ...POINT, defined: [defined("day")] }, DAY)[0], "1d");
  assert.ok(!resolutions({ ...POINT, defined: [defined("20m")] }, DAY).includes("30m"));
});

test("the slot of a span is that of the definition of its readings, whatever came later or will", () => {
  const finest = (from, to) => resolutions(CHANGED, { from, to })[0];
  assert.equal(finest("2026-01-31", "2026-02-01"), "15m");
  assert.equal(finest("2026-01-31", "2026-02-02"), "1h");
  assert.equal(finest("2026-02-27", "2026-03-03"), "1h");
  assert.equal(definedIn(CHANGED, { from: "2026-02-27", to: "2999-02-01" }).slot, "1h");
  assert.equal(definedIn(CHANGED, { from: "2999-01-01", to: "2999-02-01" }).slot, "day");
  assert.equal(definedNow(CHANGED).slot, "1h");
});

test("the finest resolution that still makes a legible line is taken", () => {
  assert.equal(fitting(POINT, DAY), "15m");
  assert.equal(fitting(POINT, { from: "2026-01-01", to: "2026-02-01" }), "1h");
  assert.equal(fitting(POINT, { from: "2024-01-01", to: "2026-01-01" }), "1d");
});

test("the last days end with the readings; all days begin with them", () => {
  assert.deepEqual(lastDays(POINT, 7), { from: "2026-02-22", to: "2026-03-01" });
  assert.deepEqual(lastDays(POINT, null), { from: "2026-01-01", to: "2026-03-01" });
});

test("a register has figures from the slot after its first reading", () => {
  const register = { ...POINT, defined: [defined("day", "register"), defined("15m", "interval", "2026-02-01T00:00:00+08:00")] };
  assert.equal(lastDays(register, null).from, "2026-01-02");
});

test("at first the last thirty days are shown, or all where that is less", () => {
  assert.deepEqual(firstSpan(POINT), { from: "2026-01-30", to: "2026-03-01" });
  const short = { ...POINT, readings: { ...READINGS, start: "2026-02-25T00:00:00+08:00" } };
  assert.deepEqual(firstSpan(short), { from: "2026-02-25", to: "2026-03-01" });
});

test("a span moves by its own length", () => {
  assert.deepEqual(moved(POINT, DAY, 1), { from: "2026-01-02", to: "2026-01-03" });
  assert.deepEqual(moved(POINT, { from: "2026-01-08", to: "2026-01-15" }, -1), { from: "2026-01-01", to: "2026-01-08" });
});

test("a time within a day ends with that day", () => {
  assert.equal(endDay("2026-01-05T00:00:00+08:00", POINT), "2026-01-05");
  assert.equal(endDay("2026-01-05T00:15:00+08:00", POINT), "2026-01-06");
  assert.ok(wholeDays(DAY) && !wholeDays({ ...DAY, to: "2026-01-02T01:00:00+08:00" }));
});

test("an address chooses point, span, resolution and country; what it does not name is completed", () => {
  const named = { point: "works/total", from: "2026-02-01", to: "2026-02-02", every: "1h", country: "CN" };
  assert.deepEqual(fromAddress([POINT], new URLSearchParams(named).toString()), { choice: named, problem: null });
  const usual = { point: "works/total", ...firstSpan(POINT), every: "1h" };
  assert.deepEqual(fromAddress([POINT], ""), { choice: usual, problem: null });
  assert.deepEqual(fromAddress([POINT], "lang=zh"), { choice: usual, problem: null });
});

test("an address that cannot be shown is named, and nothing is put in its place", () => {
  const span = "point=works/total&from=2026-02-01&to=2026-02-02";
  for (const [query, code] of [
    ["point=nobody/nothing", "point"], ["point=", "point"], ["from=2026-02-01", "span"], ["to=2026-02-01", "span"],
    ["from=2026-02-02&to=2026-02-01", "span"], ["from=yesterday&to=today", "span"], ["from=2026-13-01&to=2026-14-01", "span"],
    [`${span}&every=1m`, "every"], [`${span}&every=3w`, "every"], [`${span}&country=China`, "country"],
    [`${span}&as_of=2026-03-01`, "as_of"], [`${span}&as=co2`, "unknown"], ["basis=national", "unknown"],
  ]) {
    assert.equal(fromAddress([POINT], query).problem?.code, code, query);
  }
});

test("slots of hours and of the calendar are counted in minutes", () => {
  assert.equal(resolutions({ ...POINT, defined: [defined("4h")] }, DAY)[0], "1d");
  assert.equal(resolutions({ ...POINT, defined: [defined("quarter")] }, { from: "2024-01-01", to: "2026-01-01" })[0], "1q");
  assert.deepEqual(resolutions({ ...POINT, defined: [defined("week")] }, { from: "2024-01-01", to: "2026-01-01" }), ["1w"]);
});

test("a gas day lasts from six to six, and every day of the page is one", () => {
  const gas = { ...POINT, day_begins: 6, readings: { start: "2026-01-01T06:00:00+08:00", end: "2026-03-01T06:00:00+08:00" } };
  assert.deepEqual(lastDays(gas, null), { from: "2026-01-01", to: "2026-03-01" });
  assert.equal(startDay("2026-01-05T05:45:00+08:00", gas), "2026-01-04");
  assert.equal(endDay("2026-01-05T05:45:00+08:00", gas), "2026-01-05");
  assert.equal(endDay("2026-01-05T06:15:00+08:00", gas), "2026-01-06");
  const zoomed = { from: "2026-01-05T06:00:00+08:00", to: "2026-01-06T06:00:00+08:00" };
  assert.deepEqual(moved(gas, zoomed, 1), { from: "2026-01-06", to: "2026-01-07" });
});

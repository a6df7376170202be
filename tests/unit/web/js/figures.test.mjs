// Figures and times as people read them: never a float, never another zone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, daysBetween, grouped, local, percent, precise, short, spanOf, unit } from "../static/figures.js";

const SPACE = "\u202f";

test("digits are grouped by narrow spaces and decimals are kept as they are", () => {
  assert.equal(grouped("1234567.80"), `1${SPACE}234${SPACE}567.80`);
  assert.equal(grouped("-1234"), `-1${SPACE}234`);
  assert.equal(grouped("999"), "999");
  assert.equal(grouped("12345678901234567890.123456789"), `12${SPACE}345${SPACE}678${SPACE}901${SPACE}234${SPACE}567${SPACE}890.123456789`);
});

test("a time stays on the clock it came with", () => {
  assert.equal(local("2026-01-05T23:45:00+08:00"), "2026-01-05 23:45");
  assert.equal(precise("2026-01-05T23:45:10+08:00"), "2026-01-05 23:45:10 UTC+08:00");
  assert.equal(precise("2026-01-05T23:45:10.250+00:00"), "2026-01-05 23:45:10 UTC");
});

test("a period of whole days is written as days, any other with its times", () => {
  assert.equal(spanOf("2026-01-05T00:00:00+08:00", "2026-01-06T00:00:00+08:00"), "2026-01-05");
  assert.equal(spanOf("2026-01-05T00:00:00+08:00", "2026-01-08T00:00:00+08:00"), "2026-01-05 – 2026-01-07");
  assert.equal(spanOf("2026-01-05T10:00:00+08:00", "2026-01-05T11:00:00+08:00"), "2026-01-05 10:00 – 11:00");
  assert.equal(spanOf("2026-01-05T23:00:00+08:00", "2026-01-06T00:00:00+08:00"), "2026-01-05 23:00 – 2026-01-06 00:00");
});

test("a period that is not of whole minutes is written with its seconds", () => {
  assert.equal(spanOf("2026-09-01T00:00:30+08:00", "2026-09-02T00:00:30+08:00"), "2026-09-01 00:00:30 – 2026-09-02 00:00:30");
  assert.equal(spanOf("2026-09-01T12:00:00Z", "2026-09-01T12:00:59.250Z"), "2026-09-01 12:00 – 12:00:59.250");
  assert.equal(spanOf("2026-09-01T00:00:00.001-03:00", "2026-09-02T00:00:00-03:00"), "2026-09-01 00:00:00.001 – 2026-09-02 00:00");
});

test("an hour that the clock shows twice is written with its offsets", () => {
  assert.equal(spanOf("2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"), "2026-10-25 02:00 UTC+02:00 – 02:00 UTC+01:00");
});

test("days are counted over months and leap days", () => {
  assert.equal(addDays("2028-02-28", 2), "2028-03-01");
  assert.equal(addDays("2026-01-01", -1), "2025-12-31");
  assert.equal(daysBetween("2026-03-28", "2026-03-31"), 3);
});

test("thousandths are cut and never rounded up to all", () => {
  assert.equal(percent(999), "99.9 %");
  assert.equal(percent(1000), "100.0 %");
  assert.equal(percent(null), "–");
});

test("codes of units and long hashes are written for people", () => {
  assert.deepEqual(["m3", "degC", "kWh"].map(unit), ["m³", "°C", "kWh"]);
  assert.equal(short("0123456789abcdef0123"), "0123456789…ef0123");
});

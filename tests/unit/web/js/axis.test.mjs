// The axes of the chart: what the y axis spans, and what stands at a tick.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onClock, timeLabel, valueLabel, valueRange } from "../static/axis.js";

test("a quantity is drawn from zero with room above it", () => {
  assert.deepEqual(valueRange(10, 100, "interval"), [0, 107.2]);
  assert.deepEqual(valueRange(-50, -10, "register"), [-53.2, 1]);
});

test("a level is drawn close, with room on both sides", () => {
  const [low, high] = valueRange(20, 30, "instant");
  assert.ok(Math.abs(low - 19.2) < 1e-9 && Math.abs(high - 30.8) < 1e-9);
});

test("an axis without values, or with one value alone, still spans something", () => {
  assert.deepEqual(valueRange(null, null, "interval"), [0, 1]);
  assert.deepEqual(valueRange(0, 0, "interval"), [0, 1]);
  const [low, high] = valueRange(5, 5, "instant");
  assert.ok(low < 5 && 5 < high);
});

test("a value is written with at most three decimals, in the page's language", () => {
  assert.equal(valueLabel(1234.56789, "en"), "1,234.568");
  assert.equal(valueLabel(0.5, "en"), "0.5");
});

test("a tick of time shows the hour, at midnight the day, over months the month", () => {
  const day = new Date(2026, 0, 5);
  const noon = new Date(2026, 0, 5, 12, 30);
  assert.equal(timeLabel(noon, 3600), "12:30");
  assert.equal(timeLabel(day, 3600), "01-05");
  assert.equal(timeLabel(noon, 86400), "01-05");
  assert.equal(timeLabel(day, 30 * 86400), "2026-01");
});

test("local fields show the clock of a named zone and of a fixed offset", () => {
  const newYear = Date.UTC(2026, 0, 1) / 1000;
  for (const [zone, hour] of [["Asia/Shanghai", 8], ["+08:00", 8], ["-03:30", 20], ["UTC", 0]]) {
    assert.equal(onClock(newYear, zone).getHours(), hour, zone);
  }
  assert.equal(onClock(newYear, "-03:30").getMinutes(), 30);
});

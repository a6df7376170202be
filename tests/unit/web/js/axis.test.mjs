// The axes of the chart: what the y axis spans, and what stands at a tick.
import assert from "node:assert/strict";
import { test } from "node:test";
import { axisName, axisUnit, onClock, STEPS, timeLabel, valueLabel, valueRange } from "../static/axis.js";

test("a quantity is drawn from zero with room above it", () => {
  assert.deepEqual(valueRange(10, 100, "interval"), [0, 107.2]);
  assert.deepEqual(valueRange(-50, -10, "register"), [-53.2, 0]);
  assert.deepEqual(valueRange(-2e-6, -1e-6, "interval")[1], 0);
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

const labels = (code, step, ...ticks) => {
  const scale = axisUnit(code, step);
  return [axisName(scale), ...ticks.map((tick) => valueLabel(tick, step, scale, "en"))];
};

test("ticks are whole numbers at every magnitude, in the unit that makes them so", () => {
  assert.deepEqual(labels("kWh", 2e5, 2e5, 1e6), ["MWh", "200", "1,000"]);
  assert.deepEqual(labels("kWh", 200, 200, 1400), ["kWh", "200", "1,400"]);
  assert.deepEqual(labels("kWh", 0.05, 0.05, 0.15), ["Wh", "50", "150"]);
  assert.deepEqual(labels("kW", 5e8, 5e8), ["GW", "500"]);
  assert.deepEqual(labels("W", 1000, 3000), ["kW", "3"]);
  assert.deepEqual(labels("GJ", 0.5, 1.5), ["MJ", "1,500"]);
  assert.deepEqual(labels("kg", 2e6, 4e6), ["kt", "4"]);
  assert.deepEqual(labels("m3", 0.02, 0.06), ["l", "60"]);
  assert.deepEqual(labels("m3", 2e6, 6e6), ["10⁶ m³", "6"]);
});

test("a unit of no family keeps its name: powers of a thousand above, exact decimals below", () => {
  assert.deepEqual(labels("bricks", 5e6, 1.5e7), ["10⁶ bricks", "15"]);
  assert.deepEqual(labels("degC", 0.5, 20.5, 21), ["°C", "20.5", "21.0"]);
  assert.deepEqual(labels("1", 0.002, 0.998), ["1", "0.998"]);
});

test("every step of the axis gives ticks that differ, and no label is rounded", () => {
  for (const step of STEPS.filter((each) => each >= 1e-9 && each <= 1e15)) {
    for (const code of ["kWh", "W", "m3", "degC"]) {
      const scale = axisUnit(code, step);
      const shown = [1, 2, 3, 7].map((n) => Number(valueLabel(n * step, step, scale, "en").replaceAll(",", "")));
      shown.forEach((value, i) => assert.ok(Math.abs(value - [1, 2, 3, 7][i] * shown[0]) < 1e-9 * value, `${code} ${step}`));
      assert.ok(Math.abs(shown[0] * 10 ** scale.exponent / step - 1) < 1e-9, `${code} ${step}`);
    }
  }
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

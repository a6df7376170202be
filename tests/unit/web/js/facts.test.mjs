// The first fact of a verdict is named by what it measures: only what comes in is consumption.
import assert from "node:assert/strict";
import { test } from "node:test";

const WORDS = {
  "tile.total": "consumption", "tile.export": "export", "tile.generation": "generation", "tile.mean": "mean", "fact.value": "value", "fact.register-reading": "reading",
  "fact.start": "slot begins", "fact.period-start": "period begins", "reason.no_answer": "the meter did not answer",
};
globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: (id) => ({ textContent: id === "words" ? JSON.stringify(WORDS) : "{}" }),
  createElement: () => ({ append() {}, setAttribute() {} }),
};
const { factLines } = await import("../static/facts.js");

const SLOT = { kind: "interval", direction: "import", unit: "kWh", value: "1.5", start: "2026-01-02T00:00:00+08:00" };
const PERIOD = { ...SLOT, expected: 4, measured: 4, estimated: 0, manual: 0, gap: 0, not_stated: 0, bridged: false, steps: null };
const names = (facts) => factLines(facts).map(([name]) => name);

test("what goes out or is generated is never called consumption, of a slot or of a period", () => {
  for (const direction of ["export", "generation"]) {
    for (const facts of [SLOT, PERIOD, { ...PERIOD, kind: "register" }]) assert.equal(names({ ...facts, direction })[0], direction);
  }
  assert.deepEqual([names(SLOT)[0], names(PERIOD)[0]], ["consumption", "consumption"]);
});

test("a mean is called so, and the reading of a register is no consumption", () => {
  assert.equal(names({ ...PERIOD, kind: "instant" })[0], "mean");
  assert.equal(names({ ...SLOT, kind: "instant" })[0], "value");
  assert.equal(names({ ...SLOT, kind: "register" })[0], "reading");
});

test("a period has its own ends, and a slot its own", () => {
  assert.ok(names(PERIOD).includes("period begins") && !names(PERIOD).includes("slot begins"));
  assert.ok(names(SLOT).includes("slot begins") && !names(SLOT).includes("period begins"));
});

test("a gap says why there is no value", () => {
  const said = factLines({ ...SLOT, value: null, status: "gap", reason: "no_answer" }).map(([, value]) => value);
  assert.ok(said.includes("the meter did not answer"));
});

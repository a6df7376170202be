// What is asked for as the evidence of a row: its period, or its slot where it is exactly one.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en" }, getElementById: () => ({ textContent: "{}" }) };
const { provable } = await import("../static/evidence.js");

const ROW = { start: "2026-01-01T00:00:00+08:00", end: "2026-01-02T00:00:00+08:00", value: "9", measured: 1, estimated: 0, manual: 0, gap: 0, one_slot: true };
const QUARTER = { ...ROW, end: "2026-04-01T00:00:00+08:00" };
const NOTHING = { ...ROW, value: null, measured: 0 };
const asked = (kind, row) => provable({ kind }, row).proofs.map((proof) => proof.asked);
const slot = { slot: ROW.start };
const period = { from: ROW.start, to: ROW.end };

test("a row of exactly one slot is proven by it, and every other row by its period", () => {
  assert.deepEqual(asked("interval", ROW), [slot]);
  assert.deepEqual(asked("interval", { ...ROW, one_slot: false }), [period]);
  assert.deepEqual(asked("register", ROW), [period, slot]);
});

test("a slot longer than a period of evidence is proven all the same", () => {
  assert.deepEqual(asked("interval", QUARTER), [slot]);
  assert.deepEqual(asked("register", QUARTER), [slot]);
  assert.equal(provable({ kind: "interval" }, { ...QUARTER, one_slot: false }).why, "proof.too-long");
});

test("a value has evidence, also where no whole slot of its period is stated", () => {
  assert.deepEqual(asked("register", { ...NOTHING, one_slot: false, value: "20" }), [period]);
  assert.equal(provable({ kind: "register" }, NOTHING).why, "proof.not-stated");
});

// The tile of a total says of which span the figure is, and how many slots have a value.
import assert from "node:assert/strict";
import { test } from "node:test";

const WORDS = { "tile.cut": "partial: counted is {span}", "tile.partial": "partial: {valued} of {expected}", "tile.partial-bridged": "partial: {valued} of {expected}, bridged", "status.estimated": "estimated", "status.manual": "manual", "mark.cut": "its ends cut slots", "mark.partial": "partial" };
const made = () => ({
  children: [], append(...more) { this.children.push(...more); }, setAttribute() {}, addEventListener() {},
  get text() { return this.children.map((child) => child.text ?? child).join(" "); },
});
globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: (id) => ({ textContent: id === "words" ? JSON.stringify(WORDS) : "{}" }),
  createElement: made,
};
const { totalTile } = await import("../static/tiles.js");

const POINT = { id: "w", org: "works", kind: "interval", direction: "import", energy: "electricity", unit: "kWh" };
const WHOLE = {
  start: "2022-12-19T00:00:00+08:00", end: "2023-01-01T00:00:00+08:00", value: "100.0", unit: "kWh", expected: 2, due: 2, measured: 2, estimated: 0, manual: 0, gap: 0,
  partial: false, bridged: false, cut: false, counted_start: null, counted_end: null, at_least: null, steps: null, evidence: null,
};
const CUT = { ...WHOLE, partial: true, cut: true, counted_start: WHOLE.start, counted_end: "2022-12-26T00:00:00+08:00" };
const partialLines = (total) => totalTile(POINT, total).text.match(/partial: [^:]*?(of \d+|\d{4}-\d\d-\d\d – \d{4}-\d\d-\d\d)/g) ?? [];

test("a figure that cuts a week names the span it is of, and calls no slot valueless", () => {
  assert.deepEqual(partialLines(WHOLE), []);
  assert.deepEqual(partialLines(CUT), ["partial: counted is 2022-12-19 – 2022-12-25"]);
});

test("where slots have no value either, both are said", () => {
  assert.deepEqual(partialLines({ ...CUT, measured: 1 }), ["partial: 1 of 2", "partial: counted is 2022-12-19 – 2022-12-25"]);
});

test("values that were estimated or stated by hand are named beside the figure", () => {
  assert.match(totalTile(POINT, { ...WHOLE, expected: 10, measured: 5, estimated: 3, manual: 2 }).text, /estimated 3 · manual 2/);
  assert.doesNotMatch(totalTile(POINT, WHOLE).text, /estimated|manual/);
});

test("a register that counts across its holes is not said to be unknown: it was read before and after them", () => {
  const bridged = { ...WHOLE, measured: 1, partial: true, bridged: true };
  assert.match(totalTile({ ...POINT, kind: "register" }, bridged).text, /partial: 1 of 2, bridged/);
});

// Completeness of an answer by columns, turned into a row for each period.
import assert from "node:assert/strict";
import { test } from "node:test";

const WORDS = { "status.measured": "measured", "status.missing": "missing", "status.not-due": "not due", "mark.partial": "partial", "mark.rollover": "rollovers {count}", "left-out.none": "none", "left-out.not-defined-then": "{slots}, {first} to {last}: {stated}, {in_force}" };
globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: (id) => ({ textContent: id === "words" ? JSON.stringify(WORDS) : "{}" }),
};
const { inWords, leftOut, rowsOf } = await import("../static/quality.js");
const { absence } = await import("../static/marks.js");

const COLUMNS = {
  edges: ["a", "b", "c"], unit: "kWh", value: ["1.50", null],
  expected: [4, 4], due: [4, 4], measured: [4, 1], estimated: [0, 0], manual: [0, 0], gap: [0, 0], missing: [0, 3], bridged: [false, false], partial: [false, false],
};

test("period i of an answer by columns goes from edge i to edge i + 1", () => {
  const rows = rowsOf(COLUMNS);
  assert.deepEqual(rows.map(({ start, end, value }) => [start, end, value]), [["a", "b", "1.50"], ["b", "c", null]]);
  assert.equal(rows[1].missing, 3);
  assert.equal(rows[1].unit, "kWh");
});

test("the steps of a register are taken by kind", () => {
  const rows = rowsOf({ ...COLUMNS, steps: { fall: [0, 2] }, at_least: [null, "1.0"] });
  assert.deepEqual(rows.map((row) => [row.steps.fall, row.at_least]), [[0, null], [2, "1.0"]]);
  assert.equal(rowsOf({ ...COLUMNS, steps: null })[0].steps, null);
});

test("counts are taken as the API states them; those of none are left out", () => {
  assert.deepEqual(rowsOf(COLUMNS).map(inWords), ["measured 4 / 4", "measured 1 · missing 3 / 4"]);
});

test("a partial value, slots that are not due and steps of a register are named", () => {
  const row = { ...rowsOf(COLUMNS)[0], measured: 2, due: 2, partial: true, steps: { rollover: 1, fall: 0 } };
  assert.equal(inWords(row), "measured 2 · not due 2 / 4 · partial · rollovers 1");
});

test("a register whose readings count no advance is neither missing nor without a reading", () => {
  const [, none] = rowsOf({ ...COLUMNS, measured: [4, 1], gap: [0, 0], missing: [0, 3] });
  assert.equal(absence(none), "uncounted");
  assert.equal(absence({ ...none, measured: 0, gap: 4 }), "gap");
  assert.equal(absence({ ...none, measured: 0 }), "missing");
  assert.equal(absence({ ...none, measured: 0, due: 0 }), "not-due");
});

test("what is left out is told with both definitions", () => {
  const each = { why: "not defined then", stated_under: "main 1, ab", in_force: null, slots: 24, first: "2022-01-10T00:00:00+08:00", last: "2022-01-10T23:00:00+08:00" };
  assert.deepEqual(leftOut([each]), ["24, 2022-01-10 00:00:00 UTC+08:00 to 2022-01-10 23:00:00 UTC+08:00: main 1, ab, none"]);
});

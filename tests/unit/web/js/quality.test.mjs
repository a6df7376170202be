// Completeness of an answer by columns, turned into a row for each period.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: (id) => ({ textContent: id === "words" ? '{"status.measured": "measured", "status.missing": "missing"}' : "{}" }),
};
const { inWords, rowsOf } = await import("../static/quality.js");

const COLUMNS = {
  edges: ["a", "b", "c"], unit: "kWh", value: ["1.50", null],
  expected: [4, 4], measured: [4, 1], estimated: [0, 0], manual: [0, 0], gap: [0, 0], missing: [0, 3], bridged: [false, false],
};

test("period i of an answer by columns goes from edge i to edge i + 1", () => {
  const rows = rowsOf(COLUMNS);
  assert.deepEqual(rows.map(({ start, end, value }) => [start, end, value]), [["a", "b", "1.50"], ["b", "c", null]]);
  assert.equal(rows[1].missing, 3);
  assert.equal(rows[1].unit, "kWh");
});

test("counts are taken as the API states them; those of none are left out", () => {
  assert.deepEqual(rowsOf(COLUMNS).map(inWords), ["measured 4 / 4", "measured 1 · missing 3 / 4"]);
});

// The colours of the heat map: the scale begins at zero, the lowest value is not invisible.
import assert from "node:assert/strict";
import { test } from "node:test";
import { heatScale, heatShare } from "../static/heat_scale.js";
import { between } from "../static/paint.js";

test("the scale begins at zero unless a value lies below", () => {
  assert.deepEqual(heatScale([3, 9]), { low: 0, high: 9 });
  assert.deepEqual(heatScale([-2, 9]), { low: -2, high: 9 });
});

test("a scale of zeros or of no values still has a width", () => {
  for (const values of [[], [0], [0, 0]]) {
    const { low, high } = heatScale(values);
    assert.ok(low < high);
  }
});

test("the share grows from 0.16 at the lowest value to 1 at the highest", () => {
  const scale = heatScale([0, 10]);
  assert.equal(heatShare(0, scale), 0.16);
  assert.equal(heatShare(10, scale), 1);
  assert.ok(heatShare(4, scale) < heatShare(5, scale));
});

test("a colour between two is mixed by channel", () => {
  assert.equal(between("#000000", "#ffffff", 0), "rgb(0 0 0)");
  assert.equal(between("#000000", "#ffffff", 1), "rgb(255 255 255)");
  assert.equal(between("#102030", "#305070", 0.5), "rgb(32 56 80)");
});

// The picture by hour: every row has its place, also those of an hour that the clock shows twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, hourOf, stepped, unmeasured } from "../static/heat_cells.js";

const row = (start) => ({ start });
const TWICE = ["2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"].map(row);

test("both rows of an hour that comes twice are there, the earlier one first", () => {
  const cells = cellsOf(TWICE);
  assert.deepEqual([...cells.values()].flat(), TWICE);
  assert.deepEqual(cells.get(hourOf("2026-10-25", 2)), TWICE.slice(1, 3));
});

test("the keys lead to every row, down and up again", () => {
  const cells = cellsOf(TWICE);
  const at = ({ hour, part }) => cells.get(hourOf("2026-10-25", hour))?.[part];
  const parts = (x, hour) => cells.get(hourOf("2026-10-25", hour))?.length ?? 1;
  let place = { x: 0, hour: 1, part: 0 };
  const met = (down, times) => Array.from({ length: times }, () => at((place = stepped(place, 0, down, 1, parts))));
  assert.deepEqual(met(1, 3), TWICE.slice(1));
  assert.deepEqual(met(-1, 3), TWICE.slice(0, 3).reverse());
});

test("the keys stay within the picture", () => {
  const parts = (x, hour) => (x === 1 && hour === 2 ? 2 : 1);
  assert.deepEqual(stepped({ x: 0, hour: 0, part: 0 }, -1, 0, 3, parts), { x: 0, hour: 0, part: 0 });
  assert.deepEqual(stepped({ x: 0, hour: 23, part: 0 }, 0, 1, 3, parts), { x: 0, hour: 23, part: 0 });
  assert.deepEqual(stepped({ x: 1, hour: 2, part: 1 }, 1, 0, 3, parts), { x: 2, hour: 2, part: 0 });
});

test("an hour shows that its value is estimated or stated by hand, in whole or in part", () => {
  const hour = { value: "1.0", measured: 2, estimated: 0, manual: 0 };
  assert.deepEqual(unmeasured(hour), []);
  assert.deepEqual(unmeasured({ ...hour, estimated: 1, manual: 1 }), ["estimated", "manual"]);
  assert.deepEqual(unmeasured({ ...hour, value: null, manual: 4 }), []);
});

// The places of the picture by hour: one for each hour of a day, and in it one for each row that begins in that hour.

export const HOURS = 24;

/** The rows of each hour by its date and hour; an hour that the clock shows twice has two, in their order. */
export function cellsOf(rows) {
  const cells = new Map();
  for (const row of rows) {
    const hour = row.start.slice(0, 13);
    cells.set(hour, [...(cells.get(hour) ?? []), row]);
  }
  return cells;
}

/** The statuses of a value that was not, or not wholly, measured. */
export const unmeasured = (row) => (row.value === null ? [] : ["estimated", "manual"].filter((status) => row[status]));

/** The key of an hour of a day among these cells. */
export const hourOf = (day, hour) => `${day}T${String(hour).padStart(2, "0")}`;

/** The place that a step `across` days or `down` hours leads to; `parts(x, hour)` counts the rows of a cell, 1 at least. */
export function stepped({ x, hour, part }, across, down, days, parts) {
  const clamp = (number, end) => Math.min(end - 1, Math.max(0, number));
  const within = part + down;
  if (!across && within >= 0 && within < parts(x, hour)) return { x, hour, part: within };
  const to = { x: clamp(x + across, days), hour: clamp(hour + down, HOURS) };
  if (to.x === x && to.hour === hour) return { x, hour, part };
  const last = parts(to.x, to.hour) - 1;
  return { ...to, part: across ? Math.min(part, last) : down < 0 ? last : 0 };
}

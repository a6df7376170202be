// The colour scale of the heat map: where a value stands between the lowest and the highest one shown.

/** The scale of some values; it begins at zero, or below where a value is. */
export function heatScale(values) {
  const low = Math.min(...values, 0);
  return { low, high: Math.max(...values, low + 1e-9) };
}

/** How far a value is coloured, 0.16 to 1, so that the lowest one still differs from nothing. */
export const heatShare = (value, { low, high }) => 0.16 + 0.84 * ((value - low) / (high - low));

// What a figure says of itself beside its number; web/figure_marks.py says the same of the same row.
import { grouped, unit } from "./figures.js";
import { translate } from "./words.js";

const FLAGS = ["partial", "bridged"];
const STEPS = ["exchange", "restart", "outlier", "rollover", "fall", "implausible", "open", "provisional", "at_least"];

/** The slots of a row that have a value. */
export const valued = (row) => row.measured + row.estimated + row.manual;

/** Whether a row has a step of a register that is not a plain one. */
export const stepped = (row) => STEPS.some((kind) => row.steps?.[kind]);

/** The marks of a row as pairs of name and words, most telling first. */
export function marks(row) {
  const found = FLAGS.filter((flag) => row[flag]).map((flag) => [flag, translate(`mark.${flag}`)]);
  for (const kind of STEPS) {
    const count = row.steps?.[kind];
    if (count) found.push([kind, translate(`mark.${kind}`, { count })]);
  }
  if (row.stated_by_owner) found.push(["stated_by_owner", translate("mark.stated_by_owner", { count: `${grouped(row.stated_by_owner)} ${unit(row.unit)}` })]);
  return found;
}

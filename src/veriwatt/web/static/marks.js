// What a figure says of itself beside its number; web/figure_marks.py says the same of the same row.
import { grouped, unit } from "./figures.js";
import { translate } from "./words.js";

const FLAGS = ["partial", "bridged", "cut"];
const STEPS = ["exchange", "restart", "outlier", "rollover", "fall", "implausible", "open", "provisional", "at_least", "not_stated", "confirmed", "beside_fall"];

/** The slots of a row that have a value. */
export const valued = (row) => row.measured + row.estimated + row.manual;

/** Whether a row has a step of a register that is not a plain one. */
export const stepped = (row) => STEPS.some((kind) => row.steps?.[kind]);

const WORDS_OF_NONE = { uncounted: "status.uncounted", "no-slot": "status.no-slot", "not-due": "status.not-due" };

/** Why a row has no value: its readings count no advance, it cuts every slot, none is due, a gap is stated, or no frame names its slots. */
export function absence(row) {
  if (valued(row)) return "uncounted";
  if (row.expected === 0) return "no-slot";
  if (row.due === 0) return "not-due";
  return row.gap ? "gap" : "missing";
}

/** What stands in the place of a value that a row does not have. */
export const noValue = (row) => translate(WORDS_OF_NONE[absence(row)] ?? "tile.none");

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

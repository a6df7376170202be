// The chosen period: its figures, the way to look closer, and its evidence.
import { get } from "./api.js";
import { element, fill, pairs } from "./dom.js";
import { downloadButton, provable } from "./evidence.js";
import { frameLink } from "./explorer.js";
import { grouped, precise, spanOf, unit } from "./figures.js";
import { noValue, valued } from "./marks.js";
import { keys } from "./quality.js";
import { translate } from "./words.js";

/** Show a row with the evidence that there is of it; `about` is the point as the row's answer defines it. */
export function showDetail(about, row, onZoom) {
  const value = row.value === null ? noValue(row) : amount(row.value, row);
  const status = element("p", { class: "how", role: "status" });
  const { proofs, why } = provable(about, row);
  const frame = element("span", { class: "of-frame" });
  if (row.one_slot && valuedOrGap(row)) showFrame(about, row, frame);
  const actions = [
    row.one_slot ? null : element("button", { type: "button", onclick: () => onZoom(row) }, translate("detail.closer")),
    ...proofs.map((proof, i) => downloadButton(about, proof, i ? "reading" : "main", status)),
    proofs.length ? element("a", { class: "quiet", href: "/api/v1/trust", download: "trust.json" }, translate("detail.trust")) : null,
    frame,
  ];
  fill("detail",
    element("p", { class: "big" }, value),
    pairs([
      [translate("overview.point"), about.id],
      [translate("table.start"), precise(row.start)],
      [translate("table.end"), precise(row.end)],
      [translate("detail.slots"), keys(row)],
      [translate("detail.at-least"), row.at_least === null || row.at_least === row.value ? null : amount(row.at_least, row)],
      [translate("detail.stated-by-owner"), row.stated_by_owner === null ? null : amount(row.stated_by_owner, row)],
    ]),
    element("div", { class: "actions" }, actions),
    why ? element("p", { class: "how proof" }, why) : null, status);
}

const valuedOrGap = (row) => valued(row) + row.gap > 0;

/** A link to the frame that states the slot; none where it cannot be asked now. */
async function showFrame(about, row, at) {
  try {
    const { org, frames } = await get(`points/${encodeURIComponent(about.id)}/frames`, { slot: row.start, org: about.org });
    at.replaceChildren(frameLink(org, frames[0].position, translate("frame.of-slot")));
  } catch (error) {
    console.warn(error);
  }
}

const amount = (value, row) => `${grouped(value)} ${unit(row.unit)}`;

/** One line for the row under the pointer; without one, `otherwise`. */
export function readingLine(row, words, otherwise) {
  if (!row) return [otherwise];
  const value = row.value === null ? noValue(row) : amount(row.value, row);
  return [`${spanOf(row.start, row.end)}  ·  `, element("b", {}, value), `  ·  ${words(row)}`];
}

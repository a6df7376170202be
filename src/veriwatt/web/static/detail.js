// The chosen period: its figures, the way to look closer, and the evidence of a slot.
import { clearError, file, showError } from "./api.js";
import { element, fill, pairs } from "./dom.js";
import { grouped, precise, spanOf, unit } from "./figures.js";
import { valued } from "./marks.js";
import { keys } from "./quality.js";
import { translate } from "./words.js";

/** Show a period; `isSlot` when it is one slot of the point, and evidence can be had of it. */
export function showDetail(point, row, isSlot, onZoom) {
  const value = row.value === null ? translate("tile.none") : amount(row.value, row);
  const words = provable(point, row, isSlot);
  const status = element("p", { class: "how", role: "status" });
  const actions = [
    isSlot ? null : element("button", { type: "button", onclick: () => onZoom(row) }, translate("detail.closer")),
    words.button ? element("button", { type: "button", class: "main", onclick: () => download(point, row, status) }, words.button) : null,
    words.button ? element("a", { class: "quiet", href: "/api/v1/trust", download: "trust.json" }, translate("detail.trust")) : null,
  ];
  fill("detail",
    element("p", { class: "big" }, value),
    pairs([
      [translate("overview.point"), point.id],
      [translate("table.start"), precise(row.start)],
      [translate("table.end"), precise(row.end)],
      [translate("detail.slots"), keys(row)],
      [translate("detail.at-least"), row.at_least === null || row.at_least === row.value ? null : amount(row.at_least, row)],
      [translate("detail.stated-by-owner"), row.stated_by_owner === null ? null : amount(row.stated_by_owner, row)],
    ]),
    element("div", { class: "actions" }, actions),
    words.why ? element("p", { class: "how proof" }, words.why) : null, status);
}

/** What evidence there is of a period: the words of its button, and why it does not prove the number shown. */
export function provable(point, row, isSlot) {
  if (!isSlot) return { button: null, why: translate("proof.period") };
  if (valued(row) + row.gap === 0) return { button: null, why: translate("proof.not-stated") };
  if (point.kind !== "register") return { button: translate("detail.evidence"), why: null };
  return { button: translate("proof.reading-button"), why: translate("proof.reading", { time: precise(row.end) }) };
}

const amount = (value, row) => `${grouped(value)} ${unit(row.unit)}`;

/** One line for the row under the pointer; without one, `otherwise`. */
export function readingLine(row, words, otherwise) {
  if (!row) return [otherwise];
  const value = row.value === null ? translate("tile.none") : amount(row.value, row);
  return [`${spanOf(row.start, row.end)}  ·  `, element("b", {}, value), `  ·  ${words(row)}`];
}

/** Save the evidence of a slot as a file. */
export async function download(point, row, status) {
  try {
    const answer = await file("evidence", { point: point.id, org: point.org, slot: row.start });
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))?.[1] ?? "evidence.vwe";
    const address = URL.createObjectURL(await answer.blob());
    const link = element("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    status.textContent = translate("detail.saved", { name });
    clearError();
  } catch (error) {
    showError(error);
  }
}

// The chosen period: its figures, the way to look closer, and the evidence of a slot.
import { clearError, file, showError } from "./api.js";
import { element, fill, pairs } from "./dom.js";
import { grouped, precise, spanOf, unit } from "./figures.js";
import { valued } from "./marks.js";
import { keys } from "./quality.js";
import { translate } from "./words.js";

/** The longest period that evidence discloses: 31 local days. */
const LONGEST = 31 * 864e5 + 2 * 36e5;

/** Show a period, with the evidence that there is of it; `isSlot` when it is one slot of the point. */
export function showDetail(point, row, isSlot, onZoom) {
  const value = row.value === null ? translate("tile.none") : amount(row.value, row);
  const status = element("p", { class: "how", role: "status" });
  const { proofs, why } = provable(point, row, isSlot);
  const actions = [
    isSlot ? null : element("button", { type: "button", onclick: () => onZoom(row) }, translate("detail.closer")),
    ...proofs.map(({ words, asked }, i) => element("button", { type: "button", class: i ? "reading" : "main", onclick: () => download(point, asked, status) }, translate(words))),
    proofs.length ? element("a", { class: "quiet", href: "/api/v1/trust", download: "trust.json" }, translate("detail.trust")) : null,
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
    why ? element("p", { class: "how proof" }, why) : null, status);
}

/** The evidence of a period: what each file proves and how it is asked for; or why there is none. */
export function provable(point, row, isSlot) {
  if (valued(row) + row.gap === 0) return { proofs: [], why: translate("proof.not-stated") };
  if (Date.parse(row.end) - Date.parse(row.start) > LONGEST) return { proofs: [], why: translate("proof.too-long") };
  const figure = (asked) => ({ words: "detail.evidence", asked });
  const ofPeriod = figure({ from: row.start, to: row.end });
  const slot = { slot: row.start };
  if (!isSlot) return { proofs: [ofPeriod], why: null };
  if (point.kind !== "register") return { proofs: [figure(slot)], why: null };
  return { proofs: [ofPeriod, { words: "proof.reading-button", asked: slot }], why: translate("proof.reading", { time: precise(row.end) }) };
}

const amount = (value, row) => `${grouped(value)} ${unit(row.unit)}`;

/** One line for the row under the pointer; without one, `otherwise`. */
export function readingLine(row, words, otherwise) {
  if (!row) return [otherwise];
  const value = row.value === null ? translate("tile.none") : amount(row.value, row);
  return [`${spanOf(row.start, row.end)}  ·  `, element("b", {}, value), `  ·  ${words(row)}`];
}

/** Save the evidence of what is asked for as a file. */
async function download(point, asked, status) {
  try {
    const answer = await file("evidence", { point: point.id, org: point.org, ...asked });
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

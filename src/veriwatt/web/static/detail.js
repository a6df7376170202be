// The chosen period: its figures, the way to look closer, and the evidence of a slot.
import { clearError, file, showError } from "./api.js";
import { fill, h, pairs } from "./dom.js";
import { grouped, precise, spanOf, unit } from "./figures.js";
import { keys } from "./quality.js";
import { t } from "./words.js";

/** Show a period; `isSlot` when it is one slot of the point, and evidence can be had of it. */
export function showDetail(point, row, isSlot, onCloser) {
  const value = row.value === null ? t("tile.none") : `${grouped(row.value)} ${unit(row.unit)}`;
  const status = h("p", { class: "how", role: "status" });
  const actions = [
    isSlot ? null : h("button", { type: "button", onclick: () => onCloser(row) }, t("detail.closer")),
    isSlot ? h("button", { type: "button", class: "main", onclick: () => download(point, row, status) }, t("detail.evidence")) : null,
    isSlot ? h("a", { class: "quiet", href: "/api/v1/trust", download: "trust.json" }, t("detail.trust")) : null,
  ];
  fill("detail",
    h("p", { class: "big" }, value),
    pairs([
      [t("overview.point"), point.id],
      [t("table.start"), precise(row.start)],
      [t("table.end"), precise(row.end)],
      [t("detail.slots"), keys(row)],
    ]),
    h("div", { class: "actions" }, actions), status);
}

/** One line for the row under the pointer; without one, `otherwise`. */
export function readingLine(row, words, otherwise) {
  if (!row) return [otherwise];
  const value = row.value === null ? t("tile.none") : `${grouped(row.value)} ${unit(row.unit)}`;
  return [`${spanOf(row.start, row.end)}  ·  `, h("b", {}, value), `  ·  ${words(row)}`];
}

/** Save the evidence of a slot as a file. */
export async function download(point, row, status) {
  try {
    const answer = await file("evidence", { point: point.id, org: point.org, slot: row.start });
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))?.[1] ?? "evidence.vwe";
    const address = URL.createObjectURL(await answer.blob());
    const link = h("a", { href: address, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
    status.textContent = t("detail.saved", { name });
    clearError();
  } catch (error) {
    showError(error);
  }
}

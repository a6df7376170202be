// The evidence of a figure: what files there are, why there is none, and saving one.
import { clearError, file, showError } from "./api.js";
import { element } from "./dom.js";
import { precise } from "./figures.js";
import { valued } from "./marks.js";
import { translate } from "./words.js";

/** The longest period that evidence discloses: 31 local days. */
const LONGEST = 31 * 864e5 + 2 * 36e5;

const tooLong = (row) => Date.parse(row.end) - Date.parse(row.start) > LONGEST;

/**
 * The evidence of a row: what each file proves and how it is asked for; or why there is none.
 *
 * The figure of one slot is its reading, but for a register, whose reading is no advance.
 */
export function provable(about, row) {
  if (row.value === null && valued(row) + row.gap === 0) return { proofs: [], why: translate("proof.not-stated") };
  const figure = (asked) => ({ words: "detail.evidence", asked });
  const ofPeriod = tooLong(row) ? [] : [figure({ from: row.start, to: row.end })];
  if (!row.one_slot) return { proofs: ofPeriod, why: ofPeriod.length ? null : translate("proof.too-long") };
  const slot = { slot: row.start };
  if (about.kind !== "register") return { proofs: [figure(slot)], why: null };
  return { proofs: [...ofPeriod, { words: "proof.reading-button", asked: slot }], why: translate("proof.reading", { time: precise(row.end) }) };
}

/** The evidence of a total as lines of its tile: a button, or why there is none. As long as it may be one it is of a period. */
export function offerOfTotal(about, total) {
  const { proofs, why } = provable(about, { ...total, one_slot: total.one_slot && tooLong(total) });
  const status = element("span", { role: "status" });
  return proofs.length ? [downloadButton(about, proofs[0], "link", status), " ", status, why] : [why];
}

export function downloadButton(point, { words, asked }, kind, status) {
  return element("button", { type: "button", class: kind, onclick: () => download(point, asked, status) }, translate(words));
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

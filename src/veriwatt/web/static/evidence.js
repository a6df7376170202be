// The evidence of a figure: what files there are, why there is none, and saving one.
import { clearError, file, showError } from "./api.js";
import { element } from "./dom.js";
import { precise } from "./figures.js";
import { valued } from "./marks.js";
import { translate } from "./words.js";

/** The longest period that evidence discloses: 31 local days. */
const LONGEST = 31 * 864e5 + 2 * 36e5;

/** The evidence of a row: what each file proves and how it is asked for; or why there is none. */
export function provable(about, row) {
  if (valued(row) + row.gap === 0) return { proofs: [], why: translate("proof.not-stated") };
  const figure = (asked) => ({ words: "detail.evidence", asked });
  const slot = { slot: row.start };
  if (row.one_slot && about.kind !== "register") return { proofs: [figure(slot)], why: null };
  if (Date.parse(row.end) - Date.parse(row.start) > LONGEST) return { proofs: [], why: translate("proof.too-long") };
  const ofPeriod = figure({ from: row.start, to: row.end });
  if (!row.one_slot) return { proofs: [ofPeriod], why: null };
  return { proofs: [ofPeriod, { words: "proof.reading-button", asked: slot }], why: translate("proof.reading", { time: precise(row.end) }) };
}

/** The evidence of a total, asked for as a period, as lines of its tile: a button, or why there is none. */
export function offerOfTotal(about, total) {
  const { proofs, why } = provable(about, { ...total, one_slot: false });
  const status = element("span", { role: "status" });
  return proofs.length ? [downloadButton(about, proofs[0], "link", status), " ", status] : [why];
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

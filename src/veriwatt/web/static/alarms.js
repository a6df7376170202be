// The alarms of the ledger, a banner at the head of every page.
import { get } from "./api.js";
import { byId, element, fill } from "./dom.js";
import { precise } from "./figures.js";
import { translate } from "./words.js";

const EVERY = 30_000;

const alarm = ({ code, values }) => element("div", { class: "notice bad", "data-alarm": code }, element("b", {}, translate("alarm.title")), element("p", {}, translate(`alarm.${code}`, { ...values, time: values.time && precise(values.time) })));

export const showAlarms = (alarms) => fill("alarms", alarms.map(alarm));

/** Show now, and from now on, what is wrong with the ledger; where that cannot be asked, the page itself says why. */
export async function watchAlarms() {
  if (!byId("alarms")) return; // nobody is signed in
  try {
    showAlarms((await get("ledger/alarms")).alarms);
  } catch {
    // what was shown stays
  }
  setTimeout(watchAlarms, EVERY);
}

// What every page has: alarms, signing out, and a language switch that keeps the rest of the address.
import { watchAlarms } from "./alarms.js";
import { signOut, showError } from "./api.js";
import { byId } from "./dom.js";

const leave = byId("sign-out");
if (leave) {
  leave.addEventListener("click", async () => {
    try {
      await signOut();
      location.assign("/sign-in");
    } catch (error) {
      showError(error);
    }
  });
  leave.disabled = false; // until here a click would do nothing
}

for (const link of document.querySelectorAll("[data-language]")) {
  link.addEventListener("click", () => {
    const address = new URL(location.href);
    address.searchParams.set("lang", link.dataset.language);
    link.href = address.pathname + address.search;
  });
}

if (document.body.dataset.page !== "ledger") watchAlarms(); // that page shows all alarms, with what it asks anyway

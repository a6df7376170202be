// Signing in leads back to the page that was asked for, also where the link is opened beside it, as from a mail.
import { get } from "./api.js";

const REMEMBERED = "veriwatt-next";
const FRESH = 30 * 60 * 1000;

const wanted = document.querySelector("form input[name=next]");
const pasting = document.querySelector("form[data-next]");

if (pasting) {
  if (wanted.value !== "/") localStorage.setItem(REMEMBERED, JSON.stringify({ path: wanted.value, at: Date.now() }));
  // a reader who is signed in, and followed a link on another site, brought no cookie: from here it is sent
  const { name } = await get("session").catch(() => ({ name: null }));
  if (name !== null) location.replace(pasting.dataset.next);
} else if (wanted && wanted.value === "/") {
  const { path, at } = remembered();
  if (path && Date.now() - at < FRESH) wanted.value = path;
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}

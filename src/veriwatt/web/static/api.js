// Questions to the API of this node, and what is shown where one fails.
import { element, fill } from "./dom.js";
import { message, translate } from "./words.js";

const SIGNED_OUT = ["sign-in-needed", "session-ended"];

/** An answer that is a problem: `code` is stable, the message is in the page's language. */
export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function answered(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem("network", translate("error.network"));
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const code = body.type?.split(":").pop() ?? "http";
  const text = SIGNED_OUT.includes(code) ? translate("error.sign-in") : (body.detail ?? response.statusText);
  throw new Problem(code, message("errors", code, body.values ?? {}, text));
}

/** The JSON answer to a question; parameters without a value are left out. Throws Problem. */
export async function get(path, parameters = {}, signal = undefined) {
  return (await file(path, parameters, signal)).json();
}

/** As `get`, the response itself. */
export function file(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
  return answered(fetch(`/api/v1/${path}${query && `?${query}`}`, { signal }));
}

export async function post(path, body, signal = undefined) {
  return (await answered(fetch(`/api/v1/${path}`, { method: "POST", body, signal }))).json();
}

export const signOut = () => answered(fetch("/api/v1/session", { method: "DELETE" }));

/** Show an error in #trouble, with a button to try again. */
export function showError(error, again) {
  if (error?.name === "AbortError") return;
  const expected = error instanceof Problem;
  if (!expected) console.error(error);
  const back = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  const signIn = SIGNED_OUT.includes(error.code) ? element("a", { href: back }, translate("nav.sign-in")) : null;
  const retry = again && !signIn ? element("button", { type: "button", onclick: again }, translate("error.retry")) : null;
  fill("trouble", element("div", { class: "notice bad" }, element("b", {}, translate("error.title")), element("p", {}, expected ? error.message : translate("error.page")), signIn, retry));
}

export const clearError = () => fill("trouble");

// The words of the page, in the language it was rendered in.
const words = JSON.parse(document.getElementById("words").textContent);
const messages = JSON.parse(document.getElementById("messages").textContent);

/** The words of a key, with values in the place of {name}. A key without words is a bug, and shows as itself. */
export function translate(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether there are words for a key. */
export const has = (key) => key in words;

/** The product's English `text` in the page's language: by its kind (errors, caveats), code and values. */
export function message(kind, code, values, text) {
  const found = messages[kind]?.[code];
  return found ? found.replace(/\{(\w+)\}/g, (_, name) => shown(name, values[name])) : text;
}

/** Who finalises blocks: one operator, or so many validators. */
export function operatorName(operator) {
  const count = /^(\d+) validators$/.exec(operator)?.[1];
  return count ? translate("ledger.validators", { count }) : translate("ledger.single");
}

function shown(name, value) {
  if (value === undefined) return "–";
  if (typeof value === "boolean") return translate(`truth.${value}`);
  return name === "what" ? (messages.parts[value] ?? value) : value;
}

export const language = document.documentElement.lang;

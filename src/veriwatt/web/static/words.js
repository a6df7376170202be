// The words of the page, in the language it was rendered in.
const words = JSON.parse(document.getElementById("words").textContent);

/** The words of a key, with values in the place of {name}. A key without words is a bug, and shows as itself. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether there are words for a key. */
export const has = (key) => key in words;

export const language = document.documentElement.lang;

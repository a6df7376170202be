// Elements from our own words and the API's values; text is always text, never markup.

/** An element with attributes, handlers (onclick …) and children; null children are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A list of names and values; pairs without a value are left out. */
export function pairs(entries) {
  const shown = entries.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("dl", { class: "pairs" }, shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

export const byId = (id) => document.getElementById(id);

export function fill(place, ...children) {
  const target = typeof place === "string" ? byId(place) : place;
  target.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  target.removeAttribute("aria-busy");
}

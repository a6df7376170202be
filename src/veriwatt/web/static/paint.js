// Colours of the theme in force, for what is drawn on canvas.

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["paper", "card", "ink", "soft", "edge", "fill", "accent", "measured", "estimated", "manual", "gap", "missing"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** A diagonal hatching: the sign of a gap everywhere. */
export function hatch(context, line, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const draw = tile.getContext("2d");
  draw.fillStyle = ground;
  draw.fillRect(0, 0, 8, 8);
  draw.strokeStyle = line;
  draw.lineWidth = 1.4;
  draw.beginPath();
  for (const shift of [-8, 0, 8]) {
    draw.moveTo(shift, 8);
    draw.lineTo(shift + 8, 0);
  }
  draw.stroke();
  return context.createPattern(tile, "repeat");
}

/** Dots: the sign of readings that count no advance. */
export function dots(context, colour, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 4;
  const draw = tile.getContext("2d");
  draw.fillStyle = ground;
  draw.fillRect(0, 0, 4, 4);
  draw.fillStyle = colour;
  draw.fillRect(1, 1, 2, 2);
  return context.createPattern(tile, "repeat");
}

/** A colour between two given as #rrggbb, `share` of the way. */
export function between(from, to, share) {
  const part = (colour, at) => parseInt(colour.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(from, at) + (part(to, at) - part(from, at)) * share));
  return `rgb(${mixed.join(" ")})`;
}

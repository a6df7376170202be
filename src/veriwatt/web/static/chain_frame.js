// One frame of a data chain: what its terminal signed, and the anchor by which the ledger has it.
import { get, showError } from "./api.js";
import { element, fill, pairs } from "./dom.js";
import { addWays, blockLink, card, entitle, frameLink, link, mono, orgLink, place, terminalLink, transactionLink } from "./explorer.js";
import { precise } from "./figures.js";
import { has, translate } from "./words.js";

const [, org, at] = place();
const position = Number(at);

async function start() {
  try {
    const frame = await get(`frames/${encodeURIComponent(org)}/${position}`);
    addWays(position > 0 ? frameLink(org, position - 1, translate("frame.earlier")) : null, position + 1 < frame.frames ? frameLink(org, position + 1, translate("frame.later")) : null);
    fill("frame", element("div", { class: "stack" }, about(frame), anchor(frame)), card(translate("frame.groups"), frame.groups.map((group) => stated(frame, group))));
  } catch (error) {
    fill("frame");
    showError(error, start);
  }
}

function about(frame) {
  const clock = has(`clock.${frame.clock_source}`) ? translate(`clock.${frame.clock_source}`) : frame.clock_source;
  return card(null, pairs([
    [translate("anchor.org"), orgLink(frame.org)],
    [translate("frame.terminal"), terminalLink(frame.org, frame.terminal)],
    [translate("frame.number"), translate("terminal.frame", frame)],
    [translate("frame.window"), `${precise(frame.window_start)} – ${precise(frame.window_end)}`],
    [translate("frame.collected"), precise(frame.collected_at)],
    [translate("terminal.origin"), translate(`origin.${frame.origin}`)],
    [translate("terminal.clock"), translate("terminal.clock-line", { source: clock, ms: frame.clock_uncertainty_ms })],
    [translate("frame.passport"), String(frame.passport_version)],
    [translate("frame.position"), translate("frame.position-of", { position: frame.position, frames: frame.frames.toLocaleString() })],
    [translate("frame.id"), mono(frame.frame)],
    [translate("frame.leaf"), mono(frame.leaf)],
    [translate("frame.bytes"), translate("ledger.bytes", { bytes: frame.bytes.toLocaleString() })],
  ]));
}

function anchor({ org: of, anchor: found }) {
  if (!found) return card(translate("frame.anchor"), element("p", {}, translate("frame.no-anchor")));
  return card(translate("frame.anchor"), element("p", { class: "how" }, translate("frame.anchor-how")), pairs([
    [translate("anchor.block"), element("span", {}, blockLink(found.height), `, ${precise(found.time)}`)],
    [translate("frame.anchor-transaction"), found.transaction && transactionLink(found.transaction, mono(found.transaction))],
    [translate("frame.anchor-frames"), element("span", {}, frameLink(of, found.old_size), " – ", frameLink(of, found.new_size - 1))],
    [translate("frame.anchor-root"), mono(found.root)],
  ]));
}

function stated(frame, group) {
  const day = (time) => time.slice(0, 10);
  const shown = group.named.map((point) => element("li", {}, link(`/?${new URLSearchParams({ point: `${frame.org}/${point}`, from: day(frame.window_start), to: day(frame.window_end) })}`, point)));
  const more = group.points - group.named.length;
  return element("div", {},
    element("h3", {}, translate("frame.group", group)),
    element("p", { class: "how" }, translate("frame.slots", { points: group.points.toLocaleString(), slots: group.slots.toLocaleString() })),
    element("ul", { class: "named" }, shown, more > 0 ? element("li", {}, translate("frame.more-points", { count: more })) : null));
}

entitle(translate("frame.title", { position, org }));
start();

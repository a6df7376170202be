// The overview: one choice of point, span and resolution; everything else follows from it.
import { clearError, get, showError } from "./api.js";
import { endDay, firstSpan, fitting, fromAddress, keyOf, lastDays, moved, ownResolution, resolutions, toAddress, wholeDays } from "./choice.js";
import { readingLine, showDetail } from "./detail.js";
import { byId, fill, h } from "./dom.js";
import { addDays, day, daysBetween, grouped, local, unit } from "./figures.js";
import { HeatMap } from "./heatmap.js";
import { Line } from "./line.js";
import { bar, inWords, keys, list, rowsOf, signs } from "./quality.js";
import { completenessTile, convertedTile, energyName, totalTile } from "./tiles.js";
import { t } from "./words.js";

const HEAT_DAYS = 400;
const TABLE_ROWS = 400;

let points = [];
let choice = null;
let asking = null;
let lineHint = t("chart.how");

const line = new Line(byId("line"), {
  onHover: (row) => fill("line-reading", readingLine(row, inWords, lineHint)),
  onPick: (row) => pick(row),
  onDrag: (from, to) => look({ from, to }),
});
const heat = new HeatMap(byId("heat"), {
  onHover: (row) => fill("heat-reading", readingLine(row, inWords, t("heat.how"))),
  onPick: (row) => pick(row, "1h"),
});

const pointNow = () => points.find((point) => keyOf(point) === choice.point);

async function start() {
  try {
    ({ points } = await get("points"));
    clearError();
  } catch (error) {
    showError(error, start);
    return;
  }
  if (!points.length) {
    byId("choice").hidden = true;
    fill("trouble", h("div", { class: "card empty" }, h("b", {}, t("overview.no-points")), t("overview.no-points-how")));
    return;
  }
  offerPoints();
  choice = fromAddress(points);
  await show(false);
}

function offerPoints() {
  const orgs = [...new Set(points.map((point) => point.org))];
  const option = (point) => h("option", { value: keyOf(point) }, `${point.id} · ${energyName(point.energy)}, ${unit(point.unit)}`);
  fill("point", orgs.map((org) => h("optgroup", { label: org }, points.filter((point) => point.org === org).map(option))));
}

/** Change part of the choice; the resolution follows unless it is what changes. */
function look(change) {
  choice = { ...choice, ...change };
  if (!change.every) choice.every = fitting(pointNow(), choice);
  show(true);
}

async function show(step) {
  asking?.abort();
  asking = new AbortController();
  toAddress(choice, step);
  reflect();
  const point = pointNow();
  const { signal } = asking;
  const { from, to, every } = choice;
  const asked = { from, to, org: point.org, form: "columns" };
  const totals = (more) => get(`points/${encodeURIComponent(point.id)}/totals`, { ...asked, ...more }, signal);
  byId("figures").setAttribute("aria-busy", "true");
  const figures = totals({ every, also: "kgce,co2" }); // asked for first: what is seen first is answered first
  const hours = noHours(point) ? null : every === "1h" ? figures : totals({ every: "1h" });
  const quality = get("completeness", { from, to }, signal);
  try {
    await Promise.all([
      figures.then((found) => showFigures(point, found)),
      showHeat(point, hours),
      quality.then((found) => fill("quality-all", list(found.points, choose))),
    ]);
    byId("figures").removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") byId("figures").hidden = true;
    showError(error, () => show(false));
  }
}

function showFigures(point, { total, also, columns }) {
  const rows = rowsOf(columns);
  clearError();
  byId("figures").hidden = false;
  showTiles(point, total, also);
  showLine(point, rows);
  fill("quality", bar(total), keys(total), h("p", { class: "how" }, t("quality.gap-how")));
}

/** Show the choice in the form. */
function reflect() {
  const point = pointNow();
  byId("point").value = choice.point;
  byId("from").value = day(choice.from);
  byId("through").value = addDays(endDay(choice.to), -1);
  fill("every", resolutions(point, choice).map((every) => h("option", { value: every, selected: every === choice.every }, t(`every.${every}`))));
  const days = daysBetween(day(choice.from), endDay(choice.to));
  const whole = lastDays(point, null);
  for (const button of document.querySelectorAll("[data-days]")) {
    const all = button.dataset.days === "all";
    const pressed = all ? choice.from === whole.from && choice.to === whole.to : wholeDays(choice) && days === Number(button.dataset.days);
    button.setAttribute("aria-pressed", pressed);
  }
}

function showTiles(point, total, { kgce, co2 }) {
  fill("tiles", totalTile(point, total), convertedTile("kgce", point, kgce), convertedTile("co2", point, co2), completenessTile(total));
}

function showLine(point, rows) {
  const every = t(`every.${choice.every}`);
  fill("line-title", t(point.kind === "instant" ? "chart.line-instant" : "chart.line", { every }), ` · ${unit(point.unit)}`);
  line.show(rows, point);
  fill("line-keys", signs(rows));
  const silent = rows.every((row) => row.value === null);
  const gaps = rows.some((row) => row.gap);
  const empty = !point.readings ? "overview.no-readings" : gaps ? "chart.empty-gap" : "chart.empty";
  lineHint = t(silent ? empty : "chart.how");
  fill("line-reading", lineHint);
  byId("to-readings").hidden = !silent || !point.readings;
  fill(byId("table").querySelector(".scroll"), rowsTable(rows));
  fill("detail", h("p", { class: "how" }, t("detail.none")));
}

function rowsTable(rows) {
  const shown = rows.slice(0, TABLE_ROWS);
  const cell = (row) => h("button", { type: "button", class: "link", onclick: () => pick(row) }, local(row.start));
  return [
    rows.length > shown.length ? h("p", { class: "how" }, t("table.rows", { count: rows.length, shown: shown.length })) : null,
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", {}, t("table.start")), h("th", { class: "number" }, `${t("table.value")} (${unit(rows[0].unit)})`), h("th", {}, t("table.slots")))),
      h("tbody", {}, shown.map((row) => h("tr", {}, h("td", {}, cell(row)), h("td", { class: "number" }, row.value === null ? t("tile.none") : grouped(row.value)), h("td", {}, inWords(row)))))),
  ];
}

/** Why there is no picture by hour, or nothing. */
function noHours(point) {
  const days = daysBetween(day(choice.from), endDay(choice.to));
  if (point.slot === "day" || point.slot === "month") return t("heat.too-coarse");
  return days > HEAT_DAYS ? t("heat.too-long", { days: HEAT_DAYS }) : "";
}

async function showHeat(point, hours) {
  byId("heat").hidden = !hours;
  fill("heat-reading", noHours(point) || t("heat.how"));
  if (hours) heat.show(rowsOf((await hours).columns));
}

function pick(row, every = choice.every) {
  const point = pointNow();
  showDetail(point, row, every === ownResolution(point) || row.expected === 1, closer);
}

/** Another point, in the same span where it has readings in it, else in one as long where it has. */
function lookAt(point) {
  const days = daysBetween(day(choice.from), endDay(choice.to));
  const holds = point.readings && day(point.readings.start) < choice.to && choice.from < point.readings.end;
  look({ point: keyOf(point), ...(holds ? {} : lastDays(point, days)) });
}

function choose(chosen) {
  lookAt(points.find((each) => each.org === chosen.org && each.id === chosen.point));
  byId("point").focus();
}

function closer(row) {
  look({ from: row.start, to: row.end });
}

byId("choice").addEventListener("submit", (event) => event.preventDefault());
byId("point").addEventListener("change", (event) => lookAt(points.find((each) => keyOf(each) === event.target.value)));
byId("every").addEventListener("change", (event) => look({ every: event.target.value }));
for (const id of ["from", "through"]) {
  byId(id).addEventListener("change", () => {
    const from = byId("from").value;
    const to = byId("through").value && addDays(byId("through").value, 1);
    if (from && to && from < to) look({ from, to });
  });
}
for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => {
    const days = button.dataset.days === "all" ? null : Number(button.dataset.days);
    look(lastDays(pointNow(), days, days === null ? null : endDay(choice.to)));
  });
}
byId("to-readings").addEventListener("click", () => look(firstSpan(pointNow())));
for (const button of document.querySelectorAll("[data-move]")) {
  button.addEventListener("click", () => look(moved(choice, Number(button.dataset.move))));
}
addEventListener("popstate", () => {
  choice = fromAddress(points);
  show(false);
});

start();

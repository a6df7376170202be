// The overview: one choice of point, span and resolution; everything else follows from it.
import { clearError, get, showError } from "./api.js";
import { definedIn, definedNow, endDay, firstSpan, fitting, fromAddress, hasReadings, keyOf, lastDays, moved, resolutions, slotMinutes, startDay, toAddress, wholeDays } from "./choice.js";
import { readingLine, showDetail } from "./detail.js";
import { byId, element, fill } from "./dom.js";
import { addDays, daysBetween, grouped, local, offsets, spanOf, unit } from "./figures.js";
import { HeatMap } from "./heatmap.js";
import { Line } from "./line.js";
import { noValue } from "./marks.js";
import { bar, inWords, keys, leftOut, list, rowsOf, signs } from "./quality.js";
import { completenessTile, convertedTile, energyName, quantityName, totalTile } from "./tiles.js";
import { translate } from "./words.js";

const HEAT_DAYS = 400;
const TABLE_ROWS = 400;

let points = [];
let choice = null;
let asking = null;
let lineHint = translate("chart.how");

const line = new Line(byId("line"), {
  onHover: (row) => fill("line-reading", readingLine(row, inWords, lineHint)),
  onPick: pick,
  onDrag: (from, to) => changeChoice({ from, to }),
});
const heat = new HeatMap(byId("heat"), {
  onHover: (row) => fill("heat-reading", readingLine(row, inWords, translate("heat.how"))),
  onPick: pick,
});

/** The point as an answer defines it: every word beside a number is of the number's own answer. */
const aboutOf = ({ org, point, definition }) => ({ org, id: point, ...definition });

const pointNow = () => points.find((point) => keyOf(point) === choice.point);

/** The days that are shown, as a point counts them. */
const daysOf = (point) => daysBetween(startDay(choice.from, point), endDay(choice.to, point));

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
    fill("trouble", element("div", { class: "card empty" }, element("b", {}, translate("overview.no-points")), translate("overview.no-points-how")));
    return;
  }
  offerPoints();
  await showAddress();
}

/** Show what the address names; where that cannot be shown, say so, and show nothing else in its place. */
async function showAddress() {
  const { choice: named, problem } = fromAddress(points, location.search);
  choice = named;
  byId("choice").hidden = problem !== null;
  if (problem === null) return show(false);
  asking?.abort();
  byId("figures").hidden = true;
  const instead = element("button", { type: "button", onclick: () => show(true) }, translate("address.instead", { point: pointNow().id }));
  fill("trouble", element("div", { class: "notice bad" }, element("b", {}, translate("address.title")), element("p", {}, translate(`address.${problem.code}`, problem.values)), instead));
}

function offerPoints() {
  const orgs = [...new Set(points.map((point) => point.org))];
  const measured = ({ energy, unit: code }) => `${energyName(energy)}, ${unit(code)}`;
  const option = (point) => element("option", { value: keyOf(point) }, `${point.id} · ${measured(definedNow(point))}`);
  fill("point", orgs.map((org) => element("optgroup", { label: org }, points.filter((point) => point.org === org).map(option))));
}

/** Change part of the choice; the resolution follows another point or span, unless it is what changes. */
function changeChoice(change) {
  choice = { ...choice, ...change };
  if (!change.every && (change.point || change.from)) choice.every = fitting(pointNow(), choice);
  show(true);
}

async function show(step) {
  asking?.abort();
  asking = new AbortController();
  toAddress(choice, step);
  byId("choice").hidden = false;
  fillForm();
  const point = pointNow();
  const { signal } = asking;
  const { from, to, every, country } = choice;
  const asked = { from, to, org: point.org, form: "columns" };
  const totals = (more) => get(`points/${encodeURIComponent(point.id)}/totals`, { ...asked, ...more }, signal);
  byId("figures").setAttribute("aria-busy", "true");
  const figures = totals({ every, also: "kgce,co2", country }); // asked for first: what is seen first is answered first
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
    if (error.name !== "AbortError") {
      byId("figures").hidden = true;
      byId("figures").removeAttribute("aria-busy");
    }
    showError(error, () => show(false));
  }
}

function showFigures(point, answer) {
  const { total, also, columns, left_out } = answer;
  const [about, rows] = [aboutOf(answer), rowsOf(columns)];
  clearError();
  byId("figures").hidden = false;
  fill("span-shown", translate("overview.shown", { span: spanOf(total.start, total.end), zone: offsets(total.start, total.end), point: point.id }));
  showTiles(about, total, also);
  showLine(about, rows);
  showHint(point, rows);
  fill("quality", bar(total), keys(total), leftOut(left_out).map((words) => element("p", { class: "how" }, words)), element("p", { class: "how" }, translate("quality.gap-how")));
}

/** Show the choice in the form. */
function fillForm() {
  const point = pointNow();
  byId("point").value = choice.point;
  byId("from").value = startDay(choice.from, point);
  byId("through").value = addDays(endDay(choice.to, point), -1);
  fill("every", resolutions(point, choice).map((every) => element("option", { value: every, selected: every === choice.every }, translate(`every.${every}`))));
  const days = daysOf(point);
  const whole = lastDays(point, null);
  for (const button of document.querySelectorAll("[data-days]")) {
    const all = button.dataset.days === "all";
    const pressed = all ? choice.from === whole.from && choice.to === whole.to : wholeDays(choice) && days === Number(button.dataset.days);
    button.setAttribute("aria-pressed", pressed);
  }
}

function showTiles(about, total, also) {
  const converted = ["kgce", "co2"].map((measure) => convertedTile(measure, about, total, also[measure], choice.country, (country) => changeChoice({ country })));
  fill("tiles", totalTile(about, total), ...converted, completenessTile(total));
}

function showLine(about, rows) {
  const every = translate(`every.${choice.every}`);
  fill("line-title", `${quantityName(about)} · ${every}`); // the axis has the unit of its ticks
  line.show(rows, about);
  fill("line-keys", signs(rows));
  fill(byId("table").querySelector(".scroll"), rowsTable(about, rows));
  fill("detail", element("p", { class: "how" }, translate("detail.none")));
}

/** Where there is no line to read, say why, and lead to where there is one. */
function showHint(point, rows) {
  const silent = rows.every((row) => row.value === null);
  const gaps = rows.some((row) => row.gap);
  const empty = !point.readings ? "overview.no-readings" : gaps ? "chart.empty-gap" : "chart.empty";
  lineHint = translate(silent ? empty : "chart.how");
  fill("line-reading", lineHint);
  byId("to-readings").hidden = !silent || !point.readings;
}

function rowsTable(about, rows) {
  const shown = rows.slice(0, TABLE_ROWS);
  const cell = (row) => element("button", { type: "button", class: "link", onclick: () => pick(row, about) }, local(row.start));
  return [
    rows.length > shown.length ? element("p", { class: "how" }, translate("table.rows", { count: rows.length, shown: shown.length })) : null,
    element("table", {},
      element("thead", {}, element("tr", {}, element("th", {}, translate("table.start")), element("th", { class: "number" }, `${translate("table.value")} (${unit(rows[0].unit)})`), element("th", {}, translate("table.slots")))),
      element("tbody", {}, shown.map((row) => element("tr", {}, element("td", {}, cell(row)), element("td", { class: "number" }, row.value === null ? noValue(row) : grouped(row.value)), element("td", {}, inWords(row)))))),
  ];
}

/** Why there is no picture by hour, or nothing. */
function noHours(point) {
  const days = daysOf(point);
  if (slotMinutes(definedIn(point, choice).slot) > 60) return translate("heat.too-coarse");
  return days > HEAT_DAYS ? translate("heat.too-long", { days: HEAT_DAYS }) : "";
}

async function showHeat(point, hours) {
  byId("heat").hidden = !hours;
  fill("heat-reading", noHours(point) || translate("heat.how"));
  if (!hours) return;
  const answer = await hours;
  heat.show(rowsOf(answer.columns), aboutOf(answer));
}

function pick(row, about) {
  showDetail(about, row, zoomTo);
}

/** Another point, in the same span where it has readings in it, else in one as long where it has. */
function showPoint(point) {
  const days = daysOf(pointNow());
  changeChoice({ point: keyOf(point), country: "", ...(hasReadings(point, choice) ? {} : lastDays(point, days)) });
}

function choose(chosen) {
  showPoint(points.find((each) => each.org === chosen.org && each.id === chosen.point));
  byId("point").focus();
}

function zoomTo(row) {
  changeChoice({ from: row.start, to: row.end });
}

byId("choice").addEventListener("submit", (event) => event.preventDefault());
byId("point").addEventListener("change", (event) => showPoint(points.find((each) => keyOf(each) === event.target.value)));
byId("every").addEventListener("change", (event) => changeChoice({ every: event.target.value }));
for (const id of ["from", "through"]) {
  byId(id).addEventListener("change", () => {
    const from = byId("from").value;
    const to = byId("through").value && addDays(byId("through").value, 1);
    if (from && to && from < to) changeChoice({ from, to });
  });
}
for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => {
    const days = button.dataset.days === "all" ? null : Number(button.dataset.days);
    changeChoice(lastDays(pointNow(), days, days === null ? null : endDay(choice.to, pointNow())));
  });
}
byId("to-readings").addEventListener("click", () => changeChoice(firstSpan(pointNow())));
for (const button of document.querySelectorAll("[data-move]")) {
  button.addEventListener("click", () => changeChoice(moved(pointNow(), choice, Number(button.dataset.move))));
}
addEventListener("popstate", showAddress);

start();

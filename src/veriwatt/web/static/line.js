// The line of a point's periods (uPlot). A period without a value is hatched where a gap is stated, dotted where its readings count no advance,
// grey where no frame names its slots, blank where none is due; one whose value is partial is hatched lightly behind its value.
import uPlot from "./vendor/uplot/uPlot.esm.js";
import { axisName, axisUnit, onClock, STEPS, timeLabel, valueLabel, valueRange } from "./axis.js";
import { absence, stepped, valued } from "./marks.js";
import { colours, dots, hatch } from "./paint.js";
import { language } from "./words.js";

const MARK_COLOURS = { estimated: "estimated", manual: "manual", bridged: "estimated", stepped: "manual" };
const MARKS = Object.keys(MARK_COLOURS);

/** Draw rows into `place`, of the point as their answer defines it (`about`); calls back with the row under the pointer, one that is clicked, and a span dragged over. */
export class Line {
  constructor(place, { onHover, onPick, onDrag }) {
    Object.assign(this, { place, onHover, onPick, onDrag });
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rows && this.show(this.rows, this.about));
  }

  show(rows, about) {
    this.plot?.destroy();
    this.rows = rows;
    this.about = about;
    this.starts = rows.map((row) => Date.parse(row.start) / 1000);
    const values = rows.map((row) => (row.value === null ? null : Number(row.value)));
    this.silent = values.every((value) => value === null);
    const times = rows.flatMap((row, i) => [this.starts[i], Date.parse(row.end) / 1000]); // a period is level from start to end
    const marks = MARKS.map((mark) => rows.flatMap((row, i) => [(mark === "stepped" ? stepped(row) : row[mark]) ? values[i] : null, null]));
    this.plot = new uPlot(this.options(), [times, values.flatMap((value) => [value, value]), ...marks], this.place);
    this.plot.over.addEventListener("click", (event) => this.clicked(event));
  }

  size() {
    return { width: this.place.clientWidth, height: this.place.clientHeight };
  }

  options() {
    const colour = colours();
    const axis = { stroke: colour.soft, grid: { stroke: colour.edge, width: 1 }, ticks: { stroke: colour.edge, width: 1, size: 6 }, font: "12px system-ui, sans-serif" };
    const mark = (name) => ({ stroke: colour[MARK_COLOURS[name]], fill: colour.card, paths: () => null, points: { show: true, size: 7, width: 2 } });
    return {
      ...this.size(),
      tzDate: (seconds) => onClock(seconds, this.about.timezone),
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: 6 }, points: { show: false } },
      scales: { y: { range: (_, low, high) => valueRange(low, high, this.about.kind) } },
      axes: [
        { ...axis, size: 34, values: (_, ticks, __, ___, step) => ticks.map((tick) => timeLabel(onClock(tick, this.about.timezone), step)) },
        {
          ...axis, incrs: STEPS, labelFont: axis.font, labelSize: 16, labelGap: 0,
          size: (_, labels) => 18 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
          values: (_, ticks, __, ___, step) => this.valueLabels(ticks, step),
          label: () => this.place.dataset.unit ?? "",
        },
      ],
      series: [
        {},
        { stroke: colour.measured, width: 1.5, fill: `${colour.measured}22`, points: { show: false }, spanGaps: false },
        ...MARKS.map(mark),
      ],
      hooks: {
        drawClear: [(plot) => this.drawGaps(plot, colour)],
        setCursor: [(plot) => this.hovered(plot)],
        setSelect: [(plot) => this.dragged(plot)],
      },
    };
  }

  /** The ticks of the y axis, in the unit that makes them whole numbers. */
  valueLabels(ticks, step) {
    const scale = axisUnit(this.rows[0].unit, step);
    this.place.dataset.unit = this.silent ? "" : axisName(scale);
    return this.silent ? [] : ticks.map((tick) => valueLabel(tick, step, scale, language));
  }

  drawGaps(plot, colour) {
    const { ctx, bbox } = plot;
    ctx.save();
    const fills = { gap: hatch(ctx, colour.gap, colour.card), uncounted: dots(ctx, colour.gap, colour.card), missing: colour.fill };
    this.rows.forEach((row, i) => {
      if (row.value !== null && !row.partial) return;
      ctx.globalAlpha = row.partial ? 0.25 + 0.75 * (1 - valued(row) / row.expected) : 1; // the less has a value, the denser
      ctx.fillStyle = fills[row.partial ? "gap" : absence(row)] ?? colour.card;
      const left = Math.round(Math.max(bbox.left, plot.valToPos(this.starts[i], "x", true))); // whole pixels: neighbours meet
      const right = Math.round(Math.min(bbox.left + bbox.width, plot.valToPos(Date.parse(row.end) / 1000, "x", true)));
      if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
    });
    ctx.restore();
  }

  /** The row whose period holds the pointer. */
  rowAt(plot) {
    const { left } = plot.cursor;
    if (left === undefined || left < 0) return null;
    const at = plot.posToVal(left, "x");
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= at) low = middle;
      else high = middle;
    }
    return this.rows[low];
  }

  hovered(plot) {
    this.onHover(this.rows && plot.rect ? this.rowAt(plot) : null);
  }

  clicked() {
    const row = this.rowAt(this.plot);
    if (row && this.plot.select.width < 6) this.onPick(row, this.about);
  }

  dragged(plot) {
    const { left, width } = plot.select;
    if (width < 6) return;
    const index = (position) => this.rows.indexOf(this.rowAt({ ...plot, cursor: { left: position }, posToVal: plot.posToVal }));
    const first = this.rows[index(left)];
    const last = this.rows[index(left + width)];
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (first && last) this.onDrag(first.start, last.end);
  }
}

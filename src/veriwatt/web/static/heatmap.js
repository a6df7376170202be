// The figures of each hour by day, on a canvas that pointer and keys move over.
import { cellsOf, HOURS, hourOf, stepped, unmeasured } from "./heat_cells.js";
import { heatScale, heatShare } from "./heat_scale.js";
import { absence } from "./marks.js";
import { between, colours, dots, hatch } from "./paint.js";
import { translate } from "./words.js";

const LEFT = 30;
const TOP = 6;
const BOTTOM = 78;
const MORE_SIGNS = 16;
const NARROWEST = 280;
const WIDEST = 120;

export class HeatMap {
  constructor(canvas, { onHover, onPick }) {
    Object.assign(this, { canvas, onHover, onPick, cells: new Map(), days: [], at: null });
    canvas.addEventListener("pointermove", (event) => this.point(this.under(event)));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("click", (event) => this.pick(this.under(event)));
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Show hourly rows; those of an hour that the clock shows twice share its cell, the earlier one above. */
  show(rows, about) {
    this.about = about;
    this.days = [...new Set(rows.map((row) => row.start.slice(0, 10)))];
    this.cells = cellsOf(rows);
    const values = rows.filter((row) => row.value !== null).map((row) => Number(row.value));
    this.scale = heatScale(values);
    this.statuses = [...new Set(rows.flatMap(unmeasured))].sort();
    this.at = null;
    this.draw();
  }

  draw() {
    const room = this.canvas.parentElement.clientWidth;
    if (!this.days.length || !room) return;
    const scale = devicePixelRatio || 1;
    this.wide = Math.min(WIDEST, Math.max(3, (room - LEFT - 1) / this.days.length));
    this.tall = 9;
    const width = Math.max(Math.min(room, NARROWEST), LEFT + this.wide * this.days.length);
    const height = TOP + this.tall * HOURS + BOTTOM + (this.statuses.length ? MORE_SIGNS : 0);
    Object.assign(this.canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const draw = this.canvas.getContext("2d");
    draw.scale(scale, scale);
    this.colour = colours();
    this.drawCells(draw);
    this.drawScale(draw);
    if (this.at) this.drawCursor(draw);
  }

  drawCells(draw) {
    const none = { gap: hatch(draw, this.colour.gap, this.colour.card), uncounted: dots(draw, this.colour.gap, this.colour.card) };
    const over = hatch(draw, this.colour.card, "transparent");
    for (let x = 0; x < this.days.length; x++) {
      for (let hour = 0; hour < HOURS; hour++) {
        this.rows(x, hour).forEach((row, part) => {
          const fill = row.value === null ? none[absence(row)] : this.shade(Number(row.value));
          if (!fill) return; // no frame names the hour, or it is not due: it stays blank
          const { left, top, wide, tall } = this.box({ x, hour, part });
          const cell = [left, top, wide - (this.wide < 6 ? 0 : 0.5), tall - 0.5];
          draw.fillStyle = fill;
          draw.fillRect(...cell);
          if (row.partial) {
            draw.fillStyle = over;
            draw.fillRect(...cell);
          }
          this.drawStrip(draw, unmeasured(row), ...cell);
        });
      }
    }
  }

  /** A strip at the foot of a cell for each status of a value that was not measured. */
  drawStrip(draw, statuses, left, top, wide, tall) {
    const strip = Math.max(2, tall / 3);
    statuses.forEach((status, i) => {
      draw.fillStyle = this.colour.card;
      draw.fillRect(left + (i * wide) / statuses.length, top + tall - strip - 0.5, wide / statuses.length, strip + 0.5);
      draw.fillStyle = this.colour[status];
      draw.fillRect(left + (i * wide) / statuses.length, top + tall - strip, wide / statuses.length, strip);
    });
  }

  drawScale(draw) {
    const bottom = TOP + this.tall * HOURS;
    draw.fillStyle = this.colour.soft;
    draw.font = "11px system-ui, sans-serif";
    draw.textBaseline = "middle";
    for (let hour = 0; hour <= HOURS; hour += 6) draw.fillText(String(hour).padStart(2, "0"), 8, TOP + hour * this.tall + (hour === HOURS ? -4 : 4));
    const every = Math.ceil(58 / this.wide);
    for (let x = 0; x < this.days.length; x += every) {
      const left = LEFT + x * this.wide;
      if (left + 32 < LEFT + this.wide * this.days.length || x === 0) draw.fillText(this.days[x].slice(5), left, bottom + 10);
    }
    draw.fillText(translate("heat.less"), LEFT, bottom + 32);
    const begin = LEFT + draw.measureText(translate("heat.less")).width + 8;
    for (let i = 0; i < 60; i++) {
      draw.fillStyle = this.shade(this.scale.low + ((this.scale.high - this.scale.low) * i) / 59);
      draw.fillRect(begin + i * 2, bottom + 27, 2, 9);
    }
    draw.fillStyle = this.colour.soft;
    draw.fillText(translate("heat.more"), begin + 128, bottom + 32);
    let left = LEFT;
    let top = bottom + 45;
    const sign = (fill, over, words, statuses = []) => {
      const wide = 36 + draw.measureText(words).width;
      if (left + wide > parseInt(this.canvas.style.width, 10)) [left, top] = [LEFT, top + 16];
      for (const each of [fill, over].filter(Boolean)) {
        draw.fillStyle = each;
        draw.fillRect(left, top, 14, 9);
      }
      this.drawStrip(draw, statuses, left, top, 14, 9);
      draw.strokeStyle = this.colour.edge;
      if (!fill) draw.strokeRect(left + 0.5, top + 0.5, 13, 8);
      draw.fillStyle = this.colour.soft;
      draw.fillText(words, left + 20, top + 5);
      left += wide;
    };
    sign(hatch(draw, this.colour.gap, this.colour.card), null, translate("status.gap"));
    sign(dots(draw, this.colour.gap, this.colour.card), null, translate("status.uncounted"));
    sign(null, null, `${translate("status.missing")} / ${translate("status.not-due")}`);
    sign(this.colour.accent, hatch(draw, this.colour.card, "transparent"), translate("mark.partial"));
    for (const status of this.statuses) sign(this.colour.accent, null, translate(`status.${status}`), [status]);
  }

  drawCursor(draw) {
    draw.strokeStyle = this.colour.ink;
    draw.lineWidth = 1.5;
    const { left, top, wide, tall } = this.box(this.at);
    draw.strokeRect(left - 0.5, top - 0.5, wide + 0.5, tall + 0.5);
  }

  shade(value) {
    return between(this.colour.fill, this.colour.accent, heatShare(value, this.scale));
  }

  rows(x, hour) {
    return this.cells.get(hourOf(this.days[x], hour)) ?? [];
  }

  row({ x, hour, part }) {
    return this.rows(x, hour)[part];
  }

  parts(x, hour) {
    return Math.max(1, this.rows(x, hour).length);
  }

  /** Where a place is on the canvas. */
  box({ x, hour, part }) {
    const tall = this.tall / this.parts(x, hour);
    return { left: LEFT + x * this.wide, top: TOP + hour * this.tall + part * tall, wide: this.wide, tall };
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left - LEFT) / this.wide);
    const hours = (event.clientY - box.top - TOP) / this.tall;
    const hour = Math.floor(hours);
    if (x < 0 || x >= this.days.length || hour < 0 || hour >= HOURS) return null;
    return { x, hour, part: Math.floor((hours - hour) * this.parts(x, hour)) };
  }

  point(at) {
    if (at?.x === this.at?.x && at?.hour === this.at?.hour && at?.part === this.at?.part) return;
    this.at = at;
    this.draw();
    this.onHover(at ? this.row(at) : null);
  }

  pick(at) {
    const row = at && this.row(at);
    if (row) this.onPick(row, this.about);
  }

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter") this.pick(this.at);
    if (!step || !this.days.length) return;
    event.preventDefault();
    const from = this.at ?? { x: 0, hour: 0, part: 0 };
    this.point(stepped(from, ...step, this.days.length, (x, hour) => this.parts(x, hour)));
  }
}

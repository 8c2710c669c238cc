// Lines over the last two minutes, as SVG. Each series has its own dash, so that colour is not all
// that tells them apart; the label in words is for screen readers.
import { say } from "./words.js";

export const SPAN_MS = 120000;
const HEIGHT = 130, LEFT = 8, TOP = 22, BOTTOM = 18;
const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [k, v] of Object.entries(attributes)) element.setAttribute(k, v);
  if (text !== undefined) element.textContent = text;
  return element;
}

// 1, 2 or 5 times a power of ten, not less than the value.
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((f) => f * power).find((c) => c >= value * 0.999999);
}

export class Chart {
  // series: [{ key, label }], points have .time and .key; format: a value as text.
  constructor(word, series, format) {
    Object.assign(this, { word, series, format });
    this.figure = document.createElement("figure");
    this.figure.className = "box";
    this.caption = document.createElement("figcaption");
    this.svg = make("svg", { role: "img" });
    this.figure.append(this.caption, this.svg);
  }

  draw(points, now) {
    const width = Math.max(this.svg.clientWidth || 300, 160);
    const values = points.flatMap((p) => this.series.map((s) => p[s.key])).filter(Number.isFinite);
    const top = ceiling(Math.max(0, ...values));
    const x = (t) => width - LEFT - ((now - t) / SPAN_MS) * (width - 2 * LEFT);
    const y = (v) => HEIGHT - BOTTOM - (v / top) * (HEIGHT - BOTTOM - TOP);
    const parts = [];
    for (const v of [0, top / 2, top]) {
      parts.push(make("line", { class: "grid", x1: LEFT, x2: width - LEFT, y1: y(v), y2: y(v) }));
      if (v) parts.push(make("text", { x: LEFT, y: y(v) - 4 }, this.format(v)));
    }
    const minutes = say("minutes", SPAN_MS / 60000);
    parts.push(make("text", { x: LEFT, y: HEIGHT - 3 }, `−${minutes}`));
    parts.push(make("text", { x: width - LEFT, y: HEIGHT - 3, "text-anchor": "end" }, say("now")));
    this.series.forEach((s, i) => {
      const line = points.filter((p) => Number.isFinite(p[s.key]) && now - p.time <= SPAN_MS)
        .map((p) => `${x(p.time).toFixed(1)},${y(p[s.key]).toFixed(1)}`);
      parts.push(make("polyline", { class: `series${i}`, points: line.join(" ") }));
    });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.svg.replaceChildren(...parts);
    this.describe(points, values);
  }

  describe(points, values) {
    const last = points.at(-1) ?? {};
    const shown = (v) => (Number.isFinite(v) ? this.format(v) : "–");
    const name = document.createElement("b");
    name.textContent = say(this.word);
    const nows = this.series.map((s, i) => {
      const span = document.createElement("span");
      span.className = `key${i}`;
      span.textContent = (s.label ? `${s.label} ` : "") + shown(last[s.key]);
      return span;
    });
    this.caption.replaceChildren(name, ...nows);
    const current = this.series.map((s) => `${s.label ?? ""} ${shown(last[s.key])}`.trim()).join(", ");
    this.svg.setAttribute("aria-label", say("chart", say(this.word), current,
      shown(Math.max(...values)), say("minutes", SPAN_MS / 60000)));
  }
}

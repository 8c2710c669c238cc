// A drawing area, by pointer or by keyboard, and what becomes of the drawing: white on black, its
// longer side 20/28 of the picture and its centre of mass in the middle, which is how the digits of
// MNIST were made.
import { word } from "./words.js";

const SIZE = 280, PEN = 22, STEP = 10;

export class Drawing {
  constructor(width, height) {
    this.target = [width, height];
    this.canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
    this.canvas.className = "drawing";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.preview = Object.assign(document.createElement("canvas"), { width, height });
    this.preview.className = "preview";
    this.preview.setAttribute("role", "img");
    word(this.canvas, "canvas", [], "aria-label");
    word(this.preview, "seen", [], "aria-label");
    this.told = document.createElement("p");
    this.told.className = "soft";
    this.told.setAttribute("role", "status");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.cursor = [SIZE / 2, SIZE / 4];
    this.clear();
    this.listen();
  }

  clear() {
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, SIZE, SIZE);
    this.down = false;
    this.empty = true;
    word(this.told, "");
    this.show();
  }

  line(from, to) {
    Object.assign(this.pen, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round" });
    this.pen.beginPath();
    this.pen.moveTo(...from);
    this.pen.lineTo(to[0] + 0.01, to[1]); // a dot where it does not move
    this.pen.stroke();
    this.empty = false;
  }

  listen() {
    const at = (e) => {
      const box = this.canvas.getBoundingClientRect();
      return [((e.clientX - box.left) / box.width) * SIZE, ((e.clientY - box.top) / box.height) * SIZE];
    };
    let last = null;
    this.canvas.addEventListener("pointerdown", (e) => {
      this.canvas.setPointerCapture(e.pointerId);
      last = at(e);
      this.line(last, last);
    });
    this.canvas.addEventListener("pointermove", (e) => {
      if (last) this.line(last, (last = at(e)));
    });
    for (const end of ["pointerup", "pointercancel"])
      this.canvas.addEventListener(end, () => {
        last = null;
        this.show();
      });
    this.canvas.addEventListener("keydown", (e) => this.typed(e));
  }

  typed(e) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (e.key === " ") {
      this.down = !this.down;
      if (this.down) this.line(this.cursor, this.cursor);
    } else if (e.key in moves) {
      const to = this.cursor.map((c, i) =>
        Math.min(SIZE - PEN, Math.max(PEN, c + STEP * moves[e.key][i])));
      if (this.down) this.line(this.cursor, to);
      this.cursor = to;
    } else return;
    e.preventDefault();
    this.tell();
    this.show();
  }

  tell() {
    const [column, row] = this.cursor.map((c) => Math.round(c / STEP));
    word(this.told, this.down ? "pen_down" : "pen_up", [column, row]);
  }

  // Bounds and centre of mass of the ink of a canvas; null: none.
  static ink(canvas) {
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    let left = width, right = -1, top = height, bottom = -1, sum = 0, sumX = 0, sumY = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const ink = pixels[4 * (y * width + x)];
        if (!ink) continue;
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
        sum += ink, sumX += ink * (x + 0.5), sumY += ink * (y + 0.5);
      }
    if (!sum) return null;
    return { left, top, width: right - left + 1, height: bottom - top + 1, x: sumX / sum, y: sumY / sum };
  }

  show() {
    const [width, height] = this.target;
    const out = this.preview.getContext("2d", { willReadFrequently: true });
    out.fillStyle = "#000";
    out.fillRect(0, 0, width, height);
    const ink = Drawing.ink(this.canvas);
    if (!ink) return;
    const scale = ((20 / 28) * Math.min(width, height)) / Math.max(ink.width, ink.height);
    out.imageSmoothingQuality = "high";
    out.drawImage(this.canvas, ink.left, ink.top, ink.width, ink.height,
      width / 2 - (ink.x - ink.left) * scale, height / 2 - (ink.y - ink.top) * scale,
      ink.width * scale, ink.height * scale);
  }

  blob() {
    this.show();
    return new Promise((done) => this.preview.toBlob(done, "image/png"));
  }
}

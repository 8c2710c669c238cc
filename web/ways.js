// The ways to ask a model, each a form: what fits the model, what it shows, what it sends. A way's
// `send` gives { answer, rows }; it throws an Error whose message is for the person who asks.
import { post, v2 } from "./api.js";
import { Drawing } from "./draw.js";
import { say } from "./words.js";

const MOST_SAMPLE = 4096; // numbers that the JSON form fills in

function element(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

// Height, width and channels of the only input, where it is a picture.
function pictureSize({ inputs }) {
  if (inputs?.length !== 1) return null;
  const [height, width, channels = 1] = inputs[0].shape.slice(1);
  const rank = inputs[0].shape.length;
  if (rank < 3 || rank > 4 || !/^(FP|UINT8|BF)/.test(inputs[0].datatype)) return null;
  if (rank === 3 && (height < 8 || width < 8)) return null;
  return [1, 3].includes(channels) && width > 0 && height > 0 ? { height, width, channels } : null;
}

const sendPicture = async (m, file) =>
  ({ answer: await post(v2(m, "/picture?top=10"), file, file.type || "application/octet-stream") });

class DrawWay {
  static word = "draw";
  static fits(m) {
    const size = pictureSize(m.metadata);
    return size !== null && !m.card.table && size.channels === 1 && Math.max(size.width, size.height) <= 64;
  }

  constructor(m) {
    this.model = m;
    const { width, height } = pictureSize(m.metadata);
    this.drawing = new Drawing(width, height);
    this.drawing.label();
    const help = element("p", { className: "soft", textContent: say("draw_help") });
    const seen = element("figure", { className: "seen" }, this.drawing.preview,
      element("figcaption", { textContent: say("seen") }));
    this.root = element("div", {}, help,
      element("div", { className: "drawings" }, this.drawing.canvas, seen), this.drawing.told);
  }

  clear() { this.drawing.clear(); }

  async send() {
    if (this.drawing.empty) throw new Error(say("no_drawing"));
    return sendPicture(this.model, await this.drawing.blob());
  }
}

class PictureWay {
  static word = "picture";
  static fits = (m) => pictureSize(m.metadata) !== null && !m.card.table;

  constructor(m) {
    this.model = m;
    this.file = element("input", { type: "file", id: "file", accept: "image/*" });
    this.shown = element("canvas", { className: "shown", hidden: true });
    this.told = element("p", { className: "soft" });
    this.told.setAttribute("role", "status");
    const label = element("label", { htmlFor: "file", textContent: say("choose") });
    this.root = element("div", { className: "drop" }, label, this.file, this.told, this.shown);
    this.file.addEventListener("change", () => this.take(this.file.files[0]));
    this.root.addEventListener("dragover", (e) => {
      e.preventDefault();
      this.root.classList.add("over");
    });
    this.root.addEventListener("dragleave", () => this.root.classList.remove("over"));
    this.root.addEventListener("drop", (e) => {
      e.preventDefault();
      this.root.classList.remove("over");
      this.take(e.dataTransfer.files[0]);
    });
  }

  async take(file) {
    if (!file) return;
    this.clear();
    this.picture = file;
    this.told.textContent = say("chosen", file.name);
    const bitmap = await createImageBitmap(file).catch(() => null); // the server may read more kinds
    if (!bitmap || this.picture !== file) return;
    Object.assign(this.shown, { width: bitmap.width, height: bitmap.height, hidden: false });
    this.shown.getContext("2d").drawImage(bitmap, 0, 0);
  }

  clear() {
    this.picture = null;
    this.told.textContent = "";
    this.shown.hidden = true;
  }

  async send() {
    if (!this.picture) throw new Error(say("no_picture"));
    return sendPicture(this.model, this.picture);
  }
}

// A field for each column that the model learned from; an empty one is a missing cell.
class RowWay {
  static word = "row";
  static fits = (m) => (m.card.table?.columns?.length ?? 0) > 0;

  constructor(m) {
    this.model = m;
    this.fields = m.card.table.columns.map((column, i) => {
      const id = `column-${i}`;
      const fill = column.fill === undefined || column.fill === null ? "" : String(column.fill);
      let input;
      if (column.categories) {
        input = element("select", { id }, element("option", { value: "", textContent: `(${say("missing")})` }),
          ...column.categories.map((c) => element("option", { value: String(c), textContent: String(c) })));
      } else {
        input = element("input", { id, type: "text", autocomplete: "off", spellcheck: false });
        if (column.type === "number") input.inputMode = "decimal";
        input.placeholder = say("missing");
      }
      input.value = fill || (column.categories ? String(column.categories[0]) : "");
      return { column, input, first: input.value,
        root: element("p", {}, element("label", { htmlFor: id, textContent: column.name }), input) };
    });
    this.root = element("div", { className: "fields" }, ...this.fields.map((f) => f.root));
  }

  clear() {
    for (const f of this.fields) {
      f.input.value = f.first;
      f.input.removeAttribute("aria-invalid");
    }
  }

  cell({ column, input }) {
    const text = input.value.trim();
    input.removeAttribute("aria-invalid");
    if (text === "") return null;
    if (column.categories) // as the card has it: categories may be numbers
      return column.categories.find((c) => String(c) === input.value) ?? input.value;
    if (column.type !== "number") return input.value;
    if (Number.isFinite(Number(text))) return Number(text);
    input.setAttribute("aria-invalid", "true");
    input.focus();
    throw new Error(say("not_number", column.name, text));
  }

  async send() {
    const row = Object.fromEntries(this.fields.map((f) => [f.column.name, this.cell(f)]));
    return { answer: await post(v2(this.model, "/rows?top=10"), JSON.stringify([row])) };
  }
}

class JsonWay {
  static word = "json";
  static fits = () => true;

  constructor(m) {
    this.model = m;
    this.text = element("textarea", { id: "json", rows: 12, spellcheck: false });
    this.text.setAttribute("autocapitalize", "off");
    this.root = element("div", {}, element("label", { htmlFor: "json",
      textContent: say("json_label", v2(m, "/infer")) }), this.text);
    this.clear();
  }

  clear() {
    const columns = new Map((this.model.card.table?.columns ?? []).map((c) => [c.name, c.fill]));
    const inputs = this.model.metadata.inputs.map(({ name, datatype, shape }) => {
      const one = shape.map((n) => (n < 0 ? 1 : n));
      const length = one.reduce((a, b) => a * b, 1);
      const value = columns.get(name) ?? (datatype === "BYTES" ? "" : datatype === "BOOL" ? false : 0);
      return { name, shape: one, datatype, data: Array(length <= MOST_SAMPLE ? length : 0).fill(value) };
    });
    this.text.value = JSON.stringify({ inputs }, null, 1).replace(/\n\s*(?=[-\d"\]tf][^:]*$)/gm, " ");
  }

  async send() {
    try {
      JSON.parse(this.text.value);
    } catch (e) {
      throw new Error(say("not_json", e.message));
    }
    return { answer: await post(v2(this.model, "/infer"), this.text.value) };
  }
}

export const ways = [DrawWay, PictureWay, RowWay, JsonWay];

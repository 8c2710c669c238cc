// The ways to ask a model, each a form: what fits the model, what it shows, what it sends. A way's
// `send` gives { answer, rows }; it throws an Error whose message is for the person who asks.
import { post, v2 } from "./api.js";
import { Drawing } from "./draw.js";
import { FileWay, element } from "./form.js";
import { RowWay } from "./row.js";
import { say, word } from "./words.js";

const MOST_SAMPLE = 4096; // numbers that the JSON form fills in

// Height, width and channels of the only input, where it is a picture.
function pictureSize({ inputs }) {
  if (inputs?.length !== 1) return null;
  const [height, width, channels = 1] = inputs[0].shape.slice(1);
  const rank = inputs[0].shape.length;
  if (rank < 3 || rank > 4 || !/^(FP|UINT8|BF)/.test(inputs[0].datatype)) return null;
  if (rank === 3 && (height < 8 || width < 8)) return null;
  return [1, 3].includes(channels) && width > 0 && height > 0 ? { height, width, channels } : null;
}

// Frames a second, where the model was trained on sounds.
const soundRate = (m) => m.card.inputs?.[0]?.sampling_rate ?? 0;

const sendPicture = async (m, file) =>
  ({ answer: await post(v2(m, "/picture?top=10"), file, file.type || "application/octet-stream") });

class DrawWay {
  static word = "draw";
  static fits(m) {
    const size = pictureSize(m.metadata);
    return size !== null && !m.card.table && !soundRate(m) && size.channels === 1 && Math.max(size.width, size.height) <= 64;
  }

  constructor(m) {
    this.model = m;
    const { width, height } = pictureSize(m.metadata);
    this.drawing = new Drawing(width, height);
    const help = word(element("p", { className: "soft" }), "draw_help");
    const seen = element("figure", { className: "seen" }, this.drawing.preview,
      word(element("figcaption"), "seen"));
    this.root = element("div", {}, help,
      element("div", { className: "drawings" }, this.drawing.canvas, seen), this.drawing.told);
  }

  clear() { this.drawing.clear(); }

  async send() {
    if (this.drawing.empty) throw new Error(say("no_drawing"));
    return sendPicture(this.model, await this.drawing.blob());
  }
}

class PictureWay extends FileWay {
  static word = "picture";
  static fits = (m) => pictureSize(m.metadata) !== null && !m.card.table && !soundRate(m);

  constructor(m) {
    super(m, { choose: "choose", none: "no_picture", accept: "image/*" });
    this.shown = element("canvas", { className: "shown", hidden: true });
    this.root.append(this.shown);
  }

  async show(file) {
    const bitmap = await createImageBitmap(file).catch(() => null); // the server may read more kinds
    if (!bitmap || this.file !== file) return;
    Object.assign(this.shown, { width: bitmap.width, height: bitmap.height, hidden: false });
    this.shown.getContext("2d").drawImage(bitmap, 0, 0);
  }

  clear() {
    super.clear();
    this.shown.hidden = true;
  }

  async send() { return sendPicture(this.model, this.chosen()); }
}

class SoundWay extends FileWay {
  static word = "sound";
  static fits = (m) => soundRate(m) > 0 && m.metadata.inputs.length === 1;

  constructor(m) {
    super(m, { choose: "choose_sound", none: "no_sound", accept: "audio/wav,audio/x-wav,audio/flac,.wav,.flac" });
    this.shown = element("canvas", { className: "shown", width: 480, height: 96, hidden: true });
    this.root.append(this.shown);
  }

  async show(file) {
    const context = new OfflineAudioContext(1, 1, soundRate(this.model));
    const sound = await context.decodeAudioData(await file.arrayBuffer()).catch(() => null);
    if (!sound || this.file !== file) return;
    this.shown.hidden = false;
    drawWave(this.shown, sound.getChannelData(0));
  }

  clear() {
    super.clear();
    this.shown.hidden = true;
  }

  async send() {
    const file = this.chosen();
    return { answer: await post(v2(this.model, "/sound?top=10"), file, file.type || "application/octet-stream") };
  }
}

// For each column of pixels a line from the lowest to the highest value.
function drawWave(canvas, values) {
  const { width, height } = canvas;
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = getComputedStyle(canvas).color;
  const most = values.reduce((a, v) => Math.max(a, Math.abs(v)), 1e-9);
  for (let x = 0; x < width; x++) {
    const part = values.subarray(Math.floor((x * values.length) / width), Math.ceil(((x + 1) * values.length) / width));
    const low = part.reduce((a, v) => Math.min(a, v), 0), high = part.reduce((a, v) => Math.max(a, v), 0);
    pen.fillRect(x, (height / 2) * (1 - high / most), 1, Math.max(1, ((high - low) / most) * (height / 2)));
  }
}

class JsonWay {
  static word = "json";
  static fits = () => true;

  constructor(m) {
    this.model = m;
    this.text = element("textarea", { id: "json", rows: 12, spellcheck: false });
    this.text.setAttribute("autocapitalize", "off");
    this.root = element("div", {},
      word(element("label", { htmlFor: "json" }), "json_label", [v2(m, "/infer")]), this.text);
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

export const ways = [DrawWay, PictureWay, SoundWay, RowWay, JsonWay];

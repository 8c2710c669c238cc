// The page of the server: models, live figures, the try-it form.
import { Refused, card, key, metadata, setKey, stats } from "./api.js";
import { showAnswer } from "./answer.js";
import { Chart, SPAN_MS } from "./charts.js";
import { ways } from "./ways.js";
import { duration, labelSwitch, number, otherLanguage, say, translate, whole, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const state = { models: [], points: new Map(), paused: false, asked: null, form: null, connection: "connecting" };

// ---- models and figures ----

const id = (m) => `${m.name}\n${m.version}`;
const label = (m) => (m.versioned ? `${m.name} · ${m.version}` : m.name);

// Its number, then what else it is called; that it answers where none is asked for is said where there are several.
const called = (m) => [m.version, ...(m.versioned && m.default ? [say("default_version")] : []), ...(m.aliases ?? [])].join(" · ");

function take(models, time) {
  const live = new Map();
  for (const m of models) live.set(m.name, (live.get(m.name) ?? 0) + 1);
  for (const m of models) m.versioned = live.get(m.name) > 1;
  const old = new Map(state.models.map((m) => [id(m), m]));
  const seconds = (time - state.time) / 1000;
  for (const m of models) {
    const before = old.get(id(m));
    m.errorRate = before && seconds > 0 ? Math.max(0, m.errors - before.errors) / seconds : 0;
  }
  Object.assign(state, { models, time });
  const add = (name, list) => {
    const points = (state.points.get(name) ?? []).filter((p) => time - p.time <= SPAN_MS);
    const sum = (f) => list.reduce((a, m) => a + (f(m) ?? 0), 0);
    const most = (f) => Math.max(...list.map((m) => f(m) ?? NaN).filter(Number.isFinite));
    points.push({ time, rate: sum((m) => m.requests_per_second), errors: sum((m) => m.errorRate),
      queue: sum((m) => m.queue), p50: most((m) => m.latency_us?.p50), p99: most((m) => m.latency_us?.p99) });
    state.points.set(name, points);
  };
  add("", models);
  for (const m of models) add(id(m), [m]);
}

// Why there are none to show, where the server does not say which it has.
const NO_MODELS = { connecting: "connecting", want_key: "key_first", may_not: "may_not", lost: "lost" };

function fillTable() {
  const cell = (text, className = "", tag = "td") =>
    Object.assign(document.createElement(tag), { textContent: text, className });
  const rows = state.models.map((m) => {
    const row = document.createElement("tr");
    const name = cell(m.name, "", "th");
    name.scope = "row";
    row.append(name, cell(called(m)), cell(say(m.ready ? "ready" : "not_ready"), m.ready ? "good" : "bad"),
      cell(number(m.requests_per_second), "n"), cell(duration(m.latency_us?.p50), "n"),
      cell(duration(m.latency_us?.p99), "n"), cell(whole(m.queue), "n"), cell(whole(m.requests), "n"),
      cell(whole(m.errors), m.errors ? "n bad" : "n"));
    return row;
  });
  if (!rows.length) {
    rows.push(document.createElement("tr"));
    rows[0].append(Object.assign(cell(say(NO_MODELS[state.connection] ?? "no_models"), "soft"), { colSpan: 9 }));
  }
  $("models").replaceChildren(...rows);
}

// Options anew only where they changed: a select that is open or read aloud is left alone.
function fillSelect(select, options) {
  const now = [...select.options].map((o) => o.value + o.text).join("\n");
  if (now === options.map(([value, text]) => value + text).join("\n")) return;
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

const charts = [
  new Chart("throughput", [{ key: "rate" }], (v) => `${number(v)} ${say("throughput_unit")}`),
  new Chart("latency", [{ key: "p50", label: "p50" }, { key: "p99", label: "p99" }], duration),
  new Chart("error_rate", [{ key: "errors" }], (v) => `${number(v)} ${say("error_unit")}`),
  new Chart("queue", [{ key: "queue" }], (v) => `${number(v)} ${say("queue_unit")}`),
];

function draw() {
  fillTable();
  const options = state.models.map((m) => [id(m), label(m)]);
  fillSelect($("watched"), [["", say("all_models")], ...options]);
  fillSelect($("model"), options);
  const points = state.points.get($("watched").value) ?? [];
  for (const chart of charts) chart.draw(points, state.time ?? 0);
}

function connection(word, text = say(word)) {
  state.connection = word;
  const shown = $("connection");
  if (shown.textContent !== text) shown.textContent = text; // said once, not each second
  shown.className = `state ${word === "connected" ? "good" : word === "connecting" || word === "paused" ? "soft" : "bad"}`;
}

let timer;
async function poll() {
  clearTimeout(timer);
  if (state.paused || document.hidden) return;
  try {
    const { models } = await stats();
    take(models, performance.now());
    connection("connected");
    draw();
    await choose();
  } catch (e) {
    if (!(e instanceof Refused)) connection("lost");
    else if (e.code === 401) connection("want_key");
    else if (e.code === 403) connection("may_not");
    else connection("failed", e.message);
    if (e.code === 401) $("access").open = true;
    if (e.code === 401 || e.code === 403) state.models = []; // who may not see them does not
    draw();
  }
  timer = setTimeout(poll, calm.matches ? 5000 : 1000);
}

// ---- the form ----

const shapeText = (values) => values.map((v) => `${v.name} ${v.datatype}[${v.shape.map((n) => (n < 0 ? "?" : n)).join(", ")}]`);
function about(m) {
  const some = (values) => shapeText(values).slice(0, 4).join(", ") + (values.length > 4 ? " …" : "");
  $("about").textContent = say("takes", some(m.metadata.inputs), some(m.metadata.outputs));
}

function setWay(m, Way) {
  state.form = new Way(m);
  $("input").replaceChildren(state.form.root);
}

function buildForm(m) {
  about(m);
  const fitting = ways.filter((w) => w.fits(m));
  const kept = fitting.find((w) => w.word === state.way) ?? fitting[0];
  const choices = fitting.map((w) => {
    const choice = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "way", value: w.word });
    radio.checked = w === kept;
    radio.addEventListener("change", () => {
      state.way = w.word;
      setWay(m, w);
    });
    choice.append(radio, " ", word(document.createElement("span"), w.word));
    return choice;
  });
  $("ways").replaceChildren($("ways").querySelector("legend"), ...choices);
  setWay(m, kept);
}

// Fetches what the form needs where another model was chosen, or this one was replaced.
async function choose() {
  const m = state.models.find((m) => id(m) === $("model").value);
  $("send").disabled = !m;
  if (!m || state.asked === id(m)) return;
  state.asked = id(m);
  try {
    const known = { ...m };
    [known.metadata, known.card] = await Promise.all([metadata(m), card(m)]);
    if (state.asked !== id(m)) return; // another was chosen meanwhile
    state.known = known;
    buildForm(known);
  } catch (e) {
    state.asked = null;
    tell(e);
  }
}

function tell(error) {
  const message = Object.assign(document.createElement("p"), { className: "bad", textContent: error.message });
  if (error instanceof TypeError) message.textContent = say("lost"); // of fetch: no connection
  $("answer").replaceChildren(message);
  raw(null);
}

function raw(answer) {
  document.querySelector("#answer + details")?.remove();
  if (!answer) return;
  const details = document.createElement("details");
  details.append(Object.assign(document.createElement("summary"), { textContent: say("raw") }),
    Object.assign(document.createElement("pre"), { textContent: JSON.stringify(answer, null, 1).slice(0, 20000), tabIndex: 0 }));
  $("answer").after(details);
}

async function ask(event) {
  event.preventDefault();
  if (!state.form) return;
  const { form, known } = state;
  $("answer").replaceChildren(Object.assign(document.createElement("p"), { className: "soft", textContent: say("asking") }));
  const from = performance.now();
  try {
    const { answer } = await form.send();
    state.last = { answer, card: known.card, took: (performance.now() - from) * 1000 };
    showLast();
  } catch (e) {
    state.last = null;
    tell(e);
    if (e.code === 401) $("access").open = true;
  }
}

function showLast() {
  const { answer, card, took } = state.last;
  showAnswer($("answer"), answer, card, say("took", duration(took)));
  raw(answer);
}

// ---- the switches ----

function showLanguage() {
  translate();
  labelSwitch($("language"));
  $("pause").textContent = say(state.paused ? "resume" : "pause");
  if (state.connection !== "failed") connection(state.connection);
  draw();
  if (state.known) about(state.known);
  if (state.last) showLast();
}

$("charts").append(...charts.map((c) => c.figure));
$("language").addEventListener("click", () => {
  otherLanguage();
  showLanguage();
});
$("pause").addEventListener("click", () => {
  state.paused = !state.paused;
  $("pause").setAttribute("aria-pressed", state.paused);
  $("pause").textContent = say(state.paused ? "resume" : "pause");
  if (state.paused) connection("paused");
  poll();
});
$("key-form").addEventListener("submit", (e) => {
  e.preventDefault();
  setKey($("key").value.trim());
  $("key").value = "";
  $("access").open = false;
  state.asked = null;
  poll();
});
$("forget").addEventListener("click", () => {
  setKey("");
  $("key").value = "";
  poll();
});
$("watched").addEventListener("change", draw);
$("model").addEventListener("change", () => choose());
$("ask").addEventListener("submit", ask);
$("clear").addEventListener("click", () => state.form?.clear());
document.addEventListener("visibilitychange", poll);
addEventListener("resize", draw);
showLanguage();
poll();

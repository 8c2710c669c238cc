// The form for a row of the table that a model was trained on: a field for each column that it
// learned from, as the table has them; an empty one is a missing cell.
import { post, v2 } from "./api.js";
import { element } from "./form.js";
import { say, word } from "./words.js";

const DAY_MS = 86400000;

// The card's columns, but for a part of a date ("when.weekday") the date that it is of.
function tableColumns(columns) {
  const own = new Map();
  for (const c of columns) {
    const part = c.type === "date_part";
    const name = part ? c.name.slice(0, c.name.lastIndexOf(".")) : c.name;
    if (!own.has(name)) own.set(name, part ? { name, type: "date" } : c);
  }
  return [...own.values()];
}

// What training saw of a column: its most frequent text, or the lower end of the fullest bin.
function usual(seen) {
  if (seen?.texts) return Object.keys(seen.texts)[0];
  const bins = seen?.features?.length === 1 ? seen.features[0] : null;
  if (!bins?.shares) return undefined;
  return Number((bins.lower + bins.step * bins.shares.indexOf(Math.max(...bins.shares))).toPrecision(6));
}

function numberField(column, id, first) {
  const input = element("input", { id, type: "text", inputMode: "decimal", autocomplete: "off", value: String(first ?? "") });
  word(input, "missing", [], "placeholder");
  const cell = () => {
    const text = input.value.trim();
    if (text === "") return null;
    if (Number.isFinite(Number(text))) return Number(text);
    input.setAttribute("aria-invalid", "true");
    input.focus();
    throw new Error(say("not_number", column.name, text));
  };
  return { inputs: [input], cell };
}

// As the card has it: categories may be numbers.
function categoryField(column, id, first) {
  const none = word(element("option", { value: "" }), "missing_cell");
  const input = element("select", { id }, none,
    ...column.categories.map((c) => element("option", { value: String(c), textContent: String(c) })));
  input.value = String(first ?? column.categories[0] ?? "");
  return { inputs: [input], cell: () => (input.value === "" ? null
    : column.categories.find((c) => String(c) === input.value) ?? input.value) };
}

function textField(column, id, first, seen) {
  const input = element("input", { id, type: "text", autocomplete: "off", spellcheck: false, value: String(first ?? "") });
  const known = element("datalist", { id: `${id}-known` },
    ...Object.keys(seen?.texts ?? {}).map((t) => element("option", { value: t })));
  word(input, "missing", [], "placeholder");
  if (known.children.length) input.setAttribute("list", known.id);
  return { inputs: [input], more: [known], cell: () => (input.value.trim() === "" ? null : input.value) };
}

// A date, and the time of the day where it matters. On the card dates are days since 1970.
function dateField(column, id, first) {
  const at = new Date(Number.isFinite(first) ? Math.round(first * 86400) * 1000 : Date.now());
  const [day, time] = at.toISOString().split(/[T.]/);
  const date = element("input", { id, type: "date", value: day });
  const clock = element("input", { type: "time", step: 1, value: at % DAY_MS && Number.isFinite(first) ? time : "" });
  word(clock, "time_of", [column.name], "aria-label");
  const cell = () => {
    if (date.value === "" && !date.validity.badInput) return null;
    if (date.value !== "" && !clock.validity.badInput) return clock.value ? `${date.value} ${clock.value}` : date.value;
    const wrong = date.value === "" ? date : clock;
    wrong.setAttribute("aria-invalid", "true");
    wrong.focus();
    throw new Error(say("not_date", column.name));
  };
  return { inputs: [date, clock], cell };
}

function field(column, i, card) {
  const seen = card.baseline?.inputs?.find((b) => b.name === column.name);
  const make = column.categories ? categoryField : { number: numberField, date: dateField }[column.type] ?? textField;
  const id = `column-${i}`;
  const made = make(column, id, column.fill ?? usual(seen), seen);
  made.first = made.inputs.map((input) => input.value);
  made.column = column;
  made.root = element("p", {}, element("label", { htmlFor: id, textContent: column.name }), ...made.inputs, ...(made.more ?? []));
  return made;
}

export class RowWay {
  static word = "row";
  static fits = (m) => (m.card.table?.columns?.length ?? 0) > 0;

  constructor(m) {
    this.model = m;
    this.fields = tableColumns(m.card.table.columns).map((column, i) => field(column, i, m.card));
    this.root = element("div", { className: "fields" }, ...this.fields.map((f) => f.root));
  }

  clear() {
    for (const { inputs, first } of this.fields)
      inputs.forEach((input, i) => {
        input.value = first[i];
        input.removeAttribute("aria-invalid");
      });
  }

  async send() {
    for (const { inputs } of this.fields) for (const input of inputs) input.removeAttribute("aria-invalid");
    const row = Object.fromEntries(this.fields.map((f) => [f.column.name, f.cell()]));
    return { answer: await post(v2(this.model, "/rows?top=10"), JSON.stringify([row])) };
  }
}

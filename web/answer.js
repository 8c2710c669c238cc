// What a server answered, as bars with names and numbers.
import { number, percent, say } from "./words.js";

const MOST_BARS = 10, MOST_VALUES = 20;

// Without names, numbers that are shares of one are classes by their number.
function counted(vector) {
  const sum = vector.reduce((a, b) => a + b, 0);
  return vector.length > 1 && Math.abs(sum - 1) < 1e-3 ? vector.map((_, i) => String(i)) : null;
}

// Classes and probabilities of a vector, where the card tells that they are such: a sigmoid gives
// the probability of the second of two.
function classified(vector, { classes, table }) {
  const names = (table?.target?.type === "class" ? table.target.classes : classes) ?? counted(vector);
  if (!names) return null;
  if (vector.length === 1 && names.length === 2) vector = [1 - vector[0], vector[0]];
  if (vector.length !== names.length || vector.some((v) => !(v >= 0 && v <= 1.000001))) return null;
  return vector.map((probability, index) => ({ class: names[index], index, probability }));
}

// From whichever protocol: [{ title, classes }] or [{ title, values }], for each row and output.
export function readAnswer(answer, card) {
  const vectors = [];
  if (Array.isArray(answer.predictions)) {
    if (answer.predictions.every((p) => p !== null && typeof p === "object" && "probability" in p))
      return answer.predictions.some((p) => p.top)
        ? answer.predictions.map((p, i) => ({
          title: answer.predictions.length > 1 ? say("row_of", i + 1) : "", classes: p.top ?? [p] }))
        : [{ title: "", classes: answer.predictions }];
    answer.predictions.forEach((p, i) => {
      const title = answer.predictions.length > 1 ? say("row_of", i + 1) : "";
      const outputs = p !== null && typeof p === "object" && !Array.isArray(p) ? Object.entries(p) : [["", p]];
      for (const [name, v] of outputs)
        vectors.push({ title: [title, name].filter(Boolean).join(" · "), vector: [v].flat(Infinity) });
    });
  }
  for (const { name, shape, data } of answer.outputs ?? []) {
    const rows = shape.length > 1 ? shape[0] : 1;
    const width = data.length / Math.max(rows, 1);
    for (let r = 0; r < rows; r++)
      vectors.push({ title: rows > 1 ? `${name} · ${say("row_of", r + 1)}` : name,
        vector: data.slice(r * width, (r + 1) * width) });
  }
  return vectors.map(({ title, vector }) => {
    const classes = classified(vector, card);
    return classes ? { title, classes } : { title, values: vector };
  });
}

function bars(classes) {
  const list = document.createElement("ol");
  list.className = "bars";
  const best = [...classes].sort((a, b) => b.probability - a.probability).slice(0, MOST_BARS);
  for (const c of best) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = String(c.class ?? c.index);
    const track = document.createElement("span");
    track.className = "track";
    track.setAttribute("aria-hidden", "true");
    const bar = document.createElement("span");
    bar.style.width = `${Math.min(100, Math.max(0, 100 * c.probability))}%`;
    track.append(bar);
    const share = document.createElement("span");
    share.className = "n";
    share.textContent = percent(c.probability);
    item.append(name, track, share);
    list.append(item);
  }
  return { list, best: best[0] };
}

export function showAnswer(root, answer, card, took) {
  const parts = [];
  const add = (tag, text, className = "") => {
    const e = Object.assign(document.createElement(tag), { textContent: text, className });
    parts.push(e);
    return e;
  };
  for (const { title, classes, values } of readAnswer(answer, card)) {
    if (title) add("h4", title);
    if (classes?.length) {
      const { list, best } = bars(classes);
      add("p", say("best", String(best.class ?? best.index), percent(best.probability)), "best");
      parts.push(list);
    } else if (values) {
      const target = card.table?.target;
      const scalar = values.length === 1 && target?.type !== "class";
      add("p", (scalar && target?.name ? `${target.name}: ` : "") + values.slice(0, MOST_VALUES)
        .map((v) => (typeof v === "number" ? number(v, 6) : String(v))).join(", ") +
        (values.length > MOST_VALUES ? " …" : ""), scalar ? "best" : "");
    }
  }
  add("p", took, "soft");
  root.replaceChildren(...parts);
}

// What forms are made of.
import { say, word } from "./words.js";

export function element(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

// A file that is chosen or dropped; what it shows of one says `show`.
export class FileWay {
  constructor(m, { choose, none, accept }) {
    this.model = m;
    this.none = none;
    this.input = element("input", { type: "file", id: "file", accept });
    this.told = element("p", { className: "soft" });
    this.told.setAttribute("role", "status");
    this.root = element("div", { className: "drop" },
      word(element("label", { htmlFor: "file" }), choose), this.input, this.told);
    this.input.addEventListener("change", () => this.take(this.input.files[0]));
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

  show() {}

  take(file) {
    if (!file) return;
    this.clear();
    this.file = file;
    word(this.told, "chosen", [file.name]);
    this.show(file);
  }

  clear() {
    this.file = null;
    word(this.told, "");
  }

  chosen() {
    if (!this.file) throw new Error(say(this.none));
    return this.file;
  }
}

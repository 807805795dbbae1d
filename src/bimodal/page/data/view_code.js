// @ts-check
// Shows the lines that do on the desk what the page shows, to be copied.
import { copyText, el } from "./dom.js";

/** The lines that do the same on the desk. */
export class CodeBox {
  constructor() {
    this.command = el("code");
    this.python = el("code");
    const box = (/** @type {HTMLElement} */ code, /** @type {string} */ label) => {
      const button = el("button", { type: "button", "aria-label": label }, "Copy");
      button.addEventListener("click", () => void copyText(code.textContent ?? "", button));
      return el("div", { class: "code" }, el("pre", { tabindex: 0, role: "region", "aria-label": label.replace("Copy ", "") }, code), button);
    };
    this.root = el("section", { class: "desk" }, el("h2", {}, "The same on the desk"), box(this.command, "Copy the command"), el("details", {}, el("summary", {}, "Python"), box(this.python, "Copy the Python lines")));
  }

  /** @param {string} command @param {string} python */
  show(command, python) {
    this.command.textContent = command;
    this.python.textContent = python;
    this.root.hidden = !command;
  }
}

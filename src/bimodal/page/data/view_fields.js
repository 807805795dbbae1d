// @ts-check
// The fields that forms are made of: number beside slider, a choice of few, a choice of many.
import { el } from "./dom.js";
import { readNumber } from "./numbers.js";

let count = 0;

/** Give an id that no other element of the page has. */
export function freshId() {
  return `b${++count}`;
}

const MANTISSAS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8];

/**
 * List the round values between two ends, a step apart that is about the same in proportion.
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
export function roundValues(low, high) {
  const made = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const one of MANTISSAS) {
      const value = Number((one * 10 ** power).toPrecision(3));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) made.push(value);
    }
  }
  return made;
}

/**
 * A slider over listed values with a text field beside it that takes any value.
 *
 * The slider speaks in values, not in places; the field reads numbers as people of several countries write them.
 */
export class NumberField {
  /**
   * @param {string} label
   * @param {{least: number, most: number, whole?: boolean, changed: (value: number, input: number) => void, say?: (value: number) => string, slider?: boolean}} options
   * @param {Node | null} [after] stands behind the field, such as a choice of units
   */
  constructor(label, options, after = null) {
    this.options = options;
    /** @type {number[]} */
    this.values = [];
    this.value = NaN;
    const id = freshId(), note = freshId();
    this.problem = el("p", { class: "problem", id: note, role: "alert" });
    this.field = el("input", { type: "text", inputmode: options.whole ? "numeric" : "decimal", id, autocomplete: "off", spellcheck: "false", "aria-describedby": note, class: "number" });
    this.field.addEventListener("input", (event) => this.typed(event.timeStamp));
    this.field.addEventListener("blur", () => {
      if (this.problem.textContent === "") this.write();
    });
    this.name = el("label", { for: id }, label);
    this.slider = el("input", { type: "range", min: 0, max: 1, step: 1, "aria-label": `${label}, slider` });
    this.slider.addEventListener("input", (event) => this.slid(event.timeStamp));
    this.root = el("div", { class: "field" }, el("div", { class: "field-head" }, this.name, el("span", { class: "entry" }, this.field, after)), options.slider === false ? null : this.slider, this.problem);
  }

  /** @param {number} input */
  slid(input) {
    this.value = this.values[Number(this.slider.value)];
    this.write();
    this.options.changed(this.value, input);
  }

  /** @param {number} input */
  typed(input) {
    const { least, most, whole } = this.options, entry = readNumber(this.field.value, { least, most, whole });
    this.complain(entry.problem);
    if (entry.value === null) return;
    this.value = entry.value;
    this.place();
    this.options.changed(entry.value, input);
  }

  /** @param {string} words */
  complain(words) {
    this.problem.textContent = words;
    this.field.toggleAttribute("aria-invalid", false);
    if (words) this.field.setAttribute("aria-invalid", "true");
  }

  write() {
    this.field.value = plain(this.value);
    this.complain("");
    this.slider.setAttribute("aria-valuetext", (this.options.say ?? plain)(this.value));
  }

  place() {
    let nearest = 0;
    this.values.forEach((value, i) => {
      if (Math.abs(Math.log((value || 1e-9) / (this.value || 1e-9))) < Math.abs(Math.log((this.values[nearest] || 1e-9) / (this.value || 1e-9)))) nearest = i;
    });
    this.slider.max = String(Math.max(1, this.values.length - 1));
    this.slider.value = String(nearest);
    this.slider.setAttribute("aria-valuetext", (this.options.say ?? plain)(this.value));
  }

  /**
   * Show a value; a field that is being typed in keeps its own writing.
   * @param {number} value
   * @param {number[]} values of the slider
   */
  show(value, values) {
    this.values = values;
    this.value = value;
    if (document.activeElement !== this.field) this.write();
    this.place();
  }
}

/** @param {number} value */
function plain(value) {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : "";
}

/**
 * A choice among few, as buttons in a row: arrow keys move through them as through radio buttons.
 */
export class Choice {
  /**
   * @param {string} label
   * @param {(value: string, input: number) => void} changed
   */
  constructor(label, changed) {
    const id = freshId();
    this.changed = changed;
    /** @type {[string, string][]} */
    this.options = [];
    this.group = el("div", { class: "choice", role: "radiogroup", "aria-labelledby": id });
    this.group.addEventListener("keydown", (event) => this.key(event));
    this.root = el("div", { class: "field" }, el("span", { id, class: "field-name" }, label), this.group);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const buttons = [...this.group.querySelectorAll("button")], now = buttons.findIndex((one) => one === document.activeElement);
    if (!step || now < 0) return;
    event.preventDefault();
    const next = buttons[(now + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  }

  /**
   * @param {[string, string][]} options value and words
   * @param {string} chosen
   */
  show(options, chosen) {
    const same = options.length === this.options.length && options.every(([value, text], i) => value === this.options[i][0] && text === this.options[i][1]);
    if (!same) {
      this.options = options;
      this.group.replaceChildren(
        ...options.map(([value, text]) => el("button", { type: "button", role: "radio", "data-value": value, click: (/** @type {MouseEvent} */ event) => this.changed(value, event.timeStamp) }, text)),
      );
    }
    const some = options.some(([value]) => value === chosen);
    [...this.group.children].forEach((button, i) => {
      const on = options[i][0] === chosen;
      button.setAttribute("aria-checked", String(on));
      button.setAttribute("tabindex", on || (!some && i === 0) ? "0" : "-1");
    });
  }
}

/**
 * A choice among many.
 * @param {string} label
 * @param {(value: string, input: number) => void} changed
 * @returns {{root: HTMLElement, select: HTMLSelectElement, show: (groups: Record<string, [string, string][]>, chosen: string) => void}}
 */
export function dropDown(label, changed) {
  const id = freshId(), select = el("select", { id }), root = el("div", { class: "field" }, el("label", { for: id }, label), select);
  select.addEventListener("change", (event) => changed(select.value, event.timeStamp));
  let shown = "";
  const show = (/** @type {Record<string, [string, string][]>} */ groups, /** @type {string} */ chosen) => {
    const key = JSON.stringify(groups);
    if (key !== shown) {
      shown = key;
      const entries = Object.entries(groups), option = (/** @type {[string, string]} */ [value, text]) => el("option", { value }, text);
      select.replaceChildren(...(entries.length === 1 ? entries[0][1].map(option) : entries.map(([name, options]) => el("optgroup", { label: name }, ...options.map(option)))));
    }
    select.value = chosen;
  };
  return { root, select, show };
}


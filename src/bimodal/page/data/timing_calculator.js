// @ts-check
// A calculator: a form of few numbers, what it will take, the result as the desk prints it, and the command.
import { el } from "./dom.js";
import { CodeBox } from "./view_code.js";
import { workOut } from "./timing_api.js";
import { TimingAnswer } from "./timing_answer.js";
import { Work } from "./timing_work.js";
import { freshId } from "./view_fields.js";

/**
 * @typedef {{name: string, words: string, usual: string, unit?: string, hint?: string, options?: string[], optional?: boolean, list?: boolean, time?: boolean, most?: number, needs?: string}} Field
 */

const NUMBER = /^\d{1,9}([.,]\d{1,9})?$/, TIME = /^\d{1,4}([.,]\d{1,6})?[dh]$/, LIST = /^\d{1,3}([ ;,]+\d{1,3})*$/, ANY = /^[\w.,~-]*$/;

export class Calculator {
  /**
   * @param {"plan" | "trial"} what
   * @param {{lead: string, fields: Field[], seconds: (asked: Record<string, string>) => number, python: (asked: Record<string, string>) => string, changed: (asked: Record<string, string>) => void}} how
   */
  constructor(what, how) {
    this.what = what;
    this.how = how;
    /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
    this.inputs = new Map();
    this.work = new Work();
    this.answer = new TimingAnswer();
    this.code = new CodeBox();
    this.takes = el("span", { class: "hint" });
    this.start = el("button", { type: "submit", class: "trial-run" }, "Work out");
    this.form = el("form", { class: "timing-form", novalidate: true, submit: (event) => (event.preventDefault(), void this.run()) },
      el("div", { class: "timing-fields" }, ...how.fields.map((field) => this.field(field))), el("div", { class: "bar" }, this.start, this.takes));
    this.form.addEventListener("input", () => this.edited());
    this.root = el("div", { class: "timing-part" }, el("p", {}, how.lead), this.form, this.work.root, this.answer.root, this.code.root);
    this.refresh();
  }

  /** @param {Field} field */
  field(field) {
    const id = freshId(), hint = freshId(), about = field.hint ? hint : null;
    const input = field.options ? el("select", { id, "aria-describedby": about }, ...field.options.map((one) => el("option", { value: one }, one))) : el("input", { id, type: "text", autocomplete: "off", inputmode: field.list || field.time ? null : "decimal", "aria-describedby": about });
    input.value = field.usual;
    this.inputs.set(field.name, input);
    return el("div", { class: "field" }, el("label", { for: id }, field.words), el("div", { class: "entry" }, input, field.unit ? el("span", { class: "unit" }, field.unit) : null), field.hint ? el("span", { class: "hint", id: hint }, field.hint) : null);
  }

  /** Take what a link says; what is no answer to a field is left out. @param {Record<string, string>} asked */
  show(asked) {
    for (const field of this.how.fields) {
      const input = this.inputs.get(field.name), text = asked[field.name];
      if (input && document.activeElement !== input) input.value = text !== undefined && this.fits(field, text) ? text : field.usual;
    }
    this.anew();
  }

  /** What is being worked out, or stands there, is of other numbers. */
  anew() {
    this.work.end();
    this.answer.clear();
    this.refresh();
  }

  /** @param {Field} field @param {string} text */
  fits(field, text) {
    if (field.optional && text === "") return true;
    if (field.options) return field.options.includes(text);
    if (field.list) return LIST.test(text);
    return field.time ? TIME.test(text) : NUMBER.test(text);
  }

  /** What differs from what is usual, as a link keeps it. */
  kept() {
    /** @type {Record<string, string>} */
    const made = {};
    for (const field of this.how.fields) {
      const text = this.text(field);
      if (text !== field.usual && this.fits(field, text) && ANY.test(text)) made[field.name] = text;
    }
    return made;
  }

  /** @param {Field} field */
  text(field) {
    const text = this.inputs.get(field.name)?.value.trim() ?? "";
    return field.list ? text.split(/[ ;,]+/).filter(Boolean).join(",") : text.replace(",", ".");
  }

  /** Read the form; what is no answer is marked. */
  asked() {
    /** @type {Record<string, string>} */
    const made = {}, wrong = /** @type {string[]} */ ([]);
    for (const field of this.how.fields) {
      const text = this.text(field), good = this.fits(field, text);
      this.inputs.get(field.name)?.setAttribute("aria-invalid", String(!good));
      if (!good) wrong.push(field.words);
      else made[field.name] = text;
    }
    for (const field of this.how.fields) if (field.needs && !made[field.needs]) delete made[field.name];
    return { asked: made, wrong };
  }

  edited() {
    this.anew();
    this.how.changed(this.kept());
  }

  refresh() {
    for (const field of this.how.fields) {
      const input = this.inputs.get(field.name);
      if (field.needs && input) input.disabled = !this.inputs.get(field.needs)?.value.trim();
    }
    const { asked, wrong } = this.asked(), parts = this.how.fields.filter((field) => asked[field.name]).flatMap((field) => (field.list ? asked[field.name].split(",") : [asked[field.name]]).map((value) => ` --${field.name} ${value}`));
    this.start.disabled = wrong.length > 0;
    this.takes.textContent = wrong.length ? `To be mended: ${wrong.join(", ")}.` : `Takes about ${duration(this.how.seconds(asked))}.`;
    this.code.show(wrong.length ? "" : `bimodal timing ${this.what}${parts.join("")}`, wrong.length ? "" : this.how.python(asked));
  }

  async run() {
    const { asked, wrong } = this.asked();
    if (wrong.length) return;
    this.answer.clear();
    this.start.disabled = true;
    const found = await this.work.run((signal, tell) => workOut(this.what, asked, signal, tell));
    if (!this.work.control) this.refresh(); // else the next run has begun
    if (found) this.answer.reckoned(found, this.what);
  }
}

/** @param {number} seconds */
const duration = (seconds) => (seconds < 90 ? `${Math.max(5, Math.round(seconds / 5) * 5)} s` : `${Math.round(seconds / 60)} min`);

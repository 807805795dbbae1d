// @ts-check
// Change a parameter of the model in everybody: found by name, shown with unit, usual value and where that comes from.
import { el } from "./dom.js";
import { brief, unitText } from "./numbers.js";
import { NumberField, freshId } from "./view_fields.js";

/**
 * @typedef {import("./bundle").Model} Model
 */

const MOST = 20;

export class ParameterFields {
  /**
   * @param {import("./bundle").Bundle} bundle
   * @param {(set: Record<string, number>, input: number) => void} changed
   */
  constructor(bundle, changed) {
    this.bundle = bundle;
    this.changed = changed;
    /** @type {Record<string, number>} */
    this.set = {};
    /** @type {Model | null} */
    this.model = null;
    /** @type {Map<string, NumberField>} */
    this.fields = new Map();
    const list = freshId(), id = freshId();
    this.names = el("datalist", { id: list });
    this.finder = el("input", { id, list, type: "text", autocomplete: "off", spellcheck: "false", placeholder: "type a name" });
    this.finder.addEventListener("change", (event) => this.add(this.finder.value.trim(), event.timeStamp));
    this.rows = el("div", { class: "parameters" });
    this.title = el("summary", {}, "Parameters");
    this.root = el("details", { class: "more" }, this.title, el("div", { class: "field" }, el("label", { for: id }, "Change a parameter in everybody"), this.finder, this.names), this.rows);
  }

  /** @param {string} id @param {number} input */
  add(id, input) {
    const row = this.model?.parameters.find((one) => one.id === id && one.settable);
    if (!row) return;
    this.finder.value = "";
    this.changed({ ...this.set, [id]: row.value ?? 0 }, input);
    this.fields.get(id)?.field.focus();
  }

  /** @param {string} id @param {number} input */
  remove(id, input) {
    const { [id]: _, ...rest } = this.set;
    this.changed(rest, input);
    this.finder.focus();
  }

  /**
   * @param {Model} model
   * @param {Record<string, number>} set
   * @param {boolean} open
   */
  show(model, set, open) {
    if (model !== this.model) {
      this.model = model;
      this.names.replaceChildren(...model.parameters.filter((one) => one.settable).map((one) => el("option", { value: one.id })));
      this.rows.replaceChildren();
      this.fields.clear();
      this.root.toggleAttribute("open", open || Object.keys(set).length > 0);
      this.root.hidden = !model.parameters.some((one) => one.settable);
    }
    this.set = set;
    const count = Object.keys(set).length;
    this.title.textContent = count ? `Parameters (${count} changed)` : "Parameters";
    for (const [id, field] of this.fields) {
      if (id in set) continue;
      field.root.remove();
      this.fields.delete(id);
    }
    for (const id of Object.keys(set).slice(0, MOST)) this.row(id);
    for (const [id, field] of this.fields) field.show(set[id], []);
  }

  /** @param {string} id */
  row(id) {
    const about = this.model?.parameters.find((one) => one.id === id);
    if (!about || this.fields.has(id)) return;
    const drop = el("button", { type: "button", class: "quiet", "aria-label": `${id} as it was`, click: (/** @type {MouseEvent} */ event) => this.remove(id, event.timeStamp) }, "×");
    const field = new NumberField(id, { least: -1e15, most: 1e15, slider: false, changed: (value, input) => this.changed({ ...this.set, [id]: value }, input) }, drop);
    field.root.append(el("p", { class: "hint" }, `in ${unitText(about.unit) || "no unit"}, usual ${about.value === null ? "differs between people" : brief(about.value, 4)}, ${about.status}`));
    this.fields.set(id, field);
    this.rows.append(field.root);
  }
}

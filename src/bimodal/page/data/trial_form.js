// @ts-check
// The form of a study: who, which arms, what is read. Keys it has no field for stay as they are.
import { el } from "./dom.js";
import { freshId } from "./view_fields.js";

/**
 * @typedef {import("./trials_api.js").Study} Study
 * @typedef {import("./trials_api.js").Choices} Choices
 */

/** Read days as people write them: 7, 28; a decimal comma is no separator here. @param {string} text */
export function readDays(text) {
  return text.split(/[\s;,]+/).filter((part) => part !== "").map((part) => Number(part));
}

export class TrialForm {
  /** @param {(study: Study) => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Study} */
    this.study = { name: "", arm: [] };
    /** @type {Choices | null} */
    this.choices = null;
    this.root = el("form", { class: "trial-form", submit: (event) => event.preventDefault() });
  }

  /** Show a study. A form in which somebody is typing stays. @param {Study} study @param {Choices} choices */
  show(study, choices) {
    this.study = study;
    this.choices = choices;
    const { population = {} } = study;
    const people = this.number("Patients in each arm", population.patients, (patients) => this.put({ population: { ...this.study.population, patients } }), choices.limits.patients);
    this.root.replaceChildren(
      el("div", { class: "trial-row" },
        this.text("Name of the study", study.name, (name) => this.put({ name })),
        this.select("Model", study.model ?? "human", choices.models, (model) => this.put({ model })),
        this.select("Who", population.cohort ?? "", choices.cohorts, (cohort) => this.put({ population: { ...this.study.population, cohort } })),
        people),
      ...study.arm.map((arm, at) => this.arm(arm, at)),
      el("div", { class: "buttons" }, this.button("Add an arm", () => this.put({ arm: [...this.study.arm, { name: this.fresh(), drug: "aldesleukin", regimen: "1 MIU/m2 SC daily for 28 days" }] }, true))),
      el("fieldset", {}, el("legend", {}, "What is read"), ...(study.endpoint ?? []).map((endpoint, at) => this.endpoint(endpoint, at)),
        el("div", { class: "buttons" }, this.button("Add an endpoint", () => this.put({ endpoint: [...(this.study.endpoint ?? []), this.nextEndpoint()] }, true)))),
    );
  }

  /** @param {import("./trials_api.js").Arm} arm @param {number} at */
  arm(arm, at) {
    const put = (/** @type {Record<string, any>} */ part) => this.put({ arm: this.study.arm.map((one, i) => (i === at ? { ...one, ...part } : one)) });
    const own = Object.keys(arm).filter((key) => !["name", "drug", "regimen"].includes(key));
    return el("fieldset", {}, el("legend", {}, `Arm ${at + 1}`),
      el("div", { class: "trial-row" },
        this.text("Name", arm.name, (name) => put({ name })),
        this.select("Molecule", arm.drug ?? "", this.choices?.drugs ?? [], (drug) => put({ drug }))),
      this.text("Regimen", arm.regimen ?? "", (regimen) => put({ regimen })),
      own.length ? el("p", { class: "hint" }, `In the study file only: ${own.join(", ")}.`) : null,
      el("div", { class: "buttons" }, this.button("Remove", () => this.put({ arm: this.study.arm.filter((_, i) => i !== at) }, true), this.study.arm.length < 2, `Remove arm ${at + 1}`)));
  }

  /** @param {import("./trials_api.js").Endpoint} endpoint @param {number} at */
  endpoint(endpoint, at) {
    const all = this.study.endpoint ?? [], about = this.choices?.endpoints.find((one) => one.id === endpoint.id);
    const put = (/** @type {import("./trials_api.js").Endpoint} */ made) => this.put({ endpoint: all.map((one, i) => (i === at ? made : one)) }, made.id !== endpoint.id);
    const timed = about?.per === "time" || about?.per === "scan" || endpoint.days !== undefined;
    return el("div", { class: "trial-row" },
      this.select(`Endpoint ${at + 1}`, endpoint.id, (this.choices?.endpoints ?? []).map((one) => one.id), (id) => put(this.endpointOf(id, endpoint.days))),
      timed ? this.text(`Days of endpoint ${at + 1}`, (endpoint.days ?? []).join(", "), (text) => put({ ...endpoint, days: readDays(text) })) : null,
      this.button("Remove", () => this.put({ endpoint: all.filter((_, i) => i !== at) }, true), false, `Remove endpoint ${at + 1}`));
  }

  /** @param {string} id @param {number[]} [days] @returns {import("./trials_api.js").Endpoint} */
  endpointOf(id, days) {
    const per = this.choices?.endpoints.find((one) => one.id === id)?.per;
    return per === "time" || per === "scan" ? { id, days: days ?? [28] } : { id };
  }

  nextEndpoint() {
    const there = new Set((this.study.endpoint ?? []).map((one) => one.id));
    return this.endpointOf((this.choices?.endpoints ?? []).find((one) => one.per === "time" && !there.has(one.id))?.id ?? "treg_fold");
  }

  /** Name an arm as none is named yet. */
  fresh() {
    const names = new Set(this.study.arm.map((one) => one.name));
    let k = this.study.arm.length + 1;
    while (names.has(`arm ${k}`)) k++;
    return `arm ${k}`;
  }

  /** @param {Partial<Study>} part @param {boolean} [again] whether fields come or go */
  put(part, again = false) {
    this.study = { ...this.study, ...part };
    if (again && this.choices) this.show(this.study, this.choices);
    this.changed(this.study);
  }

  /** @param {string} label @param {string} value @param {(value: string) => void} changed */
  text(label, value, changed) {
    const id = freshId(), field = el("input", { type: "text", id, autocomplete: "off", spellcheck: "false" });
    field.value = value;
    field.addEventListener("input", () => changed(field.value));
    return el("div", { class: "field" }, el("label", { for: id }, label), field);
  }

  /** @param {string} label @param {number | undefined} value @param {(value: number) => void} changed @param {number} most */
  number(label, value, changed, most) {
    const id = freshId(), field = el("input", { type: "text", inputmode: "numeric", id, autocomplete: "off", class: "number", title: `at most ${most}` });
    field.value = String(value ?? 1000);
    field.addEventListener("input", () => changed(/^\d{1,9}$/.test(field.value.trim()) ? Number(field.value) : 0));
    return el("div", { class: "field" }, el("label", { for: id }, label), field);
  }

  /** @param {string} label @param {string} value @param {string[]} values @param {(value: string) => void} changed */
  select(label, value, values, changed) {
    const id = freshId(), field = el("select", { id }, ...[...(values.includes(value) ? [] : [value]), ...values].map((one) => el("option", { value: one }, one || "none")));
    field.value = value;
    field.addEventListener("change", () => changed(field.value));
    return el("div", { class: "field" }, el("label", { for: id }, label), field);
  }

  /** @param {string} words @param {() => void} act @param {boolean} [off] @param {string} [label] */
  button(words, act, off = false, label = words) {
    return el("button", { type: "button", click: act, disabled: off, "aria-label": label }, words);
  }
}

// @ts-check
// The treatment: molecule, regimen as sliders and as text (each follows the other), and who is treated.
import { cycleLines, expand, fromSliders, parseRegimen, regimenText, toSliders } from "./doses.js";
import { el } from "./dom.js";
import { rangeOf, worth } from "./dose_units.js";
import { unitText } from "./numbers.js";
import { Choice, NumberField, dropDown, freshId, roundValues } from "./view_fields.js";
import { oftenWords } from "./often_words.js";
import { complete } from "./state.js";
import { ParameterFields } from "./view_parameters.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Drug} Drug
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./doses.js").Sliders} Sliders
 */

const OFTEN_SC = ["once", "daily", "qod", "q3d", "tiw", "weekly", "q2w"], OFTEN_IV = ["once", "q8h", "q12h", "daily", "weekly"];
/** @type {Record<string, string>} */
const ROUTES = { sc: "under the skin (SC)", ip: "into the peritoneum (IP)", iv_bolus: "intravenous push", iv_infusion: "intravenous infusion" };
/** @type {Record<string, string>} */
const CLASSES = { native: "IL-2 itself", engineered: "Engineered IL-2", partner: "Other drugs", cells: "Cells" };
const WAIT_MS = 250;
const DAYS = [1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 35, 42, 56, 70, 84, 112, 140, 168, 224, 280, 364];
const COUNTS = Array.from({ length: 28 }, (_, i) => i + 1);

export class Treatment {
  /**
   * @param {Bundle} bundle
   * @param {(scenario: Scenario, input: number) => void} changed
   */
  constructor(bundle, changed) {
    this.bundle = bundle;
    this.changed = changed;
    this.scenario = complete(bundle, bundle.scenarios[0]);
    /** @type {Sliders | null} */
    this.sliders = null;
    this.timer = 0;
    this.drug = dropDown("Molecule", (value, input) => this.chooseDrug(value, input));
    this.who = dropDown("Who", (value, input) => this.chooseWho(value, input));
    this.units = el("select", { "aria-label": "Unit of the dose" });
    this.units.addEventListener("change", (event) => this.slide(this.inUnit(this.units.value), event.timeStamp));
    this.dose = new NumberField("Dose", { least: 0, most: 1e9, changed: (amount, input) => this.slide({ amount }, input), say: (value) => `${value} ${this.units.value}` }, this.units);
    this.often = new Choice("How often", (often, input) => this.slide(this.oftenAs(often), input));
    this.length = new NumberField("For", { least: 0, most: 3650, changed: (value, input) => this.slide(this.sliders?.count != null ? { count: Math.max(1, Math.round(value)) } : { days: value }, input) }, (this.lengthUnit = el("span", { class: "unit" }, "days")));
    this.route = dropDown("Given", (value, input) => this.slide(this.byRoute(value), input));
    this.minutes = new NumberField("Infused over", { least: 1, most: 100_000, slider: false, changed: (minutes, input) => this.slide({ minutes }, input) }, el("span", { class: "unit" }, "min"));
    this.courses = new NumberField("Courses", { least: 1, most: 60, whole: true, slider: false, changed: (courses, input) => this.slide({ courses, rest: this.sliders?.rest ?? (courses > 1 ? 14 : null) }, input) });
    this.rest = new NumberField("Rest between", { least: 0, most: 3650, slider: false, changed: (rest, input) => this.slide({ rest }, input) }, el("span", { class: "unit" }, "days"));
    this.follow = new NumberField("Followed for", { least: 0, most: 3650, slider: false, changed: (days, input) => this.give({ follow_up_days: days }, input) }, el("span", { class: "unit" }, "days"));
    this.until = new NumberField("Run until", { least: Number.MIN_VALUE, most: 1e9, slider: false, changed: (until, input) => this.give({ until }, input) }, (this.untilUnit = el("span", { class: "unit" })));
    this.parameters = new ParameterFields(bundle, (set, input) => this.give({ set }, input));
    this.rich = el("p", { class: "hint", hidden: true });
    this.presets = el("div", { class: "presets", role: "group", "aria-label": "Scenarios to start from" });
    this.text = this.textField();
    const more = el("details", { class: "more" }, el("summary", {}, "Route, courses, follow-up"), this.route.root, this.minutes.root, this.courses.root, this.rest.root, this.follow.root);
    this.regimenPart = el("div", { class: "regimen-part" }, this.dose.root, this.often.root, this.length.root, this.rich, this.text.root, more);
    this.root = el("form", { class: "treatment", "aria-label": "Treatment", submit: (/** @type {Event} */ event) => event.preventDefault() }, this.presets, this.drug.root, this.who.root, this.regimenPart, this.until.root, this.parameters.root);
  }

  textField() {
    const id = freshId(), note = freshId(), area = el("textarea", { id, rows: 2, spellcheck: "false", autocomplete: "off", autocapitalize: "off", maxlength: 2000, "aria-describedby": note });
    const says = el("div", { id: note, class: "reading", "aria-live": "polite" });
    area.addEventListener("input", (event) => {
      clearTimeout(this.timer);
      const input = event.timeStamp;
      this.timer = window.setTimeout(() => this.read(area.value, input), WAIT_MS);
    });
    area.addEventListener("blur", () => {
      if (area.getAttribute("aria-invalid") !== "true") this.show(this.scenario);
    });
    return { area, says, root: el("div", { class: "field" }, el("label", { for: id }, "The regimen in words"), area, says) };
  }

  /** @param {string} text @param {number} input */
  read(text, input) {
    try {
      const regimen = parseRegimen(text), schedule = expand(regimen);
      this.text.area.removeAttribute("aria-invalid");
      this.text.says.replaceChildren(...this.readBack(schedule));
      this.give({ regimen: text.trim() === "" ? "none" : text }, input);
    } catch (error) {
      this.text.area.setAttribute("aria-invalid", "true");
      this.text.says.replaceChildren(...faultLines(text, error));
    }
  }

  /** @param {import("./expand.js").Schedule} schedule */
  readBack(schedule) {
    const lines = cycleLines(schedule), shown = lines.length > 3 ? [...lines.slice(0, 2), `… ${lines.length - 3} more …`, lines[lines.length - 1]] : lines;
    const beside = (this.scenario.partner ?? []).map((one) => `Together with ${this.bundle.drugs.find((drug) => drug.id === one.drug)?.name ?? one.drug}: ${one.regimen}`);
    return [...shown, ...schedule.warnings, ...beside].map((line) => el("p", {}, line));
  }

  /** @returns {import("./bundle").Model} */
  get model() {
    return this.bundle.models.find((one) => one.id === this.scenario.model) ?? this.bundle.models[0];
  }

  /** @returns {Drug | undefined} */
  get molecule() {
    return this.bundle.drugs.find((one) => one.id === this.scenario.drug);
  }

  /** @param {Partial<Scenario>} part @param {number} input */
  give(part, input) {
    /** @type {Scenario} */
    const next = { ...this.scenario, ...part, name: "" };
    delete next.note;
    this.scenario = next;
    this.show(next);
    this.changed(next, input);
  }

  /** @param {Partial<Sliders> | null} part @param {number} input */
  slide(part, input) {
    if (!this.sliders || !part) return;
    try {
      const text = fromSliders({ ...this.sliders, ...part });
      parseRegimen(text);
      this.give({ regimen: text }, input);
    } catch (error) {
      this.text.says.replaceChildren(...faultLines(this.scenario.regimen, error));
    }
  }

  /** Keep the amount of substance when the unit changes; from one body size to another there is none to keep. @param {string} unit */
  inUnit(unit) {
    const drug = this.molecule, now = this.sliders;
    if (!drug || !now) return null;
    const [low, high] = rangeOf(drug, unit, 1), times = worth(drug, now.unit, unit);
    return { unit, amount: Number((times === null ? Math.sqrt(low * high) : now.amount * times).toPrecision(times === null ? 1 : 6)) };
  }

  /** @param {string} often @returns {Partial<Sliders>} */
  oftenAs(often) {
    const now = this.sliders;
    if (often === "once") return { often, days: null, count: null, courses: 1, rest: null };
    const counted = /^q\d+h$/.test(often);
    return { often, days: counted ? null : now?.days ?? 28, count: counted ? now?.count ?? 14 : null };
  }

  /** @param {string} route @returns {Partial<Sliders>} */
  byRoute(route) {
    return { route: /** @type {Sliders["route"]} */ (route), minutes: route === "iv_infusion" ? this.sliders?.minutes ?? 15 : null };
  }

  /** @param {string} id @param {number} input */
  chooseDrug(id, input) {
    const drug = this.bundle.drugs.find((one) => one.id === id), unit = this.sliders?.unit, keeps = drug && unit && drug.units.includes(unit) && this.scenario.regimen !== "none";
    this.give({ drug: id, regimen: keeps ? this.scenario.regimen : drug?.usual ?? "none" }, input);
  }

  /** @param {string} value @param {number} input */
  chooseWho(value, input) {
    const [place, cohort] = JSON.parse(value), model = this.bundle.models[place], drugs = Object.keys(model.drugs);
    const part = { model: model.id, cohort, ...(model.id === this.scenario.model ? {} : { set: {} }) };
    if (drugs.includes(this.scenario.drug) || !drugs.length) this.give(part, input);
    else this.give({ ...part, drug: drugs[0], regimen: this.bundle.drugs.find((one) => one.id === drugs[0])?.usual ?? "none" }, input);
  }

  /**
   * Show a scenario in every field; the one being typed in is left alone.
   * @param {Scenario} scenario
   */
  show(scenario) {
    this.scenario = scenario;
    const model = this.model, file = model.source === "file";
    this.showPresets();
    this.showChoices(file);
    this.regimenPart.hidden = file;
    this.until.root.hidden = !file;
    this.untilUnit.textContent = unitText(model.time_unit);
    if (file) this.until.show(scenario.until ?? model.until ?? 1, []);
    this.parameters.show(model, scenario.set ?? {}, file);
    if (!file) this.showRegimen();
  }

  showPresets() {
    const named = this.bundle.scenarios.slice(0, 6).map((one) => complete(this.bundle, one));
    if (!this.presets.childElementCount && named.length > 1) {
      this.presets.append(
        ...named.map((one) => el("button", { type: "button", click: (/** @type {MouseEvent} */ event) => this.start(one, event.timeStamp) }, el("b", {}, one.name), one.regimen === one.name ? null : el("small", {}, one.regimen))),
      );
    }
    [...this.presets.children].forEach((button, i) => button.setAttribute("aria-pressed", String(same(named[i], this.scenario))));
  }

  /** @param {Scenario} scenario @param {number} input */
  start(scenario, input) {
    this.scenario = scenario;
    this.text.area.removeAttribute("aria-invalid");
    this.show(scenario);
    this.changed(scenario, input);
  }

  /** @param {boolean} file */
  showChoices(file) {
    const { bundle, model, scenario } = this;
    /** @type {Record<string, [string, string][]>} */
    const groups = {}, cohorts = /** @type {Record<string, [string, string][]>} */ ({});
    for (const id of Object.keys(model.drugs ?? {})) {
      const drug = bundle.drugs.find((one) => one.id === id);
      if (drug) (groups[CLASSES[drug.class] ?? drug.class] ??= []).push([id, drug.name]);
    }
    bundle.models.forEach((one, place) => {
      for (const population of one.populations) (cohorts[one.title] ??= []).push([JSON.stringify([place, population.cohort]), population.label]);
    });
    this.drug.root.hidden = file;
    this.who.root.hidden = file || !Object.keys(cohorts).length;
    this.drug.show(groups, scenario.drug);
    this.who.show(cohorts, JSON.stringify([bundle.models.indexOf(model), scenario.cohort]));
  }

  showRegimen() {
    const { scenario, molecule, model } = this, { area, says } = this.text;
    let sliders = /** @type {Sliders | null} */ (null), problem = /** @type {unknown} */ (null);
    try {
      const regimen = parseRegimen(scenario.regimen);
      sliders = toSliders(scenario.regimen);
      if (document.activeElement !== area) area.value = regimenText(regimen);
      says.replaceChildren(...this.readBack(expand(regimen)));
      area.removeAttribute("aria-invalid");
    } catch (error) {
      problem = error;
      if (document.activeElement !== area) area.value = scenario.regimen;
      says.replaceChildren(...faultLines(scenario.regimen, error));
      area.setAttribute("aria-invalid", "true");
    }
    this.sliders = sliders;
    for (const part of [this.dose, this.often, this.length]) part.root.hidden = !sliders;
    this.rich.hidden = Boolean(sliders);
    this.rich.textContent = problem ? "" : scenario.regimen.trim() === "none" ? "Untreated: no dose is given." : "This regimen says more than sliders can. Edit its words below.";
    this.follow.show(scenario.follow_up_days ?? 28, []);
    if (!sliders || !molecule) return;
    const units = [...new Set([...molecule.units, sliders.unit])], range = rangeOf(molecule, sliders.unit, sliders.amount);
    this.units.replaceChildren(...units.map((unit) => el("option", { value: unit }, unitText(unit))));
    this.units.value = sliders.unit;
    this.dose.show(sliders.amount, withValue(roundValues(range[0], range[1]), sliders.amount));
    const often = sliders.route.startsWith("iv") ? OFTEN_IV : OFTEN_SC, now = sliders.often;
    this.often.show([...new Set([...often, now])].map((one) => [one, oftenWords(one)]), now);
    this.length.root.hidden = sliders.often === "once";
    const counted = sliders.count !== null;
    this.lengthUnit.textContent = counted ? (sliders.courses > 1 ? "doses a course" : "doses") : "days";
    this.length.show(counted ? sliders.count ?? 1 : sliders.days ?? 1, counted ? withValue(COUNTS, sliders.count ?? 1) : withValue(DAYS, sliders.days ?? 1));
    const ports = Object.keys(model.drugs[scenario.drug]?.ports ?? {});
    this.route.show({ "": ports.filter((one) => one in ROUTES).map((one) => [one, ROUTES[one]]) }, sliders.route);
    this.minutes.root.hidden = sliders.route !== "iv_infusion";
    this.minutes.show(sliders.minutes ?? 15, []);
    this.courses.root.hidden = sliders.often === "once";
    this.courses.show(sliders.courses, []);
    this.rest.root.hidden = sliders.courses < 2;
    this.rest.show(sliders.rest ?? 0, []);
  }
}

/** @param {number[]} values @param {number} value */
function withValue(values, value) {
  return values.includes(value) ? values : [...values, value].sort((a, b) => a - b);
}

/** @param {Scenario} a @param {Scenario} b */
function same(a, b) {
  return a.model === b.model && a.cohort === b.cohort && a.drug === b.drug && a.regimen === b.regimen && JSON.stringify(a.set ?? {}) === JSON.stringify(b.set ?? {});
}

/**
 * Say what is wrong with a regimen, with the place marked in its own words.
 * @param {string} text
 * @param {unknown} error
 */
function faultLines(text, error) {
  const { what, fix, at, message } = /** @type {{what?: string, fix?: string | null, at?: number, message?: string}} */ (error);
  const lines = [el("p", { class: "problem" }, `${what ?? message ?? "This was not understood"}.`)];
  if (typeof at === "number" && text) {
    const word = /^\S+/.exec(text.slice(at))?.[0] ?? "";
    lines.push(el("p", { class: "where" }, text.slice(Math.max(0, at - 24), at), el("mark", {}, word || "⌃"), text.slice(at + word.length, at + word.length + 24)));
  }
  if (fix) lines.push(el("p", {}, `${fix}.`));
  return lines;
}

// @ts-check
// Map: dose against interval, or dose against molecule; what each does to Treg, to effector signal and to NK.
import { HUES, hueOf } from "./chart_catalogue.js";
import { csvText, savePicture } from "./chart_export.js";
import { nameOfScenario, safely } from "./course.js";
import { gapDays, oftenWords } from "./often_words.js";
import { command, python } from "./desk.js";
import { fromSliders, parseRegimen, toSliders } from "./doses.js";
import { download, el } from "./dom.js";
import { rangeOf, usualUnit } from "./dose_units.js";
import { drawHeat } from "./chart_heat.js";
import { drawTrade } from "./chart_trade.js";
import { read } from "./observe.js";
import { warnings } from "./outside.js";
import { Treatment } from "./view_treatment.js";
import { CodeBox } from "./view_code.js";
import { NumberField, Choice, roundValues } from "./view_fields.js";
import { nameOf, valueText } from "./words.js";
import { brief, times, unitText } from "./numbers.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./view_explore.js").Context} Context
 * @typedef {{scenario: Scenario, inside: boolean, numbers: Record<string, number> | null, lost: boolean}} Field
 * @typedef {{key: string, name: string, fields: Field[]}} Row
 * @typedef {{rows: Row[], doses: number[], unit: string, measures: Measure[], key: string, days: number}} Grid
 * @typedef {{id: string, title: string, hue: string, low: number, high: number}} Measure
 */

const MOST_DOSES = 12;
const OFTEN_SC = ["daily", "qod", "q3d", "tiw", "weekly"], OFTEN_LONG = ["weekly", "q2w", "q3w", "q4w"];
const OFTEN_IV = ["q8h", "q12h", "daily"];
const COMMON_SYMBOL = "nmol IL-2", COMMON_UNIT = `${COMMON_SYMBOL}/kg`; // what every molecule of IL-2 can be given in

export class DoseMap {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    /** @type {Grid | null} */
    this.grid = null;
    this.frame = 0;
    this.sentence = el("p", { class: "headline" });
    this.notice = el("p", { class: "hint" });
    this.kind = new Choice("Compare", (value) => context.change({ map: value }));
    this.length = new NumberField("Dosing for", { least: 1, most: 364, slider: false, changed: (days, input) => this.lengthen(days, input) }, el("span", { class: "unit" }, "days"));
    this.treatment = new Treatment(context.bundle, (scenario, input) => context.change({ scenario }, input));
    this.pictures = el("div", { class: "maps" });
    this.code = new CodeBox();
    this.progress = el("progress", { max: 1, value: 0, "aria-label": "Scenarios simulated" });
    this.root = el("div", { class: "map stage" }, this.sentence, el("div", { class: "bar" }, this.treatment.drug.root, this.treatment.who.root, this.length.root, this.kind.root, el("div", { class: "field end" }, this.progress)), this.notice, this.pictures, this.code.root);
  }

  /** @param {number} days @param {number} input */
  lengthen(days, input) {
    const { scenario } = this.context.state(), now = slidersOf(this.context.bundle, scenario);
    if (now) this.context.change({ scenario: { ...scenario, name: "", regimen: fromSliders({ ...now, days, count: null }) } }, input);
  }

  update() {
    const { bundle, state } = this.context, { scenario, map } = state();
    this.treatment.show(scenario);
    const model = bundle.models.find((one) => one.id === scenario.model) ?? bundle.models[0];
    const molecules = moleculesOf(bundle, scenario);
    this.kind.show([["often", "dose × interval"], ...(molecules.length > 1 ? [/** @type {[string, string]} */ (["molecule", "dose × molecule"])] : [])], map);
    const grid = safely(() => (map === "molecule" && molecules.length > 1 ? byMolecule(bundle, scenario, molecules) : byInterval(bundle, scenario)), null);
    this.notice.hidden = false;
    if (!grid || model.source === "file") {
      this.grid = null;
      this.pictures.replaceChildren();
      this.sentence.textContent = "There is no map of this model: it has no doses to compare.";
      this.notice.hidden = this.code.root.hidden = true;
      return;
    }
    this.length.show(grid.days, []);
    if (this.grid?.key !== grid.key) this.solve(grid);
    this.draw();
    this.drawCode(grid);
  }

  /** @param {Grid} grid */
  solve(grid) {
    this.grid = grid;
    const { session, bundle } = this.context, wanted = () => this.grid === grid;
    for (const field of grid.rows.flatMap((row) => row.fields)) {
      const model = bundle.models.find((one) => one.id === field.scenario.model) ?? bundle.models[0];
      const question = { scenario: { ...field.scenario, follow_up_days: 7 }, who: [-1], rtol: bundle.rtol.drag, fine: true, days: [] };
      session.pool.ask(question, wanted).then(
        (answer) => {
          if (answer.statuses[0]) field.lost = true;
          else field.numbers = Object.fromEntries(grid.measures.map(({ id }) => [id, highest(read(bundle, model, { outputs: answer.outputs[0] }, id))]));
          this.soon();
        },
        () => {
          field.lost = true;
          this.soon();
        },
      );
    }
  }

  soon() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** @param {Scenario} scenario */
  open(scenario) {
    this.context.change({ scenario, tab: "explore" });
  }

  draw() {
    const { grid } = this;
    if (!grid) return;
    const { bundle } = this.context, fields = grid.rows.flatMap((row) => row.fields), done = fields.filter((one) => one.numbers || one.lost).length;
    this.progress.value = done / fields.length;
    this.progress.classList.toggle("unseen", done === fields.length);
    const words = sentence(bundle, grid);
    this.sentence.replaceChildren(...words.map(({ text, strong }) => (strong ? el("strong", {}, text) : text)));
    const outlined = fields.some((one) => one.inside);
    this.notice.textContent = `${outlined ? "Inside the outline: doses and courses like those the model was calibrated on. " : "No field lies within what the model was calibrated on. "}Typical patient, doses as planned, highest value of the course.`;
    const focused = document.activeElement?.closest("[data-place]")?.getAttribute("data-place");
    const heats = grid.measures.map((measure) => this.picture(measure.title, measure.id, (host) => drawHeat(host, grid, measure, { open: (scenario) => this.open(scenario), say: (value) => short(bundle, measure.id, value), words: (value) => valueText(bundle, measure.id, value) })));
    const trade = grid.measures.length > 1 ? [this.picture(`${grid.measures[0].title} against ${grid.measures[1].title}`, "trade", (host) => drawTrade(host, grid, { open: (scenario) => this.open(scenario), say: (id, value) => valueText(bundle, id, value) }))] : [];
    this.pictures.replaceChildren(...heats, ...trade);
    if (focused) /** @type {HTMLElement | null} */ (this.pictures.querySelector(`[data-place="${focused}"]`))?.focus();
  }

  /** @param {string} title @param {string} key @param {(host: HTMLElement) => void} drawIn */
  picture(title, key, drawIn) {
    const host = el("div", { class: "host" }), caption = () => ({ title, lines: [this.notice.textContent ?? ""], foot: `bimodal ${this.context.bundle.bimodal}. ${this.context.bundle.intended_use}` });
    const item = (/** @type {string} */ text, /** @type {() => void} */ act) => el("button", { type: "button", click: act }, text);
    const menu = el("details", { class: "menu" }, el("summary", { "aria-label": `Save ${title}` }, "Save"), el("div", {}, item("SVG", () => void savePicture(host, caption(), `bimodal-map-${key}`, "svg")), item("PNG", () => void savePicture(host, caption(), `bimodal-map-${key}`, "png")), item("CSV", () => this.saveRows())));
    drawIn(host);
    return el("figure", { class: "chart heat", "data-chart": key }, el("figcaption", {}, el("h2", {}, title), el("span", { class: "unit" }, key === "trade" ? "a line for each row, doses along it" : "highest, typical patient; choose a field to open it"), menu), host);
  }

  saveRows() {
    const { grid } = this;
    if (!grid) return;
    const rows = [["molecule", "regimen", "within calibration", ...grid.measures.map((one) => one.id)], ...grid.rows.flatMap((row) => row.fields.map((one) => [one.scenario.drug, one.scenario.regimen, one.inside ? "yes" : "no", ...grid.measures.map(({ id }) => one.numbers?.[id] ?? NaN)]))];
    download(new Blob([csvText(rows)], { type: "text/csv" }), "bimodal-map.csv");
  }

  /** @param {Grid} grid */
  drawCode(grid) {
    const { bundle, state } = this.context, { patients = 1, seed } = bundle.models.find((one) => one.id === state().scenario.model)?.populations[0] ?? {};
    const all = grid.rows.flatMap((row) => row.fields.map((one) => one.scenario)), how = { patients, seed, reportDays: [grid.days] };
    this.code.show(safely(() => command(bundle, all, how), ""), safely(() => python(bundle, all, how), ""));
  }
}

/** @param {Float64Array} y */
function highest(y) {
  return y.reduce((most, value) => (value > most ? value : most), -Infinity);
}

/** @param {Bundle} bundle @param {Scenario} scenario */
function slidersOf(bundle, scenario) {
  const usual = bundle.drugs.find((one) => one.id === scenario.drug)?.usual ?? "none";
  return safely(() => toSliders(scenario.regimen), null) ?? safely(() => toSliders(usual), null);
}

/** Molecules of the model that can be given as the scenario is, IL-2 and its engineered kin. @param {Bundle} bundle @param {Scenario} scenario */
function moleculesOf(bundle, scenario) {
  const model = bundle.models.find((one) => one.id === scenario.model) ?? bundle.models[0], route = slidersOf(bundle, scenario)?.route ?? "sc";
  return bundle.drugs.filter((drug) => (drug.class === "native" || drug.class === "engineered") && model.drugs[drug.id] && route in model.drugs[drug.id].ports && COMMON_SYMBOL in drug.nmol);
}

/** @param {Bundle} bundle @param {Scenario} scenario @returns {Measure[]} */
function measuresOf(bundle, scenario) {
  const model = bundle.models.find((one) => one.id === scenario.model) ?? bundle.models[0], has = (/** @type {string} */ id) => model.observables.includes(id);
  const hue = (/** @type {string} */ id) => hueOf(bundle.cells.find((cell) => id === `${cell.id}_fold` || id === `pstat5_${cell.id}`)?.colour ?? HUES[0]);
  /** @type {[string, string, number, number][]} */
  const wanted = [["treg_fold", "Treg gain", 1, 8], ["pstat5_cd8", "CD8 signal", 0.001, 1], ["nk_bright_fold", "", 1, 32]];
  const known = wanted.filter(([id]) => has(id)).map(([id, title, low, high]) => ({ id, title: title || `${nameOf(bundle, id)} gain`, hue: hue(id), low, high }));
  return known.length ? known : bundle.cells.filter((cell) => has(`${cell.id}_fold`)).slice(0, 3).map((cell) => ({ id: `${cell.id}_fold`, title: `${cell.label} gain`, hue: hueOf(cell.colour), low: 1, high: 8 }));
}

/** @param {Bundle} bundle @param {Scenario} scenario @param {string} drug @param {string} regimen @returns {Field} */
function fieldOf(bundle, scenario, drug, regimen) {
  const made = { ...scenario, name: "", drug, regimen };
  delete made.note;
  parseRegimen(regimen);
  const molecule = bundle.drugs.find((one) => one.id === drug), always = new Set(warnings(bundle, { ...made, regimen: "none" }));
  const inside = !molecule?.warnings.length && warnings(bundle, made).every((text) => always.has(text));
  return { scenario: made, inside, numbers: null, lost: false };
}

/** @param {Bundle} bundle @param {Scenario} scenario @returns {Grid | null} */
function byInterval(bundle, scenario) {
  const now = slidersOf(bundle, scenario), drug = bundle.drugs.find((one) => one.id === scenario.drug);
  if (!now || !drug) return null;
  const days = lengthOf(now), unit = usualUnit(drug, now.unit), doses = thinned(roundValues(...rangeOf(drug, unit, now.amount))), often = gapDays(now.often) > 7 ? OFTEN_LONG : now.route.startsWith("iv") ? OFTEN_IV : OFTEN_SC;
  const rows = often.map((one) => ({ key: one, name: oftenWords(one), fields: doses.map((amount) => fieldOf(bundle, scenario, drug.id, fromSliders({ ...now, amount, unit, often: one, days, count: null }))) }));
  return { rows, doses, unit, measures: measuresOf(bundle, scenario), days, key: JSON.stringify(rows.map((row) => [row.key, row.fields.map((one) => one.scenario)])) };
}

/** @param {Bundle} bundle @param {Scenario} scenario @param {import("./bundle").Drug[]} molecules @returns {Grid | null} */
function byMolecule(bundle, scenario, molecules) {
  const now = slidersOf(bundle, scenario);
  if (!now) return null;
  const days = lengthOf(now), doses = thinned(roundValues(0.03, 30)), often = now.often === "once" ? "daily" : now.often;
  const rows = molecules.map((drug) => ({ key: drug.id, name: drug.name.split(" (")[0], fields: doses.map((amount) => fieldOf(bundle, scenario, drug.id, fromSliders({ ...now, amount, unit: COMMON_UNIT, often, days, count: null }))) }));
  return { rows, doses, unit: COMMON_UNIT, measures: measuresOf(bundle, scenario), days, key: JSON.stringify(rows.map((row) => [row.key, row.fields.map((one) => one.scenario)])) };
}

/** @param {import("./doses.js").Sliders} sliders */
function lengthOf(sliders) {
  if (sliders.days !== null) return sliders.days;
  return Math.max(1, Math.ceil((sliders.count ?? 1) * gapDays(sliders.often)));
}

/** @param {number[]} values */
function thinned(values) {
  if (values.length <= MOST_DOSES) return values;
  return Array.from({ length: MOST_DOSES }, (_, i) => values[Math.round((i * (values.length - 1)) / (MOST_DOSES - 1))]);
}

/** @param {Bundle} bundle @param {string} id @param {number} value */
function short(bundle, id, value) {
  if (bundle.observables[id]?.kind === "fold") return value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
  return id.startsWith("pstat5_") ? (value < 0.001 ? "<0.1" : brief(100 * value, 2)) : brief(value, 2);
}

/** Say what the map shows, from its fields. @param {Bundle} bundle @param {Grid} grid @returns {import("./words.js").Words} */
function sentence(bundle, grid) {
  const known = grid.rows.flatMap((row) => row.fields.filter((one) => one.numbers).map((one) => ({ row, one })));
  if (known.length < 2) return [{ text: "Simulating the map…" }];
  const [gain, signal] = grid.measures, value = (/** @type {Field} */ one, /** @type {Measure} */ measure) => one.numbers?.[measure.id] ?? NaN;
  const top = known.reduce((a, b) => (value(b.one, gain) > value(a.one, gain) ? b : a)), words = /** @type {import("./words.js").Words} */ ([]);
  words.push({ text: "In these fields " }, { text: `${nameOf(bundle, gain.id)} ` }, { text: `gain from ${times(Math.min(...known.map(({ one }) => value(one, gain))))} to ` }, { text: times(value(top.one, gain)), strong: true }, { text: ` their own day 0; most at ${regimenOf(bundle, top.one)}. ` });
  if (signal) {
    const quiet = known.filter(({ one }) => value(one, signal) < 0.05);
    words.push({ text: `${quiet.length} of ${known.length} fields leave ${nameOf(bundle, signal.id)} below 5 % of its maximum` });
    const most = quiet.length ? quiet.reduce((a, b) => (value(b.one, gain) > value(a.one, gain) ? b : a)) : null;
    if (most) words.push({ text: "; among them the gain goes up to " }, { text: times(value(most.one, gain)), strong: true });
    words.push({ text: "." });
  }
  return words;
}

/** @param {Bundle} bundle @param {Field} field */
function regimenOf(bundle, field) {
  return unitText(nameOfScenario(bundle, field.scenario, field.scenario));
}

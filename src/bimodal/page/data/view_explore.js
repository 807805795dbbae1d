// @ts-check
// Explore: one scenario seen from every side, others held beside it.
import { Chart } from "./chart.js";
import { chartRows, csvText, saveChart } from "./chart_export.js";
import { chartData, chartsOf, windowOf } from "./chart_catalogue.js";
import { CodeBox } from "./view_code.js";
import { command, python } from "./desk.js";
import { coursesOf, daysOfDoses, endOf, nameOfScenario, safely } from "./course.js";
import { download, el } from "./dom.js";
import { dayText } from "./numbers.js";
import { warnings } from "./outside.js";
import { MOST_HELD } from "./state.js";
import { Choice, NumberField } from "./view_fields.js";
import { dayTable, heldTable } from "./view_numbers.js";
import { ofOneStudy, studyOf } from "./study_of.js";
import { Treatment } from "./view_treatment.js";
import { drawTiles } from "./view_tiles.js";
import { comparison, headline } from "./words.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./session.js").Result} Result
 * @typedef {import("./state.js").State} State
 * @typedef {object} Context
 * @property {Bundle} bundle
 * @property {import("./session.js").Session} session
 * @property {() => State} state
 * @property {(part: Partial<State>, input?: number | null) => void} change
 * @property {((study: string | import("./trials_api.js").Study) => void) | null} openStudy takes a study, or the name of a built-in one, to where it can be run; null where nothing runs it
 */

const PLANNED = "Doses as planned: rules that hold, change or stop doses run with bimodal on the desk.";

export class Explore {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    const { bundle } = context;
    /** @type {Result | null} */
    this.result = null;
    /** @type {Result[]} */
    this.held = [];
    /** @type {Map<string, {chart: Chart, spec: import("./chart_catalogue.js").Spec}>} */
    this.charts = new Map();
    this.drawnModel = "";
    /** @type {number | null} */
    this.readDay = null;
    this.treatment = new Treatment(bundle, (scenario, input) => context.change({ scenario }, input));
    this.status = el("p", { class: "status" });
    this.sentence = el("p", { class: "headline" });
    this.spoken = el("p", { class: "unseen", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "note", hidden: true });
    this.planned = el("p", { class: "hint planned" });
    this.tiles = el("div", { class: "tiles" });
    this.grid = el("div", { class: "charts" });
    this.legend = el("p", { class: "legend", hidden: true });
    this.compare = el("div", { class: "comparison", hidden: true });
    this.numbers = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Numbers at the days reported" });
    this.tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.hold = el("button", { type: "button", click: () => this.holdNow() }, "Hold for comparison");
    this.read = new Choice("Read", (value) => {
      this.readDay = value === "extreme" ? null : Number(value);
      this.draw();
    });
    this.span = new Choice("Draw", (value) => context.change({ span: /** @type {import("./state.js").Span} */ (value) }));
    this.band = new Choice("Bands", (value) => context.change({ band: /** @type {import("./state.js").Band} */ (value) }));
    this.above = new NumberField("Count above", { least: 0, most: 1e6, slider: false, changed: (value) => context.change({ above: value }) }, el("span", { class: "unit" }, "× own day 0"));
    this.days = this.daysField();
    this.code = new CodeBox();
    const side = el("aside", { "aria-label": "Treatment" }, this.treatment.root, this.status);
    this.many = el("button", { type: "button", hidden: !context.openStudy, click: () => this.runMany() }, `${(1000).toLocaleString("en")} on the server`);
    const bar = el("div", { class: "bar" }, this.read.root, this.span.root, this.band.root, this.above.root, el("div", { class: "field end" }, this.many, this.hold));
    const stage = el("div", { class: "stage" }, this.sentence, this.spoken, this.notice, this.tiles, bar, this.legend, this.grid, this.planned, this.compare, (this.reported = el("section", { class: "reported" }, this.days.root, this.numbers)), this.code.root);
    this.root = el("div", { class: "explore" }, side, stage, this.tip);
  }

  daysField() {
    const field = el("input", { type: "text", autocomplete: "off", class: "number wide", inputmode: "text" }), label = el("label", {}, "Report days ", field), problem = el("p", { class: "problem", role: "alert" });
    field.addEventListener("change", () => {
      const days = field.value.split(/[\s;,]+/).filter(Boolean).map(Number), fine = days.length > 0 && days.length <= 6 && days.every((day) => day >= 0 && day <= 36500);
      problem.textContent = fine ? "" : "One to six days, such as 7, 28, 56; part of a day with a point, such as 0.5.";
      if (fine) this.context.change({ days: [...new Set(days)].sort((a, b) => a - b) });
    });
    return { field, root: el("div", { class: "field days" }, label, problem) };
  }

  /** Simulate and show what the state says. @param {number | null} input */
  update(input) {
    const { session, state } = this.context, { scenario, held, days, band } = state();
    session.band = band;
    this.held = session.hold(held, days);
    this.treatment.show(scenario);
    this.result = session.show(scenario, days, input);
    this.drawBar();
    this.drawStatus(this.result);
    this.drawWords();
  }

  /** @param {Result} result */
  arrived(result) {
    if (result === this.result || this.held.includes(result)) this.draw();
  }

  /** Take what is shown, and what is held of the same people, to the server as a study. */
  runMany() {
    const { bundle, state, openStudy } = this.context, { scenario, held, days } = state();
    openStudy?.(studyOf(bundle, ofOneStudy(scenario, held), days));
  }

  drawBar() {
    const { days, span, above, band } = this.context.state(), sets = this.result?.population?.sets;
    const file = this.result?.model.source === "file";
    if (this.context.openStudy) this.many.hidden = Boolean(file);
    for (const part of [this.read.root, this.span.root, this.above.root, this.reported]) part.hidden = Boolean(file); // a foreign model has neither days nor own day 0
    this.band.root.hidden = !sets;
    this.band.show([["patients", "5–95 % of patients"], ["sets", sets ? `${sets.count} parameter sets` : ""]], band);
    if (this.readDay !== null && !days.includes(this.readDay)) this.readDay = null;
    this.read.show([["extreme", "highest"], ...days.slice(0, 4).map((day) => /** @type {[string, string]} */ ([String(day), `day ${dayText(day)}`]))], this.readDay === null ? "extreme" : String(this.readDay));
    this.span.show([["all", "all"], ["first", "first week"], ["last", "last doses"]], span);
    this.above.show(above, []);
    if (document.activeElement !== this.days.field) this.days.field.value = days.join(", ");
  }

  /** What follows from the scenario alone, before anything is solved. */
  drawWords() {
    const { bundle, state } = this.context, { scenario, held, days } = state();
    const outside = safely(() => warnings(bundle, scenario), []);
    this.outside = outside;
    this.notice.hidden = !outside.length;
    this.notice.replaceChildren(...notice(outside));
    const all = ofOneStudy(scenario, held), { patients = 1, seed } = this.result?.population ?? {};
    const how = { patients, seed, reportDays: days };
    this.code.show(safely(() => command(bundle, all, how), ""), safely(() => python(bundle, all, how), ""));
  }

  draw() {
    const { result } = this, { bundle, state } = this.context;
    if (!result) return;
    this.drawBar();
    this.drawStatus(result);
    const words = result.typical || result.problem ? headline(bundle, result) : [{ text: "Simulating…" }];
    this.sentence.replaceChildren(...words.map(({ text, strong }) => (strong ? el("strong", {}, text) : text)));
    if (this.outside?.length) this.sentence.append(el("span", { class: "tag" }, "outside the calibration"));
    if (result.complete || result.problem) this.spoken.textContent = this.sentence.textContent;
    this.root.classList.toggle("broken", Boolean(result.problem));
    this.planned.textContent = result.model.source === "file" ? "" : `Lines: typical patient. Bands: ${this.bandWords(result)}. ${result.scenario.note ? `${result.scenario.note}.` : PLANNED}`;
    if (!result.typical) return;
    drawTiles(this.tiles, bundle, result, { day: this.readDay, above: state().above });
    this.drawCharts(result);
    const moving = !result.exact; // tables wait for rest, so that a move reaches the charts sooner
    const partly = [result, ...this.held].some((one) => one.population && !one.complete && !one.problem); // some people against all would be no pairs
    this.numbers.classList.toggle("stale", moving);
    this.compare.classList.toggle("stale", moving || partly);
    if (!(moving || partly) || this.compare.hidden || this.compare.childElementCount !== state().held.length) this.drawHeld(result);
    if (!moving || !this.numbers.childElementCount) this.numbers.replaceChildren(dayTable(bundle, result, state().days));
  }

  /** @param {Result} result */
  drawStatus(result) {
    const { crowd, population } = result, kind = population?.kind === "parameter sets" ? "parameter sets" : "virtual patients";
    const who = result.model.source === "file" ? "Solved" : "Typical patient", typical = result.typical ? `${who}: ${result.ms.toFixed(0)} ms, ${result.exact ? "exact" : "while you move"}.` : "";
    const others = !population ? "" : crowd ? ` ${crowd.done} of ${population.patients} ${kind}${crowd.failed ? `, ${crowd.failed} failed` : ""}: ${(crowd.ms / 1000).toFixed(1)} s.` : ` ${population.patients} ${kind} follow.`;
    this.status.textContent = typical + others;
    this.status.dataset.state = result.complete && result.exact ? "complete" : "under way";
  }

  /** @param {Result} result */
  drawCharts(result) {
    const { bundle, state } = this.context, { span, above } = state(), band = this.bandOf(result);
    if (this.drawnModel !== result.model.id) this.makeCharts(result.model);
    const doses = daysOfDoses(result), end = endOf(result), window = windowOf(span, end, doses);
    const courses = coursesOf(doses), held = this.held.filter((one) => one.typical && one.model.id === result.model.id && one.key !== result.key);
    for (const { chart, spec } of this.charts.values()) {
      chart.set(chartData(bundle, spec, { result, held, window, doses, courses, dosesOf: daysOfDoses, pixels: chart.right - chart.left || 300, waiting: !result[band] && Boolean(result.population), band, line: spec.key === "cells" ? above : null }));
    }
  }

  /** @param {Result} result @returns {"crowd" | "sets"} */
  bandOf(result) {
    return this.context.state().band === "sets" && result.population?.sets ? "sets" : "crowd";
  }

  /** @param {import("./bundle").Model} model */
  makeCharts(model) {
    this.drawnModel = model.id;
    this.charts.clear();
    this.grid.replaceChildren();
    for (const spec of chartsOf(this.context.bundle, model)) {
      const menu = this.chartMenu(spec), figure = el("figure", { class: `chart${spec.wide ? " wide" : ""}`, "data-chart": spec.key }, el("figcaption", {}, el("h2", {}, spec.title), el("span", { class: "unit" }, spec.unit), menu)), host = el("div", { class: "host" });
      figure.append(host);
      this.grid.append(figure);
      this.charts.set(spec.key, { spec, chart: new Chart(host, { title: spec.title, unit: spec.unit, kind: spec.kind, floor: spec.floor, say: spec.say, xName: model.source === "file" ? "time" : undefined, onRead: (day, chart, event) => this.point(day, chart, event) }) });
    }
  }

  /** @param {import("./chart_catalogue.js").Spec} spec */
  chartMenu(spec) {
    const name = () => `bimodal-${spec.key}-${this.result?.scenario.drug || this.result?.model.id || "model"}`.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 80);
    const found = () => /** @type {{chart: Chart}} */ (this.charts.get(spec.key)).chart;
    const close = (/** @type {Event} */ event) => /** @type {HTMLElement} */ (event.target).closest("details")?.removeAttribute("open");
    const item = (/** @type {string} */ text, /** @type {() => void} */ act) => el("button", { type: "button", click: (/** @type {Event} */ event) => (act(), close(event)) }, text);
    return el(
      "details",
      { class: "menu" },
      el("summary", { "aria-label": `Save ${spec.title}` }, "Save"),
      el(
        "div",
        {},
        item("SVG", () => void saveChart(found(), this.caption(spec), name(), "svg")),
        item("PNG", () => void saveChart(found(), this.caption(spec), name(), "png")),
        item("CSV", () => download(new Blob([csvText(chartRows(/** @type {import("./chart.js").ChartData} */ (found().data)))], { type: "text/csv" }), `${name()}.csv`)),
      ),
    );
  }

  /** @param {import("./chart_catalogue.js").Spec} spec @returns {import("./chart_export.js").Caption} */
  caption(spec) {
    const { bundle } = this.context, result = /** @type {Result} */ (this.result), drug = bundle.drugs.find((one) => one.id === result.scenario.drug);
    const what = result.model.source === "file" ? result.model.title : `${drug?.name ?? ""}: ${result.scenario.regimen}; ${result.population?.label ?? ""}`;
    const band = result[this.bandOf(result)] && spec.spreads ? `line: typical patient; band: ${this.bandWords(result)}` : "typical patient";
    const lines = [what.slice(0, 280), `${spec.unit ? `${spec.unit}; ` : ""}${band}; doses as planned`];
    if (this.outside?.length) lines.push("Outside what the model was calibrated on.");
    return { title: spec.title, lines, foot: `bimodal ${bundle.bimodal}. ${bundle.intended_use}` };
  }

  /** @param {Result} result */
  bandWords(result) {
    const of = this.bandOf(result), crowd = result[of], known = crowd ? crowd.done - crowd.failed : 0;
    if (of === "sets") return result.population?.sets?.words ?? "";
    return `5–95 % of ${crowd ? known : result.population?.patients} virtual ${result.population?.kind === "parameter sets" ? "parameter sets" : "patients"}`;
  }

  /** @param {number | null} day @param {Chart} chart @param {PointerEvent} [event] */
  point(day, chart, event) {
    for (const one of this.charts.values()) one.chart.cursor(day);
    this.tip.hidden = day === null || !event;
    if (day === null || !event) return;
    const unit = this.result?.model.time_unit === "h" ? "Day" : "Time";
    this.tip.replaceChildren(el("p", {}, `${unit} ${dayText(day)}`), ...chart.rows(day).map((row) => el("p", { class: `hue-${row.hue}` }, el("i"), el("span", {}, row.name), el("b", {}, row.text))));
    const box = this.tip.getBoundingClientRect(), left = event.clientX + 16 + box.width > innerWidth ? event.clientX - 16 - box.width : event.clientX + 16;
    this.tip.style.left = `${Math.max(4, left)}px`;
    this.tip.style.top = `${Math.max(4, Math.min(event.clientY + 12, innerHeight - box.height - 8))}px`;
  }

  holdNow() {
    const { scenario, held } = this.context.state();
    this.context.change({ held: [...held, scenario].slice(-MOST_HELD) });
  }

  /** @param {number} place */
  release(place) {
    this.context.change({ held: this.context.state().held.filter((_, i) => i !== place) });
    this.hold.focus();
  }

  /** @param {Result} result */
  drawHeld(result) {
    const { bundle, state } = this.context, { above, held } = state();
    this.hold.toggleAttribute("disabled", held.length >= MOST_HELD || this.held.includes(result));
    this.compare.hidden = this.legend.hidden = !held.length;
    if (!held.length) return;
    const lead = result.model.observables.find((id) => bundle.cells.some((cell) => cell.marked && id === `${cell.id}_fold`)) ?? result.model.observables[0];
    const drawn = this.held.map((one, i) => ({ one, place: i + 1, name: nameOfScenario(bundle, held[i], result.scenario) })).filter(({ one }) => one.model.id === result.model.id && one.key !== result.key);
    this.legend.replaceChildren(key("solid", "now"), ...drawn.map(({ place, name }) => key(`held-${place}`, name)));
    this.compare.replaceChildren(
      ...this.held.map((one, i) => {
        const scenario = held[i], name = nameOfScenario(bundle, scenario, result.scenario), place = i + 1;
        const buttons = el("div", { class: "buttons" }, el("button", { type: "button", click: () => this.context.change({ scenario }) }, "Open"), el("button", { type: "button", click: () => this.release(i) }, "Release"));
        if (one.problem) return el("section", {}, el("p", { class: "problem" }, `${name}: ${one.problem}`), buttons);
        if (one.key === result.key) return el("section", {}, el("p", {}, el("i", { class: `dash held-${place}`, "aria-hidden": "true" }), `“${name}” is held. Change the treatment to compare.`), buttons);
        const words = comparison(bundle, result, one, `“${name}”`, lead);
        return el("section", {}, el("p", {}, ...words.map(({ text, strong }) => (strong ? el("strong", {}, text) : text))), buttons, result.population && el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Differences from ${name}` }, heldTable(bundle, result, one, { name, place, day: this.readDay, above })));
      }),
    );
  }
}

/** @param {string[]} outside */
function notice(outside) {
  if (!outside.length) return [];
  const lines = outside.map((text) => el("p", {}, `${text[0].toUpperCase()}${text.slice(1)}.`)), head = el("h2", {}, "Outside what the model was calibrated on");
  return lines.length <= 2 ? [head, ...lines] : [head, lines[0], el("details", {}, el("summary", {}, `${lines.length - 1} more`), ...lines.slice(1))];
}

/** @param {string} look @param {string} name */
function key(look, name) {
  return el("span", {}, el("i", { class: `dash ${look}`, "aria-hidden": "true" }), name);
}

// @ts-check
// Molecules: up to three beside each other at one regimen, one of them the reader's own, from affinities to cells.
import { Chart } from "./chart.js";
import { chartRows, saveChart, savePicture } from "./chart_export.js";
import { chartData, ec50Of, hueOf, windowOf } from "./chart_catalogue.js";
import { drawDots } from "./chart_dots.js";
import { chartFigure } from "./chart_figure.js";
import { coursesOf, daysOfDoses, endOf, safely } from "./course.js";
import { parseRegimen } from "./doses.js";
import { download, el } from "./dom.js";
import { equalExposure } from "./exposure.js";
import { MINE, withMade } from "./made.js";
import { byLaw, faultsOf, openFile, MOST_LETTERS } from "./molecule_file.js";
import { makeMolecule } from "./molecule_made.js";
import { compareCommand, comparePython, relativeTo, usualRegimen, withCommon, COMMON } from "./molecule_words.js";
import { chartsBeside, compareTable, headlineOf } from "./molecule_charts.js";
import { brief, dayText } from "./numbers.js";
import { Session } from "./session.js";
import { fitsLink } from "./state.js";
import { writeToml } from "./toml.js";
import { unpackBytes, unpackFloats } from "./unpack.js";
import { CodeBox } from "./view_code.js";
import { Choice, dropDown, freshId } from "./view_fields.js";
import { MoleculeNumbers } from "./view_molecule_numbers.js";
import { Treatment } from "./view_treatment.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Made} Made
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./state.js").MoleculesState} MoleculesState
 * @typedef {import("./session.js").Result} Result
 * @typedef {import("./molecule_file.js").Content} Content
 * @typedef {import("./view_explore.js").Context} Context
 * @typedef {{id: string, name: string, hue: string, content: Content | null, drug: import("./bundle").Drug | null, made?: Made, problem: string, scenario: Scenario | null, factor: number, result: Result | null, ec50: Record<string, number | null> | null}} Entry one molecule of the view
 */

const COLOURS = ["blue", "vermilion", "green"], NONE = "", WAIT = "Simulating…", NOT_TAKEN = "Not taken: your molecule is as it was.";

/** How the page gets this view. */
export const moleculesTab = { name: "molecules", words: "Molecules", make: (/** @type {Context} */ context) => new Molecules(context) };

export class Molecules {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    const { bundle, session } = context;
    /** @type {import("./bundle").Workbench | null} once it is unpacked */
    this.bench = null;
    this.session = new Session(bundle, session.pool, () => this.soon());
    /** @type {Map<string, Float64Array>} */
    this.normals = new Map();
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Map<string, Record<string, number | null> | string>} EC50 by binding; a text says why there is none */
    this.halves = new Map();
    /** @type {Map<string, {factor: number, regimen: string} | string | null>} */
    this.scaled = new Map();
    /** @type {{text: string, content: Content | null, base: string, problem: string}} */
    this.own = { text: "", content: null, base: "", problem: "" };
    /** @type {import("./molecule_file.js").Fault[]} of the last change, which was not taken */
    this.faults = [];
    /** @type {Map<string, {chart: Chart, spec: import("./molecule_charts.js").Spec, titled: (title: string) => void}>} */
    this.charts = new Map();
    /** @type {HTMLElement | null} */
    this.dishHost = null;
    /** @type {Promise<void> | null} */
    this.unpacking = null;
    this.frame = 0;
    this.shown = false;
    this.drawnCharts = "";
    this.root = el("div", { class: "explore beside" });
    this.parts = el("div", { class: "parts" });
    if (!bundle.workbench) this.parts.append(el("p", { class: "headline" }, "This page carries no molecules to change."));
  }

  /** @param {import("./bundle").Workbench} bench */
  build(bench) {
    const { context } = this;
    this.treatment = new Treatment(context.bundle, (scenario, input) => this.treat(scenario, input));
    this.treatment.presets.remove();
    this.treatment.drug.root.remove();
    this.choices = ["First molecule", "Beside it", "And beside it"].map((label, place) => dropDown(label, (id) => this.choose(place, id)));
    this.base = dropDown("A molecule of your own begins as a copy of", () => {});
    const file = el("input", { type: "file", accept: ".toml", class: "unseen", id: freshId(), tabindex: -1, "aria-hidden": "true" });
    file.addEventListener("change", () => void this.open(file));
    const begin = el("button", { type: "button", click: () => this.begin(this.base?.select.value ?? "") }, "Begin"), opener = el("button", { type: "button", click: () => file.click() }, "Open a drug file");
    this.fileProblem = el("div", { class: "problem", role: "alert" });
    this.sentence = el("p", { class: "headline" });
    this.spoken = el("p", { class: "unseen", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "note", hidden: true });
    this.status = el("p", { class: "status molecules-status" });
    this.cell = new Choice("Beside Treg", (cell) => this.give({ cell }));
    this.equal = new Choice("Doses", (equal) => this.give({ equal }));
    this.grid = el("div", { class: "charts" });
    this.planned = el("p", { class: "hint planned" });
    this.table = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Results of the molecules" });
    this.numbers = new MoleculeNumbers(bench, { edit: (content) => this.edit(content), begin: (id) => this.begin(id) });
    this.ownPart = this.ownFields();
    this.code = new CodeBox();
    const aside = el("aside", { "aria-label": "Molecules and treatment" }, el("div", { class: "treatment" }, ...this.choices.map((one) => one.root)), el("div", { class: "own" }, this.base.root, el("div", { class: "buttons" }, begin, opener, file), this.fileProblem), this.treatment.root, this.status);
    const stage = el("div", { class: "stage" }, this.sentence, this.spoken, this.notice, el("div", { class: "bar" }, this.cell.root, this.equal.root), this.grid, this.planned, this.ownPart.root, this.numbers.root, this.table, this.code.root);
    this.parts.append(aside, stage);
    stage.addEventListener("dragover", (event) => event.preventDefault());
    stage.addEventListener("drop", (event) => {
      event.preventDefault();
      const [dropped] = event.dataTransfer?.files ?? [];
      if (dropped) void this.read(dropped);
    });
  }

  /** Name and id of the reader's molecule, and what can be done with it. */
  ownFields() {
    const [nameId, idId] = [freshId(), freshId()], name = el("input", { type: "text", id: nameId, maxlength: 200, autocomplete: "off" }), id = el("input", { type: "text", id: idId, maxlength: 64, autocomplete: "off", spellcheck: "false" });
    const put = (/** @type {string} */ key, /** @type {HTMLInputElement} */ input) => input.addEventListener("change", () => this.own.content && this.edit({ ...this.own.content, [key]: input.value.trim() }));
    put("name", name);
    put("id", id);
    const save = el("button", { type: "button", class: "primary", click: () => this.save() }, "Save as drug file"), drop = el("button", { type: "button", click: () => this.give({ mine: "", shown: this.shownNow().filter((one) => one !== MINE) }) }, "Discard it");
    const link = el("p", { class: "hint" });
    const root = el("section", { class: "own-molecule", "aria-label": "Name and file of your molecule" }, el("div", { class: "entries" }, el("label", { for: nameId }, "Your molecule"), name, el("label", { for: idId }, "id"), id, save, drop), link);
    return { root, name, id, link };
  }

  /** @param {boolean} shown */
  update(shown) {
    if (shown !== this.shown) {
      this.shown = shown;
      // a form that is not shown has no place in the page: its labels would be those of another view's fields
      const [from, to] = shown ? [this.parts, this.root] : [this.root, this.parts];
      to.append(...from.childNodes);
    }
    const { workbench } = this.context.bundle;
    if (this.shown && this.bench) this.refresh();
    else if (workbench && shown) this.unpacking ??= this.unpack(workbench.packed);
  }

  /** @param {string} packed */
  async unpack(packed) {
    const { bundle } = this.context, text = new TextDecoder().decode(await unpackBytes(packed));
    for (const model of bundle.models) {
      for (const one of model.populations) if (one.drug_normals) this.normals.set(`${model.id} ${one.cohort}`, await unpackFloats(one.drug_normals));
    }
    this.bench = JSON.parse(text);
    this.build(/** @type {import("./bundle").Workbench} */ (this.bench));
    if (!this.shown) return;
    this.root.append(...this.parts.childNodes);
    this.refresh();
  }

  get files() {
    return this.bench?.files ?? {};
  }

  get dish() {
    return this.context.bundle.workbench?.dish ?? null;
  }

  /** @param {Partial<MoleculesState>} part @param {number | null} [input] */
  give(part, input = null) {
    const { change, state } = this.context;
    change({ molecules: { ...state().molecules, ...part } }, input);
  }

  /** @param {Scenario} next what the form says, of the molecule that stands for all @param {number} input */
  treat(next, input) {
    const { state, change, bundle } = this.context, { scenario, molecules } = state(), model = modelOf(bundle, next.model);
    /** @type {Scenario} */
    const shared = { ...scenario, name: "", model: next.model, cohort: next.cohort };
    for (const key of /** @type {const} */ (["follow_up_days", "set"])) next[key] === undefined ? delete shared[key] : Object.assign(shared, { [key]: next[key] });
    delete shared.note;
    if (!(shared.drug in model.drugs)) Object.assign(shared, { drug: Object.keys(model.drugs)[0], regimen: bundle.drugs.find((one) => one.id === Object.keys(model.drugs)[0])?.usual ?? "none" });
    change({ scenario: shared, molecules: { ...molecules, regimen: next.regimen } }, input);
  }

  /** The molecules shown: as asked, else the first engineered one beside native IL-2. */
  shownNow() {
    const { bundle, state } = this.context, { molecules, scenario } = state(), model = modelOf(bundle, scenario.model), can = bundle.drugs.filter((one) => isBound(one) && one.id in model.drugs).map((one) => one.id);
    const asked = molecules.shown.filter((one) => (one === MINE ? molecules.mine : can.includes(one)));
    if (asked.length) return asked;
    const first = bundle.drugs.find((one) => can.includes(one.id) && one.class === "engineered" && one.warnings.length < 3)?.id, native = bundle.drugs.find((one) => can.includes(one.id) && one.class === "native")?.id;
    return [...new Set([...(molecules.mine ? [MINE] : []), ...(first ? [first] : []), ...(native ? [native] : [])])].slice(0, molecules.mine ? 3 : 2);
  }

  /** @param {number} place @param {string} id */
  choose(place, id) {
    const shown = this.shownNow();
    if (id === NONE) shown.splice(place, 1);
    else {
      const there = shown.indexOf(id);
      if (there >= 0 && there !== place) shown[there] = shown[place] ?? id;
      shown[place] = id;
    }
    const next = [...new Set(shown.filter(Boolean))];
    if (id === MINE && !this.context.state().molecules.mine) this.begin(next.find((one) => one !== MINE) ?? "", next);
    else this.give({ shown: next });
  }

  /** Begin a molecule of the reader's as a copy. @param {string} id @param {string[]} [shown] */
  begin(id, shown) {
    const from = this.files[id];
    if (!from) return;
    const content = { ...structuredClone(from), id: "mine", name: `My ${String(from.name).split(" (")[0]}`.slice(0, 200) };
    const others = (shown ?? this.shownNow()).filter((one) => one !== MINE && one !== NONE), beside = [MINE, ...others.filter((one) => one === id), ...others.filter((one) => one !== id)].slice(0, 3);
    this.keep(content, id, { shown: shown ? [...new Set(shown)] : beside });
  }

  /** @param {Content} content @param {string} base @param {Partial<MoleculesState>} [more] */
  keep(content, base, more = {}) {
    const text = writeToml(relativeTo(content, base, this.files));
    this.own = { text, content, base, problem: "" };
    this.faults = [];
    this.say("");
    this.give({ mine: text, ...more });
  }

  /** Take a change where the desk would take the file; else say why not, and change nothing. @param {Content} content */
  edit(content) {
    const faults = this.bench ? faultsOf(this.bench, content) : [];
    if (faults.length) {
      this.faults = faults;
      this.numbers?.say(faults);
      if (this.ownPart) this.ownPart.link.textContent = NOT_TAKEN;
    } else this.keep(content, this.own.base);
  }

  /** @param {HTMLInputElement} input */
  async open(input) {
    const [file] = input.files ?? [];
    if (file) await this.read(file);
    input.value = "";
  }

  /** @param {File} file */
  async read(file) {
    try {
      if (file.size > MOST_LETTERS) throw new Error("it is larger than 100 kB, which no drug file is");
      const content = openFile(await file.text(), this.files), faults = this.bench ? faultsOf(this.bench, content) : [];
      if (faults.length) throw new Error(faults.slice(0, 4).map((one) => `${one.key}: ${one.says}`).join("; "));
      const shown = this.shownNow();
      this.keep(content, "", { shown: shown.includes(MINE) ? shown : [MINE, ...shown].slice(0, 3) });
    } catch (fault) {
      this.say(`“${file.name.slice(0, 60)}” was not taken: ${fault instanceof Error ? fault.message : "it cannot be read"}.`);
    }
  }

  /** @param {string} words */
  say(words) {
    if (this.fileProblem) this.fileProblem.textContent = words;
  }

  save() {
    const { content } = this.own;
    if (content) download(new Blob([writeToml(content, `Written by bimodal ${this.context.bundle.bimodal}, page Molecules. ${this.context.bundle.intended_use}`.replaceAll("\n", " "))], { type: "application/toml" }), `${content.id}.toml`);
  }

  /** Read the molecule of the state, which a link may have brought. @param {string} text */
  readOwn(text) {
    if (text === this.own.text) return;
    this.own = { text, content: null, base: "", problem: "" };
    this.faults = [];
    if (!text || !this.bench) return;
    try {
      const base = /^base = "([a-z0-9_-]+)"$/m.exec(text)?.[1] ?? "", content = openFile(text, this.files), faults = faultsOf(this.bench, content);
      if (faults.length) throw new Error(`${faults[0].key}: ${faults[0].says}`);
      Object.assign(this.own, { content, base });
    } catch (fault) {
      this.own.problem = `The molecule of this link was not taken: ${fault instanceof Error ? fault.message : "it cannot be read"}.`;
    }
  }

  refresh() {
    const { bundle, state } = this.context, { scenario, molecules, days } = state(), model = modelOf(bundle, scenario.model);
    this.readOwn(molecules.mine);
    if (this.own.problem) this.say(this.own.problem);
    const shown = this.shownNow().filter((one) => one !== MINE || this.own.content), text = molecules.regimen || usualRegimen(model);
    this.entries = shown.map((id, place) => this.entry(id, place, model, scenario, text));
    const common = withCommon(bundle, this.entries.filter((one) => one.drug).map((one) => /** @type {import("./bundle").Drug} */ (one.drug)), this.entries);
    if (this.treatment) {
      this.treatment.bundle = common;
      this.treatment.show({ ...scenario, drug: COMMON, regimen: text });
    }
    const readable = safely(() => (parseRegimen(text), true), false);
    if (readable && molecules.equal === "exposure") this.scale();
    else this.scaled.clear();
    const solvable = this.entries.filter((one) => one.scenario && readable), results = this.session.hold(solvable.map((one) => /** @type {Scenario} */ (one.scenario)), days);
    this.session.current = "";
    solvable.forEach((one, i) => (one.result = results[i]));
    for (const one of this.entries) this.halfOf(one);
    this.showForm(model);
    this.draw();
  }

  /** @param {string} id @param {number} place @param {Model} model @param {Scenario} scenario @param {string} regimen @returns {Entry} */
  entry(id, place, model, scenario, regimen) {
    const { bundle } = this.context, mine = id === MINE, drug = bundle.drugs.find((one) => one.id === id) ?? null;
    /** @type {Entry} */
    const made = { id, name: mine ? String(this.own.content?.name) : (drug?.name ?? id).split(" (")[0], hue: COLOURS[place], content: mine ? this.own.content : (this.files[id] ?? null), drug, problem: "", scenario: null, factor: 1, result: null, ec50: null };
    /** @type {Scenario} */
    const own = { name: "", model: model.id, cohort: scenario.cohort, drug: id, regimen };
    if (scenario.follow_up_days !== undefined) own.follow_up_days = scenario.follow_up_days;
    if (scenario.set) own.set = scenario.set;
    try {
      if (mine && made.content && this.bench) {
        own.made = made.made = makeMolecule(this.bench, model, made.content, this.normals.get(`${model.id} ${scenario.cohort}`) ?? null);
        made.drug = made.made.drug;
      }
      made.scenario = own;
    } catch (fault) {
      made.problem = fault instanceof Error ? fault.message : String(fault);
    }
    return made;
  }

  /** Scale the doses of all but the first to its exposure, each once. */
  scale() {
    const { bundle, session } = this.context, [first, ...others] = this.entries;
    const current = new Set();
    if (!first?.scenario || !first.drug) return this.scaled.clear();
    const reference = { scenario: first.scenario, sort: first.drug.class };
    for (const one of others) {
      if (!one.scenario || !one.drug) continue;
      const key = JSON.stringify([first.scenario.drug, first.made?.key, one.scenario, one.made?.key].map((part) => (typeof part === "object" && part ? { ...part, made: undefined } : part))), known = this.scaled.get(key);
      current.add(key);
      if (known === undefined) {
        this.scaled.set(key, null);
        const wanted = () => this.scaled.has(key);
        const take = (/** @type {{factor: number, regimen: string} | string} */ found) => {
          if (!wanted()) return;
          this.scaled.set(key, found);
          this.again();
        };
        equalExposure({ bundle, pool: session.pool, wanted }, { scenario: one.scenario, sort: one.drug.class }, reference).then(take, (fault) => take(fault instanceof Error ? fault.message : String(fault)));
      }
      if (typeof known === "string") one.problem = known;
      if (known && typeof known === "object") {
        one.factor = known.factor;
        one.scenario = { ...one.scenario, regimen: known.regimen };
      } else one.scenario = null; // never a dose as given under the name of an equal one
    }
    for (const key of this.scaled.keys()) if (!current.has(key)) this.scaled.delete(key); // a question nobody asks any more may be dropped unanswered
  }

  again() {
    if (this.shown) this.refresh();
  }

  /** EC50 of a molecule: of the bundle as the desk found them; of a changed one from the dish of this page. @param {Entry} one */
  halfOf(one) {
    const { dish } = this;
    if (one.id !== MINE) one.ec50 = one.drug?.ec50_pM ?? {};
    if (one.id !== MINE || !one.content || !dish || !this.bench) return;
    const bench = this.bench, set = one.content.ligand === "native" ? [] : dish.laws.map((law) => /** @type {[number, number]} */ ([law.place, byLaw(bench, /** @type {Content} */ (one.content), law.cases) ?? NaN])), key = JSON.stringify(set), known = this.halves.get(key);
    if (known === undefined) {
      const found = /** @type {Record<string, number | null>} */ ({});
      this.halves.set(key, "being computed");
      const wanted = () => this.halves.has(key);
      Promise.all(dish.cells.map((cell, place) => this.context.session.pool.askDish({ cell: place, set }, wanted).then(({ ec50 }) => (found[cell] = ec50)))).then(
        () => (this.halves.set(key, found), this.again()),
        () => (this.halves.set(key, "could not be computed"), this.again()),
      );
      if (this.halves.size > 40) this.halves.delete([...this.halves.keys()][0]);
    }
    one.ec50 = typeof known === "object" ? known : null; // never that of another molecule
    if (one.made && one.ec50) one.made.drug.ec50_pM = Object.fromEntries(Object.entries(one.ec50).filter(([, value]) => value !== null).map(([cell, value]) => [cell, Number(value)]));
  }

  /** @param {Model} model */
  showForm(model) {
    const { bundle, state } = this.context, { molecules } = state(), shown = this.entries.map((one) => one.id);
    /** @type {Record<string, [string, string][]>} */
    const groups = { "Your own": [[MINE, this.own.content ? String(this.own.content.name) : "A copy to change"]] };
    for (const one of bundle.drugs) if (isBound(one) && one.id in model.drugs) (groups[one.class === "native" ? "IL-2 itself" : "Engineered IL-2"] ??= []).push([one.id, one.name]);
    this.choices?.forEach((choice, place) => {
      choice.root.hidden = place > shown.length;
      choice.show(place ? { "": [[NONE, "none"]], ...groups } : groups, shown[place] ?? NONE);
    });
    const bases = Object.entries(this.files).filter(([, one]) => (one.species ?? "human") === model.species).map(([id, one]) => /** @type {[string, string]} */ ([id, String(one.name)])), [first] = shown.filter((one) => one !== MINE);
    this.base?.show({ "": bases }, this.base.select.value || first || bases[0]?.[0] || "");
    const cells = othersOf(bundle, model);
    this.cell?.show(cells.map((cell) => [cell.id, cell.short]), this.cellNow(model));
    if (this.cell) this.cell.root.hidden = cells.length < 2;
    this.equal?.show([["dose", "as given"], ["exposure", "at equal exposure"]], molecules.equal);
    const own = this.own.content;
    if (!this.ownPart) return;
    this.ownPart.root.hidden = !own;
    if (own) for (const key of /** @type {const} */ (["name", "id"])) if (document.activeElement !== this.ownPart[key]) this.ownPart[key].value = String(own[key]);
    this.ownPart.link.textContent = this.faults.length ? NOT_TAKEN : fitsLink(molecules.mine) ? "" : "This molecule says too much for a link: save it as a drug file to hand it on.";
    this.numbers?.show(this.entries.map(({ id, name, hue, content }) => ({ id, name, hue, content, mine: id === MINE })), this.faults);
  }

  /** @param {Model} model */
  cellNow(model) {
    const cells = othersOf(this.context.bundle, model), asked = this.context.state().molecules.cell;
    return cells.some((one) => one.id === asked) ? asked : (cells.find((one) => one.marked) ?? cells[0])?.id ?? "";
  }

  soon() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.shown && this.bench) this.draw();
    });
  }

  draw() {
    const { bundle, state } = this.context, { scenario, days, molecules } = state(), model = modelOf(bundle, scenario.model), { entries } = this;
    if (!this.sentence || !this.notice || !this.grid || !this.table || !this.planned || !this.status) return;
    const problems = entries.flatMap((one) => (one.problem || one.result?.problem ? [`${one.name}: ${one.problem || one.result?.problem}`] : []));
    const solved = entries.filter((one) => one.result?.typical && !one.result.problem), words = solved.length ? headlineOf(bundle, model, solved, this.cellNow(model)) : [{ text: problems.length ? "These molecules cannot be simulated here as they are." : WAIT }];
    this.sentence.replaceChildren(...words.map(({ text, strong }) => (strong ? el("strong", {}, text) : text)));
    const complete = entries.every((one) => one.problem || !one.result || one.result.problem || one.result.complete || !one.result.population) && !entries.some((one) => !one.problem && !one.result), halves = !this.dish || entries.every((one) => one.ec50);
    if (complete && halves) this.spoken && (this.spoken.textContent = this.sentence.textContent);
    this.status.dataset.state = complete && halves ? "complete" : "under way";
    const people = solved[0]?.result?.population, done = solved.map((one) => one.result?.crowd?.done ?? 0);
    this.status.textContent = people ? `${Math.min(...done)} of ${people.patients} virtual ${people.kind === "parameter sets" ? "parameter sets" : "patients"} in each molecule.${halves ? "" : " EC50 are being computed in the dish."}` : "Typical patient.";
    this.drawNotice(problems);
    this.drawCharts(model, solved);
    const dish = this.dish ? "" : ` EC50 need the desk: bimodal response --drug ${this.own.content?.id ?? "mine"}.toml.`;
    const factors = entries.filter((one) => one.factor !== 1).map((one) => `${one.name}: dose × ${brief(one.factor, 4)}`);
    this.planned.textContent = `Lines: typical patient. Bands: 5–95 % of virtual patients. Doses as planned.${factors.length ? ` Equal exposure over the first dosing interval in the typical patient: ${factors.join("; ")}.` : ""}${dish}`;
    this.table.replaceChildren(compareTable(bundle, model, { entries, days, dish: this.halfRows() }));
    const how = { patients: people?.patients ?? 1, seed: people?.seed ?? 1, reportDays: days, file: this.own.content ? `${this.own.content.id}.toml` : "mine.toml", equal: molecules.equal };
    const asked = molecules.regimen || usualRegimen(model), given = entries.map((one) => ({ drug: one.id, regimen: asked, shown: molecules.equal === "dose" ? asked : (one.scenario?.regimen ?? null), scenario })), common = withMade(bundle, entries.find((one) => one.made)?.made);
    this.code?.show(safely(() => compareCommand(common, given, how), ""), safely(() => comparePython(common, given, how), ""));
  }

  /** @param {string[]} problems */
  drawNotice(problems) {
    const warned = [...new Set(this.entries.flatMap((one) => one.drug?.warnings ?? []))], lines = warned.map((text) => el("p", {}, `${text[0].toUpperCase()}${text.slice(1)}.`));
    if (!this.notice) return;
    this.notice.hidden = !problems.length && !lines.length;
    this.notice.replaceChildren(...problems.map((text) => el("p", { class: "problem" }, `${text}.`.replace(/\.\.$/, "."))), ...(lines.length ? [el("h2", {}, "Outside what the model was calibrated on"), lines[0], ...(lines.length > 1 ? [el("details", {}, el("summary", {}, `${lines.length - 1} more`), ...lines.slice(1))] : [])] : []));
  }

  /** @param {Model} model @param {Entry[]} solved */
  drawCharts(model, solved) {
    const { bundle } = this.context, specs = chartsBeside(bundle, model, this.cellNow(model)), key = `${model.id} ${specs.map((one) => one.key).join()}`;
    if (key !== this.drawnCharts) this.makeCharts(key, specs);
    this.drawDish();
    for (const { spec } of this.charts.values()) Object.assign(spec, specs.find((one) => one.key === spec.key));
    for (const { chart, spec, titled } of this.charts.values()) {
      titled(spec.title);
      chart.options = { ...chart.options, title: spec.title, unit: spec.unit };
      /** @type {import("./chart.js").ChartData} */
      const all = { window: [0, 1], lines: [], bands: [], levels: [], doses: [], courses: [], waiting: false };
      solved.forEach((one, place) => {
        const result = /** @type {Result} */ (one.result), doses = daysOfDoses(result), window = windowOf("all", endOf(result), doses), { id, scale } = spec.of(/** @type {import("./bundle").Drug} */ (one.drug));
        const drawn = chartData(bundle, { ...spec, lines: [{ id, name: one.name.length > 16 ? `${one.name.slice(0, 15)}…` : one.name, hue: one.hue, scale }] }, { result, held: [], window, doses, courses: coursesOf(doses), dosesOf: daysOfDoses, pixels: chart.right - chart.left || 300, waiting: !result.crowd && Boolean(result.population), line: null, band: "crowd" });
        Object.assign(all, { window: [0, Math.max(all.window[1], window[1])], doses: drawn.doses, courses: drawn.courses, waiting: all.waiting || drawn.waiting });
        all.lines.push(...drawn.lines.map((line) => ({ ...line, id: `${place} ${line.id}` })));
        all.bands.push(...drawn.bands.map((band) => ({ ...band, id: `${place} ${band.id}` })));
      });
      if (all.lines.length) chart.set(all);
    }
  }

  /** @param {string} key @param {import("./molecule_charts.js").Spec[]} specs */
  makeCharts(key, specs) {
    this.drawnCharts = key;
    this.charts.clear();
    this.grid?.replaceChildren();
    const named = (/** @type {string} */ what) => `bimodal-molecules-${what}`.replace(/[^A-Za-z0-9_-]+/g, "-");
    for (const spec of specs) {
      const found = () => /** @type {{chart: Chart}} */ (this.charts.get(spec.key)).chart;
      const { figure, host, titled } = chartFigure({ key: spec.key, title: spec.title, unit: spec.unit, name: () => named(spec.key), picture: (kind) => void saveChart(found(), this.caption(spec.title), named(spec.key), kind), rows: () => chartRows(/** @type {import("./chart.js").ChartData} */ (found().data)) });
      this.grid?.append(figure);
      this.charts.set(spec.key, { spec, titled, chart: new Chart(host, { title: spec.title, unit: spec.unit, kind: spec.kind, floor: spec.floor, say: spec.say, onRead: (day) => this.point(day) }) });
      if (spec.key === "drug" && this.dish) this.grid?.append(this.dishFigure(named("ec50")));
    }
  }

  /** @param {string} name */
  dishFigure(name) {
    const title = "EC50 of pSTAT5 in a dish", { figure, host } = chartFigure({ key: "ec50", title, unit: "pM, 30 minutes", name: () => name, picture: (kind) => void savePicture(host, this.caption(title), name, kind), rows: () => this.dishRows() });
    figure.classList.add("heat");
    this.dishHost = host;
    return figure;
  }

  /** @returns {(string | number)[][]} */
  dishRows() {
    return [["cell", ...this.entries.map((one) => one.name)], ...this.halfRows().map((row) => [row.name, ...row.values.map((one) => (typeof one === "number" ? one : NaN))])];
  }

  /** @returns {import("./chart_dots.js").Row[]} */
  halfRows() {
    const { bundle } = this.context, every = bundle.drugs.find((one) => Object.keys(one.ec50_pM).length), known = this.entries.flatMap((one) => (one.ec50 ? Object.keys(one.ec50) : []));
    const cells = ec50Of(bundle, /** @type {any} */ ({ ...every, ec50_of: "il2_plasma", ec50_pM: Object.fromEntries([...Object.keys(every?.ec50_pM ?? {}), ...known].map((id) => [id, 1])) }));
    return cells.map(({ id, name }) => ({ id, name, values: this.entries.map((one) => (one.ec50 ? (one.ec50[id] ?? null) : undefined)) }));
  }

  drawDish() {
    if (!this.dishHost) return;
    this.dishHost.replaceChildren();
    drawDots(this.dishHost, this.halfRows(), this.entries.map(({ name, hue }) => ({ name, hue })), { title: "EC50 of pSTAT5 in a dish, 30 minutes", unit: "pM" });
  }

  /** @param {string} title @returns {import("./chart_export.js").Caption} */
  caption(title) {
    const { bundle, state } = this.context, { molecules, scenario } = state(), model = modelOf(bundle, scenario.model), population = model.populations.find((one) => one.cohort === scenario.cohort);
    const lines = [`${this.entries.map((one) => one.name).join(", ")}: ${molecules.regimen || usualRegimen(model)}; ${population?.label ?? ""}`.slice(0, 280), `${molecules.equal === "exposure" ? "at equal exposure in the typical patient; " : ""}line: typical patient; band: 5–95 % of virtual patients; doses as planned`];
    if (this.entries.some((one) => one.drug?.warnings.length)) lines.push("Outside what the model was calibrated on.");
    return { title, lines, foot: `bimodal ${bundle.bimodal}. ${bundle.intended_use}` };
  }

  /** @param {number | null} day */
  point(day) {
    for (const one of this.charts.values()) one.chart.cursor(day);
    if (this.planned && day !== null) this.planned.dataset.day = dayText(day);
  }
}

/** @param {Bundle} bundle @param {string} id */
function modelOf(bundle, id) {
  return bundle.models.find((one) => one.id === id) ?? bundle.models[0];
}

/** @param {import("./bundle").Drug} drug */
function isBound(drug) {
  return drug.class === "native" || drug.class === "engineered";
}

/** Cells that may stand beside the first marked one. @param {Bundle} bundle @param {Model} model */
function othersOf(bundle, model) {
  const lead = bundle.cells.find((one) => one.marked);
  return bundle.cells.filter((cell) => cell !== lead && model.observables.includes(`${cell.id}_fold`));
}

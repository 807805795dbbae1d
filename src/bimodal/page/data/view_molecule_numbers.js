// @ts-check
// The numbers of molecules beside each other, each with its source; those of the reader's own molecule can be changed.
import { at, changed, spreadOf } from "./molecule_file.js";
import { el } from "./dom.js";
import { brief, readNumber, unitText } from "./numbers.js";

/**
 * @typedef {import("./bundle").NumberKey} NumberKey
 * @typedef {import("./molecule_file.js").Content} Content
 * @typedef {import("./molecule_file.js").Fault} Fault
 * @typedef {{id: string, name: string, hue: string, content: Content | null, mine: boolean}} Column
 * @typedef {{edit: (content: Content) => void, begin: (id: string) => void}} How
 */

const STATUSES = ["measured", "fitted", "assumed"], BY_HAND = "Changed by hand", MOST_TEXT = 1000;
const NONE = /** @type {Record<string, [string, string]>} */ ({ "affinity.ka_nM": ["affinity.alpha", "does not bind CD25"], "affinity.kbg_nM": ["affinity.betagamma", "binds after exchange alone"] });
/** Numbers that stand together or not at all. */
const PAIRS = [["pk.k_out", "pk.k_back"], ["release.rate", "release.inactive_clearance"]];
const NEEDED = ["molar_mass", "efficacy", "affinity.kbg_nM", "exchange.kd_nM"];
/** Words of its own that a native molecule's empty fields get. */
const OF_MODEL = "the model's own";

export class MoleculeNumbers {
  /**
   * @param {import("./bundle").Workbench} bench
   * @param {How} how
   */
  constructor(bench, how) {
    this.bench = bench;
    this.how = how;
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Map<string, HTMLElement>} where the fault of a key is said */
    this.places = new Map();
    /** @type {Content | null} */
    this.mine = null;
    this.shape = "";
    this.tip = el("div", { class: "tip source-tip", role: "tooltip", hidden: true });
    this.table = el("table", { class: "numbers molecules" });
    this.general = el("div", { class: "problem", role: "alert" });
    this.root = el("section", { class: "workbench", "aria-label": "Numbers of the molecules" }, this.general, el("div", { class: "scroll" }, this.table), this.tip);
    this.root.addEventListener("keydown", (event) => {
      if (/** @type {KeyboardEvent} */ (event).key === "Escape") this.tip.hidden = true;
    });
  }

  /**
   * Show molecules; what is being typed in stays as it is written.
   * @param {Column[]} columns
   * @param {Fault[]} faults of the reader's molecule
   */
  show(columns, faults) {
    this.columns = columns;
    this.mine = columns.find((one) => one.mine)?.content ?? null;
    const shape = JSON.stringify(columns.map((one) => [one.id, one.name, one.content && this.bench.keys.map(({ key }) => (one.mine ? [Boolean(at(one.content ?? {}, key)), at(one.content ?? {}, key)?.unit, at(one.content ?? {}, key)?.status, at(one.content ?? {}, key)?.source] : 0)), one.mine && (one.content?.affinity?.alpha ?? ""), one.mine && one.content?.ligand]));
    if (shape !== this.shape) {
      this.shape = shape;
      this.rebuild();
    }
    this.say(faults);
  }

  /** @param {Fault[]} faults */
  say(faults) {
    /** @type {string[]} */
    const elsewhere = [];
    for (const place of this.places.values()) if (!place.closest("td")?.querySelector("[data-unread]")) place.textContent = "";
    for (const input of this.table.querySelectorAll("[aria-invalid]")) if (!(/** @type {HTMLElement} */ (input).dataset.unread)) input.removeAttribute("aria-invalid");
    for (const { key, says } of faults) {
      const known = [...this.places.keys()].find((one) => key === one || key.startsWith(`${one}.`)), place = this.places.get(known ?? "");
      if (!place) elsewhere.push(says);
      else {
        if (!place.textContent?.includes(says)) place.textContent = `${place.textContent} ${says}.`.trim();
        place.closest("td")?.querySelector("input")?.setAttribute("aria-invalid", "true");
      }
    }
    this.general.textContent = [...new Set(elsewhere)].join(". ");
  }

  rebuild() {
    const typing = /** @type {HTMLInputElement | null} */ (document.activeElement), focused = typing?.dataset.field, { columns, bench } = this;
    const written = typing instanceof HTMLInputElement ? { text: typing.value, from: typing.selectionStart, to: typing.selectionEnd } : null;
    this.places.clear();
    this.tip.hidden = true;
    const rows = bench.keys.filter(({ key }) => columns.some((one) => one.content && at(one.content, key)) || (this.mine && key in NONE && this.mine.ligand === "engineered" && !this.mine.exchange));
    const head = el("tr", {}, el("th", { scope: "col" }, "Number"), ...columns.map((one) => this.heading(one)));
    this.table.replaceChildren(el("caption", {}, "Numbers of the molecules. Point at a status, or move to it, for the source; the same words are read to you."), el("thead", {}, head), el("tbody", {}, ...rows.map((about) => el("tr", { "data-key": about.key }, el("th", { scope: "row" }, about.label), ...columns.map((one) => this.cell(one, about))))));
    const missing = this.mine ? this.addable(rows) : [];
    if (missing.length) this.table.append(el("tfoot", {}, el("tr", {}, el("td", { colspan: columns.length + 1 }, this.adder(missing)))));
    const again = focused ? /** @type {HTMLInputElement | null} */ (this.table.querySelector(`[data-field="${focused}"]`)) : null;
    again?.focus();
    if (!again || !written || !(again instanceof HTMLInputElement)) return;
    again.value = written.text; // what is being typed stays as it is written
    again.setSelectionRange(written.from, written.to);
  }

  /** @param {Column} column */
  heading({ id, name, hue, content, mine }) {
    const button = !mine && content ? el("button", { type: "button", class: "small", click: () => this.how.begin(id) }, "Change a copy of it") : null;
    return el("th", { scope: "col", class: `hue-${hue}` }, el("i", { class: "key", "aria-hidden": "true" }), name, button && el("div", {}, button));
  }

  /** @param {Column} column @param {NumberKey} about */
  cell(column, about) {
    const { content, mine } = column, number = content && at(content, about.key);
    if (!content) return el("td", {}, "");
    if (!number) return el("td", { class: "soft" }, this.absent(column, about));
    if (mine) return this.field(about, number);
    const potency = about.key === "potency", value = potency ? `${brief(number.activity, 4)} ${number.activity_unit} in ${brief(number.mass_mg, 4)} mg` : `${brief(number.value, 4)} ${unitText(number.unit)}`;
    const native = number.native === undefined ? null : el("span", {}, ` native ${brief(number.native, 4)}`);
    return el("td", {}, el("b", {}, value), native, " ", this.chip(column, about, number));
  }

  /** @param {Column} column @param {NumberKey} about */
  absent({ content, mine }, { key }) {
    const word = NONE[key];
    if (content?.ligand === "native") return key.startsWith("conjugate") || key.startsWith("avidity") || key.startsWith("release") || key.startsWith("exchange") ? "–" : key === "potency" || key === "roche_unit" ? "none" : OF_MODEL;
    const words = word && content && at(content, word[0]) ? word[1] : key === "affinity.k2_per_cell" ? "in proportion to beta-gamma" : "–";
    if (!mine || !word || words !== word[1]) return words;
    return el("span", {}, `${words} `, el("button", { type: "button", class: "small", click: () => this.add(key) }, "Give a number"));
  }

  /** The status of a number, which says its source. @param {Column} column @param {NumberKey} about @param {any} number */
  chip(column, about, number) {
    const lines = [`Source: ${number.source}`, number.where_in_source && `Where: ${number.where_in_source}`, number.note && `Note: ${number.note}`, number.cv !== undefined && `Between patients: cv ${brief(100 * spreadOf(number.cv))} %`].filter(Boolean).map(String);
    const button = el("button", { type: "button", class: `chip ${number.status}`, "data-field": `${column.id} ${about.key} chip`, "aria-label": `${about.label} of ${column.name}: ${number.status}. ${lines.join(". ")}` }, number.status);
    const show = () => {
      this.tip.replaceChildren(el("p", {}, `${about.label}, ${column.name}`), ...lines.map((line) => el("p", {}, line)));
      this.tip.hidden = false;
      const box = button.getBoundingClientRect(), size = this.tip.getBoundingClientRect();
      this.tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - size.width - 8))}px`;
      this.tip.style.top = `${box.bottom + size.height + 12 > innerHeight ? Math.max(4, box.top - size.height - 6) : box.bottom + 6}px`;
    };
    const hide = () => (this.tip.hidden = true);
    for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, show);
    for (const event of ["pointerleave", "blur"]) button.addEventListener(event, hide);
    return button;
  }

  /** @param {NumberKey} about @param {any} number */
  field(about, number) {
    const { key, units, label } = about, potency = key === "potency", problem = el("p", { class: "problem", role: "alert" });
    this.places.set(key, problem);
    const box = (/** @type {string} */ name, /** @type {string} */ words) => this.entry(about, name, words);
    const value = box(potency ? "activity" : "value", label), unitOf = potency ? "activity_unit" : "unit";
    const unit = Object.keys(units).length > 1 ? el("select", { "aria-label": `Unit of ${label}`, "data-field": `${key}.unit` }, ...Object.keys(units).map((one) => el("option", { value: one }, unitText(one) || "1"))) : null;
    if (unit) {
      unit.value = number[unitOf];
      unit.addEventListener("change", () => this.put(about, { [unitOf]: unit.value }, true));
    }
    const column = /** @type {Column} */ (this.columns.find((one) => one.mine)), extra = [];
    if (potency) extra.push(el("span", { class: "unit" }, "in"), box("mass_mg", "Mass of that activity, mg"), el("span", { class: "unit" }, "mg"));
    if (about.native) extra.push(el("span", { class: "unit" }, "native"), box("native", `Native IL-2 in the same assay: ${label}`));
    if (about.cv) extra.push(el("span", { class: "unit" }, "cv"), box("cv", `Spread between patients (cv) of ${label}`));
    const drop = NEEDED.includes(key) ? null : el("button", { type: "button", class: "quiet", "aria-label": `Leave out ${label}`, title: "Leave out", click: () => this.leaveOut(key) }, "×");
    return el("td", { class: "mine" }, el("div", { class: "entries" }, value, unit ?? el("span", { class: "unit" }, unitText(number[unitOf])), ...extra, this.chip(column, about, number), drop), this.sourceOf(about, number), problem);
  }

  /** @param {NumberKey} about @param {string} name @param {string} words */
  entry(about, name, words) {
    const now = at(this.mine ?? {}, about.key)?.[name], input = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", class: `number${name === "value" || name === "activity" ? "" : " minor"}`, "aria-label": words, "data-field": `${about.key}.${name}`, placeholder: name === "cv" ? "auto" : name === "native" ? "none" : "" });
    input.value = now === undefined ? "" : typeof now === "number" ? String(Number(now.toPrecision(12))) : String(now);
    input.addEventListener("input", () => {
      const empty = input.value.trim() === "" && (name === "native" || name === "cv"), read = empty ? { value: undefined, problem: "" } : name === "cv" && /%/.test(input.value) ? { value: spreadOf(input.value), problem: Number.isFinite(spreadOf(input.value)) ? "" : "This is no number." } : readNumber(input.value);
      const place = this.places.get(about.key);
      input.toggleAttribute("aria-invalid", false);
      delete input.dataset.unread;
      if (read.problem) {
        input.dataset.unread = "yes";
        input.setAttribute("aria-invalid", "true");
        if (place) place.textContent = `${read.problem} The molecule is as it was.`;
      } else this.put(about, { [name]: read.value }, name !== "cv");
    });
    return input;
  }

  /** Where a number of the reader's comes from, said by the reader. @param {NumberKey} about @param {any} number */
  sourceOf(about, number) {
    const { label, key } = about, status = el("select", { "aria-label": `Status of ${label}`, "data-field": `${key}.status` }, ...STATUSES.map((one) => el("option", { value: one }, one)));
    status.value = number.status;
    status.addEventListener("change", () => this.put(about, { status: status.value }, false));
    const source = el("input", { type: "text", "aria-label": `Source of ${label}`, maxlength: MOST_TEXT, "data-field": `${key}.source` });
    source.value = number.source;
    source.addEventListener("change", () => this.put(about, { source: source.value }, false));
    return el("details", { class: "source" }, el("summary", {}, "source"), el("div", { class: "entries" }, status, source));
  }

  /**
   * Change parts of a number. A value that is no longer that of its source says so.
   * @param {NumberKey} about
   * @param {Record<string, any>} part
   * @param {boolean} ofValue
   */
  put({ key }, part, ofValue) {
    const { mine } = this, old = mine && at(mine, key);
    if (!mine || !old) return;
    let next = { ...old, ...part };
    for (const [name, value] of Object.entries(next)) if (value === undefined) delete next[name];
    if (ofValue && !String(old.source).startsWith(BY_HAND)) {
      const was = old.value === undefined ? `${old.activity} ${old.activity_unit} in ${old.mass_mg} mg` : `${old.value} ${old.unit}${old.native === undefined ? "" : `, native ${old.native}`}`;
      next = { ...next, status: "assumed", source: `${BY_HAND} from ${was} (${old.status}: ${old.source})`.slice(0, MOST_TEXT) };
      delete next.where_in_source;
      delete next.note;
    }
    this.how.edit(changed(mine, key, next));
  }

  /** @param {string} key */
  leaveOut(key) {
    if (this.mine) this.how.edit(without(this.mine, key));
  }

  /** @param {NumberKey[]} rows */
  addable(rows) {
    const native = this.mine?.ligand === "native", exchange = Boolean(this.mine?.exchange), none = Boolean(at(this.mine ?? {}, "affinity.alpha"));
    return this.bench.keys.filter(({ key }) => {
      if (at(this.mine ?? {}, key) || rows.some((one) => one.key === key && key in NONE)) return false;
      if (native) return key === "potency" || key === "roche_unit" || key.startsWith("conjugate");
      if (key.startsWith("exchange") || key.startsWith("release") || (exchange && key.startsWith("affinity"))) return false;
      return !(none && (key === "affinity.k2_per_cell" || key === "avidity.k2"));
    });
  }

  /** @param {NumberKey[]} missing */
  adder(missing) {
    const choice = el("select", { "aria-label": "Number to add", "data-field": "add" }, ...missing.map(({ key, label }) => el("option", { value: key }, label)));
    return el("div", { class: "entries" }, choice, el("button", { type: "button", click: () => this.add(choice.value) }, "Add this number"));
  }

  /** @param {string} key */
  add(key) {
    const about = this.bench.keys.find((one) => one.key === key);
    if (!this.mine || !about) return;
    const said = { source: `${BY_HAND}: a placeholder, to be replaced`, status: "assumed" }, made = key === "potency" ? { activity: 18, activity_unit: "MIU", mass_mg: 1.1, ...said } : { value: placeholderOf(key, this.mine), unit: about.unit, ...said };
    let next = changed(this.mine, key, made);
    if (key === "affinity.ka_nM") for (const word of ["alpha", "source", "where_in_source", "note"]) next = changed(next, `affinity.${word}`, undefined);
    if (key.startsWith("pk.")) next = changed(next, "pk.human", undefined);
    if (key === "pk.k_out" && !at(next, "pk.k_back")) next = changed(next, "pk.k_back", { ...made });
    if (key === "pk.k_back" && !at(next, "pk.k_out")) next = changed(next, "pk.k_out", { ...made });
    if (key.startsWith("avidity.")) next = changed(next, "valency", 2);
    if (key === "conjugate.il2_per_conjugate" && !at(next, "conjugate.molar_mass")) next = changed(next, "conjugate.molar_mass", { ...made, value: placeholderOf("conjugate.molar_mass", this.mine), unit: "g/mol" });
    this.how.edit(next);
  }
}

/** Leave a number out, and what cannot stand without it. @param {Content} content @param {string} key */
export function without(content, key) {
  let next = changed(content, key, undefined);
  if (key === "affinity.ka_nM") next = changed(changed(changed(next, "affinity.alpha", "none"), "affinity.source", `${BY_HAND}: taken not to bind CD25`), "affinity.k2_per_cell", undefined);
  for (const pair of PAIRS) if (pair.includes(key)) for (const one of pair) next = changed(next, one, undefined);
  if (key.startsWith("avidity.") && !next.avidity) next = changed(next, "valency", undefined);
  if (key === "conjugate.molar_mass") next = changed(next, "conjugate", undefined);
  return next;
}

/** @param {string} key @param {Content} mine */
function placeholderOf(key, mine) {
  const usual = /** @type {Record<string, number>} */ ({ "pk.v_plasma": 3, "pk.clearance": 0.05, "pk.sc_transfer": 0.03, "pk.sc_bioavailability": 0.5, "pk.k_out": 0.05, "pk.k_back": 0.05, "affinity.ka_nM": 10, "affinity.k2_per_cell": 100 });
  if (key === "conjugate.molar_mass") return 2 * (at(mine, "molar_mass")?.value ?? 15300);
  return usual[key] ?? 1;
}

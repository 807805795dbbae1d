// @ts-check
// A drug file as the page holds it: tables of numbers with their sources, judged by the rules that the bundle carries.
// The counterpart of src/bimodal/drugs (load.py, molecule.py, affinity.py, pharmacokinetics.py).
import { readToml, table } from "./toml.js";

/**
 * @typedef {import("./bundle").Workbench} Workbench
 * @typedef {import("./bundle").NumberKey} NumberKey
 * @typedef {import("./bundle").LawCase} LawCase
 * @typedef {import("./toml.js").Table} Content
 * @typedef {{key: string, says: string}} Fault
 */

export const MOST_LETTERS = 100_000;
const MOST_TEXT = 1000, STATUSES = ["measured", "fitted", "assumed"];
const TEXTS = ["schema", "id", "name", "ligand", "species", "valency", "note"], LISTED = ["where_in_source", "note"];
const WORDS = ["affinity.alpha", "affinity.betagamma", "affinity.source", "affinity.where_in_source", "affinity.note", "pk.human"];
const TABLES = ["affinity", "avidity", "exchange", "release", "conjugate", "pk"];

/**
 * Read a drug file: its tables, with those of the molecule it is based on where it has none.
 * @param {string} text
 * @param {Record<string, Content>} files molecules a file can be based on
 * @returns {Content}
 */
export function openFile(text, files) {
  if (text.length > MOST_LETTERS) throw new Error("it is larger than 100 kB, which no drug file is");
  const own = readToml(text), { base } = own;
  if (base === undefined) return own;
  for (const key of ["schema", "id", "name"]) if (!(key in own)) throw new Error(`${key} is missing: a file with a base has its own`);
  if (typeof base !== "string" || !Object.hasOwn(files, base)) throw new Error(`its base ${JSON.stringify(String(base).slice(0, 60))} is not a molecule of IL-2 that this page holds`);
  const whole = Object.assign(table(), structuredClone(files[base]), own);
  delete whole.base;
  return whole;
}

/**
 * Give what stands under a dotted key, if anything.
 * @param {Content} content
 * @param {string} key
 * @returns {any}
 */
export function at(content, key) {
  let found = /** @type {any} */ (content);
  for (const part of key.split(".")) {
    if (!isTable(found) || !Object.hasOwn(found, part)) return undefined;
    found = found[part];
  }
  return found;
}

/**
 * Give a copy with something else under a dotted key; undefined removes it, and tables that are empty after.
 * @param {Content} content
 * @param {string} key
 * @param {any} value
 * @returns {Content}
 */
export function changed(content, key, value) {
  const [first, ...rest] = key.split("."), copy = Object.assign(table(), content);
  const below = rest.length ? changed(isTable(copy[first]) ? copy[first] : table(), rest.join("."), value) : value;
  if (below === undefined || (rest.length && !Object.keys(below).length)) delete copy[first];
  else copy[first] = below;
  return copy;
}

/** @param {any} value */
function isTable(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Say what is wrong with a molecule, each fault with the key to look at; none where the desk would take the file.
 * @param {Workbench} bench
 * @param {Content} content
 * @returns {Fault[]}
 */
export function faultsOf(bench, content) {
  /** @type {Fault[]} */
  const found = [], say = (/** @type {string} */ key, /** @type {string} */ says) => found.push({ key, says });
  const numbers = new Map(bench.keys.map((one) => [one.key, one]));
  ofNames(content, say);
  for (const [key, value] of Object.entries(content)) {
    if (TEXTS.includes(key)) continue;
    if (numbers.has(key)) ofNumber(/** @type {NumberKey} */ (numbers.get(key)), value, say);
    else if (!TABLES.includes(key)) say(key, `the key ${key.slice(0, 60)} is unknown`);
    else if (!isTable(value)) say(key, `${key} is a table of keys and values`);
    else {
      for (const [name, below] of Object.entries(value)) {
        const whole = `${key}.${name}`, number = numbers.get(whole);
        if (number) ofNumber(number, below, say);
        else if (!WORDS.includes(whole)) say(whole, `the key ${whole.slice(0, 60)} is unknown`);
        else ofWord(whole, below, say);
      }
    }
  }
  const marks = marksOf(content);
  for (const rule of bench.rules) if (rule.if.every((one) => marks.has(one)) && !rule.unless.some((one) => marks.has(one))) say(rule.key, rule.says);
  if (!found.length) acrossNumbers(bench, content, say);
  return found;
}

/** @param {Content} content @param {(key: string, says: string) => void} say */
function ofNames({ schema, id, name, ligand, species = "human", valency = 1, note = "" }, say) {
  if (schema !== 1) say("schema", schema === undefined ? "schema is missing" : "schema: this page reads version 1");
  if (typeof id !== "string" || !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(id)) say("id", "id: letters a-z, digits, - and _, at most 64, the first a letter or digit");
  if (typeof name !== "string" || !name.trim()) say("name", "name is blank");
  else if (name.length > MOST_TEXT) say("name", "name is longer than 1000 letters");
  if (ligand === "partner" || ligand === "cells") say("ligand", "a drug with no IL-2 in it has nothing to compare here: bimodal simulate runs it");
  else if (ligand !== "native" && ligand !== "engineered") say("ligand", 'ligand: "native" or "engineered"');
  if (typeof species !== "string" || !/^[a-z]+$/.test(species)) say("species", "species: one word in small letters");
  if (valency !== 1 && valency !== 2) say("valency", "valency: 1 or 2 heads");
  if (typeof note !== "string") say("note", "note: put it in quotes");
}

/** @param {string} key @param {any} value @param {(key: string, says: string) => void} say */
function ofWord(key, value, say) {
  if (typeof value !== "string") say(key, `${key}: put it in quotes`);
  else if ((key === "affinity.alpha" || key === "affinity.betagamma") && value !== "none") say(key, `${key}: "none", or leave it out`);
  else if ((key === "affinity.source" || key === "pk.human") && !value.trim()) say(key, `${key} is blank`);
  else if (value.length > MOST_TEXT && !LISTED.some((end) => key.endsWith(end))) say(key, `${key} is longer than 1000 letters`);
}

/** @param {NumberKey} about @param {any} number @param {(key: string, says: string) => void} say */
function ofNumber(about, number, say) {
  const { key } = about, potency = key === "potency", value = potency ? "activity" : "value", unit = potency ? "activity_unit" : "unit";
  if (!isTable(number)) return say(key, `${key}: every number is a table with value, unit, source and status`);
  const known = [value, unit, "source", "status", ...LISTED, ...(potency ? ["mass_mg"] : []), ...(about.native ? ["native"] : []), ...(about.cv ? ["cv", "cv_source"] : [])];
  for (const name of Object.keys(number)) if (!known.includes(name)) say(`${key}.${name}`, `the key ${key}.${name.slice(0, 60)} is unknown`);
  for (const name of [value, unit, "source", "status", ...(potency ? ["mass_mg"] : [])]) if (!(name in number)) say(`${key}.${name}`, `${key}.${name} is missing`);
  for (const name of [value, "mass_mg", "native"]) {
    if (!(name in number)) continue;
    if (typeof number[name] !== "number" || !Number.isFinite(number[name])) say(`${key}.${name}`, `${key}.${name}: write a number`);
    else if (!(number[name] > 0)) say(name === "value" ? key : `${key}.${name}`, `${key}${name === "value" ? "" : `.${name}`}: must be greater than zero`);
  }
  if (unit in number && !(typeof number[unit] === "string" && Object.hasOwn(about.units, potency ? number[unit] : number[unit].trim()))) {
    say(key, `${key}: the unit '${String(number[unit]).slice(0, 40)}' cannot be turned into ${about.unit} here: ${Object.keys(about.units).join(", ")}`);
  }
  if ("source" in number && (typeof number.source !== "string" || !number.source.trim())) say(`${key}.source`, `${key}.source is blank: say where the number comes from`);
  else if (number.source?.length > MOST_TEXT) say(`${key}.source`, `${key}.source is longer than 1000 letters`);
  if ("status" in number && !STATUSES.includes(number.status)) say(`${key}.status`, `${key}.status: measured, fitted or assumed`);
  for (const name of LISTED) if (name in number && typeof number[name] !== "string") say(`${key}.${name}`, `${key}.${name}: put it in quotes`);
  if ("cv" in number) ofSpread(about, number, say);
}

/** @param {NumberKey} about @param {any} number @param {(key: string, says: string) => void} say */
function ofSpread({ key, cv: most }, number, say) {
  const cv = spreadOf(number.cv);
  if (!Number.isFinite(cv)) say(`${key}.cv`, `${key}.cv is no number: write a fraction such as 0.3, or "30 %"`);
  else if (cv < 0) say(`${key}.cv`, `${key}.cv: a coefficient of variation cannot be negative`);
  else if (cv > most) say(`${key}.cv`, `${key}.cv: at most ${100 * most} % makes sense`);
  if ("cv_source" in number && (typeof number.cv_source !== "string" || !number.cv_source.trim())) say(`${key}.cv_source`, `${key}.cv_source is blank`);
}

/** Read a spread as a file writes it: 0.3, or "30 %". @param {any} value */
export function spreadOf(value) {
  if (typeof value === "number") return value;
  const found = typeof value === "string" ? /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(%|1|)$/.exec(value.trim()) : null;
  return found ? Number(found[1]) / (found[2] === "%" ? 100 : 1) : NaN;
}

/** @param {Workbench} bench @param {Content} content @param {(key: string, says: string) => void} say */
function acrossNumbers(bench, content, say) {
  for (const { key, least, most, limit } of bench.keys) {
    const value = numberAt(bench, content, key);
    if (value !== undefined && ((least !== undefined && value < least) || (most !== undefined && value > most))) say(key, limit ?? "");
  }
  const share = at(content, "pk.sc_bioavailability");
  if (share?.value === 1 && spreadOf(share.cv ?? 0) > 0) say("pk.sc_bioavailability.cv", "a share of 1 in the median patient cannot vary: give a cv of 0");
  if (at(content, "roche_unit") && content.roche_unit.unit !== "IU") say("roche_unit", "roche_unit must be in IU, the IU in one Roche unit");
  const whole = numberAt(bench, content, "conjugate.molar_mass"), part = numberAt(bench, content, "molar_mass");
  if (whole !== undefined && part !== undefined && whole < part) say("conjugate.molar_mass", "the conjugate is lighter than its IL-2");
}

/**
 * List all that a molecule has: dotted keys, its ligand and its valency.
 * @param {Content} content
 * @returns {Set<string>}
 */
export function marksOf(content) {
  const found = new Set([`ligand.${content.ligand}`, `valency.${content.valency ?? 1}`]);
  const walk = (/** @type {Content} */ part, /** @type {string} */ before) => {
    for (const [key, value] of Object.entries(part)) {
      found.add(before + key);
      if (isTable(value)) walk(value, `${before}${key}.`);
    }
  };
  walk(content, "");
  return found;
}

/**
 * Give a number in the unit of the model, `KEY.native` and the like as written; undefined where the file has none.
 * @param {Workbench} bench
 * @param {Content} content
 * @param {string} key
 * @returns {number | undefined}
 */
export function numberAt(bench, content, key) {
  const about = bench.keys.find((one) => one.key === key), found = at(content, key);
  if (!about) return typeof found === "number" ? found : undefined;
  if (!isTable(found)) return undefined;
  return key === "potency" ? found.activity * about.units[found.activity_unit] : found.value * about.units[found.unit.trim()];
}

/**
 * Apply a law: the first case that holds.
 * @param {Workbench} bench
 * @param {Content} content
 * @param {LawCase[]} cases
 * @returns {number | null} null where no case holds
 */
export function byLaw(bench, content, cases) {
  const marks = marksOf(content), given = cases.find((one) => one.if.every((key) => marks.has(key)) && !one.unless.some((key) => marks.has(key)));
  if (!given) return null;
  let value = given.factor;
  for (const key of [...given.times, ...given.and_times.filter((one) => marks.has(one))]) value *= numberAt(bench, content, key) ?? NaN;
  for (const key of [...given.over, ...given.and_over.filter((one) => marks.has(one))]) value /= numberAt(bench, content, key) ?? NaN;
  return value;
}

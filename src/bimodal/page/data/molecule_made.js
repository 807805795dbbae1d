// @ts-check
// What a changed molecule is to a model of the page: where its doses enter, what it sets, how it varies, what warns of it.
import { MINE } from "./made.js";
import { at, byLaw, numberAt, spreadOf } from "./molecule_file.js";

/**
 * @typedef {import("./bundle").Workbench} Workbench
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Drug} Drug
 * @typedef {import("./bundle").Made} Made
 * @typedef {import("./molecule_file.js").Content} Content
 */

const UNDER_SKIN = ["sc", "ip"];

/**
 * Make a molecule ready to be simulated. Throws, in words, where the model cannot be given it.
 * @param {Workbench} bench
 * @param {Model} model
 * @param {Content} content without faults
 * @param {Float64Array | null} normals of the virtual patients, null where they differ in nothing of a molecule
 * @returns {Made}
 */
export function makeMolecule(bench, model, content, normals) {
  const { molecules } = model, { id, ligand } = content, species = content.species ?? "human";
  if (!molecules || species !== model.species) throw new Error(`'${id}' is a molecule of ${species} IL-2 or its receptors and the model is of ${model.species}: its numbers do not hold there`);
  const sort = ligand === "native" ? "native" : content.release ? "prodrug" : "engineered", doors = molecules.ports[sort];
  if (!doors) throw new Error(`the model '${model.id}' has no way in for '${id}', a molecule of the sort '${sort}'`);
  const made = { key: JSON.stringify(content), drug: drugOf(bench, content), place: { ports: doors, set: /** @type {[number, number][]} */ ([]), varied: /** @type {number[]} */ ([]), values: "" }, columns: new Float64Array(0) };
  if (ligand === "native") return made;
  for (const name of ["v_plasma", "clearance"]) if (!at(content, `pk.${name}`)) throw new Error(gap(content, name));
  const skin = at(content, "pk.sc_transfer") && at(content, "pk.sc_bioavailability");
  if (!skin) made.place.ports = Object.fromEntries(Object.entries(doors).filter(([route]) => !UNDER_SKIN.includes(route)));
  for (const { place, cases } of molecules.laws) {
    const value = byLaw(bench, content, cases);
    if (value !== null) made.place.set.push([place, value]);
  }
  if (normals) vary(bench, molecules.spread, content, normals, made, UNDER_SKIN.some((route) => route in made.place.ports));
  return made;
}

/** @param {Content} content @param {string} name */
function gap(content, name) {
  const human = at(content, "pk.human");
  if (human) return `'${content.id}' cannot be given as a regimen: human pharmacokinetics: ${human}. Give its ${name} and the other numbers of [pk]`;
  return `'${content.id}' is an engineered molecule and needs its ${name}`;
}

/**
 * Draw the pharmacokinetics of every virtual patient; without a cv of its own a number varies as that of native IL-2.
 * @param {Workbench} bench
 * @param {import("./bundle").Spread[]} spread
 * @param {Content} content
 * @param {Float64Array} normals
 * @param {Made} made
 * @param {boolean} skin
 */
function vary(bench, spread, content, normals, made, skin) {
  const drawn = spread.flatMap(({ key, place, cv: native, share_of: share }, column) => {
    const number = at(content, key), median = numberAt(bench, content, key);
    if (median === undefined || (!skin && key.startsWith("pk.sc_"))) return [];
    const own = number.cv === undefined ? native * (share === null ? 1 : (1 - median) / (1 - share)) : spreadOf(number.cv), sigma = share === null ? Math.sqrt(Math.log1p(own * own)) : own / (1 - median);
    const logit = Math.log(median) - Math.log1p(-median);
    return own > 0 ? [{ place, of: (/** @type {number} */ row) => valueOf(median, sigma * normals[row * spread.length + column], share === null ? null : logit) }] : [];
  });
  const patients = normals.length / spread.length;
  made.place.varied = drawn.map((one) => one.place);
  made.columns = Float64Array.from({ length: patients * drawn.length }, (_, i) => drawn[i % drawn.length].of(Math.floor(i / drawn.length)));
}

/** @param {number} median @param {number} step @param {number | null} logit */
function valueOf(median, step, logit) {
  return logit === null ? median * Math.exp(step) : 1 / (1 + Math.exp(-(logit + step)));
}

/** @param {Workbench} bench @param {Content} content @returns {Drug} */
function drugOf(bench, content) {
  /** @type {Record<string, number>} */
  const nmol = {};
  for (const [unit, cases] of Object.entries(bench.doses)) {
    const each = byLaw(bench, content, cases);
    if (each !== null) nmol[unit] = each;
  }
  const potency = numberAt(bench, content, "potency");
  return {
    id: MINE,
    name: content.name,
    class: content.ligand,
    species: content.species ?? "human",
    nmol,
    units: [],
    ranges: {},
    usual: "none",
    molar_mass: numberAt(bench, content, "molar_mass") ?? NaN,
    iu_per_mg: potency === undefined ? null : potency / content.potency.mass_mg,
    ec50_pM: {},
    ec50_of: "il2_plasma",
    ec50_minutes: 30,
    numbers: [],
    warnings: warningsOf(bench, content),
  };
}

/** What every figure of an engineered molecule must carry, as on the desk. @param {Workbench} bench @param {Content} content */
function warningsOf(bench, content) {
  if (content.ligand !== "engineered") return [];
  const numbers = bench.keys.map(({ key }) => at(content, key)).filter(Boolean), assumed = numbers.filter((one) => one.status === "assumed").length;
  return [
    `'${content.id}' is outside what the model was calibrated on, which is native IL-2: no trial of its class was fitted, and ${assumed} of the ${numbers.length} numbers of its file are assumed`,
    ...(bench.potency_words ? [bench.potency_words] : []),
    ...(content.release ? [`'${content.id}' is given inactive: concentrations are of the released, active form`] : []),
  ];
}

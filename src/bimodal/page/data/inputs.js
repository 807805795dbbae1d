// @ts-check
// What the kernel is given for a person: of the median person, a virtual patient, or one of the parameter sets.

import { courses } from "./doses.js";
import { unpackFloats } from "./unpack.js";

/**
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Population} Population
 * @typedef {import("./bundle").Scenario} Scenario
 * @typedef {import("./bundle").Body} Body
 * @typedef {{people: Map<string, Float64Array>, sets: Map<string, Float64Array>, drugs: Map<string, Float64Array>}} Prepared
 */

/**
 * Unpack the columns of a model.
 * @param {Model} model
 * @returns {Promise<Prepared>}
 */
export async function prepare(model) {
  const unpacked = async (/** @type {[string, string][]} */ pairs) =>
    new Map(await Promise.all(pairs.map(async ([name, text]) => /** @type {[string, Float64Array]} */ ([name, text ? await unpackFloats(text) : new Float64Array(0)]))));
  return {
    people: await unpacked(model.populations.map((one) => [one.cohort, one.values])),
    sets: await unpacked(model.populations.map((one) => [one.cohort, one.sets?.values ?? ""])),
    drugs: await unpacked(Object.entries(model.drugs).map(([id, drug]) => [id, drug.values])),
  };
}

/**
 * Lay out a person.
 * @param {Model} model
 * @param {Population} population
 * @param {Prepared} prepared
 * @param {{who: number, set?: number, scenario: Scenario, drugs: import("./bundle").Drug[]}} asked who: -1 is the median person; set: -1 is the best one
 * @returns {{inputs: Float64Array, body: Body, stops: number[]}}
 */
export function inputsOf(model, population, prepared, { who, set = -1, scenario, drugs }) {
  const inputs = Float64Array.from(population.typical);
  if (who >= population.patients) throw new Error(`this page has ${population.patients} patients`);
  if (who >= 0) put(inputs, population.varied, prepared.people.get(population.cohort), who);
  if (set >= 0 && population.sets && who < 0) put(inputs, population.sets.varied, prepared.sets.get(population.cohort), set);
  if (scenario.until === undefined) {
    /** @type {Map<number, string>} */
    const taken = new Map();
    for (const { drug, schedule } of courses(scenario)) {
      const place = model.drugs[drug];
      if (!place) {
        if (schedule.doses.length) throw new Error(`the model '${model.id}' does not take '${drug}'`);
        continue;
      }
      for (const [position, value] of place.set) {
        const other = taken.get(position);
        if (other !== undefined) throw new Error(doubled(other, drug, drugs.find((one) => one.id === drug)?.class));
        taken.set(position, drug);
        inputs[position] = value;
      }
      if (who >= 0 && population.kind === "patients") put(inputs, place.varied, scenario.made?.drug.id === drug ? scenario.made.columns : prepared.drugs.get(drug), who);
    }
  }
  for (const [id, value] of Object.entries(scenario.set ?? {})) {
    const position = model.parameters.findIndex((one) => one.id === id);
    if (position < 0 || !model.parameters[position].settable) throw new Error(`'${id}' of the model '${model.id}' cannot be set in a page`);
    if (!Number.isFinite(value)) throw new Error(`the value of '${id}' is no number`);
    inputs[position] = value;
  }
  const { body, typical_body: typical, stops } = population;
  const sizes = who < 0 ? typical : { weight_kg: body.weight_kg?.[who], bsa_m2: body.bsa_m2?.[who] };
  return { inputs, body: /** @type {Body} */ (sizes), stops: (who < 0 ? stops?.typical : stops?.patients[who]) ?? [] };
}

/** Say that two drugs want one place: of partners the desk has models with more, of IL-2 it has not. @param {string} other @param {string} drug @param {string | undefined} sort */
function doubled(other, drug, sort) {
  if (sort === "partner") return `'${other}' and '${drug}' are of one sort, and a page has one place for it: run them on the desk`;
  return `'${other}' and '${drug}' are both of the sort '${sort}', and an arm has one of each: native IL-2 and an engineered IL-2, beside its partners with no IL-2 in them`;
}

/**
 * @param {Float64Array} inputs
 * @param {number[]} positions
 * @param {Float64Array | undefined} rows
 * @param {number} row
 */
function put(inputs, positions, rows, row) {
  if (!rows) throw new Error("the people of this page are not unpacked");
  positions.forEach((position, k) => (inputs[position] = rows[row * positions.length + k]));
}

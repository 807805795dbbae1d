// @ts-check
// Reads the course of a scenario: when doses fall, how they group, when it ends, what it is called.
import { brief } from "./numbers.js";
import { expand, horizonDays, parseRegimen } from "./doses.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./session.js").Result} Result
 */

/** @template T @param {() => T} make @param {T} otherwise @returns {T} */
export function safely(make, otherwise) {
  try {
    return make();
  } catch {
    return otherwise; // the regimen is not readable, and its field says so
  }
}

/** @param {Scenario} scenario */
export function scheduleOf(scenario) {
  return safely(() => expand(parseRegimen(scenario.regimen)), null);
}

/** @param {Result} result @returns {number[]} */
export function daysOfDoses(result) {
  if (!result.memo.has("doses")) result.memo.set("doses", [...new Set((scheduleOf(result.scenario)?.doses ?? []).map((dose) => dose.time / 24))]);
  return result.memo.get("doses");
}

/** @param {Result} result */
export function endOf(result) {
  const last = result.typical?.times[result.typical.times.length - 1];
  if (last !== undefined) return result.model.time_unit === "h" ? last / 24 : last;
  return horizonDays(result.scenario);
}

/**
 * Group doses into courses: a pause longer than one and a half of the usual gap begins another.
 * @param {number[]} doses days, ascending
 * @returns {[number, number][]}
 */
export function coursesOf(doses) {
  if (!doses.length) return [];
  const gaps = doses.slice(1).map((day, i) => day - doses[i]).sort((a, b) => a - b), usual = gaps.length ? gaps[gaps.length >> 1] : 0.5;
  /** @type {[number, number][]} */
  const made = [[doses[0], doses[0]]];
  for (const day of doses.slice(1)) {
    const last = made[made.length - 1];
    if (day - last[1] > 1.5 * usual + 1e-9) made.push([day, day]);
    else last[1] = day;
  }
  return made.map(([start, end]) => [start, end + Math.min(usual, 1)]);
}

/**
 * Name a scenario by what it does, unless it has a name; the molecule only where it is another than beside.
 * @param {Bundle} bundle
 * @param {Scenario} scenario
 * @param {Scenario} beside
 */
export function nameOfScenario(bundle, scenario, beside) {
  if (scenario.name) return scenario.name;
  const drug = scenario.drug === beside.drug ? "" : `${bundle.drugs.find((one) => one.id === scenario.drug)?.name ?? scenario.drug}: `;
  const changed = Object.entries(scenario.set ?? {}).map(([id, value]) => `${id} = ${brief(value, 4)}`);
  return [scenario.until === undefined ? drug + scenario.regimen : "", ...changed].filter(Boolean).join(", ") || "the model as it is";
}

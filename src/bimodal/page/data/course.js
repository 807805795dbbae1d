// @ts-check
// Reads the course of a scenario: when doses fall, how they group, when it ends, what it is called.
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

/** @param {import("./expand.js").Schedule | null} schedule @param {number[]} doses @returns {[number, number][]} */
export function coursesOf(schedule, doses) {
  if (!schedule || !doses.length) return [];
  const gap = doses.length > 1 ? Math.max(...doses.slice(1).map((day, i) => day - doses[i]).sort((a, b) => a - b).slice(0, Math.ceil(0.8 * (doses.length - 1)))) : 0.5;
  /** @type {[number, number][]} */
  const made = [];
  for (const day of doses) {
    const last = made[made.length - 1];
    if (last && day - last[1] <= 1.6 * gap) last[1] = day;
    else made.push([day, day]);
  }
  return made.map(([start, end]) => [start, end + Math.min(gap, 1)]);
}

/** @param {Bundle} bundle @param {Scenario} scenario @param {Scenario} beside */
export function nameOfScenario(bundle, scenario, beside) {
  if (scenario.name && scenario.name !== scenario.regimen) return scenario.name;
  const drug = scenario.drug === beside.drug ? "" : `${bundle.drugs.find((one) => one.id === scenario.drug)?.name ?? scenario.drug}: `;
  return `${drug}${scenario.regimen}`;
}

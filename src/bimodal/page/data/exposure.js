// @ts-check
// Equal exposure: by what factor the doses of a molecule are scaled so that the typical patient meets as much of it.
// The counterpart of src/bimodal/compare/exposure.py.
import { expand, horizonDays, parseRegimen } from "./doses.js";
import { read } from "./observe.js";
import { regimenText } from "./regimen.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./pool.js").Pool} Pool
 */

const LOOKS = 80, SINGLE_DAYS = 28, TURNS = 14, CLOSE = 1e-5, LARGEST = 1e4, DIGITS = 6;

/**
 * Say which output is the free molecule, and how many pM its unit is.
 * @param {string} sort class of the molecule
 * @param {string[]} outputs
 * @returns {{id: string, scale: number}}
 */
export function levelOf(sort, outputs) {
  return sort === "engineered" && outputs.includes("drug_free") ? { id: "drug_free", scale: 1000 } : { id: "il2_plasma", scale: 1 };
}

/** Hours over which exposure is compared: the first dosing interval, of a single dose four weeks. @param {Scenario} scenario */
export function windowHours(scenario) {
  const [first, second] = expand(parseRegimen(scenario.regimen)).doses;
  return second ? second.time - first.time : Math.min(SINGLE_DAYS, horizonDays(scenario)) * 24;
}

/**
 * Multiply every dose of a regimen, rounded so that its text stays readable.
 * @param {string} text
 * @param {number} factor
 */
export function scaleRegimen(text, factor) {
  return regimenText(parseRegimen(text).map((phase) => ({ ...phase, amount: Number((phase.amount * factor).toPrecision(DIGITS)) })));
}

/**
 * Area of the free molecule above its start, pM h: straight lines where it rises, exponentials where it falls.
 * @param {ArrayLike<number>} hours
 * @param {Float64Array} level
 * @param {number} end
 */
export function areaAboveStart(hours, level, end) {
  let area = 0;
  const above = level.map((one) => Math.max(0, one - level[0]));
  for (let i = 1; i < above.length && hours[i] <= end + 1e-9; i++) {
    const [a, b] = [above[i - 1], above[i]], step = hours[i] - hours[i - 1];
    area += b < a && b > 0 ? (step * (a - b)) / Math.log(a / b) : (step * (a + b)) / 2;
  }
  return area;
}

/**
 * Find the regimen under which the typical patient is exposed as under a reference. Throws, in words, where there is none.
 * @param {{bundle: Bundle, pool: Pool, wanted: () => boolean}} how
 * @param {{scenario: Scenario, sort: string}} molecule
 * @param {{scenario: Scenario, sort: string}} reference
 * @returns {Promise<{factor: number, regimen: string}>}
 */
export async function equalExposure({ bundle, pool, wanted }, molecule, reference) {
  const model = /** @type {import("./bundle").Model} */ (bundle.models.find((one) => one.id === reference.scenario.model)), hours = windowHours(reference.scenario), days = Array.from({ length: LOOKS }, (_, k) => (hours / 24) * ((k + 1) / LOOKS) ** 2); // often where the level moves
  const area = async (/** @type {{scenario: Scenario, sort: string}} */ { scenario, sort }, /** @type {number} */ factor) => {
    const scaled = { ...scenario, regimen: scaleRegimen(scenario.regimen, factor), horizon_days: hours / 24 }, { id, scale } = levelOf(sort, model.kernel.outputs);
    const answer = await pool.ask({ scenario: scaled, who: [-1], rtol: bundle.rtol.rest, fine: true, days }, wanted, true);
    return scale * areaAboveStart(answer.times, read(bundle, model, { outputs: answer.outputs[0] }, id), hours);
  };
  const goal = await area(reference, 1);
  if (!(goal > 0)) throw new Error("the typical patient of the first molecule has no exposure to make equal: compare at the doses as given");
  let log = 0, gap = Math.log((await area(molecule, 1)) / goal), last = { log, gap };
  for (let turn = 0; turn < TURNS && Math.abs(gap) > CLOSE; turn++) {
    const slope = last.log === log ? 1 : (gap - last.gap) / (log - last.log);
    last = { log, gap };
    log -= gap / Math.min(4, Math.max(0.25, slope));
    if (!(Math.abs(log) <= Math.log(LARGEST))) break;
    gap = Math.log((await area(molecule, Math.exp(log))) / goal);
  }
  if (!(Math.abs(gap) <= 1e-3)) throw new Error("no dose from 1/10,000 to 10,000 times the given one exposes the typical patient as the first molecule does");
  return { factor: Math.exp(log), regimen: scaleRegimen(molecule.scenario.regimen, Math.exp(log)) };
}

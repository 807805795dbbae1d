// @ts-check
// Reads curves, bands and numbers from what was simulated; the sciences of an observable are in observe.js.
import { quantile, read } from "./observe.js";
import { valueAt } from "./chart_scale.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./session.js").Result} Result
 * @typedef {"highest" | "lowest" | number} Reading the extreme of the course, or a day
 * @typedef {{x: Float64Array, y: Float64Array}} Curve
 * @typedef {{x: Float64Array, low: Float64Array, middle: Float64Array, high: Float64Array}} Spread
 * @typedef {{middle: number, low: number, high: number, count: number}} Summary
 */

const LOW = 0.05, HIGH = 0.95;

/** @template T @param {Result} result @param {string} key @param {() => T} make @returns {T} */
function remembered(result, key, make) {
  if (!result.memo.has(key)) result.memo.set(key, make());
  return result.memo.get(key);
}

/**
 * Give days of kernel times: hours for our models; the time of a foreign model stays as it is.
 * @param {Result} result
 * @param {Float64Array} times
 */
export function daysOf(result, times) {
  return result.model.time_unit === "h" ? times.map((hours) => hours / 24) : times;
}

/**
 * Read an observable of the typical patient.
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {string} id
 * @returns {Curve | null}
 */
export function curve(bundle, result, id) {
  const { typical } = result;
  if (!typical) return null;
  return remembered(result, `curve ${id}`, () => ({ x: daysOf(result, typical.times), y: read(bundle, result.model, typical, id) }));
}

/** @param {Bundle} bundle @param {Result} result @param {string} id @param {"crowd" | "sets"} of @returns {Float64Array[]} of each solved person; empty for one who failed */
function people(bundle, result, id, of) {
  const crowd = result[of];
  if (!crowd) return [];
  return remembered(result, `${of} ${id}`, () =>
    crowd.outputs.map((outputs) => (outputs ? read(bundle, result.model, { outputs }, id) : new Float64Array(0))),
  );
}

/**
 * Read the spread at every saved time: 5th, 50th and 95th percentile of the virtual patients, or all of the parameter sets.
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {string} id
 * @param {"crowd" | "sets"} [of]
 * @returns {Spread | null}
 */
export function spread(bundle, result, id, of = "crowd") {
  const crowd = result[of];
  if (!crowd) return null;
  const [lowest, highest] = of === "sets" ? [0, 1] : [LOW, HIGH]; // few sets: their range, as their words say
  return remembered(result, `spread ${of} ${id}`, () => {
    const all = people(bundle, result, id, of).filter((one) => one.length), T = crowd.times.length;
    const made = { x: daysOf(result, crowd.times), low: new Float64Array(T), middle: new Float64Array(T), high: new Float64Array(T) };
    const row = new Float64Array(all.length);
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < all.length; i++) row[i] = all[i][t];
      row.sort();
      made.low[t] = quantile(row, lowest);
      made.middle[t] = quantile(row, 0.5);
      made.high[t] = quantile(row, highest);
    }
    return made;
  });
}

/**
 * Read one number from a curve: its extreme, with the day of it, or its value at a day.
 * @param {Curve} curve
 * @param {Reading} reading
 * @returns {{value: number, day: number}}
 */
export function readOff({ x, y }, reading) {
  if (typeof reading === "number") return { value: reading <= x[x.length - 1] + 1e-9 ? valueAt(x, y, reading) : NaN, day: reading };
  let best = 0;
  for (let i = 1; i < y.length; i++) if (reading === "lowest" ? y[i] < y[best] : y[i] > y[best]) best = i;
  return { value: y[best], day: x[best] };
}

/**
 * Read one number from everybody, in the order of the people; NaN for one who failed.
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {string} id
 * @param {Reading} reading
 * @returns {Float64Array}
 */
export function numbersOf(bundle, result, id, reading) {
  const { crowd } = result;
  if (!crowd) return new Float64Array(0);
  return remembered(result, `numbers ${id} ${reading}`, () => {
    const x = daysOf(result, crowd.times);
    return Float64Array.from(people(bundle, result, id, "crowd"), (y) => (y.length ? readOff({ x, y }, reading).value : NaN));
  });
}

/**
 * Sum up numbers of people: median and 5-95 %, of those who have one.
 * @param {Float64Array} numbers
 * @returns {Summary | null}
 */
export function summary(numbers) {
  const sorted = numbers.filter(Number.isFinite).sort();
  if (!sorted.length) return null;
  return { middle: quantile(sorted, 0.5), low: quantile(sorted, LOW), high: quantile(sorted, HIGH), count: sorted.length };
}

/**
 * Give the share of people above a line, of those who have a number.
 * @param {Float64Array} numbers
 * @param {number} line
 */
export function shareAbove(numbers, line) {
  const known = numbers.filter(Number.isFinite);
  return known.length ? known.filter((one) => one > line).length / known.length : NaN;
}

const SAME = 1e-3; // patients are solved to 1e-4, so what is nearer than this is no difference

/**
 * Subtract, person by person, what happened under another scenario; NaN where either is not known.
 * @param {Float64Array} numbers
 * @param {Float64Array} others of the same people
 */
export function paired(numbers, others) {
  return Float64Array.from(numbers, (one, i) => {
    const other = others[i] ?? NaN;
    return Math.abs(one - other) <= SAME * Math.max(Math.abs(one), Math.abs(other)) ? 0 : one - other;
  });
}

/**
 * Say whether two results are of the same people, so that differences person by person mean something.
 * @param {Result} a
 * @param {Result} b
 */
export function samePeople(a, b) {
  return a.model.id === b.model.id && a.population !== null && a.population === b.population;
}

// @ts-check
// Observables of a solved trajectory: those the model gives, and sums, ratios, weighted means and folds of them, by the
// registry. The counterpart of src/bimodal/study/endpoints/derive.py.

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 */

/**
 * Read an observable at every time of a trajectory.
 * @param {Bundle} bundle
 * @param {Model} model
 * @param {{outputs: Float64Array}} solved
 * @param {string} id
 * @returns {Float64Array}
 */
export function read(bundle, model, solved, id) {
  const { outputs } = model.kernel, place = outputs.indexOf(id);
  if (place >= 0) return Float64Array.from({ length: solved.outputs.length / outputs.length }, (_, t) => solved.outputs[t * outputs.length + place]);
  const about = bundle.observables[id];
  if (!about || about.kind === "model") throw new Error(`the model '${model.id}' does not give '${id}'`);
  const of = about.of.map((name) => read(bundle, model, solved, name));
  const [first] = of, start = first[0];
  switch (about.kind) {
    case "fold":
      return first.map((value) => (start === 0 ? NaN : value / start));
    case "gain":
      return first.map((value) => value - start);
    case "sum":
      return total(of);
    case "ratio": {
      const over = total(about.over.map((name) => read(bundle, model, solved, name)));
      return total(of).map((value, t) => about.scale * (over[t] === 0 ? NaN : value / over[t]));
    }
    case "weighted": {
      const weights = about.weights.map((name) => read(bundle, model, solved, name)), all = total(weights);
      return total(of.map((part, k) => part.map((value, t) => weights[k][t] * value))).map((value, t) => (all[t] === 0 ? NaN : value / all[t]));
    }
    default:
      throw new Error(`'${id}' is not read along a trajectory`);
  }
}

/** @param {Float64Array[]} parts */
function total(parts) {
  const sum = Float64Array.from(parts[0]);
  for (const part of parts.slice(1)) part.forEach((value, t) => (sum[t] += value));
  return sum;
}

/**
 * Quantile of ascending numbers, linear between order statistics as numpy has it.
 * @param {ArrayLike<number>} sorted
 * @param {number} share 0 to 1
 */
export function quantile(sorted, share) {
  const place = share * (sorted.length - 1), below = Math.floor(place), weight = place - below;
  const low = sorted[below], high = sorted[Math.min(below + 1, sorted.length - 1)];
  return weight < 0.5 ? low + (high - low) * weight : high - (high - low) * (1 - weight);
}

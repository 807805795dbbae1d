// @ts-check
// The pSTAT5 assay in a dish, solved with the page's own engine: the EC50 of a molecule on each stained subset.
// The counterpart of src/bimodal/response (wells.py, reading.py).
import { load } from "./engine.js";
import { unpackFloats } from "./unpack.js";

/** @typedef {import("./bundle").Dish} Dish */

/**
 * Open a dish.
 * @param {Dish} dish
 */
export async function openDish(dish) {
  const [engine, inputs, concentrations] = await Promise.all([load(dish), unpackFloats(dish.inputs), unpackFloats(dish.concentrations)]);
  const each = inputs.length / dish.cells.length;
  /**
   * Read the EC50 of a subset, pM; null where the curve has none.
   * @param {number} cell
   * @param {[number, number][]} set places and values of how the molecule binds; none for native IL-2
   */
  const ec50 = (cell, set) => {
    const row = inputs.slice(cell * each, (cell + 1) * each);
    for (const [place, value] of set) row[place] = value;
    const curve = concentrations.map((dose) => {
      const events = { times: [0], slots: [dish.slot], values: [dose / 1000] };
      const { outputs, status } = engine.solve({ inputs: row, events, times: [dish.hours], rtol: dish.rtol });
      if (status) throw new Error("a well of the dish could not be computed");
      return outputs[dish.output];
    });
    return halfOf(dish, concentrations, curve);
  };
  return { ec50 };
}

/**
 * Read where a curve is halfway between its lowest and its highest, on the logarithm of the concentration.
 * @param {Dish} dish
 * @param {Float64Array} concentrations
 * @param {Float64Array} curve
 */
function halfOf({ flat, no_signal: none }, concentrations, curve) {
  const top = Math.max(...curve), bottom = Math.min(...curve), from = concentrations.findIndex((one) => one >= concentrations[concentrations.length - 1] / 2);
  if (top < none || Math.max(...curve.slice(from)) - curve[from] > flat * top) return null;
  const level = bottom + 0.5 * (top - bottom), i = curve.findIndex((one) => one >= level);
  if (i === 0) return concentrations[0];
  const [x0, x1] = [Math.log(concentrations[i - 1]), Math.log(concentrations[i])];
  return Math.exp(x0 + ((level - curve[i - 1]) / (curve[i] - curve[i - 1])) * (x1 - x0));
}

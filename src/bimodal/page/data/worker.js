// @ts-check
// Runs in a worker: owns the compiled models, solves scenarios for the median person or for virtual patients.

import { openDish } from "./dish.js";
import { events, modelOf, populationOf, saveTimes } from "./doses.js";
import { load } from "./engine.js";
import { inputsOf, prepare } from "./inputs.js";
import { modelWith, withMade } from "./made.js";

/** @typedef {import("./bundle").Bundle} Bundle */
/** @typedef {import("./bundle").Scenario} Scenario */

/** @type {Bundle | null} */
let bundle = null;
/** @type {Map<string, Promise<{engine: import("./engine.js").Engine, prepared: import("./inputs.js").Prepared}>>} */
const opened = new Map();

/** @type {Promise<Awaited<ReturnType<typeof openDish>>> | null} */
let dish = null;

/** @param {import("./bundle").Model} model */
function open(model) {
  let found = opened.get(model.id);
  if (!found) {
    found = Promise.all([load(model), prepare(model)]).then(([engine, prepared]) => ({ engine, prepared }));
    opened.set(model.id, found);
  }
  return found;
}

/**
 * @param {Bundle} all
 * @param {{scenario: Scenario, who: number[], set?: number, rtol: number, fine: boolean, moving?: boolean, days?: number[]}} asked
 */
async function solve(all, { scenario, who, set = -1, rtol, fine, moving, days }) {
  const began = performance.now(), { made } = scenario, bare = modelOf(all, scenario), population = populationOf(bare, scenario);
  const { engine, prepared } = await open(bare), model = modelWith(bare, made), known = withMade(all, made), times = saveTimes(scenario, { fine, moving, days });
  /** @type {Float64Array[]} */
  const outputs = [];
  const statuses = [], steps = [];
  for (const one of who) {
    const { inputs, body, stops } = inputsOf(model, population, prepared, { who: one, set, scenario, drugs: known.drugs });
    const found = engine.solve({ inputs, events: events(known, model, scenario, body, stops), times, rtol });
    outputs.push(found.outputs);
    statuses.push(found.status);
    steps.push(found.steps);
  }
  return { kind: "solved", times, outputs, statuses, steps, ms: performance.now() - began };
}

/**
 * Read an EC50 in the dish.
 * @param {Bundle} all
 * @param {{cell: number, set: [number, number][]}} asked
 */
async function half(all, { cell, set }) {
  if (!all.workbench?.dish) throw new Error("this page has no dish");
  dish ??= openDish(all.workbench.dish);
  return { kind: "half", ec50: (await dish).ec50(cell, set) };
}

/** @type {Promise<unknown>} one at a time, in order */
let last = Promise.resolve();

self.onmessage = ({ data }) => {
  last = last.then(async () => {
    try {
      if (data.kind === "open") {
        bundle = data.bundle;
        self.postMessage({ id: data.id, kind: "opened" });
      } else if (bundle !== null && data.kind === "half") {
        self.postMessage({ id: data.id, ...(await half(bundle, data)) });
      } else if (bundle !== null) {
        const found = await solve(bundle, data);
        self.postMessage({ id: data.id, ...found }, { transfer: found.outputs.map((one) => one.buffer) });
      }
    } catch (fault) {
      self.postMessage({ id: data.id, kind: "failed", message: fault instanceof Error ? fault.message : String(fault) });
    }
  });
};

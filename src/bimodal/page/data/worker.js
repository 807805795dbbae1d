// @ts-check
// Runs in a worker: owns the compiled models, solves scenarios for the median person or for virtual patients.

import { events, modelOf, populationOf, saveTimes } from "./doses.js";
import { load } from "./engine.js";
import { inputsOf, prepare } from "./inputs.js";

/** @typedef {import("./bundle").Bundle} Bundle */
/** @typedef {import("./bundle").Scenario} Scenario */

/** @type {Bundle | null} */
let bundle = null;
/** @type {Map<string, Promise<{engine: import("./engine.js").Engine, prepared: import("./inputs.js").Prepared}>>} */
const opened = new Map();

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
 * @param {{scenario: Scenario, who: number[], set?: number, rtol: number, fine: boolean, days?: number[]}} asked
 */
async function solve(all, { scenario, who, set = -1, rtol, fine, days }) {
  const began = performance.now(), model = modelOf(all, scenario), population = populationOf(model, scenario);
  const { engine, prepared } = await open(model), times = saveTimes(scenario, { fine, days });
  /** @type {Float64Array[]} */
  const outputs = [];
  const statuses = [], steps = [];
  for (const one of who) {
    const { inputs, body, stops } = inputsOf(model, population, prepared, { who: one, set, scenario });
    const found = engine.solve({ inputs, events: events(all, model, scenario, body, stops), times, rtol });
    outputs.push(found.outputs);
    statuses.push(found.status);
    steps.push(found.steps);
  }
  return { kind: "solved", times, outputs, statuses, steps, ms: performance.now() - began };
}

/** @type {Promise<unknown>} one at a time, in order */
let last = Promise.resolve();

self.onmessage = ({ data }) => {
  last = last.then(async () => {
    try {
      if (data.kind === "open") {
        bundle = data.bundle;
        self.postMessage({ id: data.id, kind: "opened" });
      } else if (bundle !== null) {
        const found = await solve(bundle, data);
        self.postMessage({ id: data.id, ...found }, { transfer: found.outputs.map((one) => one.buffer) });
      }
    } catch (fault) {
      self.postMessage({ id: data.id, kind: "failed", message: fault instanceof Error ? fault.message : String(fault) });
    }
  });
};

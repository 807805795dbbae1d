// @ts-check
// What has been simulated: the typical patient at once, exactly at rest, and then the virtual patients.
import { scenarioKey } from "./state.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Population} Population
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./pool.js").Pool} Pool
 * @typedef {import("./pool.js").Question} Question
 * @typedef {{times: Float64Array, outputs: Float64Array}} Solved
 * @typedef {object} Crowd
 * @property {Float64Array} times
 * @property {(Float64Array | null)[]} outputs of each person; null where not yet solved or failed
 * @property {number} done
 * @property {number} failed
 * @property {number} ms
 * @typedef {object} Result
 * @property {string} key
 * @property {Scenario} scenario
 * @property {Model} model
 * @property {Population | null} population
 * @property {number[]} days where numbers are reported
 * @property {Solved | null} typical
 * @property {boolean} exact the typical patient at full accuracy
 * @property {number} ms that the typical patient took
 * @property {number} steps
 * @property {Crowd | null} crowd the virtual patients
 * @property {Crowd | null} sets the typical patient under equally good parameter sets
 * @property {boolean} complete every virtual patient is solved
 * @property {string} problem words, when it cannot be simulated
 * @property {number} version grows with everything that arrives
 * @property {Map<string, any>} memo of what was read from it
 * @property {{crowd?: symbol, sets?: symbol}} runs which run of its people counts
 */

const REST_MS = 160;
const CHUNK = 4;
const STAGES = [0.2, 0.5, 1]; // bands are drawn when so many people are known
const KEPT = 8;

export class Session {
  /**
   * @param {Bundle} bundle
   * @param {Pool} pool
   * @param {(result: Result, input: number | null) => void} arrived `input` is when the reader's move began, ms
   */
  constructor(bundle, pool, arrived) {
    this.bundle = bundle;
    this.pool = pool;
    this.arrived = arrived;
    /** @type {Map<string, Result>} */
    this.results = new Map();
    /** @type {Set<string>} */
    this.held = new Set();
    this.current = "";
    /** @type {"patients" | "sets"} */
    this.band = "patients";
    /** @type {{result: Result, input: number | null} | null} */
    this.waiting = null;
    this.asking = false;
    this.timer = 0;
  }

  /**
   * Show a scenario: the newest always wins, and what is under way is drawn when it comes.
   * @param {Scenario} scenario
   * @param {number[]} days
   * @param {number | null} [input]
   * @returns {Result}
   */
  show(scenario, days, input = null) {
    const result = this.find(scenario, days);
    this.current = result.key;
    clearTimeout(this.timer);
    if (result.typical || result.problem) {
      this.arrived(result, input);
      if (!result.problem) this.rest(result);
    } else {
      this.waiting = { result, input };
      if (!this.asking) this.drag();
    }
    return result;
  }

  /**
   * Keep a scenario for comparison, and simulate what is missing of it behind what is shown.
   * @param {Scenario[]} scenarios
   * @param {number[]} days
   * @returns {Result[]}
   */
  hold(scenarios, days) {
    const results = scenarios.map((one) => this.find(one, days));
    this.held = new Set(results.map((one) => one.key));
    for (const result of results) if (!result.complete && !result.problem && result.key !== this.current && !result.runs.crowd) this.settle(result, false);
    return results;
  }

  /** @param {Scenario} scenario @param {number[]} days @returns {Result} */
  find(scenario, days) {
    const key = `${scenarioKey(scenario)}&days=${days.join(",")}${scenario.made?.key ?? ""}`;
    let result = this.results.get(key);
    if (!result) {
      const model = this.bundle.models.find((one) => one.id === scenario.model) ?? this.bundle.models[0];
      const population = model.populations.find((one) => one.cohort === scenario.cohort && one.patients > 1) ?? null;
      result = { key, scenario, model, population, days, typical: null, exact: false, ms: 0, steps: 0, crowd: null, sets: null, complete: false, problem: "", version: 0, memo: new Map(), runs: {} };
    }
    this.results.delete(key); // the last asked for is the last to be forgotten
    this.results.set(key, result);
    for (const old of this.results.keys()) {
      if (this.results.size <= KEPT) break;
      if (old !== key && old !== this.current && !this.held.has(old)) this.results.delete(old);
    }
    return result;
  }

  drag() {
    if (!this.waiting) return;
    const { result, input } = this.waiting;
    this.waiting = null;
    this.asking = true;
    this.pool.askNow({ ...this.question(result, [-1], this.bundle.rtol.drag, true), moving: true }).then(
      (answer) => {
        if (!result.exact) this.keepTypical(result, answer);
        this.moved(result, input);
      },
      (message) => {
        result.problem = message;
        this.moved(result, input);
      },
    );
  }

  /** @param {Result} result @param {number | null} input */
  moved(result, input) {
    this.asking = false;
    result.version++;
    this.arrived(result, input);
    if (this.waiting) this.drag();
    else if (!result.problem) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.rest(result), REST_MS);
    }
  }

  /** @param {Result} result */
  rest(result) {
    if (result.key === this.current) this.settle(result, true);
  }

  /**
   * Solve the typical patient exactly, and everybody.
   * @param {Result} result
   * @param {boolean} urgent
   */
  settle(result, urgent) {
    const wanted = () => result.key === this.current || this.held.has(result.key);
    const lost = (/** @type {string} */ message) => {
      result.problem = message;
      result.version++;
      this.arrived(result, null);
    };
    if (!result.exact) {
      this.pool.ask(this.question(result, [-1], this.bundle.rtol.rest, true), wanted, true).then((answer) => {
        result.exact = true;
        this.keepTypical(result, answer);
        result.version++;
        this.arrived(result, null);
      }, lost);
    }
    const { population } = result;
    if (!population) return;
    if (!result.complete) this.gather(result, "crowd", population.patients, CHUNK, urgent, lost);
    if (this.band === "sets" && population.sets && result.sets?.done !== population.sets.count) this.gather(result, "sets", population.sets.count, 1, urgent, lost);
  }

  /**
   * Solve everybody, or the typical person under every equally good parameter set; drawn in a few stages.
   * @param {Result} result
   * @param {"crowd" | "sets"} kind
   * @param {number} count
   * @param {number} chunk
   * @param {boolean} urgent
   * @param {(message: string) => void} lost
   */
  gather(result, kind, count, chunk, urgent, lost) {
    const began = performance.now(), run = (result.runs[kind] = Symbol(kind)); // a later run replaces an abandoned one
    /** @type {Crowd} */
    const crowd = { times: new Float64Array(0), outputs: new Array(count).fill(null), done: 0, failed: 0, ms: 0 };
    const wanted = () => (result.key === this.current || this.held.has(result.key)) && result.runs[kind] === run;
    let drawn = 0;
    for (let first = 0; first < count; first += chunk) {
      const places = Array.from({ length: Math.min(chunk, count - first) }, (_, i) => first + i), { rtol } = this.bundle;
      const question = kind === "crowd" ? this.question(result, places, rtol.patients, false) : { ...this.question(result, [-1], rtol.patients, false), set: first };
      this.pool.ask(question, wanted, urgent).then((answer) => {
        if (result.runs[kind] !== run) return;
        crowd.times = answer.times;
        places.forEach((place, i) => {
          crowd.outputs[place] = answer.statuses[i] ? null : answer.outputs[i];
          crowd.failed += answer.statuses[i] ? 1 : 0;
        });
        crowd.done += places.length;
        crowd.ms = performance.now() - began;
        if (kind === "crowd") result.complete = crowd.done === count;
        const stage = STAGES.filter((share) => crowd.done >= share * count).length;
        if (stage === drawn) return;
        drawn = stage;
        result[kind] = crowd;
        result.memo = new Map();
        result.version++;
        this.arrived(result, null);
      }, lost);
    }
  }

  /** @param {Result} result @param {import("./pool.js").Answer} answer */
  keepTypical(result, answer) {
    result.typical = { times: answer.times, outputs: answer.outputs[0] };
    result.ms = answer.ms;
    result.steps = answer.steps[0];
    result.problem = answer.statuses[0] ? "The typical patient could not be solved for this scenario." : "";
    result.memo = new Map();
  }

  /** @param {Result} result @param {number[]} who @param {number} rtol @param {boolean} fine @returns {Question} */
  question(result, who, rtol, fine) {
    return { scenario: result.scenario, who, rtol, fine, days: result.days };
  }
}

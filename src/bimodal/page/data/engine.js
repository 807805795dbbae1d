// @ts-check
// One patient through a model. The step (rates, Jacobian, LU, stages, error, how long the next one may be) is the model's
// own code, made from the very text the desk compiles; here is the loop around it, which decides as
// src/bimodal/engine/loop.py does for a lane, in the same order of operations: so results are equal to the last bit.

import { unpackBytes } from "./unpack.js";

/** @typedef {import("./bundle").Model} Model */
/** @typedef {import("./bundle").Kernel} Kernel */
/** @typedef {import("./bundle").Events} Events */

/** How an integration ended, as `bimodal.engine.SolverStatus`. */
export const STATUS = { DONE: 0, STEP_TOO_SMALL: 3, TOO_MANY_STEPS: 4, NOT_FINITE: 5 };

/** @type {Record<number, string>} */
const SENTENCES = {
  [STATUS.DONE]: "Integrated to the end.",
  [STATUS.STEP_TOO_SMALL]: "The step size fell below what the numbers can resolve.",
  [STATUS.TOO_MANY_STEPS]: "The limit on steps was reached.",
  [STATUS.NOT_FINITE]: "A starting value, a parameter or a result is not a finite number.",
};

const TIME_TOLERANCE = 1e-10; // relative closeness at which a save time and an event are one instant
const LOOSE = 1e-3; // absolute tolerance, in relative ones of the largest size, where less cannot be had
const LEAST = 1e-290; // smallest absolute tolerance
const SLACK = 1e3; // how far below zero a state may go, in absolute tolerances where they are fixed
const TINY = 1e-12; // a step this short, relative to the run, is one that something cuts down

/**
 * Say in words how an integration ended.
 * @param {number} status
 */
export function sentence(status) {
  return SENTENCES[status] ?? "Not integrated.";
}

/**
 * Compile a model of a bundle.
 * @param {Pick<Model, "kernel">} model
 */
export async function load(model) {
  return Engine.of(await unpackBytes(model.kernel.wasm), model.kernel);
}

/** A compiled model with the memory of one patient. */
export class Engine {
  /**
   * @param {Uint8Array} bytes the module
   * @param {Kernel} kernel what the loop must know of it
   */
  static async of(bytes, kernel) {
    return Engine.from(await WebAssembly.compile(/** @type {BufferSource} */ (bytes)), kernel);
  }

  /**
   * @param {WebAssembly.Module} module compiled
   * @param {Kernel} kernel
   */
  static from(module, kernel) {
    const engine = new Engine(kernel);
    const stack = new WebAssembly.Global({ value: "i32", mutable: true }, kernel.stack);
    const env = { __linear_memory: engine.memory, __stack_pointer: stack };
    engine.code = /** @type {any} */ (new WebAssembly.Instance(module, { env }).exports);
    return engine;
  }

  /** @param {Kernel} kernel */
  constructor(kernel) {
    this.kernel = kernel;
    const { states: n, parameters, factors, stages, outputs } = kernel;
    /** @type {Record<string, number>} */
    const sizes = {
      y: n, u: n, k: stages * n, lu: factors, p: parameters, atol: n, floor: n, share: n, state: n, slope: n,
      out: outputs.length, trial: 5, t: 1, h: 1, rtol: 1, err: 1, residual: 1, factor: 1, taken: 1, one: 1,
    };
    let top = kernel.stack;
    /** @type {Record<string, number>} */
    this.at = {};
    for (const name in sizes) {
      this.at[name] = top;
      top += 8 * sizes[name];
    }
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(top / 65536) });
    /** @type {Record<string, Float64Array>} */
    this.v = {};
    for (const name in sizes) this.v[name] = new Float64Array(this.memory.buffer, this.at[name], sizes[name]);
    /** @type {Record<string, (...addresses: number[]) => void>} */
    this.code = {};
  }

  /**
   * Integrate one patient.
   * @param {object} problem
   * @param {ArrayLike<number>} problem.inputs parameters, in the order of the model
   * @param {Events} problem.events what happens when, in order of time; a slot below 0 is a stop where nothing happens
   * @param {ArrayLike<number>} problem.times ascending from 0, in the model's unit; the run ends at the last of them
   * @param {number} [problem.rtol]
   * @param {number | null} [problem.atol] the same absolute tolerance for every state; null: it follows their sizes
   * @param {number} [problem.atolFactor]
   * @param {number} [problem.maxSteps]
   * @returns {{outputs: Float64Array, status: number, steps: number, rejected: number, repeated: number}} outputs at
   *   each time, one row a time; all NaN where it failed
   */
  solve({ inputs, events, times, rtol = 1e-6, atol = null, atolFactor = 1e-24, maxSteps = 2e6 }) {
    const { states: n, outputs, observers } = this.kernel, { code, at, v } = this, saves = times.length;
    const out = new Float64Array(saves * outputs.length);
    const run = { outputs: out, status: STATUS.DONE, steps: 0, rejected: 0, repeated: 0 };
    const end = times[saves - 1], whole = Math.max(end, 1e-300);
    v.p.fill(0);
    v.p.set(inputs);
    code.start(at.p, at.y);
    if (!v.y.every(Number.isFinite) || !Array.prototype.every.call(inputs, Number.isFinite)) return failed(run, STATUS.NOT_FINITE);
    this.setTolerances(rtol, atol, atolFactor);
    v.taken[0] = 1;

    const observe = (/** @type {number} */ time, /** @type {number} */ state, /** @type {number} */ save) => {
      v.one[0] = time;
      code.observe(at.one, state, at.p, at.out);
      out.set(v.out, save * outputs.length);
    };

    let clock = 0, event = 0, save = 0, h = 0, stop = end, reaches = true, lastMean = 0, lastStep = 1, unsure = false;
    while (save < saves && times[save] <= clock + TIME_TOLERANCE * Math.max(Math.abs(clock), whole)) observe(times[save], at.y, save++);
    let ahead = save; // the next save not yet looked at from where the patient stands
    while (save < saves) {
      v.t[0] = clock;
      if (reaches) { // at a stop: events happen, and a new first step is chosen
        reaches = false;
        const close = clock + TIME_TOLERANCE * Math.max(Math.abs(clock), whole);
        let happened = h === 0;
        for (; event < events.times.length && events.times[event] <= close; event++) {
          const slot = events.slots[event];
          if (slot < 0) continue;
          if (slot < n) v.y[slot] += events.values[event];
          else if (slot < 2 * n) v.y[slot - n] = events.values[event];
          else v.p[slot - 2 * n] = events.values[event];
          happened = true;
        }
        stop = event < events.times.length ? Math.min(end, events.times[event]) : end;
        if (happened) h = this.firstStep(rtol, stop - clock);
      }
      const room = stop - clock, held = h >= room * 0.999999;
      let step = held ? room : Math.min(h, 0.5 * room), looks = false;
      if (ahead < saves) { // a save inside a step is reached by a step of its own
        const arrives = held ? stop - TIME_TOLERANCE * Math.max(Math.abs(stop), whole) : clock + step;
        if (times[ahead] < arrives) {
          looks = true;
          step = times[ahead] - clock;
        }
      }
      v.h[0] = step;
      code.step(at.t, at.y, at.p, at.h, at.atol, at.rtol, at.floor, at.lu, at.k, at.u, at.err, at.residual);
      code.judge(at.err, at.factor);
      const mean = v.err[0], factor = v.factor[0], bad = v.residual[0] > 0; // bad: the factors cannot be trusted
      if (looks) {
        if (!bad && mean < Infinity) observe(times[ahead], at.u, ahead);
        else {
          out.fill(NaN, ahead * outputs.length, (ahead + 1) * outputs.length);
          unsure = true;
        }
        ahead++;
        continue;
      }
      run.steps++;
      if (bad) {
        run.repeated++;
        h = 0.25 * step;
      } else if (!(mean <= 1)) {
        run.rejected++;
        v.trial.set([mean, step, lastMean, lastStep, factor]);
        code.shorten(at.trial);
        const tiny = step <= TINY * Math.max(Math.abs(clock), whole) && mean < Infinity;
        const again = tiny && this.loosen(rtol);
        h = again ? step : step * v.trial[4];
        lastMean = again ? 0 : mean;
        lastStep = step;
      } else {
        lastMean = 0;
        const arrives = held ? stop : clock + step, margin = TIME_TOLERANCE * Math.max(Math.abs(arrives), whole);
        for (; save < saves && times[save] <= (held ? arrives + margin : arrives); save++) {
          if (save >= ahead) observe(times[save], at.u, save);
          else if (unsure && missing(out, save * outputs.length, outputs.length)) {
            this.interpolate((times[save] - clock) / step);
            observe(times[save], at.state, save);
          }
        }
        ahead = save;
        unsure = false;
        code.take(at.taken, at.u, at.y, at.atol, at.share);
        const longer = step * factor;
        h = step < h && factor >= 1 ? Math.max(h, longer) : longer; // a step cut short says nothing against the longer one
        clock = arrives;
        reaches = held;
      }
      if (save >= saves) break;
      if (h <= 1e-15 * Math.max(Math.abs(clock), 1e-3 * whole)) return failed(run, STATUS.STEP_TOO_SMALL);
      if (run.steps >= maxSteps) return failed(run, STATUS.TOO_MANY_STEPS);
    }
    for (let i = 0; i < out.length; i++) {
      if (Number.isFinite(out[i])) continue;
      if (!observers[i % outputs.length]) return failed(run, STATUS.NOT_FINITE);
      out[i] = NaN; // one that only looks on may be missing
    }
    return run;
  }

  /**
   * @param {number} rtol
   * @param {number | null} atol
   * @param {number} atolFactor
   */
  setTolerances(rtol, atol, atolFactor) {
    const { states: n, scales, nonnegative } = this.kernel, { v } = this, share = atol === null ? rtol * atolFactor : 0;
    for (let i = 0; i < n; i++) {
      const size = Math.abs(v.y[i]);
      v.atol[i] = Math.max(share * (size > 0 ? size : scales[i]), atol === null ? LEAST : atol);
      v.share[i] = share;
      v.floor[i] = (nonnegative[i] ? (atol === null ? -1 : -SLACK) : -Infinity) * (share > 0 ? rtol / share : 1);
    }
    v.rtol[0] = rtol;
  }

  /**
   * Guess a first step from the size of the state and its slope (Hairer, Norsett and Wanner I, section II.4).
   * @param {number} rtol
   * @param {number} longest
   */
  firstStep(rtol, longest) {
    const { y, slope, atol } = this.v, { at } = this;
    this.code.rate(at.t, at.y, at.p, at.slope);
    let size = 0, steep = 0;
    for (let i = 0; i < y.length; i++) {
      const weight = atol[i] + rtol * Math.abs(y[i]), one = y[i] / weight, other = slope[i] / weight;
      size += one * one;
      steep += other * other;
    }
    let guess = size > 0 && steep > 0 ? 0.01 * Math.sqrt(size / steep) : 1e-6 * longest;
    if (!Number.isFinite(guess)) guess = 1e-6 * longest;
    return Math.min(Math.max(guess, 1e-12 * longest), longest);
  }

  /**
   * Let the states that cut a step to almost nothing be known less exactly far below their largest size.
   * @param {number} rtol
   * @returns {boolean} whether there was room for that
   */
  loosen(rtol) {
    const { y, u, k, atol, share, floor } = this.v, n = y.length;
    let found = false;
    for (let i = 0; i < n; i++) {
      const error = Math.abs(k[k.length - n + i]), size = Math.max(Math.abs(y[i]), Math.abs(u[i]));
      if (share[i] > 0 && share[i] < LOOSE * rtol && error > rtol * size + atol[i]) {
        const wider = Math.min(1e3, (LOOSE * rtol) / share[i]);
        share[i] *= wider;
        atol[i] *= wider;
        floor[i] /= wider;
        found = true;
      }
    }
    return found;
  }

  /**
   * Write the dense output at a share of the last step into `state`.
   * @param {number} theta
   */
  interpolate(theta) {
    const { y, u, k, state } = this.v, { dense, stages } = this.kernel, n = y.length, rest = 1 - theta;
    for (let i = 0; i < n; i++) {
      let bend = 0;
      for (let r = dense.length - 1; r >= 0; r--) {
        let weight = 0;
        for (let j = 0; j < stages; j++) weight += dense[r][j] * k[j * n + i];
        bend = weight + theta * bend;
      }
      state[i] = rest * y[i] + theta * (u[i] + rest * bend);
    }
  }
}

/**
 * @template {{outputs: Float64Array, status: number}} Run
 * @param {Run} run
 * @param {number} status
 */
function failed(run, status) {
  run.status = status;
  run.outputs.fill(NaN);
  return run;
}

/**
 * @param {Float64Array} values
 * @param {number} from
 * @param {number} count
 */
function missing(values, from, count) {
  for (let i = from; i < from + count; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

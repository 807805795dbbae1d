// @ts-check
// Which charts a model gets, and what each of them draws.
import { curve, spread } from "./readings.js";
import { swing } from "./chart_scale.js";
import { brief, times, unitText } from "./numbers.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./session.js").Result} Result
 * @typedef {import("./chart.js").ChartData} ChartData
 * @typedef {object} Spec
 * @property {string} key
 * @property {string} title
 * @property {string} unit
 * @property {import("./chart_scale.js").Kind} kind
 * @property {number} [floor]
 * @property {boolean} wide
 * @property {{id: string, name: string, hue: string, scale: number}[]} lines
 * @property {"mean" | "high"} swing which curve is drawn where doses are too close to tell apart
 * @property {boolean} swinging whether the way between doses is shaded
 * @property {boolean} spreads whether bands of people are drawn
 * @property {boolean} levels whether EC50 lines are drawn
 * @property {(value: number) => string} say
 */

export const HUES = ["blue", "orange", "vermilion", "green", "sky", "yellow", "purple"];
const CLOSE_PX = 7; // doses nearer than this cannot be told apart
const SAME_AS_BASELINE = 1e-3;

/** @param {string} colour @returns {string} a hue the style sheet knows */
export function hueOf(colour) {
  return HUES.includes(colour) ? colour : "ink";
}

/**
 * List the charts of a model, the first of them the large one.
 * @param {Bundle} bundle
 * @param {Model} model
 * @returns {Spec[]}
 */
export function chartsOf(bundle, model) {
  const has = (/** @type {string} */ id) => model.observables.includes(id);
  const cells = bundle.cells.filter((cell) => has(`${cell.id}_fold`));
  const usual = { floor: 1e-3, wide: false, swing: /** @type {const} */ ("mean"), swinging: false, spreads: true, levels: false };
  const line = (/** @type {string} */ id, /** @type {string} */ hue, name = "", scale = 1) => ({ id, name, hue, scale });
  /** @type {Spec[]} */
  const made = [];
  if (cells.length) {
    const lines = cells.map((cell) => line(`${cell.id}_fold`, hueOf(cell.colour), cell.short));
    made.push({ ...usual, key: "cells", title: "Cells in blood", unit: "fold of own day 0", kind: "fold", floor: 1 / 64, wide: true, lines, say: times });
  }
  if (has("il2_plasma")) {
    made.push({ ...usual, key: "ligand", title: "Free IL-2 in plasma", unit: "pM", kind: "log", floor: 0.05, lines: [line("il2_plasma", "ink")], swing: "high", swinging: true, levels: true, say: (value) => `${brief(value)} pM` });
  }
  const signals = bundle.cells.filter((cell) => has(`pstat5_${cell.id}`) && has(`${cell.id}_fold`));
  if (signals.length) {
    const lines = signals.map((cell) => line(`pstat5_${cell.id}`, hueOf(cell.colour), cell.short, 100));
    made.push({ ...usual, key: "signal", title: "pSTAT5", unit: "% of maximum", kind: "linear", lines, swinging: true, spreads: false, say: (value) => `${brief(value, 2)} %` });
  }
  const marked = hueOf(bundle.cells.find((cell) => cell.marked)?.colour ?? "");
  /** @type {[string, string, import("./chart_scale.js").Kind, number | undefined][]} */
  const others = [
    ["treg_tconv_ratio_fold", marked, "fold", 1 / 64],
    ["tox_index", "purple", "linear", undefined],
    ["tumour_cells_fold", "purple", "log", 1e-4],
    ["scd25", "sky", "linear", undefined],
  ];
  for (const [id, hue, kind, floor] of others) if (has(id)) made.push({ ...single(bundle, id, hue, kind), floor });
  const drawn = new Set(made.flatMap((one) => one.lines.map((each) => each.id)));
  // the count behind a fold that is drawn, and the parts of it, would say the same again
  const said = (/** @type {string} */ id) => [...drawn].some((one) => one === id || one === `${id}_fold` || (one === "tumour_cells_fold" && id.startsWith("tumour_")));
  const more = [...model.shown.other, ...model.shown.tissue].filter((id) => !said(id));
  for (const id of made.length > 2 ? more.filter((one) => model.shown.tissue.includes(one)).slice(0, 2) : more) made.push(single(bundle, id, "blue", "linear"));
  if (!made.length) for (const id of model.observables.slice(0, 9)) made.push(single(bundle, id, "blue", "linear"));
  if (made.length > 3) made[0].wide = true;
  return made;
}

/** @param {Bundle} bundle @param {string} id @param {string} hue @param {import("./chart_scale.js").Kind} kind @returns {Spec} */
function single(bundle, id, hue, kind) {
  const about = bundle.observables[id], fold = about?.kind === "fold", unit = unitText(about?.unit ?? "");
  const title = (about?.label ?? id).replace(/, fold$/, "");
  const words = fold ? "fold of own day 0" : unit || (/index|latent/i.test(about?.label ?? "") ? "latent, empirical" : "");
  const say = fold ? times : (/** @type {number} */ value) => `${brief(value)}${unit ? ` ${unit}` : ""}`;
  return { key: id, title, unit: words, kind, wide: false, lines: [{ id, name: "", hue, scale: 1 }], swing: "mean", swinging: false, spreads: true, levels: false, say };
}

/**
 * Say which part of a course is drawn, in days.
 * @param {import("./state.js").Span} span
 * @param {number} end
 * @param {number[]} doses days
 * @returns {[number, number]}
 */
export function windowOf(span, end, doses) {
  const last = doses.length ? doses[doses.length - 1] : 0;
  if (span === "first") return [0, Math.min(7, end)];
  if (span === "last") return [Math.max(0, last - 5), Math.min(end, last + 2)];
  return [0, end];
}

/**
 * Give what one chart draws of a result, of what is held beside it, and of the EC50 of the molecule.
 * @param {Bundle} bundle
 * @param {Spec} spec
 * @param {{result: Result, held: Result[], window: [number, number], doses: number[], courses: [number, number][], dosesOf: (result: Result) => number[], pixels: number, waiting: boolean, line: number | null, band: "crowd" | "sets"}} scene
 * @returns {ChartData}
 */
export function chartData(bundle, spec, { result, held, window, doses, courses, dosesOf, pixels, waiting, line, band: of }) {
  /** @type {ChartData} */
  const data = { window, lines: [], bands: [], levels: [], doses, courses, waiting };
  const scaled = (/** @type {Float64Array} */ y, /** @type {number} */ scale) => (scale === 1 ? y : y.map((value) => value * scale));
  const add = (/** @type {Result} */ one, /** @type {number} */ place) => {
    const own = place ? dosesOf(one) : doses;
    for (const { id, name, hue, scale } of spec.lines) {
      const found = curve(bundle, one, id);
      if (!found) continue;
      const y = scaled(found.y, scale), tag = place ? `held ${place} ${id}` : id, thin = spec.key === "ligand";
      if (!close(own, window, pixels)) {
        data.lines.push({ id: tag, name, hue, x: found.x, y, held: place, thin });
        continue;
      }
      const summed = swing(found.x, y, own);
      if (spec.swinging && !place) data.bands.push({ id: tag, hue, x: summed.x, low: summed.low, high: summed.high, kind: "swing" });
      data.lines.push({ id: tag, name, hue, x: summed.x, y: summed[spec.swing], held: place, thin });
    }
  };
  held.forEach((one, i) => add(one, i + 1));
  add(result, 0);
  if (spec.spreads) {
    for (const { id, hue, scale } of spec.lines) {
      const band = spread(bundle, result, id, of);
      if (!band) continue;
      const [low, high] = [scaled(band.low, scale), scaled(band.high, scale)];
      if (!flat(low) || !flat(high)) data.bands.unshift({ id, hue, ...smooth(band.x, low, high, doses, window, pixels, spec.swing), kind: "people" });
    }
  }
  if (spec.levels) data.levels = levelsOf(bundle, result);
  if (line !== null && spec.key === "cells") data.levels.push({ value: line, name: times(line), hue: "soft" });
  return data;
}

/** Take the edges of a band dose by dose where doses are close, as the curve is taken.
 * @param {Float64Array} x @param {Float64Array} low @param {Float64Array} high @param {number[]} doses @param {[number, number]} window @param {number} pixels @param {"mean" | "high"} way */
function smooth(x, low, high, doses, window, pixels, way) {
  if (!close(doses, window, pixels)) return { x, low, high };
  const [below, above] = [swing(x, low, doses), swing(x, high, doses)];
  return { x: below.x, low: below[way], high: above[way] };
}

/** @param {number[]} doses @param {[number, number]} window @param {number} pixels */
function close(doses, [from, to], pixels) {
  return doses.length > 2 && ((doses[1] - doses[0]) / (to - from)) * pixels < CLOSE_PX;
}

/** @param {Float64Array} y */
function flat(y) {
  return y.every((value) => Math.abs(value - y[0]) <= SAME_AS_BASELINE * Math.abs(y[0]));
}

/** @param {Bundle} bundle @param {Result} result @returns {import("./chart.js").Level[]} */
function levelsOf(bundle, result) {
  const drug = bundle.drugs.find((one) => one.id === result.scenario.drug);
  return ec50Of(bundle, drug).map(({ name, hue, value }) => ({ name: `EC50 ${name}`, hue, value }));
}

/**
 * List the EC50 of a molecule by cell, in pM of free IL-2; none where its EC50 is of something else.
 * @param {Bundle} bundle
 * @param {import("./bundle").Drug | undefined} drug
 * @returns {{id: string, name: string, hue: string, value: number}[]}
 */
export function ec50Of(bundle, drug) {
  if (!drug?.ec50_pM || (drug.ec50_of ?? "il2_plasma") !== "il2_plasma") return [];
  const known = drug.ec50_pM;
  return Object.keys(known).flatMap((id) => {
    const cell = bundle.cells.find((one) => one.id === id) ?? bundle.cells.find((one) => one.kind === id);
    if (!cell) return [];
    return [{ id, name: cell.id === id ? cell.short : id.toUpperCase(), hue: hueOf(cell.colour), value: known[id] }];
  });
}


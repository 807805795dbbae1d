// @ts-check
// The arithmetic of a chart: axes, ticks, paths and where names go. No DOM.
import { brief, powerOfTen } from "./numbers.js";

/**
 * @typedef {"linear" | "log" | "fold"} Kind
 * @typedef {{low: number, high: number, kind: Kind}} Axis
 * @typedef {ArrayLike<number>} Values
 */

const STEPS = [1, 2, 2.5, 5, 10];

/**
 * Choose a round step so that a span has about so many ticks.
 * @param {number} span
 * @param {number} count
 */
export function roundStep(span, count) {
  const raw = span / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw));
  return power * (STEPS.find((step) => step * power >= raw * (1 - 1e-9)) ?? 10);
}

/**
 * Choose an axis that holds the values in view; `floor` is the lowest value a logarithmic axis shows.
 * @param {number} low
 * @param {number} high
 * @param {Kind} kind
 * @param {{floor?: number, from?: number}} [options]
 * @returns {Axis}
 */
export function axisFor(low, high, kind, { floor = 1e-9, from = 0 } = {}) {
  if (!(high >= low)) [low, high] = kind === "linear" ? [from, from + 1] : [1, 2];
  if (kind === "linear") {
    const bottom = Math.min(from, low), top = high > bottom ? high : bottom + 1, step = roundStep(top - bottom, 5);
    return { kind, low: Math.floor(bottom / step + 1e-9) * step, high: Math.ceil(top / step - 1e-9) * step };
  }
  const base = kind === "fold" ? 2 : 10, log = (/** @type {number} */ x) => Math.log(x) / Math.log(base);
  let bottom = Math.floor(log(Math.max(low, floor)) + 0.02), top = Math.ceil(log(Math.max(high, floor)) - 0.02);
  if (kind === "fold") [bottom, top] = [Math.min(bottom, -1), Math.max(top, 1)];
  if (top <= bottom) top = bottom + 1;
  return { kind, low: base ** bottom, high: base ** top };
}

/**
 * Say where a value lies on an axis, 0 at its low end and 1 at its high end; values outside are kept at the edge.
 * @param {Axis} axis
 * @param {number} value
 */
export function share(axis, value) {
  const { low, high, kind } = axis;
  const place = kind === "linear" ? (value - low) / (high - low) : Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return Math.min(1, Math.max(0, place));
}

/**
 * List the ticks of an axis with their words, about `count` of them.
 * @param {Axis} axis
 * @param {number} count
 * @returns {{value: number, text: string}[]}
 */
export function ticks(axis, count) {
  const { low, high, kind } = axis;
  if (kind === "linear") {
    const step = roundStep(high - low, count), made = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) made.push(Number((k * step).toPrecision(12)) + 0);
    return made.map((value) => ({ value, text: brief(value) }));
  }
  const base = kind === "fold" ? 2 : 10, from = Math.round(Math.log(low) / Math.log(base)), to = Math.round(Math.log(high) / Math.log(base));
  const every = Math.max(1, Math.ceil((to - from) / count)), made = [];
  for (let power = from; power <= to; power++) {
    if (power % every) continue; // 1 is always among them
    made.push({ value: base ** power, text: kind === "fold" ? foldText(power) : Math.abs(power) <= 3 ? brief(base ** power) : powerOfTen(power) });
  }
  return made;
}

/** @param {number} power */
function foldText(power) {
  return power < 0 ? `1/${2 ** -power}` : `${2 ** power}`;
}

const DAY_STEPS = [1 / 24, 1 / 12, 0.125, 0.25, 0.5, 1, 2, 7, 14, 28, 56, 91, 182, 364, 728, 1820, 3640];

/**
 * List the ticks of a time axis in days: hours, days, weeks or months, whatever fits.
 * @param {number} from
 * @param {number} to
 * @param {number} most
 */
export function dayTicks(from, to, most) {
  const step = DAY_STEPS.find((days) => (to - from) / days <= most) ?? roundStep(to - from, most), made = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9 * step; k++) made.push({ value: k * step + 0, text: brief(k * step) }); // + 0: no negative nought
  return made;
}

/**
 * Draw a curve as the data of an SVG path, cut off exactly at the edges of the window.
 * @param {Values} x ascending
 * @param {Values} y
 * @param {(x: number) => number} placeX
 * @param {(y: number) => number} placeY
 * @param {[number, number]} window
 */
export function pathOf(x, y, placeX, placeY, [from, to]) {
  return joined(cut(x, y, from, to).map(([a, b]) => [placeX(a), placeY(b)]));
}

/**
 * Draw the area between two curves as the data of an SVG path.
 * @param {Values} x ascending
 * @param {Values} low
 * @param {Values} high
 * @param {(x: number) => number} placeX
 * @param {(y: number) => number} placeY
 * @param {[number, number]} window
 */
export function areaOf(x, low, high, placeX, placeY, [from, to]) {
  const there = cut(x, low, from, to), back = cut(x, high, from, to).reverse();
  const path = joined([...there, ...back].map(([a, b]) => [placeX(a), placeY(b)]));
  return path && `${path}Z`;
}

/** @param {number[][]} points */
function joined(points) {
  return points.length ? `M${points.map(([a, b]) => `${tenth(a)},${tenth(b)}`).join("L")}` : "";
}

/** @param {number} value */
function tenth(value) {
  return Math.round(value * 10) / 10;
}

/**
 * @param {Values} x
 * @param {Values} y
 * @param {number} from
 * @param {number} to
 * @returns {number[][]}
 */
function cut(x, y, from, to) {
  /** @type {number[][]} */
  const kept = [];
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i])) continue;
    if (x[i] < from) {
      if (i + 1 < x.length && x[i + 1] > from) kept.push([from, between(x, y, i, from)]);
    } else if (x[i] <= to) kept.push([x[i], y[i]]);
    else {
      if (i > 0 && x[i - 1] < to) kept.push([to, between(x, y, i - 1, to)]);
      break;
    }
  }
  return kept;
}

/** @param {Values} x @param {Values} y @param {number} i @param {number} where */
function between(x, y, i, where) {
  return y[i] + ((where - x[i]) / (x[i + 1] - x[i])) * (y[i + 1] - y[i]);
}

/**
 * Read a curve at a place, straight between its points.
 * @param {Values} x ascending
 * @param {Values} y
 * @param {number} where
 */
export function valueAt(x, y, where) {
  let low = 0, high = x.length - 1;
  if (high < 0) return NaN;
  if (where <= x[0]) return y[0];
  if (where >= x[high]) return y[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= where) low = middle;
    else high = middle;
  }
  return x[high] === x[low] ? y[low] : between(x, y, low, where);
}

/**
 * Sum up a curve dose by dose: the lowest, the highest and the mean value from each dose to the next.
 *
 * Where doses lie a few pixels apart the curve itself would be a solid block that shows nothing.
 * @param {Values} x days, ascending
 * @param {Values} y
 * @param {number[]} doses days, ascending
 * @returns {{x: number[], low: number[], high: number[], mean: number[]}}
 */
export function swing(x, y, doses) {
  /** @type {{x: number[], low: number[], high: number[], mean: number[]}} */
  const made = { x: [], low: [], high: [], mean: [] };
  const gap = doses.length > 1 ? doses[1] - doses[0] : 1;
  const keep = (/** @type {number} */ day, /** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ mean) => {
    made.x.push(day);
    made.low.push(low);
    made.high.push(high);
    made.mean.push(mean);
  };
  const single = (/** @type {number} */ i) => keep(x[i], y[i], y[i], y[i]);
  let i = 0;
  doses.forEach((start, place) => {
    // a pause is no dosing interval: there the curve stands for itself
    const end = Math.min(doses[place + 1] ?? Infinity, start + 1.5 * gap);
    for (; i < x.length && x[i] < start - 1e-9; i++) single(i);
    if (place === 0 && i < x.length) single(i);
    let low = Infinity, high = -Infinity, area = 0, length = 0;
    for (; i < x.length && x[i] < end - 1e-9; i++) {
      low = Math.min(low, y[i]);
      high = Math.max(high, y[i]);
      if (i + 1 < x.length) {
        area += 0.5 * (y[i] + y[i + 1]) * (x[i + 1] - x[i]);
        length += x[i + 1] - x[i];
      }
    }
    if (length > 0) keep((start + end) / 2, low, high, area / length);
  });
  for (; i < x.length; i++) single(i);
  return made;
}

/**
 * Push names apart where they would print over each other, and keep them inside; they stay in order.
 * @param {number[]} wanted places from the top
 * @param {number} gap
 * @param {[number, number]} room
 * @returns {number[]} in the order given
 */
export function apart(wanted, gap, [top, bottom]) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]), placed = [...wanted];
  let last = -Infinity;
  for (const i of order) last = placed[i] = Math.max(placed[i], last + gap, top);
  let next = Infinity;
  for (const i of [...order].reverse()) next = placed[i] = Math.min(placed[i], next - gap, bottom);
  return placed;
}

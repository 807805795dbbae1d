// @ts-check
// Dots on a logarithmic axis, a row for each cell and a colour for each molecule: at which level each of them answers.
import { axisFor, share, ticks } from "./chart_scale.js";
import { svg } from "./dom.js";
import { brief } from "./numbers.js";

/** @typedef {{id: string, name: string, values: (number | null | undefined)[]}} Row null: there is none; undefined: not yet known */
/** @typedef {{name: string, hue: string}} Series */

const WIDTH = 560, HEIGHT = 262, LEFT = 92, RIGHT = 540, TOP = 40, BOTTOM = 226;

/**
 * @param {HTMLElement} host
 * @param {Row[]} rows
 * @param {Series[]} series
 * @param {{title: string, unit: string}} how
 */
export function drawDots(host, rows, series, { title, unit }) {
  const told = rows.map((row) => `${row.name}: ${series.map((one, k) => `${one.name} ${wordsOf(row.values[k], unit)}`).join(", ")}.`);
  const root = svg(host, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "dots", role: "img", "aria-label": `${title}. ${told.join(" ")}` });
  let x = LEFT;
  series.forEach(({ name, hue }, k) => {
    svg(root, "path", { d: mark(k, x, 16), class: `dot hue-${hue}` });
    const text = name.length > 22 ? `${name.slice(0, 21)}…` : name;
    svg(root, "text", { x: x + 10, y: 20, class: `name hue-${hue}`, "font-size": 11.5 }, text);
    x += 26 + 6.6 * text.length;
  });
  const known = rows.flatMap((row) => row.values).filter((one) => typeof one === "number" && one > 0);
  if (!known.length) return;
  const axis = axisFor(Math.min(.../** @type {number[]} */ (known)), Math.max(.../** @type {number[]} */ (known)), "log", { floor: 1e-3 }), X = (/** @type {number} */ value) => LEFT + share(axis, value) * (RIGHT - LEFT), grid = svg(root, "g", { class: "grid" });
  for (const tick of ticks(axis, 6)) {
    svg(grid, "line", { x1: X(tick.value), x2: X(tick.value), y1: TOP, y2: BOTTOM });
    svg(grid, "text", { x: X(tick.value), y: BOTTOM + 15, "text-anchor": "middle", "font-size": 11 }, tick.text);
  }
  svg(grid, "text", { x: (LEFT + RIGHT) / 2, y: BOTTOM + 32, "text-anchor": "middle", "font-size": 11.5 }, unit);
  const high = (BOTTOM - TOP) / rows.length;
  rows.forEach((row, i) => {
    const y = TOP + high * (i + 0.5), values = row.values.filter((one) => typeof one === "number");
    svg(root, "text", { x: LEFT - 10, y: y + 4, "text-anchor": "end", "font-size": 11.5 }, row.name);
    if (values.length > 1) svg(root, "line", { x1: X(Math.min(.../** @type {number[]} */ (values))), x2: X(Math.max(.../** @type {number[]} */ (values))), y1: y, y2: y, class: "between" });
    row.values.forEach((value, k) => {
      if (typeof value !== "number") return;
      svg(svg(root, "path", { d: mark(k, X(value), y), class: `dot hue-${series[k].hue}` }), "title", {}, `${row.name}, ${series[k].name}: ${wordsOf(value, unit)}`);
    });
  });
}

/** @param {number | null | undefined} value @param {string} unit */
function wordsOf(value, unit) {
  return value === undefined ? "being computed" : value === null ? "none" : `${brief(value)} ${unit}`;
}

/** A shape as well as a colour: circle, square, triangle. @param {number} k @param {number} x @param {number} y */
function mark(k, x, y) {
  if (k === 0) return `M${x - 5.5},${y}a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0`;
  return k === 1 ? `M${x - 5},${y - 5}h10v10h-10z` : `M${x},${y - 6}l6,10.5h-12z`;
}

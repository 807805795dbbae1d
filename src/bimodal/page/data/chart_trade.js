// @ts-check
// One measure of a map against another: a line for each row of the map, a point for each dose along it.
import { axisFor, apart, share, ticks } from "./chart_scale.js";
import { svg } from "./dom.js";
import { unitText } from "./numbers.js";

/**
 * @typedef {import("./view_map.js").Grid} Grid
 * @typedef {import("./state.js").Scenario} Scenario
 */

const WIDTH = 660, HEIGHT = 320, LEFT = 58, RIGHT = 540, TOP = 64, BOTTOM = 276;
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "1 4", "12 4"];

/**
 * @param {HTMLElement} host
 * @param {Grid} grid
 * @param {{open: (scenario: Scenario) => void, say: (id: string, value: number) => string}} how
 */
export function drawTrade(host, grid, { open, say }) {
  const [gain, signal] = grid.measures;
  const known = grid.rows.map((row) => row.fields.map((field, j) => ({ field, dose: grid.doses[j], x: field.numbers?.[gain.id] ?? NaN, y: 100 * (field.numbers?.[signal.id] ?? NaN) })).filter((one) => one.x > 0 && one.y > 0));
  const flat = known.flat(), root = svg(host, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "trade", role: "img", "aria-label": `${gain.title} against ${signal.title}, still being computed` });
  if (flat.length < 2) return;
  const across = axisFor(Math.min(...flat.map((one) => one.x)), Math.max(...flat.map((one) => one.x)), "linear", { from: 1 });
  const up = axisFor(Math.min(...flat.map((one) => one.y)), Math.max(...flat.map((one) => one.y)), "log", { floor: 0.01 });
  const X = (/** @type {number} */ value) => LEFT + share(across, value) * (RIGHT - LEFT), Y = (/** @type {number} */ value) => BOTTOM - share(up, value) * (BOTTOM - TOP);
  const grids = svg(root, "g", { class: "grid" });
  for (const tick of ticks(across, 6)) svg(grids, "text", { x: X(tick.value), y: BOTTOM + 16, "text-anchor": "middle", "font-size": 11 }, `${tick.text}×`);
  for (const tick of ticks(up, 5)) {
    svg(grids, "line", { x1: LEFT, x2: RIGHT, y1: Y(tick.value), y2: Y(tick.value) });
    svg(grids, "text", { x: LEFT - 6, y: Y(tick.value) + 4, "text-anchor": "end", "font-size": 11 }, `${tick.text} %`);
  }
  svg(grids, "text", { x: (LEFT + RIGHT) / 2, y: BOTTOM + 35, "text-anchor": "middle", "font-size": 11.5 }, `${gain.title}, fold of own day 0`);
  svg(grids, "text", { x: 14, y: (TOP + BOTTOM) / 2, "text-anchor": "middle", "font-size": 11.5, transform: `rotate(-90 14 ${(TOP + BOTTOM) / 2})` }, `${signal.title}, % of maximum`);
  const ends = known.map((points) => points[points.length - 1]), places = apart(ends.map((one) => (one ? X(one.x) : LEFT)), 25, [LEFT, RIGHT + 40]);
  known.forEach((points, i) => {
    if (!points.length) return;
    svg(root, "path", { d: `M${points.map((one) => `${X(one.x).toFixed(1)},${Y(one.y).toFixed(1)}`).join("L")}`, class: "route", "stroke-dasharray": DASHES[i % DASHES.length] });
    for (const one of points) {
      const dot = svg(root, "circle", { cx: X(one.x), cy: Y(one.y), r: 4, class: `stop${one.field.inside ? " inside" : ""}` });
      svg(dot, "title", {}, `${one.dose} ${unitText(grid.unit)}, ${grid.rows[i].name}: ${say(gain.id, one.x)}, ${say(signal.id, one.y / 100)}`);
      dot.addEventListener("click", () => open(one.field.scenario));
    }
    const [x, y] = [places[i] + 4, Y(ends[i].y) - 9]; // aslant, because rows of a map often end at one height
    svg(root, "text", { x, y, "font-size": 11.5, class: "name hue-ink", transform: `rotate(-32 ${x} ${y})` }, grid.rows[i].name.slice(0, 18));
  });
  const told = known.map((points, i) => (points.length ? `${grid.rows[i].name}: from ${say(gain.id, points[0].x)} and ${say(signal.id, points[0].y / 100)} at ${points[0].dose} ${unitText(grid.unit)} to ${say(gain.id, ends[i].x)} and ${say(signal.id, ends[i].y / 100)} at ${ends[i].dose}.` : ""));
  root.setAttribute("aria-label", `${gain.title} against ${signal.title}. Filled points are within the calibration. ${told.join(" ")}`);
}

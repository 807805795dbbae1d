// @ts-check
// A map of fields in SVG: a row for each interval or molecule, a column for each dose, the calibrated region outlined.
import { svg } from "./dom.js";
import { brief, unitText } from "./numbers.js";

/**
 * @typedef {import("./view_map.js").Grid} Grid
 * @typedef {import("./view_map.js").Measure} Measure
 * @typedef {import("./state.js").Scenario} Scenario
 */

const WIDE = 46, HIGH = 36, LETTER = 6.4;

/**
 * Draw one measure of a grid. Arrow keys move from field to field; Enter or a click opens one.
 * @param {HTMLElement} host
 * @param {Grid} grid
 * @param {Measure} measure
 * @param {{open: (scenario: Scenario) => void, say: (value: number) => string, words: (value: number) => string}} how
 */
export function drawHeat(host, grid, measure, { open, say, words }) {
  const left = 14 + LETTER * Math.min(22, Math.max(...grid.rows.map((row) => row.name.length))), width = left + WIDE * grid.doses.length + 4, height = HIGH * grid.rows.length + 40;
  const root = svg(host, "svg", { viewBox: `0 0 ${width} ${height}`, class: `heatmap hue-${measure.hue}`, role: "grid", "aria-label": `${measure.title}: ${grid.rows.length} rows, ${grid.doses.length} doses in ${unitText(grid.unit)}` });
  grid.rows.forEach((row, i) => {
    const line = svg(root, "g", { role: "row" });
    svg(line, "text", { x: left - 8, y: HIGH * i + HIGH / 2 + 4, "text-anchor": "end", "font-size": 11.5, role: "rowheader" }, row.name.length > 22 ? `${row.name.slice(0, 21)}…` : row.name);
    row.fields.forEach((field, j) => {
      const value = field.numbers?.[measure.id], part = value === undefined ? 0 : shareOf(value, measure), text = field.lost ? "×" : value === undefined ? "" : say(value);
      const outside = field.inside ? "" : "; outside the calibration";
      const told = `${grid.doses[j]} ${unitText(grid.unit)}, ${row.name}: ${field.lost ? "could not be solved" : value === undefined ? "not yet simulated" : words(value)}${outside}`;
      const cell = svg(line, "g", { role: "gridcell", tabindex: i + j ? -1 : 0, "aria-label": `${text || "not yet simulated"}: ${grid.doses[j]} ${unitText(grid.unit)}, ${row.name}${outside}`, "data-place": `${measure.id} ${i} ${j}`, class: "field" });
      const rect = svg(cell, "rect", { x: left + WIDE * j + 1, y: HIGH * i + 1, width: WIDE - 2, height: HIGH - 2, rx: 4 });
      rect.style.setProperty("--share", `${Math.round(100 * part)}%`);
      svg(cell, "text", { x: left + WIDE * (j + 0.5), y: HIGH * i + HIGH / 2 + 4, "text-anchor": "middle", "font-size": 11.5 }, text);
      svg(cell, "title", {}, told);
      cell.addEventListener("click", () => open(field.scenario));
    });
  });
  const foot = svg(root, "g", { role: "presentation" });
  grid.doses.forEach((dose, j) => svg(foot, "text", { x: left + WIDE * (j + 0.5), y: HIGH * grid.rows.length + 15, "text-anchor": "middle", "font-size": 11 }, brief(dose)));
  svg(foot, "text", { x: left + (WIDE * grid.doses.length) / 2, y: HIGH * grid.rows.length + 33, "text-anchor": "middle", "font-size": 11.5 }, `dose, ${unitText(grid.unit)}`);
  svg(foot, "path", { d: outline(grid, left), class: "inside" });
  root.addEventListener("keydown", (event) => walk(/** @type {KeyboardEvent} */ (event), root, grid, measure, open));
}

/** @param {number} value @param {Measure} measure */
function shareOf(value, { low, high }) {
  return Math.min(1, Math.max(0, Math.log(Math.max(value, low) / low) / Math.log(high / low)));
}

/** Draw the border between fields inside and outside of the calibration. @param {Grid} grid @param {number} left */
function outline({ rows, doses }, left) {
  const inside = (/** @type {number} */ i, /** @type {number} */ j) => Boolean(rows[i]?.fields[j]?.inside), parts = [];
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < doses.length; j++) {
      if (!inside(i, j)) continue;
      const x = left + WIDE * j, y = HIGH * i;
      if (!inside(i - 1, j)) parts.push(`M${x},${y}h${WIDE}`);
      if (!inside(i + 1, j)) parts.push(`M${x},${y + HIGH}h${WIDE}`);
      if (!inside(i, j - 1)) parts.push(`M${x},${y}v${HIGH}`);
      if (!inside(i, j + 1)) parts.push(`M${x + WIDE},${y}v${HIGH}`);
    }
  }
  return parts.join("");
}

/** @param {KeyboardEvent} event @param {Element} root @param {Grid} grid @param {Measure} measure @param {(scenario: Scenario) => void} open */
function walk(event, root, grid, measure, open) {
  const [, row, column] = (/** @type {HTMLElement} */ (event.target).getAttribute("data-place") ?? "").split(" ").map(Number);
  if (!Number.isInteger(row)) return;
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    open(grid.rows[row].fields[column].scenario);
  }
  if (!step) return;
  event.preventDefault();
  const [i, j] = [Math.min(grid.rows.length - 1, Math.max(0, row + step[0])), Math.min(grid.doses.length - 1, Math.max(0, column + step[1]))];
  const next = /** @type {SVGElement | null} */ (root.querySelector(`[data-place="${measure.id} ${i} ${j}"]`));
  for (const one of root.querySelectorAll("[data-place]")) one.setAttribute("tabindex", one === next ? "0" : "-1");
  next?.focus();
}

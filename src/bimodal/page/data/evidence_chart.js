// @ts-check
// A forest of published numbers in SVG: band and simulated value of each, as a ratio to the published number.
import { svg } from "./dom.js";
import { axisFor, share, ticks } from "./chart_scale.js";
import { publishedText, simulatedText, verdictText } from "./evidence_words.js";

/** @typedef {import("./bundle").EvidenceRow} EvidenceRow */

const HIGH = 19, TOP = 26, FOOT = 40, ROOM = 24, MOST = 32, LETTER = 6.1, BOLD = 6.9;

/** Say whether a number can be drawn: it has a band, and both it and the simulated one are above 0. @param {EvidenceRow} row */
export function isDrawn(row) {
  return Boolean(row.band) && row.published > 0 && (row.simulated ?? 0) > 0;
}

/**
 * Draw rows from top to bottom.
 * @param {HTMLElement} host emptied first
 * @param {EvidenceRow[]} rows that can be drawn
 * @param {{wide: number, open: (id: string) => void}} how
 */
export function drawForest(host, rows, { wide, open }) {
  host.replaceChildren();
  const narrow = wide < 560, ids = 14 + BOLD * Math.max(...rows.map((row) => row.id.length)), left = narrow ? ids : Math.min(ids + 420, Math.max(ids + 150, 0.36 * wide)), right = wide - (narrow ? 12 : 64), height = TOP + HIGH * rows.length + FOOT;
  const ratios = rows.flatMap((row) => [(row.simulated ?? 1) / row.published, ...(row.band ?? []).map((end) => end / row.published)]).filter((ratio) => ratio > 0);
  const axis = axisFor(Math.max(1 / MOST, Math.min(...ratios)), Math.min(MOST, Math.max(...ratios)), "fold"), x = (/** @type {number} */ ratio) => left + (right - left) * share(axis, Math.max(ratio, 1e-9));
  const outside = rows.filter((row) => row.within === false).length;
  const root = svg(host, "svg", { viewBox: `0 0 ${wide} ${height}`, class: "forest", role: "img", "aria-label": `Simulated over published for ${rows.length} numbers on a scale of factors, ${outside} of them outside their band. The table below has every number.` });
  const grid = svg(root, "g", { class: "grid" });
  for (const { value, text } of ticks(axis, narrow ? 5 : 9)) {
    svg(grid, "line", { x1: x(value), x2: x(value), y1: TOP - 6, y2: height - FOOT + 2, class: value === 1 ? "own" : null });
    for (const y of [TOP - 12, height - FOOT + 17]) svg(root, "text", { x: x(value), y, "text-anchor": "middle", "font-size": 11 }, text);
  }
  svg(root, "text", { x: narrow ? wide / 2 : (left + right) / 2, y: height - 6, "text-anchor": "middle", "font-size": 11.5 }, "simulated over published, a factor");
  rows.forEach((row, i) => {
    const y = TOP + HIGH * (i + 0.5), ratio = (row.simulated ?? 1) / row.published, [low, high] = row.band ?? [1, 1], missed = row.within === false;
    const group = svg(root, "g", { class: `finding ${missed ? "hue-vermilion" : "hue-blue"}${row.verdict === "not scored" ? " pale" : ""}`, "data-target": row.id });
    svg(group, "rect", { x: 0, y: y - HIGH / 2, width: wide, height: HIGH, class: "row" });
    svg(group, "title", {}, `${row.id}: ${row.label}. Published ${publishedText(row)}, simulated ${simulatedText(row)}: ${verdictText(row)}`);
    svg(group, "text", { x: 4, y: y + 4, "font-size": 11.5, class: "id" }, row.id);
    if (!narrow) svg(group, "text", { x: ids, y: y + 4, "font-size": 11.5 }, cut(row.label, Math.floor((left - ids - ROOM) / LETTER)));
    svg(group, "rect", { x: x(low / row.published), y: y - 5, width: Math.max(2, x(high / row.published) - x(low / row.published)), height: 10, rx: 3, class: "published" });
    svg(group, "line", { x1: x(1), x2: x(1), y1: y - 5, y2: y + 5, class: "published-tick" });
    drawValue(group, x(ratio), y, { missed, beyond: ratio > axis.high ? 1 : ratio < axis.low ? -1 : 0 });
    if (!narrow) svg(group, "text", { x: wide - 4, y: y + 4, "text-anchor": "end", "font-size": 11.5, class: missed ? "name" : "" }, ratio >= 9.95 ? ratio.toFixed(0) : ratio < 0.1 ? ratio.toPrecision(1) : ratio.toFixed(2));
    group.addEventListener("click", () => open(row.id));
  });
}

/** A dot inside, a square on its tip outside, an arrow where the value lies beyond the axis. @param {SVGElement} group @param {number} x @param {number} y @param {{missed: boolean, beyond: number}} how */
function drawValue(group, x, y, { missed, beyond }) {
  if (beyond) svg(group, "path", { d: `M${x - 8 * beyond},${y - 6}L${x + 3 * beyond},${y}L${x - 8 * beyond},${y + 6}Z`, class: "value" });
  else if (missed) svg(group, "path", { d: `M${x},${y - 6.5}L${x + 6.5},${y}L${x},${y + 6.5}L${x - 6.5},${y}Z`, class: "value" });
  else svg(group, "circle", { cx: x, cy: y, r: 4.6, class: "value" });
}

/** @param {string} text @param {number} most letters */
function cut(text, most) {
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1)).trimEnd()}…`;
}

// @ts-check
// The row of large numbers: the typical patient in figures, every virtual patient as a stroke beside it.
import { el, svg } from "./dom.js";
import { curve, numbersOf, readOff, shareAbove, summary } from "./readings.js";
import { nameOf, rangeText, valueText } from "./words.js";
import { hueOf } from "./chart_catalogue.js";
import { dayText, percent, times } from "./numbers.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./session.js").Result} Result
 * @typedef {import("./readings.js").Reading} Reading
 */

const WANTED = ["treg_fold", "cd8_fold", "nk_bright_fold", "treg_tconv_ratio_fold", "il2_plasma", "tox_index", "tumour_cells_fold"];
const MOST = 6;
const FOLDS = [1 / 8, 64];

/**
 * List the observables that stand in large numbers for a model.
 * @param {import("./bundle").Model} model
 */
export function tilesOf(model) {
  const known = WANTED.filter((id) => model.observables.includes(id));
  return (known.length > 2 ? known : [...new Set([...known, ...Object.values(model.shown).flat(), ...model.observables])]).slice(0, known.length > 5 ? MOST : 5);
}

/**
 * The extreme that says something about an observable: a tumour is read at its lowest.
 * @param {string} id
 * @param {number | null} day
 * @returns {Reading}
 */
export function readingOf(id, day) {
  return day ?? (id === "tumour_cells_fold" ? "lowest" : "highest");
}

/**
 * Draw the tiles of a result.
 * @param {HTMLElement} host
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {{day: number | null, above: number}} how
 */
export function drawTiles(host, bundle, result, { day, above }) {
  host.replaceChildren(...tilesOf(result.model).map((id) => tile(bundle, result, id, readingOf(id, day), above)));
}

/** @param {Bundle} bundle @param {Result} result @param {string} id @param {Reading} reading @param {number} above */
function tile(bundle, result, id, reading, above) {
  const made = curve(bundle, result, id), one = made && readOff(made, reading), numbers = numbersOf(bundle, result, id, reading), range = summary(numbers);
  const cell = bundle.cells.find((known) => id.startsWith(`${known.id}_`)), hue = id.startsWith("tox") || id.startsWith("tumour") ? "purple" : cell ? hueOf(cell.colour) : "ink";
  const when = typeof reading === "number" ? `at day ${dayText(reading)}` : `${reading}${one ? `, ${result.model.source === "file" ? "at" : "day"} ${dayText(one.day)}` : ""}`;
  const isFold = bundle.observables[id]?.kind === "fold" && Boolean(cell);
  const lines = [];
  if (range) lines.push(el("p", { class: "range" }, rangeText(bundle, id, range), el("span", {}, " 5–95 %")));
  if (range && isFold) lines.push(el("p", { class: "above" }, `above ${times(above)}: ${percent(shareAbove(numbers, above))}`));
  return el(
    "div",
    { class: `tile hue-${hue}`, "data-id": id, "data-value": one ? one.value : "" },
    el("h2", {}, nameOf(bundle, id), el("span", {}, when)),
    el("p", { class: "big" }, one ? valueText(bundle, id, one.value) : "–"),
    strip(numbers, one?.value ?? NaN, isFold || bundle.observables[id]?.kind === "fold"),
    ...lines,
  );
}

/** Draw one stroke for each person, the typical one taller. @param {Float64Array} numbers @param {number} typical @param {boolean} fold */
function strip(numbers, typical, fold) {
  const root = svg(null, "svg", { viewBox: "0 0 200 18", preserveAspectRatio: "none", class: "strip", "aria-hidden": "true" });
  svg(root, "line", { x1: 0, x2: 200, y1: 9, y2: 9, class: "base" });
  const known = [...numbers].filter((value) => value > 0), all = [...known, typical].filter((value) => value > 0);
  if (!all.length) return root;
  const low = fold ? FOLDS[0] : Math.min(...all) / 1.3, high = fold ? FOLDS[1] : Math.max(...all) * 1.3;
  const place = (/** @type {number} */ value) => (200 * Math.log(Math.min(Math.max(value, low), high) / low)) / Math.log(high / low);
  if (fold) svg(root, "line", { x1: place(1), x2: place(1), y1: 2, y2: 16, class: "base" });
  const strokes = known.map((value) => `M${place(value).toFixed(1)},4v10`).join("");
  svg(root, "path", { d: strokes, class: "people" });
  if (typical > 0) svg(root, "path", { d: `M${place(typical).toFixed(1)},0v18`, class: "typical" });
  return root;
}

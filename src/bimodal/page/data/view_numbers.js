// @ts-check
// Tables: what stands at the days that are reported, and how held scenarios differ in the same people.
import { el } from "./dom.js";
import { curve, numbersOf, paired, readOff, samePeople, shareAbove, summary } from "./readings.js";
import { nameOf, rangeText, signed, valueText } from "./words.js";
import { readingOf, tilesOf } from "./view_tiles.js";
import { dayText, percent, times } from "./numbers.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./session.js").Result} Result
 */

/**
 * List what a table reports of a model: folds of every cell, then what else it shows.
 * @param {Bundle} bundle
 * @param {import("./bundle").Model} model
 */
export function reportedOf(bundle, model) {
  const folds = bundle.cells.map((cell) => `${cell.id}_fold`), others = ["treg_tconv_ratio_fold", "treg_percent_cd4", "il2_plasma", "scd25", "tox_index", "tumour_cells_fold"];
  const known = [...folds, ...others].filter((id) => model.observables.includes(id));
  return known.length ? known : model.observables.slice(0, 12);
}

/**
 * Tabulate a result at days: median and 5-95 % of the people, as `bimodal simulate` prints it, and the typical patient.
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {number[]} days
 */
export function dayTable(bundle, result, days) {
  const cell = (/** @type {string} */ id, /** @type {number} */ day) => {
    const made = curve(bundle, result, id), typical = made ? readOff(made, day).value : NaN, range = summary(numbersOf(bundle, result, id, day));
    if (!range) return el("td", { "data-id": id, "data-day": day }, valueText(bundle, id, typical));
    return el("td", { "data-id": id, "data-day": day, "data-median": range.middle, "data-typical": typical }, el("b", {}, valueText(bundle, id, range.middle)), el("span", {}, ` ${rangeText(bundle, id, range)}`));
  };
  const who = result.crowd ? `median and 5–95 % of ${result.crowd.done - result.crowd.failed} virtual ${result.population?.kind === "parameter sets" ? "parameter sets" : "patients"}${result.crowd.failed ? `; ${result.crowd.failed} failed and are left out` : ""}` : "typical patient; virtual patients follow";
  return el(
    "table",
    { class: "numbers" },
    el("caption", {}, `At the days reported: ${who}`),
    el("thead", {}, el("tr", {}, el("td"), ...days.map((day) => el("th", { scope: "col" }, `Day ${dayText(day)}`)))),
    el("tbody", {}, ...reportedOf(bundle, result.model).map((id) => el("tr", {}, el("th", { scope: "row", title: bundle.observables[id]?.definition }, nameOf(bundle, id)), ...days.map((day) => cell(id, day))))),
  );
}

/**
 * Tabulate how a result differs from one that is held, person by person.
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {Result} held
 * @param {{name: string, place: number, day: number | null, above: number}} how
 */
export function heldTable(bundle, result, held, { name, place, day, above }) {
  const head = el("caption", {}, el("i", { class: `dash held-${place}`, "aria-hidden": "true" }), `Now, against “${name}”`);
  if (!samePeople(result, held)) return el("table", { class: "numbers" }, head, el("tbody", {}, el("tr", {}, el("td", {}, "Other people or another model: there is no difference person by person."))));
  const rows = tilesOf(result.model).map((id) => {
    const reading = readingOf(id, day), ours = numbersOf(bundle, result, id, reading), theirs = numbersOf(bundle, held, id, reading), between = paired(ours, theirs);
    const [now, then, gain] = [summary(ours), summary(theirs), summary(between)], fold = bundle.observables[id]?.kind === "fold";
    const over = (/** @type {Float64Array} */ numbers) => (fold && numbers.length ? percent(shareAbove(numbers, above)) : "");
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, nameOf(bundle, id), el("span", {}, typeof reading === "number" ? ` day ${dayText(reading)}` : ` ${reading}`)),
      el("td", {}, now ? valueText(bundle, id, now.middle) : "…"),
      el("td", {}, then ? valueText(bundle, id, then.middle) : "…"),
      el("td", {}, gain ? el("b", {}, signed(bundle, id, gain.middle)) : "…", gain ? el("span", {}, ` ${signed(bundle, id, gain.low)} to ${signed(bundle, id, gain.high)}`) : null),
      el("td", {}, gain ? percent(shareAbove(between, 0)) : "…"),
      el("td", {}, over(ours)),
      el("td", {}, over(theirs)),
    );
  });
  const titles = ["Median now", "Median held", "Difference in the same person: median, 5–95 %", "Higher now in", `Above ${times(above)} now`, `Above ${times(above)} held`];
  return el("table", { class: "numbers held" }, head, el("thead", {}, el("tr", {}, el("td"), ...titles.map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, ...rows));
}

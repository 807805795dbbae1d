// @ts-check
// Which charts molecules get beside each other, what their table holds, and the sentence about them.
import { levelOf } from "./exposure.js";
import { el } from "./dom.js";
import { brief, dayText, times } from "./numbers.js";
import { curve, numbersOf, readOff, summary } from "./readings.js";
import { listed, nameOf, rangeText, valueText } from "./words.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Drug} Drug
 * @typedef {import("./view_molecules.js").Entry} Entry
 * @typedef {import("./chart_catalogue.js").Spec & {of: (drug: Drug) => {id: string, scale: number}}} Spec
 * @typedef {import("./words.js").Words} Words
 */

/**
 * List the charts: the free molecule, then occupancy, signal and count of Treg and of the cell beside them.
 * @param {Bundle} bundle
 * @param {Model} model
 * @param {string} beside
 * @returns {Spec[]}
 */
export function chartsBeside(bundle, model, beside) {
  const has = (/** @type {string} */ id) => model.observables.includes(id), usual = { floor: 1e-3, wide: false, lines: [], swing: /** @type {const} */ ("mean"), swinging: false, spreads: true, levels: false };
  const cells = [bundle.cells.find((one) => one.marked), bundle.cells.find((one) => one.id === beside)].flatMap((one) => (one ? [one] : []));
  const level = levelOf("native", model.kernel.outputs).id;
  /** @type {Spec[]} */
  const made = has(level) ? [{ ...usual, key: "drug", title: "Free molecule in plasma", unit: "pM", kind: "log", floor: 0.01, swing: "high", of: (drug) => levelOf(drug.class, model.kernel.outputs), say: (value) => `${brief(value)} pM` }] : [];
  const share = (/** @type {number} */ value) => `${brief(value, 2)} %`;
  for (const [what, title, unit, kind] of /** @type {const} */ ([["occupancy", "Signalling receptors held", "% of CD122", "linear"], ["pstat5", "pSTAT5", "% of maximum", "linear"], ["fold", "count in blood", "fold of own day 0", "fold"]])) {
    cells.forEach((cell, place) => {
      const id = what === "fold" ? `${cell.id}_fold` : `${what}_${cell.id}`;
      if (!has(id)) return;
      const fold = what === "fold";
      made.push({ ...usual, key: `${what}-${place}`, title: `${cell.short}: ${title}`, unit, kind, floor: fold ? 1 / 64 : 1e-3, of: () => ({ id, scale: fold ? 1 : 100 }), say: fold ? times : share });
    });
  }
  return made;
}

/**
 * Tabulate the molecules: EC50, highest level, occupancy and signal, and counts at the days reported.
 * @param {Bundle} bundle
 * @param {Model} model
 * @param {{entries: Entry[], days: number[], dish: import("./chart_dots.js").Row[]}} what
 */
export function compareTable(bundle, model, { entries, days, dish: halves }) {
  const has = (/** @type {string} */ id) => model.observables.includes(id), cells = bundle.cells.filter((cell) => has(`${cell.id}_fold`));
  const read = (/** @type {Entry} */ one, /** @type {string} */ id, /** @type {import("./readings.js").Reading} */ reading, scale = 1) => {
    const { result } = one, made = result && !result.problem ? curve(bundle, result, id) : null;
    if (!result || !made) return el("td", {}, one.problem || result?.problem ? "–" : "…");
    const typical = readOff(made, reading).value, range = summary(numbersOf(bundle, result, id, reading)), place = { "data-molecule": one.id, "data-id": id, "data-day": String(reading) };
    const write = (/** @type {number} */ value) => (scale === 1 ? valueText(bundle, id, value) : `${brief(scale * value)} pM`);
    if (!range) return el("td", { ...place, "data-typical": scale * typical }, write(typical));
    return el("td", { ...place, "data-typical": scale * typical, "data-median": scale * range.middle }, el("b", {}, write(range.middle)), el("span", {}, ` ${scale === 1 ? rangeText(bundle, id, range) : `${brief(scale * range.low)} to ${brief(scale * range.high)}`}`));
  };
  const row = (/** @type {string} */ name, /** @type {string} */ when, /** @type {(one: Entry) => HTMLElement} */ cell) => el("tr", {}, el("th", { scope: "row" }, name, el("span", {}, ` ${when}`)), ...entries.map(cell));
  const half = (/** @type {number | null | undefined} */ value) => (value === undefined ? "being computed" : value === null ? "none" : `${brief(value)} pM`);
  const dish = halves.map(({ id, name, values }) => row(`EC50 on ${name}`, "in a dish", (one) => el("td", { "data-molecule": one.id, "data-ec50": id, "data-value": values[entries.indexOf(one)] ?? "" }, half(values[entries.indexOf(one)]))));
  const level = row("Free molecule", "highest", (one) => (one.drug ? read(one, levelOf(one.drug.class, model.kernel.outputs).id, "highest", levelOf(one.drug.class, model.kernel.outputs).scale) : el("td", {}, "–")));
  const peaks = cells.flatMap((cell) => ["occupancy", "pstat5"].filter((what) => has(`${what}_${cell.id}`)).map((what) => row(nameOf(bundle, `${what}_${cell.id}`), "highest", (one) => read(one, `${what}_${cell.id}`, "highest"))));
  const folds = days.flatMap((day) => cells.map((cell) => row(nameOf(bundle, `${cell.id}_fold`), `day ${dayText(day)}`, (one) => read(one, `${cell.id}_fold`, day))));
  return el(
    "table",
    { class: "numbers compared" },
    el("caption", {}, "Median and 5–95 % of virtual patients; of a course its highest value, of counts those at the days reported"),
    el("thead", {}, el("tr", {}, el("td"), ...entries.map((one) => el("th", { scope: "col", class: `hue-${one.hue}` }, el("i", { class: "key", "aria-hidden": "true" }), one.name)))),
    el("tbody", {}, ...(has("il2_plasma") ? [level] : []), ...dish, ...folds, ...peaks),
  );
}

/**
 * Say what the molecules do beside each other, in the typical patient.
 * @param {Bundle} bundle
 * @param {Model} model
 * @param {Entry[]} solved
 * @param {string} beside
 * @returns {Words}
 */
export function headlineOf(bundle, model, solved, beside) {
  const marked = bundle.cells.find((one) => one.marked), other = bundle.cells.find((one) => one.id === beside);
  /** @type {Words} */
  const words = [];
  for (const cell of [marked, other]) {
    if (!cell || !model.observables.includes(`${cell.id}_fold`)) continue;
    const tops = solved.map((one) => ({ one, top: readOff(/** @type {import("./readings.js").Curve} */ (curve(bundle, /** @type {import("./session.js").Result} */ (one.result), `${cell.id}_fold`)), "highest").value }));
    words.push({ text: words.length ? "; " : "At their highest, " }, { text: `${cell.label} reach ` });
    tops.forEach(({ one, top }, i) => words.push({ text: i ? (i === tops.length - 1 ? " and " : ", ") : "" }, { text: times(top), strong: true }, { text: `${i || cell !== marked ? "" : " their own day 0"} with ${one.name}` }));
  }
  if (words.length) words.push({ text: " in the typical patient. " });
  const halves = marked ? solved.filter((one) => typeof one.ec50?.[marked.id] === "number") : [];
  if (marked && halves.length) words.push({ text: `In a dish half of the signal on ${marked.label} comes at ${listed(halves.map((one) => `${brief(Number(one.ec50?.[marked.id]))} pM of ${one.name}`))}.` });
  return words;
}

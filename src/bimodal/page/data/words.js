// @ts-check
// Says results in words. Never which dose is good: what it does, in whom, and how sure that is.
import { curve, numbersOf, paired, readOff, samePeople, shareAbove, summary } from "./readings.js";
import { ec50Of } from "./chart_catalogue.js";
import { brief, dayText, percent, times, unitText } from "./numbers.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./session.js").Result} Result
 * @typedef {{text: string, strong?: boolean}[]} Words
 */

const UNCHANGED = 1.05;

/**
 * Name an observable as a sentence does: without the word fold, with its unit apart.
 * @param {Bundle} bundle
 * @param {string} id
 */
export function nameOf(bundle, id) {
  return (bundle.observables[id]?.label ?? id).replace(/, fold$/, "");
}

/**
 * Write a value of an observable with its unit.
 * @param {Bundle} bundle
 * @param {string} id
 * @param {number} value
 */
export function valueText(bundle, id, value) {
  const about = bundle.observables[id];
  if (!Number.isFinite(value)) return "–";
  if (about?.kind === "fold") return times(value);
  if (id.startsWith("pstat5_") || id.startsWith("occupancy_")) return `${brief(100 * value, 2)} %`;
  const unit = unitText(about?.unit ?? "");
  return `${brief(value)}${unit ? ` ${unit}` : ""}`;
}

/**
 * Write a range of values, the unit once.
 * @param {Bundle} bundle
 * @param {string} id
 * @param {{low: number, high: number}} range
 */
export function rangeText(bundle, id, { low, high }) {
  const [first, last] = [valueText(bundle, id, low), valueText(bundle, id, high)];
  return `${first.replace(/(?<=\d)(×$| [^ ]+$)/, "")} to ${last}`;
}

/**
 * Say the result of a scenario in two or three sentences.
 * @param {Bundle} bundle
 * @param {Result} result
 * @returns {Words}
 */
export function headline(bundle, result) {
  if (result.problem) return [{ text: "This scenario cannot be simulated here. " }, { text: result.problem }];
  const cells = bundle.cells.filter((cell) => result.model.observables.includes(`${cell.id}_fold`));
  const words = cells.length ? [...cellSentence(bundle, result, cells), ...ligandSentence(bundle, result)] : plainSentence(bundle, result);
  return [...words, ...tissueSentence(bundle, result)];
}

/** @param {Bundle} bundle @param {Result} result @param {import("./bundle").Cell[]} cells @returns {Words} */
function cellSentence(bundle, result, cells) {
  const found = cells.flatMap((cell) => {
    const made = curve(bundle, result, `${cell.id}_fold`);
    if (!made) return [];
    return [{ cell, top: readOff(made, "highest"), bottom: readOff(made, "lowest"), range: summary(numbersOf(bundle, result, `${cell.id}_fold`, "highest")) }];
  });
  const lead = found.find((one) => one.cell.marked) ?? found[0];
  if (!lead) return [];
  /** @type {Words} */
  const words = [];
  if (lead.top.value < UNCHANGED) words.push({ text: `${lead.cell.label} stay near their own day 0` });
  else words.push({ text: `${lead.cell.label} rise to ` }, { text: times(lead.top.value), strong: true }, { text: ` their own day 0 by day ${dayText(lead.top.day)}` });
  words.push({ text: " in the typical patient" });
  if (lead.range) words.push({ text: ` (${rangeText(bundle, `${lead.cell.id}_fold`, lead.range)} in 5–95 % of ${result.population?.kind === "parameter sets" ? "parameter sets" : "patients"})` });
  const others = found.filter((one) => one !== lead), moved = others.filter((one) => one.top.value >= UNCHANGED), still = others.filter((one) => one.top.value < UNCHANGED);
  moved.sort((a, b) => b.top.value - a.top.value);
  moved.slice(0, 3).forEach((one, i) => words.push({ text: i ? ", " : "; " }, { text: `${one.cell.label} to ` }, { text: times(one.top.value), strong: true }));
  if (still.length && moved.length < 3) words.push({ text: `${moved.length ? ", while " : "; "}${listed(still.map((one) => one.cell.label))} do not rise` });
  words.push({ text: ". " });
  const deep = found.filter((one) => one.bottom.value < 0.5).sort((a, b) => a.bottom.value - b.bottom.value)[0];
  if (deep) words.push({ text: `${deep.cell.label} leave the blood first, down to ` }, { text: times(deep.bottom.value), strong: true }, { text: ". " });
  return words;
}

/** @param {Bundle} bundle @param {Result} result @returns {Words} */
function ligandSentence(bundle, result) {
  const made = result.model.observables.includes("il2_plasma") ? curve(bundle, result, "il2_plasma") : null;
  const levels = ec50Of(bundle, bundle.drugs.find((one) => one.id === result.scenario.drug)).sort((a, b) => a.value - b.value);
  if (!made || levels.length < 2 || result.scenario.regimen.trim() === "none") return [];
  const peak = readOff(made, "highest").value, first = levels[0], last = levels[levels.length - 1];
  return [
    { text: "The highest IL-2 level is " },
    { text: times(peak / first.value), strong: true },
    { text: ` the EC50 of ${first.name} and ` },
    { text: times(peak / last.value), strong: true },
    { text: ` that of ${last.name}. ` },
  ];
}

/** @param {Bundle} bundle @param {Result} result @returns {Words} */
function tissueSentence(bundle, result) {
  /** @type {Words} */
  const words = [], has = (/** @type {string} */ id) => result.model.observables.includes(id);
  const tumour = has("tumour_cells_fold") ? curve(bundle, result, "tumour_cells_fold") : null;
  if (tumour) {
    const lowest = readOff(tumour, "lowest").value, shrinks = shareAbove(numbersOf(bundle, result, "tumour_cells_fold", "lowest").map((one) => -one), -0.5);
    if (lowest > 0.95) words.push({ text: "The typical tumour does not shrink" });
    else words.push({ text: "The typical tumour falls to " }, { text: times(lowest), strong: true });
    if (Number.isFinite(shrinks)) words.push({ text: "; it loses half its cells or more in " }, { text: percent(shrinks), strong: true }, { text: " of patients" });
    words.push({ text: ". " });
  }
  const toxicity = has("tox_index") ? curve(bundle, result, "tox_index") : null;
  if (toxicity && tumour) words.push({ text: "The toxicity index peaks at " }, { text: brief(readOff(toxicity, "highest").value, 2), strong: true }, { text: "." });
  return words;
}

/** @param {Bundle} bundle @param {Result} result @returns {Words} */
function plainSentence(bundle, result) {
  const id = [...Object.values(result.model.shown).flat(), ...result.model.observables][0], made = id ? curve(bundle, result, id) : null;
  if (!made) return [];
  const top = readOff(made, "highest"), start = made.y[0];
  return [{ text: `${nameOf(bundle, id)} goes from ${valueText(bundle, id, start)} to at most ` }, { text: valueText(bundle, id, top.value), strong: true }, { text: `, at ${dayText(top.day)}. ` }];
}

/**
 * Say how a scenario differs from one that is held, in the same people.
 * @param {Bundle} bundle
 * @param {Result} result
 * @param {Result} held
 * @param {string} name
 * @param {string} id
 * @returns {Words}
 */
export function comparison(bundle, result, held, name, id) {
  const from = `Against ${name}`;
  if (result.model === held.model && !result.population) {
    const [now, then] = [result, held].map((one) => curve(bundle, one, id));
    if (!now || !then) return [{ text: `${from}: to be solved.` }];
    return [{ text: `${from}, the highest ${nameOf(bundle, id)} is ` }, { text: valueText(bundle, id, readOff(now, "highest").value), strong: true }, { text: `; there it is ${valueText(bundle, id, readOff(then, "highest").value)}.` }];
  }
  if (!samePeople(result, held)) return [{ text: `${from}: other people or another model, so no difference person by person.` }];
  const ours = numbersOf(bundle, result, id, "highest"), theirs = numbersOf(bundle, held, id, "highest"), gain = summary(paired(ours, theirs));
  if (!gain) return [{ text: `${from}: patients follow.` }];
  const more = shareAbove(paired(ours, theirs), 0);
  return [
    { text: `${from}, the highest ${nameOf(bundle, id)} differs by ` },
    { text: signed(bundle, id, gain.middle), strong: true },
    { text: ` (${signed(bundle, id, gain.low)} to ${signed(bundle, id, gain.high)} in 5–95 % of the same people); it is higher in ` },
    { text: percent(more), strong: true },
    { text: "." },
  ];
}

/**
 * Write a difference with its sign.
 * @param {Bundle} bundle
 * @param {string} id
 * @param {number} value
 */
export function signed(bundle, id, value) {
  if (!Number.isFinite(value)) return "–";
  const text = valueText(bundle, id, Math.abs(value)), none = value === 0 || (Math.abs(value) < 5e-4 && bundle.observables[id]?.kind === "fold");
  return none ? valueText(bundle, id, 0) : `${value < 0 ? "−" : "+"}${text}`;
}

/**
 * @param {string[]} words
 */
export function listed(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}` : words[0] ?? "";
}

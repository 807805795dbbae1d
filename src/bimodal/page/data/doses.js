// @ts-check
// A scenario: its regimen as sliders, its events in a body, its inputs and when to look.
// The counterpart of src/bimodal/study/solver/events.py and src/bimodal/study/plan/grid.py.

import { expand } from "./expand.js";
import { parseRegimen } from "./parse.js";
import { numberText, regimenText } from "./regimen.js";

export { parseRegimen } from "./parse.js";
export { RegimenError, regimenText } from "./regimen.js";
export { cycleLines, expand } from "./expand.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Drug} Drug
 * @typedef {import("./bundle").Scenario} Scenario
 * @typedef {import("./bundle").Body} Body
 * @typedef {import("./bundle").Events} Events
 * @typedef {import("./expand.js").Dose} Dose
 * @typedef {import("./regimen.js").Phase} Phase
 * @typedef {object} Sliders
 * @property {number} amount
 * @property {string} unit
 * @property {"sc" | "ip" | "iv_bolus" | "iv_infusion"} route
 * @property {number | null} minutes of an infusion
 * @property {string} often once, daily, qod, tiw, weekly, or q8h, q3d, q2w
 * @property {number | null} days
 * @property {number | null} count of doses, in place of days
 * @property {number | null} rest days from the end of the last dosing interval to the next course
 * @property {number} courses
 */

export const MOST_DOSES = 5000;
export const FOLLOW_UP = 28;
const DAY = 24, NEAR = 1e-7, SNAP = 1e-9;
const AFTER = {
  sc: { fine: [1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 24, 30, 36, 42, 48, 54, 60, 72], coarse: [4, 12] },
  iv: { fine: [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 8, 12, 18, 24, 36], coarse: [2] },
};

/**
 * Give the sliders that stand for a regimen; null where it is richer than they are. Raises RegimenError.
 * @param {string} text
 * @returns {Sliders | null}
 */
export function toSliders(text) {
  const [phase, ...more] = parseRegimen(text);
  if (!phase || more.length || phase.route.kind === "civ") return null;
  const often = oftenOf(phase), { route, limit, modifiers } = phase, length = route.length;
  if (often === null) return null;
  const [first, second, third] = modifiers, gap = first && "gap" in first ? first : null, repeat = gap ? second : first;
  if (third || (second && !gap) || gap?.gap === "off" || (gap && !repeat)) return null;
  if (repeat && (!("cycles" in repeat) || repeat.onDay !== null)) return null;
  const minutes = length === null ? null : minutesOf(length), rest = gap ? daysOf(gap.length) : repeat ? 0 : null;
  const days = limit !== null && typeof limit !== "number" ? daysOf(limit) : null;
  if (minutes === undefined || rest === undefined || days === undefined) return null;
  // without a rest the next course begins where the duration ends, not where the last interval does
  if (repeat && !gap && limit !== null && typeof limit !== "number" && (days ?? 0) * DAY !== expand([{ ...phase, modifiers: [] }]).end) return null;
  return {
    amount: phase.amount,
    unit: phase.unit.per === "flat" ? phase.unit.symbol : `${phase.unit.symbol}/${phase.unit.per}`,
    route: /** @type {Sliders["route"]} */ (route.kind),
    minutes,
    often,
    days,
    count: typeof limit === "number" ? limit : null,
    rest,
    courses: repeat && "cycles" in repeat ? repeat.cycles : 1,
  };
}

/**
 * Write the regimen that sliders stand for. Raises RegimenError where they cannot be.
 * @param {Sliders} sliders
 */
export function fromSliders({ amount, unit, route, minutes, often, days, count, rest, courses }) {
  const way = { sc: "SC", ip: "IP", iv_bolus: "IV bolus", iv_infusion: `IV over ${numberText(minutes ?? 15)} min` }[route];
  const span = often === "once" ? "" : count !== null ? ` x${count}` : ` for ${numberText(days ?? 1)} days`;
  const pause = courses > 1 && rest ? `, rest ${numberText(rest)} days` : "", again = courses > 1 ? `, repeat x${courses}` : "";
  return regimenText(parseRegimen(`${numberText(amount)} ${unit} ${way} ${often}${span}${pause}${again}`));
}

/** @param {Phase} phase */
function oftenOf({ frequency, limit }) {
  if (frequency === null) return "once";
  if (limit === null) return null;
  if ("days" in frequency) return frequency.days.join() === "1,3,5" && frequency.period === 7 && frequency.perDay === 1 ? "tiw" : null;
  const { value, unit } = frequency.every, names = /** @type {Record<string, string>} */ ({ "1 day": "daily", "2 day": "qod", "1 week": "weekly" });
  return unit === "min" || !Number.isInteger(value) ? null : (names[`${value} ${unit}`] ?? `q${value}${unit[0]}`);
}

/** @param {import("./regimen.js").Span} span */
function minutesOf({ value, unit }) {
  return unit === "min" ? value : unit === "h" ? value * 60 : undefined;
}

/** @param {import("./regimen.js").Span} span */
function daysOf({ value, unit }) {
  return unit === "day" ? value : unit === "week" ? value * 7 : undefined;
}

/**
 * The drugs of a scenario and their schedules, its own first; refuses what a page should not try.
 * @param {Scenario} scenario
 */
export function courses({ drug, regimen, partner = [], horizon_days: horizon }) {
  return [{ drug: drug ?? "", regimen: regimen ?? "none" }, ...partner].map((one) => {
    const schedule = within(scheduleOf(one.regimen), (horizon ?? Infinity) * DAY);
    if (schedule.doses.length > MOST_DOSES) throw new Error(`${schedule.doses.length} doses are too many for a page: run them with bimodal simulate`);
    return { drug: one.drug, schedule };
  });
}

/**
 * Leave out what starts at or after a horizon; the dose left out next closes the last interval that is kept.
 * @param {import("./expand.js").Schedule} schedule
 * @param {number} horizon hours
 */
function within(schedule, horizon) {
  const doses = schedule.doses.filter(({ time }) => time < horizon), next = schedule.doses[doses.length];
  return next ? { ...schedule, doses, end: Math.min(schedule.end, next.time) } : schedule;
}

/** @type {Map<string, import("./expand.js").Schedule>} what was laid out last: every patient asks for it */
const laidOut = new Map();

/** @param {string} text */
function scheduleOf(text) {
  let found = laidOut.get(text);
  if (!found) {
    found = expand(parseRegimen(text));
    if (laidOut.size > 63) laidOut.clear();
    laidOut.set(text, found);
  }
  return found;
}

/**
 * Say for how many days a scenario is simulated: the end of dosing and what follows, never before the last day asked for.
 * @param {Scenario} scenario
 * @param {number[]} [days]
 */
export function horizonDays(scenario, days = []) {
  if (scenario.horizon_days !== undefined) return Math.max(scenario.horizon_days, ...days);
  const end = Math.max(0, ...courses(scenario).map(({ schedule }) => schedule.end));
  return Math.max(end / DAY + (scenario.follow_up_days ?? FOLLOW_UP), ...days, 1);
}

/**
 * Hours at which to look: every dose (a value there is that before it), every whole day, the days asked for, and points
 * after each dose, many of them where it is to be drawn finely, half of these while a slider moves. For a model file:
 * evenly, in its own unit.
 * @param {Scenario} scenario
 * @param {{fine?: boolean, moving?: boolean, days?: number[]}} [how]
 */
export function saveTimes(scenario, { fine = false, moving = false, days = [] } = {}) {
  if (scenario.until !== undefined) return Float64Array.from({ length: 501 }, (_, k) => (k / 500) * Number(scenario.until));
  const end = horizonDays(scenario, days) * DAY, exact = [0, end, ...days.map((day) => day * DAY)], loose = [];
  for (let t = 0; t <= end; t += fine && !moving ? DAY / 2 : DAY) loose.push(t);
  for (const { schedule } of courses(scenario)) {
    schedule.doses.forEach(({ time, duration, route }, k) => {
      exact.push(time);
      const next = schedule.doses[k + 1]?.time ?? Infinity, { fine: many, coarse } = route === "sc" || route === "ip" ? AFTER.sc : AFTER.iv;
      if (duration > 0) loose.push(time + duration / 2, time + duration);
      const looked = moving ? many.filter((_, place) => place % 2) : fine ? many : coarse;
      for (const after of looked) if (time + duration + after < next) loose.push(time + duration + after);
    });
  }
  return merged(exact, loose, end);
}

/**
 * Times in order; of two that are a rounding error apart the exact one stays.
 * @param {number[]} exact
 * @param {number[]} loose
 * @param {number} end
 */
function merged(exact, loose, end) {
  const kept = Float64Array.from(new Set(exact.filter((t) => t >= 0 && t <= end))).sort();
  const more = Float64Array.from(loose.filter((t) => t >= 0 && t <= end)).sort(), found = Array.from(kept);
  let k = 0, last = -1;
  for (const t of more) {
    while (k + 1 < kept.length && kept[k + 1] <= t) k++;
    const near = Math.min(Math.abs(t - kept[k]), k + 1 < kept.length ? kept[k + 1] - t : Infinity);
    if (near >= NEAR && t - last >= NEAR) found.push((last = t));
  }
  return Float64Array.from(found).sort();
}

/**
 * nmol of one dose in a body.
 * @param {Dose} dose
 * @param {Drug} drug
 * @param {Body} body
 */
export function doseNmol(dose, drug, body) {
  const { symbol, per } = dose.unit, each = drug.nmol[symbol];
  if (each === undefined) throw new Error(`a dose in ${symbol} means no amount of ${drug.name}: use ${Object.keys(drug.nmol).join(", ")}`);
  return dose.amount * (per === "flat" ? each : each * (per === "kg" ? body.weight_kg : body.bsa_m2));
}

/**
 * What happens to a body under a scenario; at one time infusion rates come before amounts, in the order of the drugs.
 * @param {Bundle} bundle
 * @param {Model} model
 * @param {Scenario} scenario
 * @param {Body} body
 * @param {ArrayLike<number>} [stops] where the model's own inputs turn
 * @returns {Events}
 */
export function events(bundle, model, scenario, body, stops = []) {
  /** @type {{time: number, slot: number, value: number, rank: number}[]} */
  const rows = [];
  for (const { drug, schedule } of scenario.until === undefined ? courses(scenario) : []) {
    if (!schedule.doses.length) continue;
    const about = drugOf(bundle, drug), place = model.drugs[drug];
    if (!place) throw new Error(`the model '${model.id}' has no way in for '${about.name}'`);
    const port = (/** @type {string} */ route, /** @type {string} */ action) => {
      const found = place.ports[route];
      if (!found || found.action !== action) throw new Error(`the model '${model.id}' has no way in for '${about.name}' by the route ${route}`);
      return found.slot;
    };
    const given = schedule.doses.map((dose) => ({ ...dose, nmol: doseNmol(dose, about, body) }));
    const infused = given.filter((dose) => dose.duration > 0);
    if (infused.length) for (const row of rates(infused)) rows.push({ ...row, slot: port("iv_infusion", "set"), rank: 0 });
    for (const { time, duration, route, nmol } of given) if (duration === 0) rows.push({ time, slot: port(route, "add"), value: nmol, rank: 1 });
  }
  for (const time of Array.from(stops)) rows.push({ time, slot: -1, value: 0, rank: 2 });
  rows.sort((a, b) => a.time - b.time || a.rank - b.rank);
  return { times: rows.map((row) => row.time), slots: rows.map((row) => row.slot), values: rows.map((row) => row.value) };
}

/**
 * The rate after every start and end of infusions: rates of those that run add.
 * @param {{time: number, duration: number, nmol: number}[]} infusions
 */
function rates(infusions) {
  const points = new Set(infusions.flatMap(({ time, duration }) => [time, time + duration]));
  const sorted = Float64Array.from(points).sort();
  /** @type {Map<number, number>} */
  const kept = new Map();
  let last = 0;
  sorted.forEach((t, k) => { // back-to-back infusions that differ by rounding share a boundary
    if (k === 0 || t - sorted[k - 1] > SNAP) last = t;
    kept.set(t, last);
  });
  const spans = infusions.map(({ time, duration, nmol }) => {
    const start = /** @type {number} */ (kept.get(time)), stop = /** @type {number} */ (kept.get(time + duration));
    return { start, stop, rate: nmol / (stop - start) };
  });
  return [...new Set(spans.flatMap(({ start, stop }) => [start, stop]))].sort((a, b) => a - b).map((time) => {
    let value = 0;
    for (const { start, stop, rate } of spans) if (start <= time && time < stop) value += rate;
    return { time, value };
  });
}

/**
 * @param {Bundle} bundle
 * @param {string} id
 */
export function drugOf(bundle, id) {
  const found = bundle.drugs.find((drug) => drug.id === id);
  if (!found) throw new Error(`this page has no molecule '${id}'`);
  return found;
}

/**
 * @param {Bundle} bundle
 * @param {Scenario} scenario
 */
export function modelOf(bundle, scenario) {
  const found = bundle.models.find((model) => model.id === scenario.model);
  if (!found) throw new Error(`this page has no model '${scenario.model}'`);
  return found;
}

/**
 * @param {Model} model
 * @param {Scenario} scenario
 */
export function populationOf(model, scenario) {
  const found = model.populations.find((one) => one.cohort === scenario.cohort);
  if (!found) throw new Error(`this page has no people '${scenario.cohort}' of the model '${model.id}'`);
  return found;
}

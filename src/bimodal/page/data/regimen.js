// @ts-check
// A regimen as data, and as text: the counterpart of src/bimodal/dosing, whose rules docs/regimens.md states.

import { Fraction, whole } from "./fraction.js";

/**
 * @typedef {"min" | "h" | "day" | "week"} SpanUnit
 * @typedef {{value: number, unit: SpanUnit}} Span
 * @typedef {{every: Span}} Every
 * @typedef {{days: number[], period: number | null, perDay: number}} OnDays
 * @typedef {Every | OnDays} Frequency
 * @typedef {{kind: "sc" | "ip" | "iv_bolus" | "iv_infusion" | "civ", length: Span | null}} Route
 * @typedef {{symbol: string, per: "flat" | "kg" | "m2"}} DoseUnit
 * @typedef {{gap: "off" | "rest", length: Span}} Gap
 * @typedef {{cycles: number, onDay: number | null}} Repeat
 * @typedef {object} Phase
 * @property {number} amount
 * @property {DoseUnit} unit
 * @property {Route} route
 * @property {Frequency | null} frequency null for a single dose
 * @property {number | Span | null} limit doses, a duration, or neither
 * @property {boolean} perDay whether the amount is per day: continuous infusions
 * @property {(Gap | Repeat)[]} modifiers
 * @typedef {Phase[]} Regimen no phase is untreated
 */

export const LIMITS = { text: 10_000, doses: 100_000, hours: 100 * 365.25 * 24, amount: 1e15, day: 3660 };

/** A dose or schedule that is impossible. */
export class DosingFault extends Error {
  /**
   * @param {string} what
   * @param {string | null} [fix]
   */
  constructor(what, fix = null) {
    super(fix ? `${what}: ${fix}` : what);
    this.what = what;
    this.fix = fix;
  }
}

/** A regimen that cannot be read; `at` is the place in its text. */
export class RegimenError extends Error {
  /**
   * @param {string} what
   * @param {number} at
   * @param {string | null} [fix]
   */
  constructor(what, at, fix = null) {
    super(fix ? `${what}: ${fix}` : what);
    this.what = what;
    this.at = at;
    this.fix = fix;
  }
}

const HOURS = { min: new Fraction(1n, 60n), h: whole(1), day: whole(24), week: whole(168) };
const SHORTEST = new Fraction(1n, 3600n);

/** @param {Span} span */
export function spanHours(span) {
  return Fraction.of(span.value).times(HOURS[span.unit]);
}

/**
 * @param {number} value
 * @param {SpanUnit} unit
 * @returns {Span}
 */
export function makeSpan(value, unit) {
  const span = { value, unit }, hours = spanHours(span);
  if (hours.below(SHORTEST)) throw new DosingFault("a length of time under one second is not supported");
  if (Fraction.of(LIMITS.hours).below(hours)) throw new DosingFault("a length of time over 100 years is not supported");
  return span;
}

/**
 * @param {number[]} days
 * @param {number | null} period
 * @param {number} perDay
 * @returns {OnDays}
 */
export function makeOnDays(days, period, perDay) {
  if ((period ?? 0) > LIMITS.day) throw new DosingFault(`protocol days and periods after ${LIMITS.day} are not supported`);
  if (period !== null && period < days[days.length - 1]) {
    throw new DosingFault(`day ${days[days.length - 1]} lies outside the period of ${period} days`);
  }
  return { days, period, perDay };
}

/**
 * @param {number} cycles
 * @param {number | null} onDay
 * @returns {Repeat}
 */
export function makeRepeat(cycles, onDay) {
  if (cycles === 1) {
    throw new DosingFault("one cycle in all repeats nothing", "write 'repeat' for once more, or 'repeat x3' for three in all");
  }
  if (cycles > LIMITS.doses) throw new DosingFault(`the number of cycles must be from 2 to ${LIMITS.doses}`);
  if (onDay !== null && !(onDay > 1 && onDay <= LIMITS.hours / 24)) {
    throw new DosingFault("the second cycle must start on protocol day 2 or later, within 100 years");
  }
  return { cycles, onDay };
}

/** Write a number as Python does, so that reading it gives the same one. @param {number} value */
export function numberText(value) {
  const [digits, power] = value.toExponential().split("e"), exponent = Number(power);
  if (exponent >= -4 && exponent < 16) {
    if (exponent >= 0) return String(value);
    return `0.${"0".repeat(-exponent - 1)}${digits.replace(".", "")}`;
  }
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** @param {Span} span */
export function spanText(span) {
  const plural = (span.unit === "day" || span.unit === "week") && span.value !== 1 ? "s" : "";
  return `${numberText(span.value)} ${span.unit}${plural}`;
}

/** @param {DoseUnit} unit */
export function unitText(unit) {
  return unit.per === "flat" ? unit.symbol : `${unit.symbol}/${unit.per}`;
}

/** @param {Regimen} regimen the text reads back as an equal regimen */
export function regimenText(regimen) {
  return regimen.map(phaseText).join(" then ") || "none";
}

/** @param {Phase} phase */
function phaseText(phase) {
  const { unit, route, frequency, limit, perDay } = phase;
  const parts = [numberText(phase.amount), unitText(unit) + (perDay ? "/day" : "")];
  if (route.kind === "civ" && !perDay) parts.push("total");
  parts.push(route.kind === "iv_infusion" ? `IV over ${spanText(/** @type {Span} */ (route.length))}` : ROUTES[route.kind]);
  if (frequency !== null) parts.push("every" in frequency ? everyText(frequency.every) : daysText(frequency, limit !== null));
  if (typeof limit === "number") parts.push(`x${limit}`);
  else if (limit !== null) parts.push(`for ${spanText(limit)}`);
  return [parts.join(" "), ...phase.modifiers.map(modifierText)].join(", ");
}

const ROUTES = { sc: "SC", ip: "IP", iv_bolus: "IV bolus", civ: "CIV" };

/** @param {Gap | Repeat} modifier */
function modifierText(modifier) {
  if ("gap" in modifier) return `${modifier.gap} ${spanText(modifier.length)}`;
  const { cycles, onDay } = modifier;
  if (onDay === null) return `repeat x${cycles}`;
  return `repeat on day ${onDay}${cycles === 2 ? "" : ` x${cycles}`}`;
}

/** @param {Span} interval */
export function everyText(interval) {
  const { value, unit } = interval;
  if (unit === "day" && value === 1) return "daily";
  if (unit === "day" && value === 2) return "qod";
  if (unit === "week" && value === 1) return "weekly";
  const count = numberText(value);
  return unit === "min" || count.includes("e") ? `every ${spanText(interval)}` : `q${count}${unit[0]}`;
}

/**
 * @param {OnDays} frequency
 * @param {boolean} named whether a count or duration follows, as `tiw` needs
 */
function daysText({ days, period, perDay }, named) {
  if (named && period === 7 && perDay === 1 && days.join() === "1,3,5") return "tiw";
  const minutes = 1440 / perDay;
  const often = perDay === 1 ? "" : minutes % 60 ? `every ${minutes} min ` : `q${minutes / 60}h `;
  return `${often}on day${days.length === 1 ? "" : "s"} ${ranges(days)}${period === null ? "" : ` of ${period}`}`;
}

/** Write runs of three days and more as a-b. @param {number[]} days */
function ranges(days) {
  /** @type {number[][]} */
  const runs = [];
  for (const day of days) {
    const last = runs[runs.length - 1];
    if (last && day === last[last.length - 1] + 1) last.push(day);
    else runs.push([day]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run[run.length - 1]}` : run.join(", "))).join(", ");
}

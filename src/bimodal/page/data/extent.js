// @ts-check
// How long a course lasts and how many doses it has, without listing them. The counterpart of src/bimodal/dosing/extent.py.

import { Fraction, later, whole } from "./fraction.js";
import { DosingFault, LIMITS, spanHours } from "./regimen.js";

/**
 * @typedef {import("./regimen.js").Phase} Phase
 * @typedef {import("./regimen.js").Frequency} Frequency
 * @typedef {import("./regimen.js").Gap} Gap
 * @typedef {import("./regimen.js").Repeat} Repeat
 * @typedef {object} Extent landmarks of a course, hours since its phase began
 * @property {number} doses
 * @property {Fraction} first
 * @property {Fraction} last
 * @property {Fraction} lastEnd when the last dose has been given
 * @property {Fraction} intervalEnd end of the last dosing interval, from which `rest` counts
 * @property {Fraction} courseEnd end of the duration, from which `off` counts
 * @property {Fraction} end where the next cycle or phase begins
 * @property {boolean} gap whether `end` was set by a gap since the last repeat
 */

const DAY = whole(24), NOTHING = whole(0);

/** Length of one dose, 0 for an injection. @param {Phase} phase */
export function doseLength({ route, frequency, limit }) {
  if (route.length !== null) return spanHours(route.length);
  if (route.kind !== "civ") return NOTHING;
  return frequency === null && limit !== null && typeof limit !== "number" ? spanHours(limit) : DAY;
}

/**
 * When a frequency schedules a dose, hours since the phase began; null where it schedules no such dose.
 * @param {Frequency | null} frequency
 * @param {number} index
 */
export function slot(frequency, index) {
  if (frequency === null) return index === 0 ? NOTHING : null;
  if ("every" in frequency) return whole(index).times(spanHours(frequency.every));
  const { days, period, perDay } = frequency, each = days.length * perDay, round = Math.floor(index / each), within = index % each;
  if (round && period === null) return null;
  const day = days[Math.floor(within / perDay)] - 1 + round * (period ?? 0);
  return new Fraction(BigInt(24 * (day * perDay + (within % perDay))), BigInt(perDay));
}

/** Measure one course of a phase, before its gaps and repeats. @param {Phase} phase @returns {Extent} */
export function courseExtent(phase) {
  const { frequency, route } = phase, length = doseLength(phase), [count, duration] = countDoses(phase);
  if (count < 1) throw new DosingFault("no dose falls into this duration", "make it longer");
  const first = slot(frequency, 0), last = slot(frequency, count - 1);
  if (first === null || last === null) throw new DosingFault("the frequency gives fewer doses than the count");
  const own = frequency !== null && !("every" in frequency) ? DAY.over(whole(frequency.perDay)) : DAY;
  const following = slot(frequency, count) ?? last.plus(route.kind === "civ" ? length : own);
  const lastEnd = last.plus(length), intervalEnd = later(following, lastEnd), courseEnd = duration ?? intervalEnd;
  return checked({ doses: count, first, last, lastEnd, intervalEnd, courseEnd, end: courseEnd, gap: false });
}

/**
 * Doses of one course, and its duration where it has one.
 * @param {Phase} phase
 * @returns {[number, Fraction | null]}
 */
function countDoses({ frequency, limit }) {
  const span = limit !== null && typeof limit !== "number" ? spanHours(limit) : null;
  if (frequency === null) return [1, span];
  if (typeof limit === "number") return [limit, null];
  if ("every" in frequency) return [span === null ? 0 : span.over(spanHours(frequency.every)).ceil(), span];
  const { days, period, perDay } = frequency, each = days.length * perDay;
  if (period === null) return [each, null];
  const round = whole(period).times(DAY), duration = span ?? round;
  const rounds = duration.over(round).floor(), rest = duration.minus(whole(rounds).times(round));
  const past = rest.over(DAY).floor(), today = rest.minus(whole(past).times(DAY));
  let before = days.filter((day) => day <= past).length * perDay;
  if (days.includes(past + 1)) before += today.times(whole(perDay)).over(DAY).ceil();
  return [rounds * each + before, duration];
}

/**
 * Hours from one cycle to the next.
 * @param {Extent} extent
 * @param {Repeat} repeat
 */
export function repeatShift(extent, { onDay }) {
  if (onDay === null) return extent.end;
  const start = whole(onDay - 1).times(DAY), earliest = extent.gap ? later(extent.lastEnd, extent.end) : extent.lastEnd;
  if (start.below(earliest) || !extent.last.below(start)) {
    const day = later(earliest, extent.last).over(DAY).floor() + 1;
    throw new DosingFault(`protocol day ${onDay} is too early: the cycle before lasts into protocol day ${day}`);
  }
  return start.minus(extent.first);
}

/**
 * Apply one gap or repeat to all that stands before it.
 * @param {Extent} extent
 * @param {Gap | Repeat} modifier
 * @returns {Extent}
 */
export function extend(extent, modifier) {
  if ("gap" in modifier) {
    const from = modifier.gap === "off" ? extent.courseEnd : extent.intervalEnd;
    return checked({ ...extent, end: from.plus(spanHours(modifier.length)), gap: true });
  }
  const shift = whole(modifier.cycles - 1).times(repeatShift(extent, modifier));
  return checked({
    doses: extent.doses * modifier.cycles,
    first: extent.first,
    last: extent.last.plus(shift),
    lastEnd: extent.lastEnd.plus(shift),
    intervalEnd: extent.intervalEnd.plus(shift),
    courseEnd: extent.courseEnd.plus(shift),
    end: extent.end.plus(shift),
    gap: false,
  });
}

/** @param {Phase} phase */
export function phaseExtent(phase) {
  return phase.modifiers.reduce(extend, courseExtent(phase));
}

/** @param {Extent} extent */
function checked(extent) {
  if (extent.doses > LIMITS.doses) throw new DosingFault(`this makes ${extent.doses} doses; at most ${LIMITS.doses} are supported`);
  if (Fraction.of(LIMITS.hours).below(later(extent.end, extent.intervalEnd))) throw new DosingFault("this lasts over 100 years");
  return extent;
}

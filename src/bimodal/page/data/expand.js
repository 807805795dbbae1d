// @ts-check
// From a regimen to its doses. The counterpart of src/bimodal/dosing/expand.py.

import { courseExtent, doseLength, extend, phaseExtent, repeatShift, slot } from "./extent.js";
import { Fraction, whole } from "./fraction.js";

/**
 * @typedef {import("./regimen.js").DoseUnit} DoseUnit
 * @typedef {"sc" | "ip" | "iv_bolus" | "iv_infusion"} DoseRoute
 * @typedef {{time: number, duration: number, route: DoseRoute, amount: number, unit: DoseUnit, cycle: number}} Dose hours
 * @typedef {{doses: Dose[], cycleStarts: number[], end: number, warnings: string[]}} Schedule `end`: of the last dosing
 *   interval, hours
 */

const ROUNDING = 1e-9;

/**
 * List every dose of a regimen; hour 0 is the first.
 * @param {import("./regimen.js").Regimen} regimen
 * @returns {Schedule}
 */
export function expand(regimen) {
  /** @type {Dose[]} */
  const doses = [];
  /** @type {number[]} */
  const cycleStarts = [];
  let begin = whole(0), end = whole(0);
  for (const phase of regimen) {
    addPhase(phase, begin, doses, cycleStarts);
    const extent = phaseExtent(phase);
    end = begin.plus(extent.intervalEnd);
    begin = begin.plus(extent.end);
  }
  return { doses, cycleStarts, end: end.toNumber(), warnings: overlaps(doses) };
}

/**
 * @param {import("./regimen.js").Phase} phase
 * @param {Fraction} begin
 * @param {Dose[]} doses
 * @param {number[]} starts
 */
function addPhase(phase, begin, doses, starts) {
  let extent = courseExtent(phase), cycles = [whole(0)];
  const offsets = /** @type {Fraction[]} */ (Array.from({ length: extent.doses }, (_, index) => slot(phase.frequency, index)));
  for (const modifier of phase.modifiers) {
    if ("cycles" in modifier) {
      const shift = repeatShift(extent, modifier), before = cycles;
      cycles = Array.from({ length: modifier.cycles }, (_, k) => before.map((cycle) => cycle.plus(whole(k).times(shift)))).flat();
    }
    extent = extend(extent, modifier);
  }
  const length = doseLength(phase), duration = length.toNumber(), { kind } = phase.route;
  const amount = phase.perDay ? Fraction.of(phase.amount).times(length).over(whole(24)).toNumber() : phase.amount;
  for (const cycle of cycles) {
    const start = begin.plus(cycle);
    for (const offset of offsets) {
      const time = start.plus(offset).toNumber();
      doses.push({ time, duration, route: kind === "civ" ? "iv_infusion" : kind, amount, unit: phase.unit, cycle: starts.length });
    }
    starts.push(start.plus(offsets[0]).toNumber());
  }
}

/** Say where infusions overlap, because their rates add and that is seldom meant. @param {Dose[]} doses */
function overlaps(doses) {
  let until = -Infinity, first = 0, count = 0;
  for (const { time, duration } of doses) {
    if (duration <= 0) continue;
    if (time < until - ROUNDING) first = count++ ? first : time;
    until = Math.max(until, time + duration);
  }
  if (!count) return [];
  const noun = count === 1 ? "infusion starts" : "infusions start", day = Number((first / 24).toPrecision(4));
  return [`${count} ${noun} while another runs, first at ${Number(first.toPrecision(6))} h (day ${day}); their rates add`];
}

/** Say of each cycle when it gives its first dose, so that a reader sees how the text was understood. @param {Schedule} schedule */
export function cycleLines({ doses, cycleStarts }) {
  const counts = cycleStarts.map(() => 0);
  for (const dose of doses) counts[dose.cycle]++;
  return cycleStarts.map((start, k) => {
    const day = Number((start / 24).toPrecision(6)), protocol = Math.floor(start / 24) + 1;
    return `cycle ${k + 1}: first dose at day ${day} (protocol day ${protocol}), ${counts[k]} dose${counts[k] === 1 ? "" : "s"}`;
  });
}

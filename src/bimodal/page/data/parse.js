// @ts-check
// From regimen text to a regimen; docs/regimens.md has the grammar. The counterpart of src/bimodal/dosing/parse.py.

import { Cursor, sticky } from "./cursor.js";
import { readDoseUnit } from "./dose_unit.js";
import { courseExtent, extend, phaseExtent } from "./extent.js";
import { Fraction, whole } from "./fraction.js";
import { EXPECTED, readFrequency } from "./often.js";
import { DosingFault, LIMITS, RegimenError, makeRepeat, unitText } from "./regimen.js";

/** @typedef {import("./regimen.js").Phase} Phase */
/** @typedef {import("./regimen.js").Gap} Gap */
/** @typedef {import("./regimen.js").Repeat} Repeat */
/** @typedef {import("./regimen.js").Route} Route */
/** @typedef {import("./regimen.js").Span} Span */
/** @typedef {import("./regimen.js").Frequency} Frequency */

const PER_DAY = sticky("_*(?:/_*(?:days?|d|24_*h)|per_+day)(?![A-Za-z0-9])", "i");
const COUNT = sticky("_*[xX×]_*(?=[0-9.+-])");

/**
 * Read a regimen, and refuse what could mean two things.
 * @param {string} text
 * @returns {import("./regimen.js").Regimen} empty for "none"
 */
export function parseRegimen(text) {
  if (text.length > LIMITS.text) {
    throw new RegimenError(`a regimen of ${text.length} characters is too long; ${LIMITS.text} are supported`, LIMITS.text);
  }
  const cursor = new Cursor(text);
  if (cursor.atEnd()) cursor.fail("the regimen is empty", { fix: "write e.g. '1 MIU/m2 SC daily for 56 days', or 'none'" });
  if (cursor.take("none")) {
    if (!cursor.atEnd()) cursor.fail("'none' stands alone");
    return [];
  }
  /** @type {Phase[]} */
  const phases = [];
  let doses = 0, end = whole(0);
  for (;;) {
    cursor.skip();
    const start = cursor.place, phase = readPhase(cursor);
    cursor.within(start, () => {
      const extent = phaseExtent(phase);
      if (!phases.length && extent.first.top !== 0n) {
        throw new DosingFault(
          "the first dose must fall on protocol day 1, because day 0 is the time of the first dose",
          "number the days from the first dose",
        );
      }
      doses += extent.doses;
      end = end.plus(extent.end);
      if (doses > LIMITS.doses) throw new DosingFault(`the regimen has over ${LIMITS.doses} doses in all, more than is supported`);
      if (Fraction.of(LIMITS.hours).below(end)) throw new DosingFault("the regimen lasts over 100 years");
    });
    phases.push(phase);
    if (cursor.atEnd()) return phases;
    cursor.take("then");
  }
}

/** @param {Cursor} cursor @returns {Phase} */
function readPhase(cursor) {
  cursor.skip();
  const start = cursor.place, phase = readCourse(cursor);
  let extent = cursor.within(start, () => courseExtent(phase));
  /** @type {(Gap | Repeat)[]} */
  const modifiers = [];
  while (!cursor.atEnd() && cursor.word() !== "then") {
    if (!cursor.takeSymbol(",")) expectedAfter(cursor, phase, modifiers.length > 0);
    if (cursor.word() === "then") break;
    cursor.skip();
    const at = cursor.place, modifier = readModifier(cursor), last = modifiers[modifiers.length - 1];
    if (last && "gap" in modifier && "gap" in last) cursor.fail("two gaps in a row", { at, fix: "give their sum" });
    extent = cursor.within(at, () => extend(extent, modifier));
    modifiers.push(modifier);
  }
  return { ...phase, modifiers };
}

/**
 * @param {Cursor} cursor
 * @param {Phase} phase
 * @param {boolean} modified
 */
function expectedAfter(cursor, phase, modified) {
  const word = cursor.word();
  if (["off", "rest", "repeat"].includes(word)) cursor.fail(`expected ',' before '${word}'`);
  if (modified || phase.limit !== null || phase.frequency !== null) {
    cursor.expected("',' and off, rest, repeat or x3; or 'then'; or the end");
  }
  cursor.expected(`${EXPECTED}; or ',' or the end`);
}

/** @param {Cursor} cursor @returns {Phase} */
function readCourse(cursor) {
  const amount = readAmount(cursor), unit = readDoseUnit(cursor);
  const day = cursor.see(PER_DAY), perDay = day !== null;
  cursor.place += day?.[0].length ?? 0;
  cursor.skip();
  const basis = cursor.place, total = cursor.take("in", "total") || cursor.take("total");
  cursor.skip();
  const at = cursor.place, route = readRoute(cursor), continuous = route.kind === "civ";
  if (!continuous && (perDay || total)) {
    cursor.fail(`${perDay ? "'/day' goes" : "'total' goes"} only with CIV; another dose is the amount of one administration`, {
      at: basis,
      fix: "give the amount of one dose, and how often it is given",
    });
  }
  cursor.skip();
  const oftenAt = cursor.place, frequency = readFrequency(cursor);
  if (continuous && frequency !== null && "every" in frequency) {
    cursor.fail("a continuous infusion has no interval", { at: oftenAt, fix: "write 'CIV for 5 days' or 'CIV on days 1-5'" });
  }
  if (continuous && !(perDay || (total && frequency === null))) {
    cursor.fail("is this the amount per day, or of the whole infusion?", {
      at,
      fix: `write '${unitText(unit)}/day CIV', or '${unitText(unit)} total CIV' with a duration`,
    });
  }
  if (continuous && total && perDay) cursor.fail("'/day' and 'total' exclude each other", { at: basis });
  if (continuous && frequency !== null && "days" in frequency && frequency.perDay !== 1) {
    cursor.fail("a continuous infusion has no interval", { at: oftenAt });
  }
  const listed = /\bon\b/i.test(cursor.text.slice(oftenAt, cursor.place));
  const limit = readLimit(cursor, frequency, continuous, listed);
  return { amount, unit, route, frequency, limit, perDay, modifiers: [] };
}

/** @param {Cursor} cursor */
function readAmount(cursor) {
  cursor.skip();
  if (["none", "off", "rest", "repeat"].includes(cursor.word())) {
    cursor.fail("expected a dose such as '1 MIU/m2'", { fix: "gaps and repeats follow a dose, after a comma" });
  }
  cursor.refuseComma();
  const start = cursor.place, amount = cursor.number("the dose");
  if (amount > LIMITS.amount) cursor.fail("a dose over 1e+15 is not supported", { at: start });
  if (cursor.numberAhead()) {
    cursor.fail("expected a dose unit, found a number", { fix: "write numbers without spaces, e.g. 600000 IU/kg" });
  }
  return amount;
}

/** @param {Cursor} cursor @returns {Route} */
function readRoute(cursor) {
  for (const [kind, form] of /** @type {const} */ ([["sc", "subcutaneous"], ["ip", "intraperitoneal"]])) {
    if (cursor.take(kind) || cursor.take(form) || cursor.take(`${form}ly`)) return { kind, length: null };
  }
  if (cursor.take("civ") || cursor.take("continuous", "iv", "infusion") || cursor.take("continuous", "infusion")) {
    return { kind: "civ", length: null };
  }
  if (cursor.take("continuous")) cursor.expected("'infusion'");
  if (!(cursor.take("iv") || cursor.take("intravenous") || cursor.take("intravenously"))) {
    cursor.expected("a route: SC, IP, IV, IV over 15 min, IV infusion over 6 h, or CIV");
  }
  if (cursor.take("bolus")) return { kind: "iv_bolus", length: null };
  const infusion = cursor.take("infusion");
  if (cursor.take("over")) return { kind: "iv_infusion", length: cursor.span("the length of an infusion") };
  return infusion ? cursor.expected("'over' and the length of the infusion") : { kind: "iv_bolus", length: null };
}

/**
 * @param {Cursor} cursor
 * @param {Frequency | null} frequency
 * @param {boolean} continuous
 * @param {boolean} listed
 * @returns {number | Span | null}
 */
function readLimit(cursor, frequency, continuous, listed) {
  const count = cursor.see(COUNT);
  if (!count && cursor.word() !== "for") {
    if ((frequency !== null && !listed) || (continuous && frequency === null)) {
      cursor.expected(`how long: 'for 56 days'${continuous ? "" : " or 'x14'"}`);
    }
    return null;
  }
  const endsItself = frequency === null ? !continuous : "days" in frequency && frequency.period === null;
  if (endsItself && frequency === null) {
    cursor.fail("a count or duration needs a frequency before it", { fix: "write e.g. 'daily for 5 days' or 'q8h x14'" });
  }
  if (endsItself) cursor.fail("this list of days ends by itself", { fix: "give the period: e.g. 'on days 1-5 of 7 for 2 weeks'" });
  /** @type {number | Span} */
  let limit;
  if (count) {
    if (continuous && frequency === null) cursor.fail("a continuous infusion needs a duration", { fix: "write 'CIV for 5 days'" });
    cursor.place += count[0].length;
    limit = readCount(cursor);
  } else {
    cursor.take("for");
    cursor.refuseComma();
    const start = cursor.place, value = cursor.number("the duration");
    if (["doses", "dose"].includes(cursor.word())) {
      cursor.place = start;
      limit = readCount(cursor);
      cursor.take(cursor.word());
    } else limit = cursor.spanOf(value, start);
  }
  if (cursor.see(COUNT) || cursor.word() === "for") {
    cursor.fail("give either a count or a duration, not both", { fix: "to repeat the course, write ', x3'" });
  }
  return limit;
}

/** @param {Cursor} cursor */
function readCount(cursor) {
  cursor.skip();
  const start = cursor.place, count = cursor.whole("the number of doses");
  if (count > LIMITS.doses) cursor.fail(`over ${LIMITS.doses} doses are not supported`, { at: start });
  return count;
}

/** @param {Cursor} cursor @returns {Gap | Repeat} */
function readModifier(cursor) {
  for (const gap of /** @type {const} */ (["off", "rest"])) {
    if (cursor.take(gap)) return { gap, length: cursor.span("the length of the gap") };
  }
  if (cursor.see(COUNT)) return readRepeat(cursor, cursor.place, null);
  const start = cursor.place;
  if (!cursor.take("repeat")) cursor.expected("off, rest, repeat, x3 or then");
  /** @type {number | null} */
  let day = null;
  if (cursor.take("on")) {
    if (!cursor.take("day")) cursor.expected("'day'");
    day = cursor.whole("a protocol day");
  }
  return readRepeat(cursor, start, day);
}

/**
 * @param {Cursor} cursor
 * @param {number} start
 * @param {number | null} day
 */
function readRepeat(cursor, start, day) {
  const count = cursor.see(COUNT);
  let at = start, cycles = 2;
  if (count) {
    at = cursor.place += count[0].length;
    cycles = cursor.whole("the number of cycles");
  }
  return cursor.within(at, () => makeRepeat(cycles, day));
}

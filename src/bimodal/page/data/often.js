// @ts-check
// Reads how often a dose is given. The counterpart of src/bimodal/dosing/often.py.

import { Fraction, whole } from "./fraction.js";
import { LIMITS, makeOnDays, spanHours } from "./regimen.js";

/** @typedef {import("./cursor.js").Cursor} Cursor */
/** @typedef {import("./regimen.js").Frequency} Frequency */
/** @typedef {import("./regimen.js").SpanUnit} SpanUnit */
/** @typedef {import("./regimen.js").OnDays} OnDays */

/** @type {(value: number, unit: SpanUnit) => Frequency} */
const every = (value, unit) => ({ every: { value, unit } });
/** @type {(...days: number[]) => Frequency} */
const weekly = (...days) => ({ days, period: 7, perDay: 1 });

/** @type {[string, Frequency][]} in the order in which they are tried */
const NAMED = [
  ["once daily", every(1, "day")], ["once a day", every(1, "day")], ["once weekly", every(1, "week")],
  ["once a week", every(1, "week")], ["twice daily", every(12, "h")], ["twice a day", every(12, "h")],
  ["three times daily", every(8, "h")], ["three times a day", every(8, "h")], ["three times weekly", weekly(1, 3, 5)],
  ["three times a week", weekly(1, 3, 5)], ["twice weekly", weekly(1, 4)], ["twice a week", weekly(1, 4)],
  ["every other day", every(2, "day")], ["every second day", every(2, "day")], ["every third day", every(3, "day")],
  ["every fourth day", every(4, "day")], ["every other week", every(2, "week")], ["every second week", every(2, "week")],
  ["every day", every(1, "day")], ["every week", every(1, "week")], ["every hour", every(1, "h")],
  ["daily", every(1, "day")], ["qd", every(1, "day")], ["od", every(1, "day")], ["bid", every(12, "h")],
  ["tid", every(8, "h")], ["qid", every(6, "h")], ["qod", every(2, "day")], ["weekly", every(1, "week")],
  ["tiw", weekly(1, 3, 5)],
];
export const EXPECTED =
  "a frequency: once, daily, bid, tid, qid, q8h, qod, q3d, weekly, tiw, every 8 h, on days 1-5, or on Mon, Wed, Fri";
const TWO_READINGS = ["biweekly", "biw", "bimonthly", "triweekly"];
/** @type {Map<string, number>} */
const WEEKDAYS = new Map();
["monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thur thurs", "friday fri", "saturday sat", "sunday sun"].forEach(
  (names, place) => names.split(" ").forEach((name) => [name, `${name}s`].forEach((form) => WEEKDAYS.set(form, place))),
);

/**
 * Read a frequency, synonyms alike; null for a single dose.
 * @param {Cursor} cursor
 * @returns {Frequency | null}
 */
export function readFrequency(cursor) {
  cursor.skip();
  const start = cursor.place, frequency = readRate(cursor);
  if (cursor.word() !== "on") return frequency;
  return readDays(cursor, frequency === null ? 1 : perDayOf(cursor, frequency, start));
}

/**
 * @param {Cursor} cursor
 * @returns {Frequency | null}
 */
function readRate(cursor) {
  for (const [words, frequency] of NAMED) if (cursor.take(...words.split(" "))) return frequency;
  if (cursor.take("once")) return null;
  if (TWO_READINGS.includes(cursor.word())) {
    cursor.fail(`'${cursor.word()}' has two readings`, { fix: "write 'twice weekly' or 'every 2 weeks'" });
  }
  if (cursor.take("q") || cursor.take("every")) return { every: cursor.span("the interval") };
  const ends = cursor.atEnd() || ",×".includes(cursor.text[cursor.place]) || ["then", "on", "for", "x"].includes(cursor.word());
  return ends ? null : cursor.expected(EXPECTED);
}

/**
 * @param {Cursor} cursor
 * @param {Frequency} frequency
 * @param {number} start
 */
function perDayOf(cursor, frequency, start) {
  const hours = "every" in frequency ? spanHours(frequency.every) : null;
  if (hours === null || !whole(24).over(hours).isWhole || !hours.times(whole(60)).isWhole) {
    cursor.fail("before 'on days', a frequency must fit a whole number of times into a day", {
      at: start,
      fix: "use daily, bid, tid, qid or e.g. q8h",
    });
  }
  return whole(24).over(hours).floor();
}

/**
 * @param {Cursor} cursor
 * @param {number} perDay
 * @returns {OnDays}
 */
function readDays(cursor, perDay) {
  cursor.take("on");
  if (cursor.take("weekdays")) return { days: [1, 2, 3, 4, 5], period: 7, perDay };
  if (WEEKDAYS.has(cursor.word())) return { days: readWeekdays(cursor), period: 7, perDay };
  if (!(cursor.take("days") || cursor.take("day"))) cursor.expected("'days', 'weekdays' or days of the week");
  cursor.skip();
  let start = cursor.place;
  /** @type {number[]} */
  const days = [];
  do {
    cursor.skip();
    const at = cursor.place, first = cursor.whole("a protocol day");
    let last = first;
    if (cursor.takeSymbol("-–") || cursor.take("to")) last = cursor.whole("a protocol day");
    if (last < first || (days.length && first <= days[days.length - 1])) cursor.fail("protocol days must increase", { at });
    if (last > LIMITS.day) cursor.fail(`protocol days after ${LIMITS.day} are not supported`, { at });
    for (let day = first; day <= last; day++) days.push(day);
  } while (anotherDay(cursor));
  /** @type {number | null} */
  let period = null;
  if (cursor.take("of")) {
    cursor.skip();
    start = cursor.place;
    period = cursor.whole("the period in days");
    if (!cursor.take("days")) cursor.take("day");
  }
  return cursor.within(start, () => makeOnDays(days, period, perDay));
}

/**
 * Days of the week in the order in which they are dosed; the first of them is protocol day 1.
 * @param {Cursor} cursor
 */
function readWeekdays(cursor) {
  const first = WEEKDAYS.get(cursor.word()) ?? 0;
  /** @type {number[]} */
  const days = [];
  for (;;) {
    cursor.skip();
    const at = cursor.place, word = cursor.word(), day = (((WEEKDAYS.get(word) ?? 0) - first + 7) % 7) + 1;
    if (days.length && day <= days[days.length - 1]) cursor.fail("days of the week must follow each other within one week", { at });
    days.push(day);
    cursor.take(word);
    const before = cursor.place;
    if (!(cursor.takeSymbol(",") || cursor.take("and"))) return days;
    cursor.take("and");
    if (!WEEKDAYS.has(cursor.word())) {
      cursor.place = before;
      return days;
    }
  }
}

/** Read the comma or `and` before another day, and leave a comma that ends the list. @param {Cursor} cursor */
function anotherDay(cursor) {
  const before = cursor.place;
  if ((cursor.takeSymbol(",") || cursor.take("and")) && cursor.numberAhead()) return true;
  cursor.place = before;
  return false;
}

// @ts-check
// How often a dose is given, in words and in days.

/** @type {Record<string, [string, number]>} words and days from dose to dose, on average */
const NAMED = { once: ["once", 1], daily: ["daily", 1], qod: ["every 2nd day", 2], q3d: ["every 3rd day", 3], tiw: ["3 a week", 7 / 3], weekly: ["weekly", 7] };
/** @type {Record<string, [string, number]>} */
const UNITS = { h: ["h", 1 / 24], d: ["days", 1], w: ["weeks", 7] };

/**
 * Say a frequency as people do: q2w is every 2 weeks.
 * @param {string} often
 */
export function oftenWords(often) {
  const found = /^q(\d+)([hdw])$/.exec(often);
  return NAMED[often]?.[0] ?? (found ? `every ${found[1]} ${UNITS[found[2]][0]}` : often);
}

/**
 * Give the days from one dose to the next.
 * @param {string} often
 */
export function gapDays(often) {
  const found = /^q(\d+)([hdw])$/.exec(often);
  return NAMED[often]?.[1] ?? (found ? Number(found[1]) * UNITS[found[2]][1] : 1);
}

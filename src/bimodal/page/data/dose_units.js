// @ts-check
// Units of a molecule as a reader handles them: what one is worth in another, and from where to where a slider goes.

/** @typedef {import("./bundle").Drug} Drug */

/** @param {string} unit @returns {string} what the dose is given per: kg, m2 or nothing */
export function perOf(unit) {
  return unit.split("/")[1] ?? "";
}

/**
 * Say how much of another unit one unit is; null where one is per body size and the other is not.
 * @param {Drug} drug
 * @param {string} unit
 * @param {string} other
 */
export function worth(drug, unit, other) {
  const [one, two] = [drug.nmol[unit.split("/")[0]], drug.nmol[other.split("/")[0]]];
  return perOf(unit) === perOf(other) && one && two ? one / two : null;
}

/**
 * Give the range of doses of a molecule in a unit, from that of a unit it is usually written in; around the dose if there is none.
 * @param {Drug} drug
 * @param {string} unit
 * @param {number} amount
 * @returns {[number, number]}
 */
export function rangeOf(drug, unit, amount) {
  if (drug.ranges[unit]) return drug.ranges[unit];
  const usual = usualUnit(drug, unit), times = worth(drug, usual, unit), range = drug.ranges[usual];
  return range && times ? [range[0] * times, range[1] * times] : [amount / 10, amount * 10];
}

/**
 * Give the unit that doses of this kind are usually written in, the unit itself where there is none.
 * @param {Drug} drug
 * @param {string} unit
 */
export function usualUnit(drug, unit) {
  return drug.units.includes(unit) ? unit : drug.units.find((one) => worth(drug, one, unit) !== null) ?? unit;
}

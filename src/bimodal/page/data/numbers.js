// @ts-check
// Numbers as people write them, and as the page writes them.

/**
 * What a text field held: a value, or words about what is wrong with it.
 * @typedef {{value: number, problem: ""} | {value: null, problem: string}} Entry
 */

const SPACES = /[\s\u00a0\u202f\u2009'’]/g;
const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Read a number in English, German or French writing: 1.5, 1,5, 1.250,5, 1 250,5, 1'250.5.
 *
 * One comma before exactly three digits could be either mark, so it is refused rather than guessed.
 * @param {string} text
 * @param {{least?: number, most?: number, whole?: boolean}} [bounds]
 * @returns {Entry}
 */
export function readNumber(text, { least = -Infinity, most = Infinity, whole = false } = {}) {
  const bare = text.trim().replace(SPACES, "");
  if (bare === "") return fault("Enter a number.");
  const commas = bare.split(",").length - 1, points = bare.split(".").length - 1;
  let plain = bare;
  if (commas && points) {
    const decimal = bare.lastIndexOf(",") > bare.lastIndexOf(".") ? "," : ".";
    const [head, ...rest] = bare.split(decimal);
    if (rest.length !== 1 || !grouped(head)) return fault(`“${text.trim()}” is not a number.`);
    plain = `${head.replace(/[.,]/g, "")}.${rest[0]}`;
  } else if (commas > 1 || points > 1) {
    if (!grouped(bare)) return fault(`“${text.trim()}” is not a number.`);
    plain = bare.replace(/[.,]/g, "");
  } else if (commas === 1) {
    if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(bare)) {
      const [head, tail] = bare.split(",");
      return fault(`Is ${bare} ${head}${tail} or ${head}.${tail}? Write it without the comma, or with a point.`);
    }
    plain = bare.replace(",", ".");
  }
  if (!PLAIN.test(plain)) return fault(`“${text.trim().slice(0, 40)}” is not a number.`);
  const value = Number(plain);
  if (!Number.isFinite(value)) return fault("This number is too large.");
  if (whole && !Number.isInteger(value)) return fault("Enter a whole number.");
  if (value < least) return fault(`Enter ${brief(least)} or more.`);
  if (value > most) return fault(`Enter ${brief(most)} or less.`);
  return { value, problem: "" };
}

/** @param {string} problem @returns {Entry} */
function fault(problem) {
  return { value: null, problem };
}

/** @param {string} head */
function grouped(head) {
  return /^[+-]?\d{1,3}([.,]\d{3})+$/.test(head) && new Set(head.replace(/[^.,]/g, "")).size === 1 || /^[+-]?\d+$/.test(head);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Write a power of ten with a raised exponent.
 * @param {number} power
 */
export function powerOfTen(power) {
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]).join("");
  return `10${power < 0 ? "⁻" : ""}${digits}`;
}

/**
 * Write a value with so many significant digits, without trailing noughts and never as 1e-7.
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function brief(value, digits = 3) {
  if (!Number.isFinite(value)) return "not known";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    const power = Math.floor(Math.log10(size) + 1e-12), head = Number((value / 10 ** power).toPrecision(digits));
    return `${head}×${powerOfTen(power)}`;
  }
  const rounded = Number(value.toPrecision(digits));
  return size >= 1e4 ? rounded.toLocaleString("en") : String(rounded);
}

/**
 * Write a ratio so that digits do not pretend to more than they hold: 0.98×, 2.4×, 17×.
 * @param {number} value
 */
export function times(value) {
  if (!Number.isFinite(value)) return "not known";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return `${brief(value, 1)}×`;
  return `${size >= 99.5 ? Math.round(value).toLocaleString("en") : size >= 9.95 ? value.toFixed(0) : size >= 1.995 ? value.toFixed(1) : value.toFixed(2)}×`;
}

/**
 * Write a day: whole where it is, else to a tenth.
 * @param {number} day
 */
export function dayText(day) {
  return Math.abs(day - Math.round(day)) < 0.05 || day >= 100 ? String(Math.round(day)) : day.toFixed(1);
}

/**
 * Write a share of people as a whole percentage, never 0 or 100 where it is neither.
 * @param {number} share
 */
export function percent(share) {
  if (share > 0 && share < 0.005) return "<1 %";
  if (share < 1 && share > 0.995) return ">99 %";
  return `${Math.round(100 * share)} %`;
}

/**
 * Write a unit as people read it.
 * @param {string} unit
 */
export function unitText(unit) {
  return unit === "1" || unit === "not given" ? "" : unit.replace(/m2\b/g, "m²").replace(/\bu(?=g|L|mol)/g, "µ").replace("pM.h", "pM·h");
}

// @ts-check
// A place in a regimen text, and the small things that can be read there.

import { DosingFault, RegimenError, makeSpan } from "./regimen.js";

/** @typedef {import("./regimen.js").Span} Span */
/** @typedef {import("./regimen.js").SpanUnit} SpanUnit */

const SPACE = "[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const BLANK = new RegExp(`${SPACE}*`, "y");
const NUMBER = /(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const COMMA = /[0-9]+(?:\.[0-9]+)?,(?=[0-9])/y;
const WORD = /[A-Za-z]+/y;
const TOKEN = new RegExp(`(?:(?!${SPACE}|,)[^])+`, "y");

/** @type {Map<string, SpanUnit>} */
const TIME_WORDS = new Map();
for (const [unit, words] of /** @type {[SpanUnit, string][]} */ ([
  ["min", "min mins minute minutes"], ["h", "h hr hrs hour hours"], ["day", "d day days"], ["week", "w wk wks week weeks"],
])) for (const word of words.split(" ")) TIME_WORDS.set(word, unit);

/**
 * A pattern that matches where reading stands; white space is what Python calls so.
 * @param {string} pattern with `_` for any white space
 * @param {string} [flags]
 */
export function sticky(pattern, flags = "") {
  return new RegExp(pattern.replaceAll("_", SPACE), `y${flags}`);
}

/** Reads a text from left to right; what it refuses names the character at fault. */
export class Cursor {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.place = 0;
  }

  /**
   * Match a sticky pattern where reading stands, or elsewhere; nothing is taken.
   * @param {RegExp} pattern
   * @param {number} [at]
   */
  see(pattern, at = this.place) {
    pattern.lastIndex = at;
    return pattern.exec(this.text);
  }

  skip() {
    this.place += this.see(BLANK)?.[0].length ?? 0;
  }

  /**
   * @param {string} what
   * @param {{at?: number, fix?: string | null}} [about]
   * @returns {never}
   */
  fail(what, { at, fix = null } = {}) {
    this.skip();
    throw new RegimenError(what, at ?? this.place, fix);
  }

  /**
   * @param {string} what
   * @returns {never}
   */
  expected(what) {
    this.skip();
    const token = this.see(TOKEN);
    if (token) this.fail(`expected ${what}, found '${token[0].slice(0, 40)}'`);
    this.fail(`expected ${what}, found ${this.place >= this.text.length ? "the end of the text" : `'${this.text[this.place]}'`}`);
  }

  /**
   * Run something; what it finds impossible is a fault at a place.
   * @template T
   * @param {number} at
   * @param {() => T} make
   * @returns {T}
   */
  within(at, make) {
    try {
      return make();
    } catch (fault) {
      if (fault instanceof DosingFault) this.fail(fault.what, { at, fix: fault.fix });
      throw fault;
    }
  }

  atEnd() {
    this.skip();
    return this.place >= this.text.length;
  }

  /** The next word in lower case, empty where none stands. */
  word() {
    this.skip();
    return this.see(WORD)?.[0].toLowerCase() ?? "";
  }

  /**
   * Read these words if all stand here.
   * @param {string[]} words
   */
  take(...words) {
    const before = this.place;
    for (const word of words) {
      if (this.word() !== word) {
        this.place = before;
        return false;
      }
      this.place += word.length;
    }
    return true;
  }

  /** Read one of some characters if it stands here. @param {string} symbols */
  takeSymbol(symbols) {
    this.skip();
    if (this.place >= this.text.length || !symbols.includes(this.text[this.place])) return false;
    this.place++;
    return true;
  }

  numberAhead() {
    this.skip();
    return this.see(NUMBER) !== null;
  }

  /** Read a number above 0. @param {string} what */
  number(what) {
    this.skip();
    const found = this.see(NUMBER);
    if (!found) this.noNumber(what);
    const value = Number(found[0]), end = this.place + found[0].length, after = this.text[end];
    if (!Number.isFinite(value)) this.fail(`${found[0].slice(0, 40)} is too large for a number`);
    if (value <= 0) this.fail(`${what} must be greater than zero`);
    if (after === "." || after === "_") this.fail("cannot read this number", { at: end, fix: "write e.g. 600000 or 0.3" });
    this.place = end;
    return value;
  }

  /**
   * @param {string} what
   * @returns {never}
   */
  noNumber(what) {
    const rest = this.text.slice(this.place);
    if (rest[0] === "-" || rest[0] === "−") this.fail(`${what} must be greater than zero, and not negative`);
    if (/^\p{N}/u.test(rest)) this.fail("write numbers with the digits 0 to 9");
    if (/^(nan|inf)/i.test(rest)) this.fail(`${what} must be a finite number`);
    this.expected(`${what}, a number`);
  }

  /** Read a whole number from 1. @param {string} what */
  whole(what) {
    this.skip();
    const start = this.place, value = this.number(what);
    if (!Number.isInteger(value) || value > 1e9) this.fail(`${what} must be a whole number`, { at: start });
    return value;
  }

  /** Refuse 600,000 and 0,3, which different readers take for different numbers. */
  refuseComma() {
    this.skip();
    const found = this.see(COMMA);
    if (!found) return;
    this.fail("a comma within a number is ambiguous", {
      at: this.place + found[0].length - 1,
      fix: "write 600000 (no separator) or 0.3 (a point)",
    });
  }

  /** Read a length of time. @param {string} what */
  span(what) {
    this.refuseComma();
    const start = this.place, value = this.number(what);
    return this.spanOf(value, start);
  }

  /**
   * Read the unit after a number that began at a place.
   * @param {number} value
   * @param {number} start
   * @returns {Span}
   */
  spanOf(value, start) {
    this.skip();
    const word = this.word(), unit = TIME_WORDS.get(word);
    if (/^(month|year)/.test(word)) this.fail(`a ${word.replace(/s$/, "")} has no fixed length`, { fix: "give weeks or days" });
    if (unit === undefined) this.expected("a unit of time: min, h, days or weeks");
    const span = this.within(start, () => makeSpan(value, unit));
    this.place += word.length;
    return span;
  }
}

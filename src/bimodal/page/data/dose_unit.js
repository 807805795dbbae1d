// @ts-check
// Units of doses: what is counted, and per which body size. The counterpart of src/bimodal/units/dose_unit.py.

import { DosingFault } from "./regimen.js";
import { sticky } from "./cursor.js";

/** @typedef {import("./cursor.js").Cursor} Cursor */
/** @typedef {import("./regimen.js").DoseUnit} DoseUnit */

const AMOUNTS = ["ng", "ug", "mg", "g", "pmol", "nmol", "umol", "cells"];
const SPELLINGS = new Map([["iu", "IU"], ["kiu", "kIU"], ["mcg", "ug"], ...AMOUNTS.map((name) => /** @type {[string, string]} */ ([name, name]))]);
const PLURALS = ["u", "ku", "mu", "unit", "units", "munits", "kunits"];
const KNOWN = "IU, kIU, MIU, mg, ug, ng, nmol, pmol, Cetus U, Roche U";
const CHOICES = "say which unit: IU (or kIU, MIU), Cetus U (= 6 IU), or Roche U (needs its factor and source)";

const WORD = /[A-Za-zµμ]+/y;
const BRAND_UNIT = sticky("_+(?:units?|u)(?![A-Za-z])", "i");
const MILLION = sticky("_+IU(?![A-Za-z])");
const MOIETY = sticky("_+(?:of_+)?(?:(il-?2)|(conjugate))(?![A-Za-z0-9])", "i");
const PER = sticky("_*/_*|_+per_+", "i");
const SIZE = /(kg)(?![A-Za-z0-9])|(m(?:2|²|\^2))(?![A-Za-z0-9])/iy;
const DAY = sticky("(?:days?|d|24_*h)(?![A-Za-z0-9])", "i");
const SLASH = sticky("_*(?:/|per\\b)_*", "i");

/**
 * Read a unit where the cursor stands; a `/day` is left.
 * @param {Cursor} cursor
 * @returns {DoseUnit}
 */
export function readDoseUnit(cursor) {
  cursor.skip();
  let at = cursor.place;
  const [symbol, end] = cursor.within(at, () => scanSymbol(cursor));
  at = end + (cursor.see(SLASH, end)?.[0].length ?? 0);
  const [per, last] = cursor.within(at, () => scanPer(cursor, end));
  cursor.place = last;
  return { symbol, per };
}

/**
 * @param {Cursor} cursor
 * @returns {[string, number]}
 */
function scanSymbol(cursor) {
  const word = cursor.see(WORD)?.[0];
  if (!word) throw new DosingFault("expected a dose unit", `use one of ${KNOWN}, each flat, /kg or /m2`);
  const end = cursor.place + word.length, key = word.replace(/[µμ]/g, "u").toLowerCase();
  if (key === "cetus" || key === "roche") {
    const name = key[0].toUpperCase() + key.slice(1), brand = cursor.see(BRAND_UNIT, end);
    if (!brand) throw new DosingFault(`expected 'U' after '${word}'`, `write '${name} U'`);
    return [`${name} U`, end + brand[0].length];
  }
  if (key === "million") {
    const million = cursor.see(MILLION, end);
    if (!million) throw new DosingFault("expected 'IU' after 'million'", "write MIU");
    return ["MIU", end + million[0].length];
  }
  if (PLURALS.includes(key)) throw new DosingFault(`the unit '${word}' is ambiguous: several units of IL-2 are called U`, CHOICES);
  if (key === "miu") {
    if (word !== "MIU") throw new DosingFault(`'${word}' may mean milli-IU or million IU`, "write MIU for million IU, or give IU");
    return ["MIU", end];
  }
  const symbol = SPELLINGS.get(key);
  if (symbol === undefined) throw new DosingFault(`'${word}' is not a dose unit`, `use one of ${KNOWN}`);
  const moiety = AMOUNTS.includes(symbol) ? cursor.see(MOIETY, end) : null;
  return moiety ? [`${symbol} ${moiety[1] ? "IL-2" : "conjugate"}`, end + moiety[0].length] : [symbol, end];
}

/**
 * @param {Cursor} cursor
 * @param {number} start
 * @returns {["flat" | "kg" | "m2", number]}
 */
function scanPer(cursor, start) {
  const slash = cursor.see(PER, start), end = start + (slash?.[0].length ?? 0);
  if (!slash || cursor.see(DAY, end)) return ["flat", start];
  const size = cursor.see(SIZE, end);
  if (!size) throw new DosingFault("expected kg or m2 after '/'", "doses are flat, per kg or per m2, e.g. 1 MIU/m2");
  return [size[1] ? "kg" : "m2", end + size[0].length];
}

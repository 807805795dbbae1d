import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, dayText, percent, readNumber, times, unitText } from "../../../src/bimodal/page/data/numbers.js";

test("numbers of several countries are read", () => {
  const written = { "1.5": 1.5, "1,5": 1.5, "0,25": 0.25, "0,125": 0.125, ".5": 0.5, "1.250,5": 1250.5, "1,250.5": 1250.5, "1 250,5": 1250.5, "1\u202f250,5": 1250.5, "1'250.5": 1250.5, "1.000.000": 1e6, "600000": 600000, "1e3": 1000, "-2": -2 };
  for (const [text, value] of Object.entries(written)) assert.deepEqual(readNumber(text), { value, problem: "" }, text);
});

test("what could be two numbers is asked about, and what is none is refused", () => {
  assert.match(readNumber("1,250").problem, /1250 or 1\.250/);
  for (const text of ["", "abc", "1,2,3", "1.2.3,4", "NaN", "Infinity", "1e999", "<b>1</b>", "0x10"]) assert.equal(readNumber(text).value, null, text);
});

test("bounds are said in words", () => {
  assert.match(readNumber("0", { least: 1 }).problem, /1 or more/);
  assert.match(readNumber("12", { most: 10 }).problem, /10 or less/);
  assert.match(readNumber("1,5", { whole: true }).problem, /whole/);
});

test("values keep three digits and no exponent letters", () => {
  assert.deepEqual([0, 0.000012, 0.1234, 12345, 2_500_000, NaN].map((value) => brief(value)), ["0", "1.2×10⁻⁵", "0.123", "12,300", "2.5×10⁶", "not known"]);
  assert.deepEqual([0.004, 0.98, 1.994, 2.04, 17.3, 1234].map(times), ["0.004×", "0.98×", "1.99×", "2.0×", "17×", "1,234×"]);
});

test("shares of people are never rounded to nobody or everybody", () => {
  assert.deepEqual([0, 0.001, 0.5, 0.999, 1].map(percent), ["0 %", "<1 %", "50 %", ">99 %", "100 %"]);
});

test("days and units read as people write them", () => {
  assert.deepEqual([7, 0.5, 58.02, 100.4].map(dayText), ["7", "0.5", "58", "100"]);
  assert.deepEqual(["1", "MIU/m2", "ug/kg", "1/uL"].map(unitText), ["", "MIU/m²", "µg/kg", "1/µL"]);
});

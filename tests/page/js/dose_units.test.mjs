import assert from "node:assert/strict";
import { test } from "node:test";
import { rangeOf, usualUnit, worth } from "../../../src/bimodal/page/data/dose_units.js";

const drug = { nmol: { MIU: 4, kIU: 0.004, IU: 0.000004 }, units: ["MIU/m2", "kIU/kg"], ranges: { "MIU/m2": [0.03, 20], "kIU/kg": [1, 1000] } };

test("a range is carried over to a unit that is not usual", () => {
  assert.deepEqual(rangeOf(drug, "kIU/kg", 5), [1, 1000]);
  rangeOf(drug, "IU/kg", 5).forEach((end, i) => assert.ok(Math.abs(end / [1e3, 1e6][i] - 1) < 1e-9));
  assert.deepEqual(rangeOf(drug, "MIU", 5), [0.5, 50]);
});

test("units per different body sizes are worth nothing in each other", () => {
  assert.equal(worth(drug, "MIU/m2", "kIU/kg"), null);
  assert.ok(Math.abs(worth(drug, "kIU/kg", "IU/kg") - 1000) < 1e-9);
  assert.equal(usualUnit(drug, "IU/kg"), "kIU/kg");
  assert.equal(usualUnit(drug, "MIU"), "MIU");
});

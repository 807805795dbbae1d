import assert from "node:assert/strict";
import { test } from "node:test";
import { coursesOf, nameOfScenario } from "../../../src/bimodal/page/data/course.js";
import { paired, samePeople, shareAbove, summary } from "../../../src/bimodal/page/data/readings.js";

test("doses group into courses at pauses, and uneven weeks are one course", () => {
  const high = [...Array(14).keys()].map((k) => k / 3), again = high.map((day) => day + 13.67);
  assert.deepEqual(coursesOf([...high, ...again]).map(([start]) => start), [0, 13.67]);
  assert.equal(coursesOf([0, 2, 4, 7, 9, 11, 14]).length, 1);
  assert.deepEqual(coursesOf([]), []);
  assert.deepEqual(coursesOf([0]), [[0, 0.5]]);
});

test("a scenario is named by its name, else by what it does", () => {
  const bundle = { drugs: [{ id: "rezpeg", name: "Rezpegaldesleukin" }] }, one = { name: "", drug: "rezpeg", regimen: "5 ug/kg SC q2w x3" };
  assert.equal(nameOfScenario(bundle, { ...one, name: "mine" }, one), "mine");
  assert.equal(nameOfScenario(bundle, one, one), "5 ug/kg SC q2w x3");
  assert.equal(nameOfScenario(bundle, one, { drug: "aldesleukin" }), "Rezpegaldesleukin: 5 ug/kg SC q2w x3");
  assert.equal(nameOfScenario(bundle, { name: "", drug: "", regimen: "none", until: 10, set: { k: 0.5 } }, { drug: "" }), "k = 0.5");
  assert.equal(nameOfScenario(bundle, { name: "", drug: "", regimen: "none", until: 10 }, { drug: "" }), "the model as it is");
});

test("differences are person by person, and those within the solver's tolerance are none", () => {
  const ours = Float64Array.of(2, 3, 1.0001, NaN), theirs = Float64Array.of(1, 4, 1, 2), between = paired(ours, theirs);
  assert.deepEqual([...between], [1, -1, 0, NaN]);
  assert.equal(shareAbove(between, 0), 1 / 3);
  assert.deepEqual(summary(Float64Array.of(1, NaN, 3)), { middle: 2, low: 1.1, high: 2.9, count: 2 });
  assert.equal(summary(Float64Array.of(NaN)), null);
});

test("people are the same only in the same cohort of the same model", () => {
  const people = {}, one = { model: { id: "human" }, population: people };
  assert.ok(samePeople(one, { model: { id: "human" }, population: people }));
  assert.ok(!samePeople(one, { model: { id: "human" }, population: {} }));
  assert.ok(!samePeople({ ...one, population: null }, { ...one, population: null }));
});

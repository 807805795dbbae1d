import assert from "node:assert/strict";
import { test } from "node:test";
import { bandText, count, predictionHeadline, publishedText, simulatedText, studyHeadline, verdictText, whenText } from "../../../src/bimodal/page/data/evidence_words.js";
import { VERDICT_CHOICES } from "../../../src/bimodal/page/data/view_evidence.js";
import { isDrawn } from "../../../src/bimodal/page/data/evidence_chart.js";
import { evidenceCsv, scenarioOf } from "../../../src/bimodal/page/data/evidence_list.js";

const row = (more = {}) => ({ id: "X1", study: "x", arms: ["a"], label: "Treg", statistic: "median", kind: "band", published: 10, band: [9, 11], unit: "1", quality: "page", role: "calibration", source: "s", simulated: 20, verdict: "outside", within: false, fold_error: 2, ...more });
const words = (made) => made.map((one) => one.text).join("");

test("counts and the geometric mean are those done by hand", () => {
  const rows = [row(), row({ fold_error: 4 }), row({ verdict: "inside", within: true, fold_error: 1 }), row({ verdict: "inside", within: true, fold_error: undefined }), row({ verdict: "not run", simulated: undefined, fold_error: undefined }), row({ verdict: "not scored", fold_error: 100 }), row({ verdict: "context", fold_error: 100 })];
  const found = count(rows);
  assert.deepEqual([found.scored, found.outside, found.inside, found.open, found.compared], [5, 2, 2, 1, 3]);
  assert.ok(Math.abs(found.factor - 2) < 1e-12);
  assert.ok(Number.isNaN(count([]).factor));
});

test("the headline keeps what a fit may use apart from what was held back, misses first", () => {
  const said = words(studyHeadline([row(), row({ role: "validation", verdict: "inside", within: true })]));
  assert.match(said, /^Calibration studies.*1 of 1 published numbers lie outside, 0 inside.*Validation studies.*0 of 1/);
  assert.match(words(studyHeadline([row({ verdict: "context" })])), /None of these/);
  assert.match(words(studyHeadline([])), /No published number/);
  assert.match(words(predictionHeadline([{ observed: [{ inside: false }, { inside: true }] }, { observed: null }])), /1 of 2 observed values lie outside.*1 are not opened/);
});

test("numbers are written with their unit, shares in per cent", () => {
  assert.deepEqual([publishedText(row({ kind: "at_least", unit: "pM" })), bandText(row({ unit: "pM" })), simulatedText(row({ unit: "pM" }))], ["at least 9 pM", "9 to 11 pM", "20 pM"]);
  assert.equal(publishedText(row({ statistic: "proportion", published: 0.159 })), "15.9 %");
  assert.deepEqual([publishedText(row({ kind: "direction", published: -1, band: undefined })), publishedText(row({ kind: "ordering", published: 1 }))], ["falls", "first arm higher"]);
  assert.equal(simulatedText(row({ simulated: undefined })), "–");
  assert.equal(verdictText(row({ verdict: "not scored" })), "outside, not scored");
  assert.equal(verdictText(row({ share_of_sets: 0.75 })), "outside, 75 % of sets agree");
});

test("times are written as hours and days", () => {
  assert.deepEqual([whenText({ time: { day: 28 } }), whenText({ time: { day: 0.25 } }), whenText({})], ["day 28", "hour 6", ""]);
  assert.equal(whenText({ time: { from: 0, to: 56, reduce: "peak" } }), "highest, days 0–56");
  assert.equal(whenText({ time: { from: 1 / 12, to: 1 / 3, reduce: "mean" } }), "mean, hours 2–8");
});

test("only what has a ratio is drawn", () => {
  assert.deepEqual([row(), row({ simulated: 0 }), row({ band: undefined }), row({ published: 0 }), row({ simulated: undefined })].map(isDrawn), [true, false, false, false, false]);
});

test("an arm opens only where the page holds its model, molecules and parameters", () => {
  const bundle = { models: [{ id: "human", populations: [{ cohort: "healthy" }], drugs: { aldesleukin: {} }, parameters: [{ id: "k", settable: true }] }] };
  const study = { model: "human", cohort: "cgvhd" }, arm = { name: "a", drug: "aldesleukin", regimen: "none", rules: true };
  assert.deepEqual(scenarioOf(bundle, study, arm), { name: "a", drug: "aldesleukin", regimen: "none", model: "human", cohort: "healthy" });
  for (const [about, given] of [[{ ...study, model: "mouse" }, arm], [study, { ...arm, drug: "x" }], [study, { ...arm, partner: [{ drug: "x", regimen: "none" }] }], [study, { ...arm, set: { q: 1 } }]]) assert.equal(scenarioOf(bundle, about, given), null);
});

test("a spreadsheet gets a column for every key", () => {
  const [head, first] = evidenceCsv({ studies: { x: { model: "human", patients: 3, changed: [], citation: "c" } }, predictions: [] }, [row()]);
  assert.deepEqual([head.includes("lower"), first[head.indexOf("lower")], first[head.indexOf("within")], first[head.indexOf("patients")]], [true, 9, "false", 3]);
  const made = { id: "p", date: "d", model: "human", sha256: "0", arms: [{ name: "a", values: [["treg_fold", 7, "1", 2]] }], observed: [{ arm: "a", endpoint: "treg_fold", day: 7, value: 1, inside: false }] };
  assert.equal(evidenceCsv({ studies: {}, predictions: [made] }, null).length, 3);
});

test("what was not evaluated is not called not run, and every verdict can be chosen", () => {
  const said = words(studyHeadline([row(), row({ verdict: "not run" }), row({ verdict: "not evaluated" }), row({ verdict: "not evaluated" })]));
  assert.match(said, /1 of 4 published numbers lie outside, 0 inside, 2 not evaluated, 1 not run/);
  assert.deepEqual(VERDICT_CHOICES.map(([id]) => id), ["", "outside", "not evaluated", "not run", "inside", "not scored", "context"]);
});

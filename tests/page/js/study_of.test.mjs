import assert from "node:assert/strict";
import { test } from "node:test";
import { ofOneStudy, studyOf } from "../../../src/bimodal/page/data/study_of.js";

const bundle = { models: [{ id: "human", observables: ["treg_fold", "ilc2_fold", "treg_tconv_ratio", "crp"] }, { id: "mouse", observables: ["cd8_fold"] }], cells: [{ id: "treg" }, { id: "ilc2" }, { id: "cd8" }], observables: {} };
const shown = { name: "", model: "human", cohort: "healthy", drug: "aldesleukin", regimen: "1 MIU SC daily for 5 days" };

test("a study reads the cells of its model, and no cell the page holds beside", () => {
  const { endpoint, arm, follow_up_days, horizon } = studyOf(bundle, [{ ...shown, follow_up_days: 14 }, shown], [7, 28]);
  assert.deepEqual(endpoint, [...["treg_fold", "ilc2_fold", "treg_tconv_ratio"].map((id) => ({ id, days: [7, 28] })), { id: "cmax" }]);
  assert.deepEqual(arm.map((one) => one.name), ["aldesleukin 1 MIU SC daily for 5 days", "aldesleukin 1 MIU SC daily for 5 days (2)"]);
  assert.deepEqual([follow_up_days, horizon], [14, undefined]);
});

test("a horizon is said as a study says it, alone, and nothing is read after it", () => {
  const made = studyOf(bundle, [{ ...shown, horizon_days: 20, follow_up_days: 14 }], [7, 28]);
  assert.equal(made.horizon, 20);
  assert.ok(!("follow_up_days" in made), "a study takes one of the two");
  assert.deepEqual(made.endpoint[0].days, [7]);
  assert.deepEqual(studyOf(bundle, [{ ...shown, horizon_days: 5 }], [7]).endpoint, [{ id: "cmax" }]);
});

test("what is followed for another time, or is of others, is no arm of the same study", () => {
  const same = { ...shown, regimen: "none" };
  const others = [{ follow_up_days: 7 }, { horizon_days: 9 }, { model: "mouse" }, { cohort: "sle" }].map((part) => ({ ...shown, ...part }));
  assert.deepEqual(ofOneStudy(shown, [...others, same]), [shown, same]);
  assert.deepEqual(ofOneStudy(others[1], [shown, others[1]]), [others[1], others[1]]);
});

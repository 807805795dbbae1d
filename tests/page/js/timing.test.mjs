import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonOf } from "../../../src/bimodal/page/data/timing_file.js";
import { Timing, trialPython } from "../../../src/bimodal/page/data/view_timing.js";

test("the Python lines carry what was said of a table", () => {
  const said = pythonOf({ zone: "Europe/Berlin", dates: "day-first" });
  assert.match(said, /^from bimodal\.timing\.said import Said$/m);
  assert.match(said, /read_layout\(Path\("FILE\.csv"\)\.read_bytes\(\), "FILE\.csv", said=Said\(zone="Europe\/Berlin", dates="day-first"\)\)/);
  assert.doesNotMatch(pythonOf({}), /Said/);
});

const asked = { f: "0.5", w: "2", period: "7", "p-mean": "0.07", "p-out": "0", error: "1", course: "first", doses: "1", interval: "8", seed: "3" };

test("the Python lines of a trial hold the monitoring before it", () => {
  const lines = trialPython({ ...asked, samples: "14", every: "36h", amplitude: "0.75", noise: "0.4", series: "50" });
  assert.match(lines, /monitoring=SamplingPlan\(14, 36 \/ 24, 0\.75, 0\.4\), series=50,/);
  assert.match(lines, /import SamplingPlan$/m);
  assert.doesNotMatch(trialPython(asked), /SamplingPlan/);
});

test("a link cannot name a part that every object has", () => {
  const view = { parts: { assess: {}, plan: {}, trial: {} }, show: () => {} };
  for (const text of ["constructor~f:0.4", "toString", "__proto__"]) {
    Timing.prototype.take.call(view, text);
    assert.equal(view.part, "assess");
  }
});

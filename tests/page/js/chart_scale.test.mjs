import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, areaOf, axisFor, dayTicks, pathOf, share, swing, ticks, valueAt } from "../../../src/bimodal/page/data/chart_scale.js";

test("a fold axis always shows own day 0, a half and a double of it", () => {
  const axis = axisFor(0.9, 1.1, "fold");
  assert.deepEqual([axis.low, axis.high], [0.5, 2]);
  assert.deepEqual(ticks(axis, 7).map((tick) => tick.text), ["1/2", "1", "2"]);
  assert.equal(share(axis, 1), 0.5);
});

test("a logarithmic axis ends at its floor, whatever falls to nothing", () => {
  const axis = axisFor(1e-30, 2, "log", { floor: 1e-4 });
  assert.ok(Math.abs(axis.low / 1e-4 - 1) < 1e-9);
  assert.equal(share(axis, 1e-30), 0);
  assert.deepEqual(ticks(axisFor(0.1, 1e5, "log"), 7).map((tick) => tick.text), ["0.1", "1", "10", "100", "1000", "10⁴", "10⁵"]);
});

test("a linear axis holds its values and starts at nought", () => {
  for (const high of [0.007, 0.43, 1, 8.2, 99, 12345]) {
    const axis = axisFor(0.1 * high, high, "linear");
    assert.equal(axis.low, 0);
    assert.ok(axis.high >= high && axis.high <= 1.6 * high, `${high}: ${axis.high}`);
  }
});

test("axes of empty or broken data are still axes", () => {
  for (const kind of ["linear", "log", "fold"]) {
    const axis = axisFor(Infinity, -Infinity, kind);
    assert.ok(axis.high > axis.low && Number.isFinite(axis.high), kind);
  }
});

test("days are ticked in weeks where weeks fit and in hours where the window is short", () => {
  assert.deepEqual(dayTicks(0, 84, 4).map((tick) => tick.value), [0, 28, 56, 84]);
  assert.deepEqual(dayTicks(0, 1, 5).map((tick) => tick.value), [0, 0.25, 0.5, 0.75, 1]);
});

test("a path is cut at the edges of the window, between its points", () => {
  const same = (value) => value;
  assert.equal(pathOf([0, 10], [0, 100], same, same, [2, 4]), "M2,20L4,40");
  assert.equal(pathOf([0, 1, 2], [5, NaN, 7], same, same, [0, 2]), "M0,5L2,7");
  assert.equal(areaOf([0, 1], [0, 0], [1, 2], same, same, [0, 1]), "M0,0L1,0L1,2L0,1Z");
});

test("values are read straight between points and never beyond the ends", () => {
  assert.deepEqual([-1, 0, 0.5, 2, 9].map((day) => valueAt([0, 1, 2], [0, 10, 30], day)), [0, 0, 5, 30, 30]);
});

test("close doses are summed up from dose to dose, and a pause is left as it is", () => {
  const x = [], y = [];
  for (let hour = 0; hour <= 96; hour++) {
    x.push(hour / 24);
    y.push(hour < 48 ? hour % 24 : 0);
  }
  const made = swing(x, y, [0, 1]);
  assert.deepEqual([made.low[1], made.high[1]], [0, 23]);
  assert.ok(Math.abs(made.mean[1] - 11.5) < 0.6);
  assert.ok(made.x.every((day, i) => i === 0 || day >= made.x[i - 1]), "days ascend");
  assert.equal(made.x[made.x.length - 1], 4);
});

test("names are pushed apart, stay in order and stay inside", () => {
  const placed = apart([50, 51, 10, 52], 12, [0, 60]);
  const sorted = [...placed].sort((a, b) => a - b);
  for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i] - sorted[i - 1] >= 12 - 1e-9);
  assert.ok(placed[2] < placed[0] && placed[0] < placed[1] && placed[1] < placed[3] && placed[3] <= 60);
});

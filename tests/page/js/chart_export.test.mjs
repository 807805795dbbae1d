import assert from "node:assert/strict";
import { test } from "node:test";
import { chartRows, csvText, wrapped } from "../../../src/bimodal/page/data/chart_export.js";

test("CSV quotes what must be quoted and starts no formula", () => {
  assert.equal(csvText([["a,b", 'say "x"', "=1+1", -2, NaN]]), '"a,b","say ""x""",\'=1+1,-2,\r\n');
});

test("rows of a chart name the line, the held scenario and the band", () => {
  const line = { id: "treg_fold", name: "Treg", hue: "blue", x: [0, 1], y: [1, 2] };
  const data = { lines: [line, { ...line, id: "held 1 treg_fold", held: 1 }], bands: [{ id: "treg_fold", kind: "people", x: [0], low: [0.5], high: [3] }, { id: "treg_fold", kind: "swing", x: [0], low: [0], high: [9] }] };
  assert.deepEqual(chartRows(data).slice(1), [["Treg", 0, 1, "", ""], ["Treg", 1, 2, "", ""], ["Treg (held 1)", 0, 1, "", ""], ["Treg (held 1)", 1, 2, "", ""], ["Treg", 0, "", 0.5, 3]]);
});

test("captions break at spaces and never run over", () => {
  const lines = wrapped("one two three four", 9);
  assert.deepEqual(lines, ["one two", "three", "four"]);
  assert.ok(wrapped("x".repeat(500), 100).every((line) => line.length <= 100));
});

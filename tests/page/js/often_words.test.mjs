import assert from "node:assert/strict";
import { test } from "node:test";
import { gapDays, oftenWords } from "../../../src/bimodal/page/data/often_words.js";

test("frequencies are said in words and counted in days", () => {
  assert.deepEqual(["daily", "qod", "q2w", "q8h", "q5d", "tiw"].map(oftenWords), ["daily", "every 2nd day", "every 2 weeks", "every 8 h", "every 5 days", "3 a week"]);
  assert.deepEqual(["q2w", "q8h", "weekly", "qod"].map(gapDays), [14, 8 / 24, 7, 2]);
});

// @ts-check
// The page with a server behind it.
import { start } from "./app.js";
import { Timing } from "./view_timing.js";
import { Trials } from "./view_trials.js";

start([
  { name: "trials", words: "Trials", make: () => new Trials() },
  { name: "timing", words: "Timing", make: (context) => new Timing(context) },
]);

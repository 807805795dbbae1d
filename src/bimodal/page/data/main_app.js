// @ts-check
// The page with a server behind it.
import { start } from "./app.js";
import { evidenceTab } from "./view_evidence.js";
import { moleculesTab } from "./view_molecules.js";
import { Timing } from "./view_timing.js";
import { Trials } from "./view_trials.js";

start([
  moleculesTab,
  { name: "trials", words: "Trials", server: true, runs: true, make: () => new Trials() },
  { name: "timing", words: "Timing", server: true, make: (context) => new Timing(context) },
  evidenceTab,
]);

// @ts-check
// The page with a server behind it.
import { start } from "./app.js";
import { Trials } from "./view_trials.js";

start([{ name: "trials", words: "Trials", make: () => new Trials() }]);

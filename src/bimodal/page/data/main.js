// @ts-check
// The page that stands by itself.
import { start } from "./app.js";
import { moleculesTab } from "./view_molecules.js";

start([moleculesTab]);

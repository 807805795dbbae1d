// @ts-check
// The page that stands by itself.
import { start } from "./app.js";
import { evidenceTab } from "./view_evidence.js";
import { moleculesTab } from "./view_molecules.js";

start([moleculesTab, evidenceTab]);

// @ts-check
// The panel of a report: its scenarios alone.
import { start } from "./app.js";

start([]);

// @ts-check
// The page that stands by itself.
import { start } from "./app.js";

start([]);

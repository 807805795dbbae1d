// Solves the cases of a file with the page's engine and writes all numbers, then a line of JSON for each case.
// node solve.mjs DATA_FOLDER problem.json numbers.f64
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, problem, results] = process.argv.slice(2);
const { Engine } = await import(pathToFileURL(`${folder}/engine.js`).href);
const { kernel, module, cases } = JSON.parse(readFileSync(problem, "utf8"));
const engine = await Engine.of(readFileSync(module), kernel);
const found = [];
for (const one of cases) {
  const { outputs, ...run } = engine.solve({ ...one, inputs: one.inputs.map(Number) }); // JSON has no NaN
  found.push(Buffer.from(outputs.buffer));
  console.log(JSON.stringify(run));
}
writeFileSync(results, Buffer.concat(found));

// Solves the virtual patients of a scenario as the page does, and prints every one's observables on days.
// node people.mjs DATA_FOLDER bundle.json < {scenario, patients, rtol, days, observables}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`).href);
const doses = await load("doses"), { inputsOf, prepare } = await load("inputs"), { load: open } = await load("engine");
const { read } = await load("observe"), { readOff } = await load("readings");
const bundle = JSON.parse(readFileSync(file, "utf8")), { scenario, patients, rtol, days, observables } = JSON.parse(readFileSync(0, "utf8"));
const model = doses.modelOf(bundle, scenario), population = doses.populationOf(model, scenario);
const engine = await open(model), prepared = await prepare(model), times = doses.saveTimes(scenario, { days });
const rows = [];
for (let who = 0; who < patients; who++) {
  const { inputs, body, stops } = inputsOf(model, population, prepared, { who, set: -1, scenario, drugs: bundle.drugs });
  const solved = engine.solve({ inputs, events: doses.events(bundle, model, scenario, body, stops), times, rtol });
  const x = times.map((hours) => hours / 24), row = {};
  for (const id of observables) {
    const y = read(bundle, model, solved, id);
    row[id] = days.map((day) => readOff({ x, y }, day).value);
  }
  rows.push(row);
}
console.log(JSON.stringify(rows));

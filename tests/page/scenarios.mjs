// Reads scenarios, one JSON object a line, and prints what the page makes of each: events, horizon, warnings, inputs.
// node scenarios.mjs DATA_FOLDER bundle.json < lines of {scenario, beside, who, days, wanted}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`).href);
const desk = await load("desk"), doses = await load("doses"), outside = await load("outside"), { inputsOf, prepare } = await load("inputs");
const bundle = JSON.parse(readFileSync(file, "utf8"));
const prepared = new Map(await Promise.all(bundle.models.map(async (model) => [model.id, await prepare(model)])));
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { scenario, beside, who, days, wanted } = JSON.parse(line), found = {};
  try {
    const model = doses.modelOf(bundle, scenario), population = doses.populationOf(model, scenario);
    const { inputs, body } = inputsOf(model, population, prepared.get(model.id), { who, scenario, drugs: bundle.drugs });
    if (wanted.includes("events")) {
      found.events = doses.events(bundle, model, scenario, body);
      found.horizon = doses.horizonDays(scenario, days);
    }
    if (wanted.includes("inputs")) found.inputs = Array.from(inputs);
    if (wanted.includes("warnings")) found.warnings = outside.warnings(bundle, scenario, { days });
    if (wanted.includes("times")) found.times = ["fine", "coarse"].map((how) => Array.from(doses.saveTimes(scenario, { fine: how === "fine", days })));
    if (wanted.includes("command")) found.command = desk.command(bundle, [scenario, ...(beside ?? [])], { patients: 2, reportDays: days });
    if (wanted.includes("python")) found.python = desk.python(bundle, [scenario, ...(beside ?? [])], { patients: 2, reportDays: days });
  } catch (fault) {
    found.fault = fault.message;
  }
  console.log(JSON.stringify(found));
}

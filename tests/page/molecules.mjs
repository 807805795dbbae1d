// Reads lines {text, who, dish, patients} and prints what the page makes of a drug file: faults, what it sets, doses, EC50.
// node molecules.mjs DATA_FOLDER bundle.json < lines
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`).href);
const { openFile, faultsOf, byLaw } = await load("molecule_file"), { makeMolecule } = await load("molecule_made"), { openDish } = await load("dish");
const { readToml, writeToml } = await load("toml"), { unpackBytes, unpackFloats } = await load("unpack");
const bundle = JSON.parse(readFileSync(file, "utf8")), [model] = bundle.models;
const bench = JSON.parse(new TextDecoder().decode(await unpackBytes(bundle.workbench.packed)));
const { files } = bench, about = bundle.workbench.dish;
const normals = await unpackFloats(model.populations[0].drug_normals);
const dish = await openDish(about);
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { text, wanted } = JSON.parse(line), found = {};
  try {
    if (wanted.includes("toml")) found.toml = readToml(text);
    else {
      const content = openFile(text, files);
      found.faults = faultsOf(bench, content).map((one) => one.says);
      found.saved = writeToml(content);
      if (!found.faults.length) {
        const made = makeMolecule(bench, model, content, normals);
        found.set = made.place.set;
        found.routes = Object.keys(made.place.ports).sort();
        found.ports = made.place.ports;
        found.varied = made.place.varied;
        found.columns = Array.from(made.columns);
        found.drug = made.drug;
        if (wanted.includes("dish")) {
          const set = content.ligand === "native" ? [] : about.laws.map((law) => [law.place, byLaw(bench, content, law.cases)]);
          found.ec50 = Object.fromEntries(about.cells.map((cell, i) => [cell, dish.ec50(i, set)]));
        }
      }
    }
  } catch (fault) {
    found.fault = fault.message;
  }
  console.log(JSON.stringify(found, (_, value) => (value === Infinity ? "inf" : value === -Infinity ? "-inf" : Number.isNaN(value) ? "nan" : value)));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { equalExposure } from "../../../src/bimodal/page/data/exposure.js";
import { faultsOf } from "../../../src/bimodal/page/data/molecule_file.js";
import { compareCommand, comparePython } from "../../../src/bimodal/page/data/molecule_words.js";
import { Explore } from "../../../src/bimodal/page/data/view_explore.js";
import { Molecules } from "../../../src/bimodal/page/data/view_molecules.js";
import { without } from "../../../src/bimodal/page/data/view_molecule_numbers.js";
import { parseRegimen } from "../../../src/bimodal/page/data/parse.js";
import { regimenText } from "../../../src/bimodal/page/data/regimen.js";

const ASKED = "0.3 nmol/kg SC weekly for 28 days", SHOWN = "0.123 nmol/kg SC weekly for 28 days", text = (regimen) => regimenText(parseRegimen(regimen));
const bundle = { rtol: { rest: 1e-6 }, models: [{ id: "human", species: "human", also: [], kernel: { outputs: ["il2_plasma"] } }, { id: "human_oncology", species: "human", also: [] }], observables: { il2_plasma: { kind: "model" } } };
const given = (model, shown) => [{ drug: "a", regimen: ASKED, shown: ASKED, scenario: { model, cohort: "healthy" } }, { drug: "b", regimen: ASKED, shown, scenario: { model, cohort: "healthy" } }];
const how = { patients: 20, seed: 7, reportDays: [7], file: "mine.toml", equal: "exposure" };

test("what simulates is given the doses that are shown, what compares scales them itself", () => {
  for (const write of [compareCommand, comparePython]) {
    const simulates = write(bundle, given("human_oncology", SHOWN), how), compares = write(bundle, given("human", SHOWN), how);
    assert.ok(simulates.includes(text(ASKED)) && simulates.includes(text(SHOWN)), simulates);
    assert.ok(compares.includes(text(ASKED)) && !compares.includes(text(SHOWN)), compares);
    assert.match(compares, /seed[ =]7/);
    assert.throws(() => write(bundle, given("human_oncology", null), how), /not known yet/);
    assert.equal(write(bundle, given("human", null), how), compares);
  }
});

test("a unit of activity with a blank after it is refused, as on the desk", () => {
  const bench = { keys: [{ key: "potency", unit: "IU/mg", label: "", units: { IU: 1, kIU: 1e3, MIU: 1e6 }, native: false, cv: 0 }, { key: "molar_mass", unit: "g/mol", label: "", units: { "g/mol": 1 }, native: false, cv: 0 }], rules: [] };
  const content = (unit, mass) => ({ schema: 1, id: "mine", name: "Mine", ligand: "native", potency: { activity: 18, activity_unit: unit, mass_mg: 1.1, source: "s", status: "assumed" }, molar_mass: { value: 15300, unit: mass, source: "s", status: "assumed" } });
  assert.deepEqual(faultsOf(bench, content("MIU", "g/mol ")), []);
  assert.deepEqual(faultsOf(bench, content("MIU ", "g/mol")).map((one) => one.key), ["potency"]);
});

test("numbers that stand together are left out together", () => {
  const both = { release: { rate: { value: 1 }, inactive_clearance: { value: 1 } }, pk: { k_out: { value: 1 }, k_back: { value: 1 }, clearance: { value: 2 } } };
  for (const key of ["release.rate", "release.inactive_clearance"]) assert.deepEqual(Object.keys(without(both, key)), ["pk"]);
  assert.deepEqual(Object.keys(without(both, "pk.k_back").pk), ["clearance"]);
});

test("a reference without exposure is said to have none", async () => {
  const pool = { ask: async () => ({ times: [0, 1, 2], outputs: [new Float64Array(3)] }) }, scenario = { model: "human", cohort: "healthy", drug: "a", regimen: ASKED };
  const one = { scenario, sort: "native" };
  await assert.rejects(equalExposure({ bundle, pool, wanted: () => true }, one, one), /first molecule has no exposure to make equal/);
});

test("a question about equal exposure is dropped once the doses are others, and asked anew when they come back", () => {
  const asked = [], pool = { ask: (question, wanted) => (asked.push(wanted), new Promise(() => {})) };
  const entry = (drug, regimen) => ({ scenario: { model: "human", cohort: "healthy", drug, regimen }, drug: { class: "native" }, problem: "" });
  const view = { context: { bundle, session: { pool } }, scaled: new Map(), again: () => {}, scale: Molecules.prototype.scale };
  const scale = (regimen) => (Object.assign(view, { entries: [entry("a", regimen), entry("b", regimen)] }), view.scale());
  scale(ASKED);
  assert.deepEqual(asked.map((wanted) => wanted()), [true]);
  scale(ASKED);
  assert.equal(asked.length, 1, "asked once while it stands");
  scale(SHOWN);
  assert.deepEqual(asked.map((wanted) => wanted()), [false, true]);
  assert.equal(view.scaled.size, 1);
  scale(ASKED);
  assert.equal(asked.length, 3, "the first may have been dropped unanswered");
});

test("the cell beside the leading one is the next that the bundle marks", () => {
  const cells = ["treg", "tconv", "ilc2"].map((id) => ({ id, marked: id !== "tconv" })), model = { observables: cells.map(({ id }) => `${id}_fold`) };
  const view = { context: { bundle: { cells }, state: () => ({ molecules: { cell: "" } }) } };
  assert.equal(Molecules.prototype.cellNow.call(view, model), "ilc2");
});

test("the lines of Explore are those of the people shown", () => {
  const drug = { id: "a", name: "A", class: "native", warnings: [], nmol: { nmol: 1 }, numbers: [] }, scenario = { model: "human", cohort: "healthy", drug: "a", regimen: ASKED };
  const view = { context: { bundle: { ...bundle, drugs: [drug] }, state: () => ({ scenario, held: [], days: [7] }) }, result: { population: { patients: 20, seed: 7 } }, notice: { replaceChildren: () => {} }, code: { show: (command, python) => Object.assign(view, { command, python }) } };
  Explore.prototype.drawWords.call(view);
  assert.match(view.command, /-n 20 --seed 7 /);
  assert.match(view.python, /patients=20, seed=7/);
});

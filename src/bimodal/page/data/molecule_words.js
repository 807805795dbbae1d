// @ts-check
// What the molecules of the view have in common, and how the desk is told to compare them.
import { regimenText } from "./regimen.js";
import { parseRegimen } from "./parse.js";
import { numberText } from "./regimen.js";
import { MINE } from "./made.js";
import { table } from "./toml.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Drug} Drug
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./molecule_file.js").Content} Content
 * @typedef {{drug: string, regimen: string, shown: string | null, scenario: import("./state.js").Scenario}} Given a regimen as asked for, and as it is shown at equal exposure: null while nobody knows it
 * @typedef {{patients: number, seed: number, reportDays: number[], file: string, equal: string}} How
 */

/** The molecule that stands for all of them in the form of the regimen. */
export const COMMON = "*common";
const SHARED = "nmol IL-2", SHARED_RANGE = /** @type {[number, number]} */ ([0.003, 30]), FOLLOW_UP = 28, NAMED = ["schema", "id", "name", "base"];

/** @param {Model} model */
export function usualRegimen(model) {
  return model.species === "human" ? "0.3 nmol IL-2/kg SC weekly for 28 days" : "3 nmol IL-2/kg IP q3d x3";
}

/**
 * Give a bundle with one more molecule, whose units are those that every molecule of the view can be given in.
 * @param {Bundle} bundle
 * @param {Drug[]} drugs
 * @param {{made?: import("./bundle").Made, id: string}[]} entries
 * @returns {Bundle}
 */
export function withCommon(bundle, drugs, entries) {
  const [first, ...others] = drugs, all = (/** @type {string} */ unit) => others.every((one) => unit.split("/")[0] in one.nmol);
  const units = [`${SHARED}/kg`, ...(first?.units ?? []).filter((unit) => all(unit) && unit !== `${SHARED}/kg`)];
  /** @type {Drug} */
  const common = { id: COMMON, name: "all of them", class: "native", species: "human", nmol: Object.fromEntries(Object.entries(first?.nmol ?? { [SHARED]: 1 }).filter(([unit]) => all(unit))), units, ranges: { ...Object.fromEntries(units.map((unit) => [unit, first?.ranges[unit] ?? SHARED_RANGE])) }, usual: "none", molar_mass: NaN, iu_per_mg: null, ec50_pM: {}, ec50_of: "", ec50_minutes: 30, numbers: [], warnings: [] };
  const models = bundle.models.map((model) => {
    const ports = entries.map((one) => one.made?.place.ports ?? model.drugs[one.id]?.ports).filter((one) => one !== undefined), shared = ports.length ? Object.fromEntries(Object.entries(ports[0]).filter(([route]) => ports.every((one) => route in one))) : {};
    return { ...model, drugs: { ...model.drugs, [COMMON]: { ports: shared, set: [], varied: [], values: "" } } };
  });
  return { ...bundle, models, drugs: [...bundle.drugs, common] };
}

/**
 * Write a molecule as what differs from the one it began as, where a file can say it so; else whole.
 * @param {Content} content
 * @param {string} base
 * @param {Record<string, Content>} files
 * @returns {Content}
 */
export function relativeTo(content, base, files) {
  const from = files[base];
  if (!from || Object.keys(from).some((key) => !(key in content))) return content;
  const made = Object.assign(table(), { schema: 1, id: content.id, name: content.name, base });
  for (const [key, value] of Object.entries(content)) if (!NAMED.includes(key) && JSON.stringify(value) !== JSON.stringify(from[key])) made[key] = value;
  return made;
}

/**
 * The command that compares on the desk; on another model than that of blood the one that simulates.
 * @param {Bundle} bundle
 * @param {Given[]} given
 * @param {How} how
 */
export function compareCommand(bundle, given, { patients, seed, reportDays, file, equal }) {
  const { scenario } = given[0], model = modelOf(bundle, scenario.model), compares = canCompare(model, given, scenario), arms = given.map((one) => ` -d ${one.drug === MINE ? file : one.drug} -r "${regimenOf(one, compares)}"`).join("");
  const follow = (scenario.follow_up_days ?? FOLLOW_UP) === FOLLOW_UP ? "" : ` --follow-up-days ${numberText(scenario.follow_up_days ?? FOLLOW_UP)}`;
  const start = seed === 1 ? "" : ` --seed ${seed}`, days = ` --report-days ${reportDays.map(numberText).join(",")}`, set = Object.entries(scenario.set ?? {}).map(([id, value]) => ` --set ${id}=${numberText(value)}`).join("");
  if (compares) return `bimodal compare${arms} -c ${scenario.cohort} -n ${patients}${start}${days}${follow}${equal === "dose" ? " --equal dose" : ""}`;
  const who = model.species === "human" ? "" : ` --species ${model.species}`, also = model.also.map((id) => ` --also ${id}`).join("");
  return `bimodal simulate${arms}${who} -c ${scenario.cohort} -n ${patients}${start}${days}${follow}${set}${also}`;
}

/**
 * The Python lines that do the same.
 * @param {Bundle} bundle
 * @param {Given[]} given
 * @param {How} how
 */
export function comparePython(bundle, given, { patients, seed, reportDays, file, equal }) {
  const { scenario } = given[0], model = modelOf(bundle, scenario.model), compares = canCompare(model, given, scenario), literal = (/** @type {string} */ text) => JSON.stringify(text);
  const drugs = given.map((one) => literal(one.drug === MINE ? file : one.drug)).join(", "), regimens = given.map((one) => literal(regimenOf(one, compares))).join(", "), days = reportDays.map(numberText).join(", ");
  const more = scenario.follow_up_days === undefined ? "" : `, follow_up_days=${numberText(scenario.follow_up_days)}`, set = Object.entries(scenario.set ?? {}).map(([id, value]) => `${literal(id)}: ${numberText(value)}`).join(", ");
  if (compares) {
    return ["import bimodal as bm", "", "found = bm.compare(", `    [${drugs}],`, `    [${regimens}],`, `    cohort=${literal(scenario.cohort)}, patients=${patients}, seed=${seed}, report_days=[${days}]${more}, equal=${literal(equal === "dose" ? "dose" : "both")},`, ")", "print(found.to_pandas())"].join("\n");
  }
  return ["import bimodal as bm", "", "result = bm.simulate(", `    [${regimens}],`, `    drug=[${drugs}],`, `    cohort=${literal(scenario.cohort)}, model=${literal(model.id)}, patients=${patients}, seed=${seed}, report_days=[${days}]${more},`, ...(set ? [`    set={${set}},`] : []), ")", "print(result.summary_table())"].join("\n");
}

/** The regimen to print: what compares scales doses itself, what simulates is given those that are shown. @param {Given} one @param {boolean} compares */
function regimenOf({ drug, regimen, shown }, compares) {
  if (!compares && shown === null) throw new Error(`the dose of ${drug} is not known yet`);
  return regimenText(parseRegimen(compares ? regimen : (shown ?? regimen)));
}

/** @param {Model} model @param {Given[]} given @param {import("./state.js").Scenario} scenario */
function canCompare(model, given, scenario) {
  return model.id === "human" && given.length > 1 && !Object.keys(scenario.set ?? {}).length;
}

/** @param {Bundle} bundle @param {string} id */
function modelOf(bundle, id) {
  return /** @type {Model} */ (bundle.models.find((one) => one.id === id));
}

// @ts-check
// How to have the desk run what the page shows: the command, and the Python lines.

import { courses, FOLLOW_UP, modelOf } from "./doses.js";
import { expand } from "./expand.js";
import { parseRegimen } from "./parse.js";
import { numberText, regimenText } from "./regimen.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Scenario} Scenario
 * @typedef {{patients?: number, seed?: number, reportDays?: number[]}} How
 */

/**
 * The command that runs scenarios on the desk, all of them of one model and cohort; several where they differ in what
 * one command says once. Raises where no command does the same.
 * @param {Bundle} bundle
 * @param {Scenario | Scenario[]} scenarios
 * @param {How} [how]
 */
export function command(bundle, scenarios, { patients, seed, reportDays } = {}) {
  return together([scenarios].flat()).map((all) => {
    const [first] = all, model = modelOf(bundle, first);
    const set = Object.entries(first.set ?? {}).map(([id, value]) => ` --set ${id}=${numberText(value)}`).join("");
    if (model.source === "file") return `bimodal simulate --model ${quoted(model.file ?? model.id)} --until ${numberText(first.until ?? 100)} --points 501${set}`;
    const doses = all.map((one) => ` -d ${one.drug} -r "${regimenText(parseRegimen(one.regimen ?? "none"))}"`).join("");
    const partners = (first.partner ?? []).map((one) => ` --partner "${one.drug}: ${regimenText(parseRegimen(one.regimen))}"`).join("");
    const who = model.species === "human" ? ` -c ${first.cohort}` : ` --species ${model.species} -c ${first.cohort}`;
    const also = (model.also ?? []).map((id) => ` --also ${id}`).join("");
    const days = reportDays?.length ? ` --report-days ${reportDays.map(numberText).join(",")}` : "";
    const after = followUp(all), follow = after === FOLLOW_UP ? "" : ` --follow-up-days ${numberText(after)}`;
    const count = patients ? ` -n ${patients}` : "", start = seed === undefined || seed === 1 ? "" : ` --seed ${seed}`;
    return `bimodal simulate${doses}${partners}${who}${count}${start}${days}${follow}${set}${also}`;
  }).join("\n");
}

/**
 * The Python lines that do the same.
 * @param {Bundle} bundle
 * @param {Scenario | Scenario[]} scenarios
 * @param {How} [how]
 */
export function python(bundle, scenarios, { patients, seed, reportDays } = {}) {
  const groups = together([scenarios].flat()), file = modelOf(bundle, groups[0][0]).source === "file";
  const calls = groups.map((all) => {
    const [first] = all, model = modelOf(bundle, first);
    const set = Object.entries(first.set ?? {}).map(([id, value]) => `${literal(id)}: ${numberText(value)}`).join(", ");
    if (file) {
      const values = set ? `, parameters={${set}}` : "";
      return [
        `found = time_course(${literal(model.file ?? model.id)}, until=${numberText(first.until ?? 100)}, points=501${values})`,
        "print(found.values)  # quantity -> (times,)",
      ];
    }
    const texts = all.map((one) => literal(regimenText(parseRegimen(one.regimen ?? "none"))));
    const drugs = all.map((one) => literal(one.drug ?? "")), after = followUp(all);
    const partner = (first.partner ?? []).map((one) => `(${literal(one.drug)}, ${literal(regimenText(parseRegimen(one.regimen)))})`);
    return [
      "result = bm.simulate(",
      `    [${texts.join(", ")}],`,
      `    drug=[${drugs.join(", ")}],`,
      ...(partner.length ? [`    partner=[${partner.join(", ")}],`] : []),
      `    cohort=${literal(first.cohort ?? "")}, model=${literal(model.id)}, patients=${patients ?? 200}, seed=${seed ?? 1},`,
      ...(reportDays?.length ? [`    report_days=[${reportDays.map(numberText).join(", ")}],`] : []),
      ...(after === FOLLOW_UP ? [] : [`    follow_up_days=${numberText(after)},`]),
      ...(set ? [`    set={${set}},`] : []),
      ")",
      "print(result.summary_table())",
    ];
  });
  return [file ? "from bimodal.exchange import time_course" : "import bimodal as bm", ...calls.map((lines) => lines.join("\n"))].join("\n\n");
}

/**
 * Put together what one command can say: the same parameters, partners and length.
 * @param {Scenario[]} all
 */
function together(all) {
  /** @type {Map<string, Scenario[]>} */
  const found = new Map();
  for (const one of all) {
    const said = JSON.stringify([Object.entries(one.set ?? {}).sort(), one.partner ?? [], one.follow_up_days, one.horizon_days, one.until]);
    found.set(said, [...(found.get(said) ?? []), one]);
  }
  return [...found.values()];
}

/**
 * Days after the last dosing interval of scenarios that end alike; the desk's command knows no horizon.
 * @param {Scenario[]} all
 */
function followUp(all) {
  const [{ horizon_days: horizon, follow_up_days: days = FOLLOW_UP }] = all;
  if (horizon === undefined) return days;
  const cut = all.some((one) => [one.regimen ?? "none", ...(one.partner ?? []).map(({ regimen }) => regimen)].some((text) => expand(parseRegimen(text)).doses.some(({ time }) => time >= horizon * 24)));
  if (cut) throw new Error(`no command leaves out the doses from day ${numberText(horizon)} on: write a study file`);
  return Math.max(0, horizon - Math.max(0, ...all.flatMap((one) => courses({ ...one, horizon_days: undefined }).map(({ schedule }) => schedule.end))) / 24);
}

/** @param {string} text */
function quoted(text) {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A Python string. @param {string} text */
function literal(text) {
  return JSON.stringify(text);
}

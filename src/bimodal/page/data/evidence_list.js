// @ts-check
// The tables of the view Evidence: a row for each published number, a row for each registered prediction.
import { el } from "./dom.js";
import { bandText, publishedText, simulatedText, spreadText, verdictText, whenText } from "./evidence_words.js";
import { brief, dayText, times, unitText } from "./numbers.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").EvidenceRow} EvidenceRow
 * @typedef {import("./bundle").EvidenceStudy} EvidenceStudy
 * @typedef {import("./bundle").EvidenceContent} EvidenceContent
 * @typedef {import("./bundle").EvidencePrediction} EvidencePrediction
 * @typedef {import("./bundle").Scenario} PlainScenario
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {{bundle: Bundle, explore: (scenario: Scenario) => void, trial: ((study: string) => void) | null, filter: (study: string) => void}} Doors
 */

/**
 * Write the numbers of studies as a table.
 * @param {EvidenceContent} content
 * @param {EvidenceRow[]} rows
 * @param {number} all how many there are
 * @param {Doors} doors
 */
export function studyList({ studies }, rows, all, doors) {
  return table(`Published numbers, misses first: ${rows.length} of ${all}`, ["Published number and its source", "Verdict", "Published", "Simulated", "Factor", "Study"], rows.map((row) => {
    const study = studies[row.study], when = whenText(row), earlier = study.changed.length ? el("small", {}, "computed with an earlier model") : null;
    return el("tr", { "data-row": row.id, "data-verdict": row.verdict },
      el("th", { scope: "row" }, el("b", {}, row.id), ` ${row.label}`, el("small", {}, [when, row.statistic, row.arms.join(" | ")].filter(Boolean).join("; ")), el("small", {}, [row.source, study.citation].filter(Boolean).join(". ")), details(row, study, doors)),
      cell("Verdict", badge(verdictText(row), row.within, row.verdict !== "context" && row.verdict !== "not scored" && row.verdict !== "not run"), earlier),
      cell("Published", publishedText(row), small(bandText(row) && `band ${bandText(row)}`)),
      cell("Simulated", simulatedText(row), small(spreadText(row)), row.simulated === undefined ? small(study.refused ? "cannot be simulated" : "") : null),
      cell("Factor", row.fold_error === undefined ? "–" : times(row.fold_error)),
      cell("Study", el("button", { type: "button", class: "quiet", "aria-label": `Show ${row.study} alone`, click: () => doors.filter(row.study) }, row.study), small(`${row.role}, ${row.quality}`)));
  }));
}

/** @param {EvidenceRow} row @param {EvidenceStudy} study @param {Doors} doors */
function details(row, study, doors) {
  const lines = [
    row.rule ? `Rule: ${row.rule}.` : "",
    row.note ? `Note: ${row.note}.` : "",
    row.simulated_interval ? `Interval of the simulated value: ${row.simulated_interval}.` : "",
    study.refused ? `Not simulated: ${study.refused}.` : "",
    study.patients === undefined ? "" : `Run on ${study.model} with ${study.patients} ${study.species === "human" ? "virtual patients" : "parameter sets"} an arm${study.patients < (study.planned ?? 0) ? ` (the study file asks for ${study.planned})` : ""}, cohort ${study.cohort}, seed ${study.seed}${study.failed ? `, ${study.failed} courses failed` : ""}; bimodal ${study.bimodal}, commit ${study.commit}, model ${study.model_sha256}, run ${study.run}.`,
  ];
  const trial = doors.trial;
  return el("details", {}, el("summary", { "aria-label": `More about ${row.id}` }, "How it is judged and made"), ...lines.filter(Boolean).map((text) => el("p", {}, text)), el("p", {}, `bimodal run ${row.study}`),
    el("div", { class: "buttons" }, ...study.arms.filter((arm) => row.arms.includes(arm.name)).flatMap((arm) => {
      const scenario = scenarioOf(doors.bundle, study, arm);
      if (!scenario) return [];
      const asked = arm.cohort ?? study.cohort, as = [scenario.cohort === asked ? "" : `in ${scenario.cohort}, as this page has no ${asked}`, arm.rules ? "as planned, without its rules" : ""].filter(Boolean).join("; ");
      return [el("button", { type: "button", click: () => doors.explore(scenario) }, `Open ${arm.name} in Explore${as ? ` (${as})` : ""}`)];
    }), trial ? el("button", { type: "button", click: () => trial(row.study) }, `Open ${row.study} in Trials`) : null));
}

/** Make the scenario of an arm; null where this page lacks its model, its molecule or a parameter. @param {Bundle} bundle @param {EvidenceStudy} study @param {EvidenceStudy["arms"][number]} arm @returns {Scenario | null} */
export function scenarioOf(bundle, study, { name, cohort, rules, ...given }) {
  const model = bundle.models.find((one) => one.id === study.model), people = model?.populations.map((one) => one.cohort) ?? [], wanted = cohort ?? study.cohort;
  if (!model || !people.length || ![given.drug, ...(given.partner ?? []).map((one) => one.drug)].every((drug) => drug in model.drugs)) return null;
  if (!Object.keys(given.set ?? {}).every((id) => model.parameters.some((row) => row.id === id && row.settable))) return null;
  return { ...given, name, model: model.id, cohort: people.includes(wanted) ? wanted : people[0] };
}

/** Write the registered predictions as a table, those that missed most first. @param {EvidencePrediction[]} predictions */
export function predictionList(predictions) {
  const rank = (/** @type {EvidencePrediction} */ one) => (one.observed ? 1e3 - one.outside : 2e3);
  const sorted = [...predictions].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id));
  return table("Registered predictions, misses first", ["Prediction", "Outcome", "Registered", "Model"], sorted.map((one) =>
    el("tr", { "data-row": one.id },
      el("th", { scope: "row" }, el("b", {}, one.name), el("small", {}, one.why), ...one.arms.map((arm) => el("small", {}, `${arm.drug}: ${unitText(arm.regimen)}`)), one.observed ? observedPart(one) : null, predictedPart(one)),
      cell("Outcome", one.observed ? badge(one.outside ? `${one.outside} of ${one.observed.length} outside` : `${one.observed.length} of ${one.observed.length} inside`, !one.outside, true) : badge("not opened", undefined, false)),
      cell("Registered", one.date, small(one.dated_by === "hand" ? "date set by hand" : "dated by the clock"), small(`sha256 ${one.sha256}…`)),
      cell("Model", one.model, small(`${one.model_sha256}…`), small(one.same ? "equations of the shipped model" : "an earlier model"), small(`${one.patients} virtual patients`)))));
}

/** @param {EvidencePrediction} one */
function observedPart({ id, observed, outside }) {
  const rows = [...(observed ?? [])].sort((a, b) => Number(a.inside) - Number(b.inside)), sources = [...new Set(rows.map((row) => row.source).filter(Boolean))];
  return el("details", { open: outside > 0 }, el("summary", { "aria-label": `Observed values of ${id}` }, "Observed against predicted"), ...rows.map((row) => {
    const range = row.upper !== null && row.lower !== null && row.upper > row.lower ? ` (90 %: ${brief(row.lower)} to ${brief(row.upper)})` : "", n = row.n ? ` of ${row.n}` : "";
    return el("p", {}, badge(row.inside ? "inside" : "outside", row.inside, true), ` ${row.arm}: ${row.endpoint}${row.day === null ? "" : `, day ${dayText(row.day)}`}: observed ${row.statistic}${n} ${brief(row.value ?? NaN)}, predicted ${brief(row.predicted ?? NaN)}${range}; ${row.rule}`);
  }), ...sources.map((text) => el("p", { class: "soft" }, text)));
}

/** @param {EvidencePrediction} one */
function predictedPart({ id, name, arms }) {
  return el("details", {}, el("summary", { "aria-label": `Registered values of ${id}` }, "What was registered"), ...arms.map((arm) =>
    el("p", {}, arms.length > 1 ? `${arm.name}: ` : "", arm.values.map(([of, day, unit, value]) => `${of}${day === null ? "" : ` day ${dayText(day)}`} ${value === null ? "–" : brief(value)}${unit === "1" ? "" : ` ${unitText(unit)}`}`).join(", "))),
  el("p", {}, `Medians or shares; intervals and warnings: bimodal predict open ${name}`));
}

/**
 * List what is shown for a spreadsheet: the numbers given, or the predictions if none are.
 * @param {EvidenceContent} content
 * @param {EvidenceRow[] | null} rows
 * @returns {(string | number)[][]}
 */
export function evidenceCsv({ studies, predictions }, rows) {
  if (rows) {
    const plain = rows.map(({ arms, time, band, ...row }) => ({ ...row, arms: arms.join(" | "), time: whenText({ time }), lower: band?.[0], upper: band?.[1], model: studies[row.study].model, patients: studies[row.study].patients, changed: studies[row.study].changed.join("; "), citation: studies[row.study].citation }));
    return csvRows(plain);
  }
  const named = (/** @type {EvidencePrediction} */ { id, date, model, sha256 }) => ({ prediction: id, date, model, sha256 });
  return csvRows(predictions.flatMap((one) => [
    ...one.arms.flatMap((arm) => arm.values.map(([endpoint, day, unit, predicted]) => ({ ...named(one), arm: arm.name, endpoint, day, unit, predicted, outcome: one.observed ? "registered" : "not opened" }))),
    ...(one.observed ?? []).map(({ value, inside, ...row }) => ({ ...named(one), ...row, observed: value, outcome: inside ? "inside" : "outside" })),
  ]));
}

/** Write things with a column for every key that one of them has. @param {Record<string, any>[]} things @returns {(string | number)[][]} */
function csvRows(things) {
  const keys = [...new Set(things.flatMap((one) => Object.keys(one)))], plain = (/** @type {any} */ value) => (typeof value === "number" ? value : String(value ?? ""));
  return [keys, ...things.map((one) => keys.map((key) => plain(one[key])))];
}

/** @param {string} caption @param {string[]} columns @param {HTMLElement[]} rows */
function table(caption, columns, rows) {
  return el("table", { class: "numbers evidence-list" }, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, ...rows));
}

/** @param {string} name @param {...(Node | string | null)} children */
const cell = (name, ...children) => el("td", { "data-name": name }, ...children);

/** @param {string} text */
const small = (text) => (text ? el("small", {}, text) : null);

/** @param {string} words @param {boolean | undefined} yes @param {boolean} scored */
const badge = (words, yes, scored) => el("span", { class: `verdict ${scored && yes !== undefined ? (yes ? "hue-blue" : "hue-vermilion no") : "hue-soft"}` }, words);

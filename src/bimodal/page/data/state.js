// @ts-check
// What the page shows, as a link says it: read with suspicion, written so that a person can read it.
import { MINE } from "./made.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Scenario & {cohort: string, drug: string, regimen: string}} Scenario with all of its parts named
 * @typedef {object} State
 * @property {Scenario} scenario
 * @property {Scenario[]} held up to three, for comparison
 * @property {string} tab
 * @property {Span} span which part of time is drawn
 * @property {number[]} days where numbers are reported
 * @property {number} above line that people are counted above, in folds of own day 0
 * @property {Band} band what bands are of: people, or equally good parameter sets
 * @property {string} map what the map compares: intervals or molecules
 * @property {MoleculesState} molecules what stands beside each other, and the molecule of the reader
 * @property {string} timing what the view of timing asks; never data
 * @property {EvidenceState} evidence which published numbers are shown
 * @typedef {{shown: string[], mine: string, regimen: string, cell: string, equal: string}} MoleculesState empty words: as the page opens
 * @typedef {{list: string, study: string, role: string, verdict: string, model: string}} EvidenceState empty is every one
 * @typedef {"all" | "first" | "last"} Span
 * @typedef {"patients" | "sets"} Band
 */

export const VERSION = 1;
export const MOST_HELD = 3;
const MOST_LETTERS = 8000, MOST_MOLECULE = 6000;
export const MOST_BESIDE = 3;
/** @type {MoleculesState} */
const NO_MOLECULES = { shown: [], mine: "", regimen: "", cell: "", equal: "dose" };
const MOST_REGIMEN = 2000;
const MOST_SETS = 40;
const MOST_TIMING = 300;
const SPANS = /** @type {Span[]} */ (["all", "first", "last"]);
/** @type {EvidenceState} */
const EVERY = { list: "studies", study: "", role: "", verdict: "", model: "" };
/** @type {Record<keyof EvidenceState, string>} */
const EVIDENCE_KEYS = { list: "list", study: "study", role: "role", verdict: "verdict", model: "on" }; // "model" is that of the scenario
export const VERDICTS = ["outside", "not evaluated", "not run", "inside", "not scored", "context"];
const NUMBER = /^-?(\d{1,15}\.?\d{0,17}|\.\d{1,17})(e[+-]?\d{1,3})?$/i;

/**
 * Give the state a page opens with when nothing is asked of it.
 * @param {Bundle} bundle
 * @param {boolean} inReport the first arms of a study stand beside each other at once
 * @returns {State}
 */
export function usualState(bundle, inReport = false) {
  const [first, ...others] = bundle.scenarios.map((one) => complete(bundle, one));
  const held = inReport ? others.slice(0, MOST_HELD) : [];
  const reported = bundle.study?.report_days ?? [];
  return { scenario: first, held, tab: "explore", span: "all", days: reported.length ? reported.slice(0, 6) : [7, 28], above: 2, band: "patients", map: "often", molecules: NO_MOLECULES, timing: "", evidence: EVERY };
}

/**
 * Name the parts of a scenario that may be absent: a model that is a file has neither molecule nor regimen.
 * @param {Bundle} bundle
 * @param {import("./bundle").Scenario} scenario
 * @returns {Scenario}
 */
export function complete(bundle, scenario) {
  const model = bundle.models.find((one) => one.id === scenario.model) ?? bundle.models[0];
  return { ...scenario, cohort: scenario.cohort ?? model.populations[0]?.cohort ?? "", drug: scenario.drug ?? "", regimen: scenario.regimen ?? "none" };
}

/**
 * Write a state as the part of a link after the #.
 * @param {State} state
 */
export function writeLink(state) {
  const parts = new URLSearchParams({ v: String(VERSION) });
  writeScenario(parts, state.scenario);
  for (const one of state.held) parts.append("hold", String(writeScenario(new URLSearchParams(), one)));
  if (state.tab !== "explore") parts.set("view", state.tab);
  if (state.span !== "all") parts.set("show", state.span);
  parts.set("days", state.days.join(","));
  if (state.above !== 2) parts.set("above", String(state.above));
  if (state.band !== "patients") parts.set("band", state.band);
  if (state.map !== "often") parts.set("map", state.map);
  writeMolecules(parts, state.molecules);
  if (state.timing) parts.set("timing", state.timing);
  for (const key of /** @type {(keyof EvidenceState)[]} */ (Object.keys(EVIDENCE_KEYS))) if (state.evidence[key] !== EVERY[key]) parts.set(EVIDENCE_KEYS[key], state.evidence[key]);
  return parts.toString();
}

/** Say whether the molecule of a reader is short enough for a link. @param {string} mine */
export function fitsLink(mine) {
  return encodeURIComponent(mine).length <= MOST_MOLECULE;
}

/** @param {URLSearchParams} parts @param {MoleculesState} molecules */
function writeMolecules(parts, { shown, mine, regimen, cell, equal }) {
  if (shown.length) parts.set("beside", shown.join(","));
  if (mine && fitsLink(mine)) parts.set("mine", mine);
  if (regimen) parts.set("given", regimen);
  if (cell) parts.set("cell", cell);
  if (equal !== "dose") parts.set("equal", equal);
}

/** @param {URLSearchParams} parts @param {Bundle} bundle @param {(what: string) => void} say @returns {MoleculesState} */
function readMolecules(parts, bundle, say) {
  const mine = parts.get("mine") ?? "", known = [MINE, ...bundle.drugs.map((one) => one.id)], beside = (parts.get("beside") ?? "").split(",").filter(Boolean), shown = [...new Set(beside)].filter((one) => known.includes(one)).slice(0, MOST_BESIDE);
  if (shown.length < beside.length) say("The link sets molecules beside each other that this page does not hold.");
  if (!fitsLink(mine)) say("The molecule of the link is too long to be one of this page, so it was not read.");
  const cell = chosen(parts.get("cell"), bundle.cells.map((one) => one.id), "", "cell", say), equal = chosen(parts.get("equal"), ["dose", "exposure"], "dose", "way to compare", say);
  return { shown, mine: fitsLink(mine) ? mine : "", regimen: regimen(parts.get("given"), "", say), cell, equal };
}

/** @param {URLSearchParams} parts @param {Scenario} scenario */
function writeScenario(parts, scenario) {
  for (const key of /** @type {const} */ (["model", "cohort", "drug", "regimen"])) if (scenario[key] !== undefined) parts.set(key, String(scenario[key]));
  if ((scenario.follow_up_days ?? 28) !== 28) parts.set("follow", String(scenario.follow_up_days));
  if (scenario.horizon_days !== undefined) parts.set("horizon", String(scenario.horizon_days));
  if (scenario.until !== undefined) parts.set("until", String(scenario.until));
  for (const one of scenario.partner ?? []) parts.append("with", `${one.drug}:${one.regimen}`);
  for (const [id, value] of Object.entries(scenario.set ?? {})) parts.append("set", `${id}=${value}`);
  return parts;
}

/**
 * Read a link. Whatever does not hold is left out and said; a link can never do more than choose from the bundle.
 * @param {string} hash with or without #
 * @param {Bundle} bundle
 * @param {State} usual
 * @param {string[]} tabs
 * @returns {{state: State, problems: string[]}}
 */
export function readLink(hash, bundle, usual, tabs) {
  const text = hash.replace(/^#/, "");
  /** @type {string[]} */
  const problems = [];
  if (!text) return { state: usual, problems };
  if (text.length > MOST_LETTERS) return { state: usual, problems: ["This link is too long to be one of this page, so it was not read."] };
  const parts = new URLSearchParams(text);
  if (parts.get("v") !== String(VERSION)) {
    const said = /^\d{1,4}$/.test(parts.get("v") ?? "") ? `version ${parts.get("v")}` : "an unknown version";
    return { state: usual, problems: [`This link is of ${said} and this page reads version ${VERSION}, so it was not read.`] };
  }
  const say = (/** @type {string} */ what) => problems.push(what);
  const scenario = readScenario(parts, bundle, usual.scenario, say);
  const held = parts.getAll("hold").slice(0, MOST_HELD).map((one) => readScenario(new URLSearchParams(one), bundle, scenario, say));
  const days = readDays(parts.get("days"), usual.days, say);
  const tab = chosen(parts.get("view"), tabs, usual.tab, "view", say), span = /** @type {Span} */ (chosen(parts.get("show"), SPANS, usual.span, "part of time", say));
  const above = number(parts.get("above"), 0, 1e6, usual.above, "line", say), band = /** @type {Band} */ (chosen(parts.get("band"), ["patients", "sets"], usual.band, "band", say)), map = chosen(parts.get("map"), ["often", "molecule"], usual.map, "map", say);
  const molecules = readMolecules(parts, bundle, say);
  const timing = parts.get("timing") ?? "", readable = timing.length <= MOST_TIMING && /^[\w.,:~-]*$/.test(timing);
  if (!readable) say("What the link asks about timing was not read.");
  const evidence = readEvidence(parts, bundle, say);
  return { state: { scenario, held, tab, span, days, above, band, map, molecules, timing: readable ? timing : "", evidence }, problems: [...new Set(problems)].slice(0, 5) };
}

/**
 * @param {URLSearchParams} parts
 * @param {Bundle} bundle
 * @param {Scenario} usual
 * @param {(what: string) => void} say
 * @returns {Scenario}
 */
function readScenario(parts, bundle, usual, say) {
  const model = bundle.models.find((one) => one.id === parts.get("model")) ?? bundle.models.find((one) => one.id === usual.model) ?? bundle.models[0];
  if (parts.has("model") && model.id !== parts.get("model")) say("The link names a model that this page does not hold.");
  /** @type {Scenario} */
  const made = { name: "", model: model.id, cohort: "", drug: "", regimen: "none" };
  made.cohort = chosen(parts.get("cohort"), model.populations.map((one) => one.cohort), model.populations[0]?.cohort ?? "", "cohort", say);
  const drugs = Object.keys(model.drugs ?? {}), first = drugs.includes(usual.drug) ? usual.drug : drugs[0] ?? "";
  made.drug = chosen(parts.get("drug"), drugs, first, "molecule", say);
  made.regimen = regimen(parts.get("regimen"), usual.regimen, say);
  const follow = number(parts.get("follow"), 0, 3650, 28, "follow-up", say);
  if (follow !== 28) made.follow_up_days = follow;
  if (parts.has("horizon")) made.horizon_days = number(parts.get("horizon"), 0, 36500, 28, "horizon", say);
  if (model.until !== undefined) made.until = number(parts.get("until"), Number.MIN_VALUE, 1e9, usual.until ?? model.until, "end of time", say);
  const partner = parts.getAll("with").slice(0, 4).flatMap((one) => {
    const [drug, ...rest] = one.split(":");
    if (!drugs.includes(drug)) return say("The link names a partner molecule that this page does not hold."), [];
    return [{ drug, regimen: regimen(rest.join(":"), "none", say) }];
  });
  if (partner.length) made.partner = partner;
  const set = readSets(parts.getAll("set"), model, say);
  if (Object.keys(set).length) made.set = set;
  return made;
}

/** @param {URLSearchParams} parts @param {Bundle} bundle @param {(what: string) => void} say @returns {EvidenceState} */
function readEvidence(parts, bundle, say) {
  const { studies, models } = bundle.evidence ?? { studies: [], models: [] }, of = (/** @type {keyof EvidenceState} */ key, /** @type {string[]} */ allowed) => chosen(parts.get(EVIDENCE_KEYS[key]), allowed, EVERY[key], key, say);
  return { list: of("list", ["studies", "predictions"]), study: of("study", studies), role: of("role", ["calibration", "validation", "context"]), verdict: of("verdict", VERDICTS), model: of("model", models) };
}

/** @param {string[]} given @param {Model} model @param {(what: string) => void} say */
function readSets(given, model, say) {
  /** @type {Record<string, number>} */
  const set = {};
  for (const one of given.slice(0, MOST_SETS)) {
    const [id, text, ...rest] = one.split("="), known = model.parameters.find((row) => row.id === id && row.settable);
    if (!known || rest.length || !NUMBER.test(text ?? "") || !Number.isFinite(Number(text))) say("The link changes a parameter in a way this page cannot.");
    else set[known.id] = Number(text);
  }
  return set;
}

/** @param {string | null} text @param {string} usual @param {(what: string) => void} say */
function regimen(text, usual, say) {
  if (text === null) return usual;
  // eslint-disable-next-line no-control-regex
  if (text.length > MOST_REGIMEN || /[\u0000-\u001f\u007f]/.test(text)) return say("The regimen of the link was not read."), usual;
  return text; // any words: the parser judges them, and the page shows them as text only
}

/** @param {string | null} text @param {readonly string[]} allowed @param {string} usual @param {string} what @param {(what: string) => void} say */
function chosen(text, allowed, usual, what, say) {
  if (text === null || allowed.includes(text)) return text ?? usual;
  say(`The link names a ${what} that this page does not hold.`);
  return usual;
}

/** @param {string | null} text @param {number} least @param {number} most @param {number} usual @param {string} what @param {(what: string) => void} say */
function number(text, least, most, usual, what, say) {
  if (text === null) return usual;
  const value = Number(text);
  if (NUMBER.test(text) && value >= least && value <= most) return value;
  say(`The ${what} of the link is no number this page can use.`);
  return usual;
}

/** @param {string | null} text @param {number[]} usual @param {(what: string) => void} say */
function readDays(text, usual, say) {
  if (text === null) return usual;
  const days = text.split(",").map((one) => (NUMBER.test(one) ? Number(one) : NaN));
  if (days.length <= 6 && days.every((day) => day >= 0 && day <= 36500)) return [...new Set(days)].sort((a, b) => a - b);
  say("The days of the link are no days this page can use.");
  return usual;
}

/**
 * Say whether two scenarios ask for the same simulation, whatever they are called.
 * @param {Scenario} scenario
 */
export function scenarioKey(scenario) {
  return String(writeScenario(new URLSearchParams(), scenario));
}

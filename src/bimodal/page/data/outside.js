// @ts-check
// Says where a scenario lies outside what the model was calibrated on, in the sentences of the desk: the counterpart of
// src/bimodal/study/verdict/outside.py, on the extents that the bundle carries.

import { courses, doseNmol, drugOf, modelOf, populationOf } from "./doses.js";
import { quantile } from "./observe.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Scenario} Scenario
 * @typedef {import("./bundle").Calibration} Calibration
 * @typedef {import("./bundle").Ranges} Ranges
 * @typedef {import("./bundle").Extent} Extent
 * @typedef {import("./bundle").Drug} Drug
 * @typedef {import("./bundle").Body} Body
 * @typedef {import("./expand.js").Dose} Dose
 */

const DAY = 24, LASTING = 12, USUAL = "human", TUMOUR = "tumour_cells";

/**
 * Give what a reader of a scenario must be told, each sentence once.
 * @param {Bundle} bundle
 * @param {Scenario} scenario
 * @param {{days?: number[]}} [how] days on which figures are read
 * @returns {string[]}
 */
export function warnings(bundle, scenario, { days = [] } = {}) {
  const { calibration } = bundle, model = modelOf(bundle, scenario);
  if (calibration === null || scenario.until !== undefined) return [];
  const given = courses(scenario).map(({ drug, schedule }) => ({ drug: drugOf(bundle, drug), doses: schedule.doses }));
  const ofDrugs = given.flatMap(({ drug }) => drug.warnings), population = populationOf(model, scenario);
  if (model.species !== USUAL) {
    const sets = population.kind === "parameter sets" ? "its parameter sets meet the few numbers there are, and " : "";
    const first = `the model is of the ${model.species}: ${sets}no trial of that species was fitted`;
    const weight = quantile(Float64Array.from(population.body.weight_kg ?? []).sort(), 0.5);
    return [...new Set([...ofDrugs, first, ...given.map((one) => inMan(one, weight, model.species, calibration)).filter(Boolean)])];
  }
  const site = model.kernel.outputs.includes(TUMOUR) ? calibration.oncology : null;
  const body = calibration.bodies[population.cohort] ?? population.typical_body;
  const texts = [...(site ? [calibration.era_words] : []), ...ofDrugs, ...ofPeople(calibration, site, population.cohort, days)];
  return [...new Set([...texts, ...ofDoses(calibration, site, given[0], body)])];
}

/**
 * @param {{drug: Drug, doses: Dose[]}} given
 * @param {number} weight
 * @param {string} species
 * @param {Calibration} calibration
 */
function inMan({ drug, doses }, weight, species, { kg_per_m2: perM2, man_kg: man }) {
  if (drug.class !== "native" && drug.class !== "engineered") return "";
  const body = { weight_kg: weight, bsa_m2: weight / perM2[species] };
  const sizes = [...new Set(doses.map((dose) => doseNmol(dose, drug, body)))].sort((a, b) => a - b);
  if (!sizes.length) return "";
  const mass = sizes.map((size) => size * 1e-3 * drug.molar_mass), potency = drug.iu_per_mg;
  const [unit, amounts] = potency === null ? ["ug", mass] : ["kIU", mass.map((one) => 1e-6 * one * potency)];
  const per = amounts.map((amount) => amount / weight), human = amounts.map((amount) => ((amount / weight) * perM2[species]) / perM2.human);
  return (
    `${span(amounts)} ${unit} in ${general(1000 * weight)} g is ${span(per)} ${unit}/kg; by body surface ${span(human)} ${unit}/kg ` +
    `in man, ${span(human.map((each) => man * each))} ${unit} at ${general(man)} kg`
  );
}

/** @param {number[]} values */
function span(values) {
  return [...new Set([three(values[0]), three(values[values.length - 1])])].join(" to ");
}

/**
 * @param {Calibration} calibration
 * @param {Ranges | null} site
 * @param {string} cohort
 * @param {number[]} days
 */
function ofPeople({ blood, same }, site, cohort, days) {
  const cohorts = new Set((site ?? blood).arms.map((arm) => arm.cohort)), texts = [];
  if (!cohorts.has(cohort)) texts.push(`cohort '${cohort}' is outside what was calibrated: ${[...cohorts].sort().join(", ")}`);
  const until = Math.max(...blood.arms.map((arm) => arm.read_until)), last = Math.max(0, ...days);
  if (site === null && last > same * until) {
    texts.push(`figures are read until day ${general(last)}; calibration studies were read until day ${general(until)}`);
  }
  return texts;
}

/**
 * @param {Calibration} calibration
 * @param {Ranges | null} site
 * @param {{drug: Drug, doses: Dose[]}} given
 * @param {Partial<Body>} body
 */
function ofDoses(calibration, site, { drug, doses }, body) {
  if (drug.class !== "native" || !doses.length) return [];
  const { toxicity } = calibration, found = extent(doses, drug, body), texts = [];
  const beyond = [...ofAmounts(calibration, found, drug), ...ofDuration(calibration, found)];
  if (beyond.length) texts.push(`outside what blood levels and cells were calibrated on: ${beyond.join("; ")}`);
  const untold = untoldCells(calibration, found, drug);
  if (untold) texts.push(untold);
  if (site !== null) {
    const odd = ofCourses(calibration, site, doses, found, drug);
    if (odd.length) texts.push(`outside the dose-response that tumour figures were calibrated on: ${odd.join("; ")}`);
    if (!toxicity.some((one) => alike(one, found))) texts.push(calibration.toxicity_words);
  }
  return texts;
}

/**
 * How much a body is given, and for how long.
 * @param {Dose[]} doses
 * @param {Drug} drug
 * @param {Partial<Body>} body
 * @returns {Extent}
 */
function extent(doses, drug, body) {
  /** @type {Map<string, {time: number, duration: number, nmol: number}[]>} */
  const routes = new Map();
  const amounts = doses.map((dose) => doseNmol(dose, drug, /** @type {Body} */ (body)));
  doses.forEach(({ route, time, duration }, k) => {
    const rows = routes.get(route) ?? [];
    routes.set(route, rows);
    rows.push({ time, duration, nmol: amounts[k] });
  });
  const weight = body.weight_kg, each = weight ? amounts.map((nmol) => nmol / weight) : [];
  const by = (/** @type {(rows: {time: number, duration: number, nmol: number}[]) => number} */ read) =>
    Object.fromEntries([...routes].map(([route, rows]) => [route, read(rows)]));
  return {
    daily: by(mostInADay),
    course: by((rows) => rows.reduce((sum, { nmol }) => sum + nmol, 0)),
    days: Math.max(...doses.map(({ time, duration }) => time + duration)) / DAY,
    doses: doses.length,
    rest_h: Math.max(0, ...doses.slice(1).map(({ time }, k) => time - doses[k].time)),
    nmol_per_kg: each.length ? [Math.min(...each), Math.max(...each)] : null,
    infusion_h: Math.max(...doses.map(({ duration }) => duration)),
  };
}

/** The fullest window begins with a dose or ends with an infusion. @param {{time: number, duration: number, nmol: number}[]} rows */
function mostInADay(rows) {
  const windows = new Set(rows.flatMap(({ time, duration }) => (duration > 0 ? [time, time + duration - DAY] : [time])));
  let most = 0;
  for (const begin of windows) {
    let sum = 0;
    for (const { time, duration, nmol } of rows) {
      const inside = Math.min(time + duration, begin + DAY) - Math.max(time, begin);
      if (duration > 0) sum += (Math.max(0, inside) / duration) * nmol;
      else if (time >= begin && time < begin + DAY - 1e-6) sum += nmol;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** @param {Extent} one @param {Extent} other */
function alike(one, other) {
  const routes = Object.keys(one.daily), others = Object.keys(other.daily);
  const lasting = one.infusion_h >= LASTING === other.infusion_h >= LASTING;
  return lasting && routes.length === others.length && routes.every((route) => others.includes(route));
}

/** @param {Extent} given */
function dailyTotal({ daily }) {
  return Object.values(daily).reduce((sum, nmol) => sum + nmol, 0);
}

/**
 * @param {Calibration} calibration
 * @param {Extent} given
 * @param {Drug} drug
 */
function ofAmounts({ blood, same, routes }, given, drug) {
  /** @type {string[]} */
  const texts = [];
  for (const [route, daily] of Object.entries(given.daily)) {
    const known = blood.arms.map((arm) => arm.extent).filter((one) => route in one.daily);
    if (!known.length) {
      texts.push(`no calibration study gave IL-2 ${routes[route]}`);
      continue;
    }
    const least = Math.min(...known.map((one) => one.daily[route])), most = Math.max(...known.map((one) => one.daily[route]));
    const course = Math.max(...known.map((one) => one.course[route]));
    if (!(least / same <= daily && daily <= most * same)) {
      const ends = [...new Set([amount(least, drug), amount(most, drug)])].join(" to ");
      texts.push(`${amount(daily, drug)} in a day ${routes[route]} (calibrated: ${ends})`);
    }
    if (given.course[route] > course * same) {
      texts.push(`${amount(given.course[route], drug)} in all ${routes[route]} (calibrated: up to ${amount(course, drug)})`);
    }
  }
  return texts;
}

/** @param {Calibration} calibration @param {Extent} given */
function ofDuration({ blood, same }, given) {
  const longest = Math.max(...blood.arms.map((arm) => arm.extent.days));
  return given.days <= longest * same ? [] : [`dosing for ${general(given.days, 3)} days (calibrated: up to ${general(longest, 3)})`];
}

/**
 * Which cells no calibration study tells at a dose inside of what blood levels are known of.
 * @param {Calibration} calibration
 * @param {Extent} given
 * @param {Drug} drug
 */
function untoldCells({ blood, same, cells }, given, drug) {
  const daily = dailyTotal(given);
  if (daily >= same * Math.max(...blood.arms.map((arm) => dailyTotal(arm.extent)))) return "";
  /** @type {Map<string, string[]>} */
  const upTo = new Map();
  /** @type {string[]} */
  const told = [];
  const cohorts = new Set();
  for (const [cell, label] of Object.entries(cells)) {
    const read = blood.cells.filter((one) => one.cell === cell), most = Math.max(0, ...read.map((one) => one.nmol));
    if (daily > most * same) {
      const words = read.length ? `read up to ${amount(most, drug)}` : "never read";
      upTo.set(words, [...(upTo.get(words) ?? []), label]);
    } else {
      told.push(label);
      for (const one of read) if (one.nmol * same >= daily) cohorts.add(one.cohort);
    }
  }
  if (!upTo.size) return "";
  const unknown = [...upTo].map(([words, labels]) => `${listed(labels)} (${words})`).join(", ");
  const text =
    `cell counts at ${amount(daily, drug)} a day are not identified for ${unknown}: no calibration study reports them at one dose so large, ` +
    "or at doses so large within a factor of five";
  return told.length ? `${text}; ${listed(told)} were read there only in ${listed([...cohorts].sort())}` : text;
}

/** @param {string[]} words */
function listed(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}` : words[0];
}

/**
 * @param {Calibration} calibration
 * @param {Ranges} site
 * @param {Dose[]} doses
 * @param {Extent} given
 * @param {Drug} drug
 */
function ofCourses({ same, routes }, site, doses, given, drug) {
  const known = site.arms.map((arm) => arm.extent).filter((one) => alike(one, given)), texts = [];
  if (!known.length) return Object.keys(given.daily).map((route) => `given ${routes[route]}`);
  const short = "iv_infusion" in given.daily && given.infusion_h < LASTING; // published as delivered of these alone
  const counts = [...known.map((one) => one.doses), ...(short ? site.delivered : [])];
  const least = Math.min(...counts), most = Math.max(...counts), rest = Math.max(...known.map((one) => one.rest_h)) * same;
  const planned = new Set(byCourse(doses.map(({ time }) => time), rest));
  const odd = [...planned].filter((count) => count < least || count > most).sort((a, b) => a - b);
  if (odd.length) {
    const noun = odd.length === 1 && odd[0] === 1 ? "dose" : "doses", ends = [...new Set([general(least), general(most)])].join(" to ");
    texts.push(`${odd.join(" or ")} ${noun} planned in a course (calibrated: ${ends})`);
  }
  const sizes = known.flatMap((one) => one.nmol_per_kg ?? []), [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const [smallest, largest] = given.nmol_per_kg ?? [low, high];
  // what prints alike is alike: a dose is not said to be outside of itself
  if (printed(smallest, drug) < printed(low, drug) || printed(largest, drug) > printed(high, drug)) {
    const own = [...new Set([perKg(smallest, drug), perKg(largest, drug)])].join(" to ");
    texts.push(`doses of ${own} (calibrated: ${perKg(low, drug)} to ${perKg(high, drug)})`);
  }
  return texts;
}

/** @param {number[]} times @param {number} rest longer than this begins a new course */
function byCourse(times, rest) {
  const counts = [0];
  let last = times[0];
  for (const time of times) {
    if (time - last > rest) counts.push(0);
    counts[counts.length - 1]++;
    last = time;
  }
  return counts;
}

/** @param {number} nmol @param {Drug} drug */
function miu(nmol, { molar_mass: mass, iu_per_mg: potency }) {
  return potency === null ? null : (nmol * 1e-6 * mass * potency) / 1e6;
}

/** @param {number} nmol @param {Drug} drug */
function amount(nmol, drug) {
  const activity = miu(nmol, drug);
  return activity === null ? `${three(nmol)} nmol` : `${three(activity)} MIU`;
}

/** @param {number} nmol @param {Drug} drug */
function perKg(nmol, drug) {
  const activity = miu(nmol, drug);
  return activity === null ? `${three(nmol)} nmol/kg` : `${three(1e3 * activity)} kIU/kg`;
}

/** An amount as it is printed. @param {number} nmol @param {Drug} drug */
function printed(nmol, drug) {
  return Number((miu(nmol, drug) ?? nmol).toPrecision(3));
}

/** Three digits, thousands set apart. @param {number} value */
function three(value) {
  const text = general(Number(value.toPrecision(3))), [whole, rest] = text.split(".");
  return text.includes("e") ? text : whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest === undefined ? "" : `.${rest}`);
}

/** A number as %g writes it. @param {number} value @param {number} [digits] */
function general(value, digits = 6) {
  const rounded = value.toExponential(digits - 1), exponent = Number(rounded.split("e")[1]);
  if (exponent >= -4 && exponent < digits) return String(Number(rounded));
  const [mantissa] = rounded.split("e");
  return `${Number(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

// @ts-check
// Scenarios as a study: what the page shows in some people, for the server to run in many.

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./trials_api.js").Study} Study
 */

const PATIENTS = 1000;
const READ = ["treg_fold", "tconv_fold", "cd8_fold", "nk_bright_fold", "nk_dim_fold", "treg_tconv_ratio"];

/**
 * Lay scenarios of one model and cohort out as the arms of a study.
 * @param {Bundle} bundle
 * @param {Scenario[]} scenarios
 * @param {number[]} days on which cells are read
 * @returns {Study}
 */
export function studyOf(bundle, scenarios, days) {
  const [first] = scenarios, names = new Set();
  const named = (/** @type {Scenario} */ one) => {
    const base = one.name || `${one.drug} ${one.regimen}`;
    let name = base;
    for (let more = 2; names.has(name); more++) name = `${base} (${more})`;
    names.add(name);
    return name;
  };
  return {
    name: "explored",
    model: first.model,
    population: { cohort: first.cohort, patients: PATIENTS },
    ...(first.follow_up_days === undefined ? {} : { follow_up_days: first.follow_up_days }),
    arm: scenarios.map((one) => ({ name: named(one), drug: one.drug, regimen: one.regimen ?? "none", ...(Object.keys(one.set ?? {}).length ? { set: one.set } : {}), ...(one.partner?.length ? { partner: one.partner.map(({ drug, regimen }) => ({ drug, regimen })) } : {}) })),
    endpoint: [...READ.filter((id) => id in bundle.observables).map((id) => ({ id, days })), { id: "cmax" }],
  };
}

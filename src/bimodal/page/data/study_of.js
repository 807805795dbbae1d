// @ts-check
// Scenarios as a study: what the page shows in some people, for the server to run in many.

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {import("./trials_api.js").Study} Study
 */

const PATIENTS = 1000, RATIO = "treg_tconv_ratio";

/**
 * Choose what one study can hold beside a scenario: the same model and people, followed for as long.
 * @param {Scenario} shown
 * @param {Scenario[]} held
 */
export function ofOneStudy(shown, held) {
  return [shown, ...held.filter((one) => /** @type {const} */ (["model", "cohort", "follow_up_days", "horizon_days"]).every((key) => one[key] === shown[key]))];
}

/**
 * Lay scenarios of one study out as its arms.
 * @param {Bundle} bundle
 * @param {Scenario[]} scenarios
 * @param {number[]} days on which cells are read
 * @returns {Study}
 */
export function studyOf(bundle, scenarios, days) {
  const [first] = scenarios, names = new Set(), horizon = first.horizon_days;
  const can = bundle.models.find((one) => one.id === first.model)?.observables ?? [], cells = [...bundle.cells.map((cell) => `${cell.id}_fold`), RATIO].filter((id) => can.includes(id));
  const looked = days.filter((day) => day <= (horizon ?? Infinity)); // a study reads nothing after its horizon
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
    ...(horizon !== undefined ? { horizon } : first.follow_up_days === undefined ? {} : { follow_up_days: first.follow_up_days }),
    arm: scenarios.map((one) => ({ name: named(one), drug: one.drug, regimen: one.regimen ?? "none", ...(Object.keys(one.set ?? {}).length ? { set: one.set } : {}), ...(one.partner?.length ? { partner: one.partner.map(({ drug, regimen }) => ({ drug, regimen })) } : {}) })),
    endpoint: [...(looked.length ? cells : []).map((id) => ({ id, days: looked })), { id: "cmax" }],
  };
}

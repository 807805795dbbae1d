// @ts-check
// A molecule whose numbers a reader has changed, put where those of the bundle are looked up.

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./bundle").Model} Model
 * @typedef {import("./bundle").Made} Made
 */

/** Its id: no molecule of a file can be called so. */
export const MINE = "*mine";

/**
 * Put a made molecule into a bundle, for all that looks molecules up there.
 * @param {Bundle} bundle
 * @param {Made | undefined} made
 * @returns {Bundle}
 */
export function withMade(bundle, made) {
  return made ? { ...bundle, drugs: [...bundle.drugs, made.drug] } : bundle;
}

/**
 * Put a made molecule into a model.
 * @param {Model} model
 * @param {Made | undefined} made
 * @returns {Model}
 */
export function modelWith(model, made) {
  return made ? { ...model, drugs: { ...model.drugs, [made.drug.id]: made.place } } : model;
}

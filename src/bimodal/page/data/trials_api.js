// @ts-check
// Calls to the server of the page.

/**
 * @typedef {{name: string, drug?: string, regimen?: string, [key: string]: any}} Arm
 * @typedef {{id: string, days?: number[], [key: string]: any}} Endpoint
 * @typedef {{name: string, model?: string, population?: Record<string, any>, arm: Arm[], endpoint?: Endpoint[], [key: string]: any}} Study
 * @typedef {"waiting" | "running" | "done" | "failed" | "cancelled" | "stopped"} JobState
 * @typedef {{id: string, name: string, number: number, seed: number, arms: number, patients: number, state: JobState, done: number, total: number, rate?: number | null, eta_s?: number | null, what: string, message: string, files?: string[], figures?: string[]}} Job
 * @typedef {{models: string[], cohorts: string[], drugs: string[], endpoints: {id: string, label: string, unit: string, per: string}[], studies: string[], template: string, limits: Record<string, number>}} Choices
 * @typedef {{id: string, day: number | null, statistic: string, value: number | null, lower: number | null, upper: number | null, interval: string, unit: string}} Row
 * @typedef {{study: string, patients: number, failed: number, warnings: string[], arms: {name: string, n: number, failed: number, endpoints: Row[]}[]}} Summary
 */

/**
 * Ask the server; what it refuses is thrown in its words.
 * @param {string} path
 * @param {RequestInit} [how]
 * @returns {Promise<Response>}
 */
export async function ask(path, how = {}) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { credentials: "same-origin", ...how });
  } catch {
    throw new Error("The server does not answer: is `bimodal app` still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Error(typeof said.error === "string" ? said.error : `the server answered ${answer.status}`);
}

/** @param {string} path @param {RequestInit} [how] */
const json = async (path, how) => (await ask(path, how)).json();

/** @param {string} text @param {boolean} toml @returns {RequestInit} */
const sent = (text, toml) => ({ method: "POST", body: text, headers: { "Content-Type": toml ? "application/toml" : "application/json" } });

/** @returns {Promise<Choices>} */
export const fetchChoices = () => json("choices");

/** @returns {Promise<{study: Study, toml: string}>} */
export const checkToml = (/** @type {string} */ text) => json("check", sent(text, true));

/** @returns {Promise<{study: Study, toml: string}>} */
export const checkStudy = (/** @type {Study} */ study) => json("check", sent(JSON.stringify(study), false));

/** @returns {Promise<string>} */
export const builtIn = async (/** @type {string} */ name) => (await ask(`studies/${encodeURIComponent(name)}`)).text();

/** @returns {Promise<Job>} */
export const submit = (/** @type {string} */ text, /** @type {string} */ seed) => json(`jobs?seed=${encodeURIComponent(seed)}`, sent(text, true));

/** @returns {Promise<Job[]>} */
export const fetchJobs = async () => (await json("jobs")).jobs;

/** @returns {Promise<Job>} */
export const fetchJob = (/** @type {string} */ id) => json(`jobs/${id}`);

/** @returns {Promise<Response>} */
export const tell = (/** @type {string} */ id, /** @type {"cancel" | "resume"} */ verb) => ask(`jobs/${id}/${verb}`, { method: "POST" });

/** @returns {Promise<Response>} */
export const removeJob = (/** @type {string} */ id) => ask(`jobs/${id}`, { method: "DELETE" });

/** @returns {string} */
export const fileOf = (/** @type {string} */ id, /** @type {string} */ name) => `/api/jobs/${id}/files/${encodeURIComponent(name)}`;

/** @returns {Promise<Summary>} */
export const fetchSummary = (/** @type {string} */ id) => json(`jobs/${id}/files/summary.json`);

/** @returns {Promise<Blob>} */
export const fetchFigure = async (/** @type {string} */ id, /** @type {string} */ name) => (await ask(`jobs/${id}/files/${encodeURIComponent(name)}`)).blob();

// @ts-check
// Calls about timing. A table goes to the server in the body of a request, and its name does not go at all.
import { ask } from "./trials_api.js";

/**
 * @typedef {{text: string, tone: "plain" | "warning" | "soft"} | {title: string, columns: string[], rows: string[][], right: number[]}} Block
 * @typedef {{about: string, what: string, options: string[]}} Question
 * @typedef {{understood: {topic: string, words: string}[], questions: Question[], columns: string[], rows: string[][], patients: number | null}} Reading
 * @typedef {{name: string, title: string, caption: string, svg: string}} Figure
 * @typedef {{label: string, status: string, sentence: string, numbers: Block[], facts: Block[], figures: Figure[], key: string | null, report: string}} Assessed
 * @typedef {{safety: string, json: string, series?: Assessed[], blocks?: Block[]}} Answer
 * @typedef {{safety: string, limits: Record<string, number>}} About
 * @typedef {{label: string, status: string, sentence: string}} Verdict
 * @typedef {(done: number, total: number, what: string, verdicts?: Verdict[]) => void} Tell
 */

/** @param {Record<string, string>} asked */
const query = (asked) => {
  const text = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== "")).toString();
  return text && `?${text}`;
};

/** @param {string | Blob} table @returns {RequestInit} */
const sent = (table) => ({ method: "POST", body: table, headers: { "Content-Type": "text/csv" } });

/** @returns {Promise<About>} */
export const fetchAbout = async () => (await ask("timing")).json();

/** @param {Blob} table @param {Record<string, string>} said @returns {Promise<Reading>} */
export const readTable = async (table, said) => (await ask(`timing/read${query(said)}`, sent(table))).json();

/** @param {Blob} table @param {Record<string, string>} said @param {AbortSignal} signal @param {Tell} tell */
export const assessTable = async (table, said, signal, tell) => last(await ask(`timing/assess${query(said)}`, { ...sent(table), signal }), tell);

/** @param {"plan" | "trial"} what @param {Record<string, string>} asked @param {AbortSignal} signal @param {Tell} tell */
export const workOut = async (what, asked, signal, tell) => last(await ask(`timing/${what}${query(asked)}`, { method: "POST", signal }), tell);

/**
 * Read lines of JSON: how far it is, and last the answer.
 * @param {Response} answer
 * @param {Tell} tell
 * @returns {Promise<Answer>}
 */
async function last(answer, tell) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value = "" } = (await reader?.read()) ?? { done: true };
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const said = JSON.parse(line);
      if (typeof said.error === "string") throw new Error(said.error);
      if (said.answer) return said.answer;
      tell(said.done, said.total, said.what ?? "", said.verdicts);
    }
    if (done) throw new Error("The server ended without an answer.");
  }
}

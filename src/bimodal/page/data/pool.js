// @ts-check
// The workers of the page: one answers the slider at once, the others do what may take a moment.

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").Scenario} Scenario
 * @typedef {{scenario: Scenario, who: number[], set?: number, rtol: number, fine: boolean, moving?: boolean, days: number[]}} Question
 * @typedef {{times: Float64Array, outputs: Float64Array[], statuses: number[], steps: number[], ms: number}} Answer
 * @typedef {{question: object, wanted: () => boolean, urgent: boolean, done: (answer: any) => void, failed: (message: string) => void}} Job
 * @typedef {{worker: Worker, busy: boolean, waiting: Map<number, {done: (data: any) => void, failed: (message: string) => void}>}} Hand
 */

const MOST_WORKERS = 8;

export class Pool {
  /**
   * @param {Bundle} bundle
   * @param {string} code of the worker
   * @param {number} cores
   */
  constructor(bundle, code, cores) {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" })), count = Math.max(2, Math.min(MOST_WORKERS, cores));
    this.next = 0;
    /** @type {Job[]} */
    this.jobs = [];
    /** @type {Hand} */
    this.lead = this.hire(url, bundle);
    /** @type {Hand[]} */
    this.others = Array.from({ length: count - 1 }, () => this.hire(url, bundle));
  }

  /** @param {string} url @param {Bundle} bundle @returns {Hand} */
  hire(url, bundle) {
    /** @type {Hand} */
    const hand = { worker: new Worker(url), busy: true, waiting: new Map() }; // busy until it is open
    hand.worker.onmessage = ({ data }) => {
      const found = hand.waiting.get(data.id);
      hand.waiting.delete(data.id);
      if (data.kind === "failed") found?.failed(data.message);
      else found?.done(data);
    };
    hand.worker.onerror = (event) => {
      event.preventDefault();
      for (const { failed } of hand.waiting.values()) failed(`The engine of this page stopped: ${event.message || "unknown cause"}.`);
      hand.waiting.clear();
    };
    this.send(hand, { kind: "open", bundle }).then(
      () => this.free(hand),
      () => {}, // a worker that cannot open stays out of use; the first question says why
    );
    return hand;
  }

  /** @param {Hand} hand @param {object} message @returns {Promise<any>} */
  send(hand, message) {
    const id = this.next++;
    hand.worker.postMessage({ ...message, id });
    return new Promise((done, failed) => hand.waiting.set(id, { done, failed }));
  }

  /**
   * Ask the worker of the slider; it is for one question at a time, and the caller keeps the newest.
   * @param {Question} question
   * @returns {Promise<Answer>}
   */
  askNow(question) {
    return this.send(this.lead, { kind: "solve", ...question });
  }

  /**
   * Queue a question for the other workers; it is dropped unasked once nobody wants it any more.
   * @param {Question} question
   * @param {() => boolean} wanted
   * @param {boolean} urgent
   * @returns {Promise<Answer>}
   */
  ask(question, wanted, urgent = false) {
    return this.queue({ kind: "solve", ...question }, wanted, urgent);
  }

  /**
   * Queue the EC50 of a cell subset in the dish.
   * @param {{cell: number, set: [number, number][]}} question
   * @param {() => boolean} wanted
   * @returns {Promise<{ec50: number | null}>}
   */
  askDish(question, wanted) {
    return this.queue({ kind: "half", ...question }, wanted, true);
  }

  /** @param {object} question @param {() => boolean} wanted @param {boolean} urgent @returns {Promise<any>} */
  queue(question, wanted, urgent) {
    return new Promise((done, failed) => {
      const job = { question, wanted, urgent, done, failed };
      const place = urgent ? this.jobs.findIndex((one) => !one.urgent) : -1;
      if (place < 0) this.jobs.push(job);
      else this.jobs.splice(place, 0, job);
      for (const hand of this.others) this.pump(hand);
    });
  }

  /** @param {Hand} hand */
  free(hand) {
    hand.busy = false;
    this.pump(hand);
  }

  /** @param {Hand} hand */
  pump(hand) {
    if (hand.busy || hand === this.lead) return;
    let job = this.jobs.shift();
    while (job && !job.wanted()) job = this.jobs.shift();
    if (!job) return;
    const { question, done, failed } = job;
    hand.busy = true;
    this.send(hand, question).then(done, failed).finally(() => this.free(hand));
  }
}

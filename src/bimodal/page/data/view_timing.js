// @ts-check
// Timing: is there a cycle in a table of CRP, what could a sampling plan find, and what would a trial need.
import { el } from "./dom.js";
import { fetchAbout } from "./timing_api.js";
import { Calculator } from "./timing_calculator.js";
import { TimingFile } from "./timing_file.js";
import { Choice } from "./view_fields.js";

/** @typedef {{state: () => import("./state.js").State, change: (part: Partial<import("./state.js").State>) => void}} Context */

const PARTS = /** @type {[string, string][]} */ ([["assess", "A table of CRP"], ["plan", "A sampling plan"], ["trial", "The size of a trial"]]);
const SECONDS = 0.04, START_S = 4;

/** Seconds for so many series of so many samples: the likelihood grows with the square of them. @param {number} series @param {number} samples */
const seconds = (series, samples) => START_S + series * SECONDS * (1 + (samples / 25) ** 2);

/** @type {import("./timing_calculator.js").Field[]} */
const MONITORING = [
  { name: "every", words: "Time between samples", usual: "1d", time: true, hint: "such as 1d or 36h", needs: "samples" },
  { name: "amplitude", words: "Amplitude", usual: "0.75", unit: "ln", hint: "half of peak to trough; 0.75 is a ratio of 4.5", needs: "samples" },
  { name: "noise", words: "Noise", usual: "0.4", unit: "ln", hint: "0.4 is a CV of 42 %", needs: "samples" },
  { name: "series", words: "Simulated series", usual: "50", hint: "of each kind; at most 200", needs: "samples" },
];
const SEED = { name: "seed", words: "Seed", usual: "1" };

export class Timing {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.safety = el("p", { class: "notice timing-safety" }, "Research use only.");
    this.file = new TimingFile();
    this.plan = new Calculator("plan", {
      lead: "What could such samples find, before any blood is drawn? True cycles and four kinds of noise are simulated with them, and asked as a measured series is.",
      fields: [{ name: "samples", words: "Samples before the first dose", usual: "14,21,28", list: true, hint: "up to four plans of at most 60" }, ...MONITORING, SEED],
      seconds: (asked) => asked.samples.split(",").reduce((sum, one) => sum + seconds(5 * Number(asked.series), Number(one)), 0),
      python: (asked) => `from bimodal.timing.plan import SamplingPlan, plan_sampling\n\nfor samples in (${asked.samples},):\n    plan = SamplingPlan(samples, ${days(asked.every)}, ${asked.amplitude}, ${asked.noise})\n    print(plan_sampling(plan, series=${asked.series}, seed=${asked.seed}).sentence)`,
      changed: (asked) => this.keep(asked),
    });
    this.trial = new Calculator("trial", {
      lead: "If there were a cycle, and if it mattered: how many patients would a trial of timed against untimed dosing need? None of what is assumed here is established.",
      fields: [
        { name: "f", words: "Fraction with a real cycle", usual: "0.5" }, { name: "w", words: "Width of the phase that counts", usual: "2", unit: "days" },
        { name: "period", words: "Period", usual: "7", unit: "days" }, { name: "p-mean", words: "Response without timing", usual: "0.07" },
        { name: "p-out", words: "Response outside that phase", usual: "0" }, { name: "error", words: "Error of aim (SD)", usual: "1", unit: "days" },
        { name: "course", words: "Which doses count", usual: "first", options: ["first", "any", "additive", "majority", "net"] },
        { name: "doses", words: "Doses of the course", usual: "1" }, { name: "interval", words: "Between doses", usual: "8", unit: "h" },
        { name: "samples", words: "Monitoring: samples", usual: "", optional: true, hint: "blank: nobody is monitored" }, ...MONITORING, SEED],
      seconds: (asked) => 3 + (asked.samples ? seconds(Number(asked.series), Number(asked.samples)) : START_S),
      python: trialPython,
      changed: (asked) => this.keep(asked),
    });
    this.parts = { assess: this.file, plan: this.plan, trial: this.trial };
    this.choice = new Choice("What is asked", (name) => this.turn(name));
    this.begun = false;
    this.read = "";
    this.part = "assess";
    this.root = el("div", { class: "timing stage" }, this.safety, this.choice.root, ...Object.values(this.parts).map(({ root }) => root));
    this.show();
  }

  /** @param {boolean} shown */
  update(shown) {
    if (!shown) return;
    const { timing } = this.context.state();
    if (timing !== this.read) this.take(timing);
    if (!this.begun) void this.begin();
  }

  async begin() {
    this.begun = true;
    try {
      this.safety.textContent = (await fetchAbout()).safety;
    } catch (fault) {
      this.begun = false;
      this.file.work.say(fault instanceof Error ? fault.message : "");
    }
  }

  /** Read what a link says: the part, and what differs from the usual. @param {string} text */
  take(text) {
    this.read = text;
    const [part, ...pairs] = text.split("~"), asked = Object.fromEntries(pairs.map((one) => one.split(":")).filter((one) => one.length === 2));
    this.part = Object.hasOwn(this.parts, part) ? part : "assess";
    if (this.part !== "assess") this[/** @type {"plan" | "trial"} */ (this.part)].show(asked);
    this.show();
  }

  /** @param {string} part */
  turn(part) {
    this.part = part;
    this.show();
    this.keep(part === "assess" ? {} : this[/** @type {"plan" | "trial"} */ (part)].kept());
  }

  /** @param {Record<string, string>} asked */
  keep(asked) {
    const pairs = Object.entries(asked).map(([name, value]) => `${name}:${value}`);
    this.read = this.part === "assess" ? "" : [this.part, ...pairs].join("~");
    this.context.change({ timing: this.read });
  }

  show() {
    this.choice.show(PARTS, this.part);
    for (const [name, { root }] of Object.entries(this.parts)) root.hidden = name !== this.part;
  }
}

/** The lines that size a trial on the desk, with the monitoring before it where there is some. @param {Record<string, string>} asked */
export function trialPython(asked) {
  const monitored = asked.samples ? `    monitoring=SamplingPlan(${asked.samples}, ${days(asked.every)}, ${asked.amplitude}, ${asked.noise}), series=${asked.series},\n` : "";
  return `from bimodal.timing.answers import TrialQuestion, answer_trial
from bimodal.timing.course import Course
${monitored && "from bimodal.timing.plan import SamplingPlan\n"}from bimodal.timing.trial import TrialDesign

believed = TrialDesign(
    cyclers=${asked.f}, width_d=${asked.w}, period_d=${asked.period}, p_mean=${asked["p-mean"]}, p_outside=${asked["p-out"]},
    error_d=${asked.error}, course=Course("${asked.course}", ${asked.doses}, ${asked.interval}),
)
question = TrialQuestion(
    believed=believed,
${monitored}    seed=${asked.seed},
)
print(answer_trial(question).trial.sentence)`;
}

/** @param {string} text */
const days = (text) => (text.endsWith("h") ? `${text.slice(0, -1)} / 24` : text.slice(0, -1));

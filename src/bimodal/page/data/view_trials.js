// @ts-check
// Trials: a form and a study file that follow each other, jobs with their progress, and what they found.
import { el } from "./dom.js";
import { builtIn, checkStudy, checkToml, fetchChoices, fetchJob, fetchJobs, removeJob, submit, tell } from "./trials_api.js";
import { TrialForm } from "./trial_form.js";
import { TrialResult } from "./trial_result.js";
import { freshId } from "./view_fields.js";

/**
 * @typedef {import("./trials_api.js").Job} Job
 * @typedef {import("./trials_api.js").Study} Study
 * @typedef {import("./trials_api.js").Choices} Choices
 */

const TYPING_MS = 400, ASKING_MS = 800;
const STATES = { waiting: "waits", running: "runs", done: "done", failed: "failed", cancelled: "cancelled", stopped: "stopped with the server" };

export class Trials {
  constructor() {
    /** @type {Choices | null} */
    this.choices = null;
    /** @type {Job[]} */
    this.jobs = [];
    this.shown = false;
    this.begun = false;
    /** @type {string | Study} */
    this.wanted = ""; // the study to begin with; empty is the template
    this.chosen = "";
    this.edit = 0; // counts what was typed: an answer to older words is dropped
    this.typing = 0;
    this.asking = 0;
    const file = freshId(), problem = freshId(), seed = freshId();
    this.form = new TrialForm((study) => this.formed(study));
    this.text = el("textarea", { id: file, class: "trial-text", spellcheck: "false", autocomplete: "off", "aria-describedby": problem });
    this.text.addEventListener("input", () => this.typed());
    this.problem = el("p", { class: "problem where", id: problem, role: "alert" });
    this.seed = el("input", { type: "text", inputmode: "numeric", id: seed, class: "number", autocomplete: "off" });
    this.seed.value = "1";
    this.from = el("select", { "aria-label": "Begin with", change: () => void this.begin(this.from.value) });
    this.start = el("button", { type: "button", class: "trial-run", disabled: true, click: () => void this.run() }, "Run");
    this.said = el("p", { class: "problem where", role: "alert" });
    this.list = el("div", { class: "scroll" });
    this.result = new TrialResult();
    this.root = el("div", { class: "trials stage" },
      el("p", { class: "hint" }, "A study with its arms, rules and endpoints, run by the server of this page. The form and the study file say the same: edit either. Jobs outlive this page."),
      el("div", { class: "trial-edit" },
        el("div", {}, el("div", { class: "bar" }, el("div", { class: "field" }, el("span", { class: "field-name" }, "Begin with"), this.from)), this.form.root),
        el("div", { class: "field" }, el("label", { for: file }, "Study file (TOML)"), this.text, this.problem)),
      el("div", { class: "bar" }, el("div", { class: "field" }, el("label", { for: seed }, "Seed"), this.seed), this.start),
      this.said, el("h2", {}, "Jobs"), this.list, this.result.root);
  }

  /** @param {boolean} shown */
  update(shown) {
    if (shown === this.shown) return;
    this.shown = shown;
    clearTimeout(this.asking);
    if (shown) void this.open();
  }

  async open() {
    try {
      if (!this.choices) {
        this.choices = await fetchChoices();
        this.from.replaceChildren(el("option", { value: "" }, "the template"), ...this.choices.studies.map((name) => el("option", { value: name }, name)));
      }
      if (!this.begun) await this.begin(this.wanted);
      await this.refresh();
    } catch (fault) {
      this.say(fault);
    }
  }

  /** Begin with a study when the view is next opened. @param {string | Study} study a built-in one by its name, or the study itself */
  beginWith(study) {
    this.wanted = study;
    this.begun = false;
  }

  /** @param {string | Study} study itself, or the name of a built-in one; empty is the template */
  async begin(study) {
    if (typeof study !== "string") {
      this.begun = true;
      this.later(0, () => checkStudy(study), (found) => {
        this.text.value = found.toml;
        if (this.choices) this.form.show(found.study, this.choices);
      });
      return;
    }
    const name = study;
    try {
      this.from.value = name;
      this.text.value = name ? await builtIn(name) : this.choices?.template ?? "";
      this.begun = true;
      this.typed(0);
    } catch (fault) {
      this.say(fault);
    }
  }

  /** The study file was edited: the form follows. @param {number} [wait] */
  typed(wait = TYPING_MS) {
    this.later(wait, () => checkToml(this.text.value), ({ study }) => this.choices && this.form.show(study, this.choices));
  }

  /** The form was edited: the study file follows. @param {Study} study */
  formed(study) {
    this.later(TYPING_MS, () => checkStudy(study), ({ toml }) => (this.text.value = toml));
  }

  /**
   * Ask the server what a study says once nobody types any more; only a study that it understands can be run.
   * @param {number} wait
   * @param {() => Promise<{study: Study, toml: string}>} check
   * @param {(found: {study: Study, toml: string}) => void} follow
   */
  later(wait, check, follow) {
    const mine = ++this.edit;
    this.start.disabled = true;
    clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      check().then(
        (found) => {
          if (mine !== this.edit) return;
          this.complain("");
          follow(found);
          this.start.disabled = false;
        },
        (fault) => {
          if (mine === this.edit) this.complain(fault.message);
        },
      );
    }, wait);
  }

  /** @param {string} words */
  complain(words) {
    this.problem.textContent = words;
    this.text.setAttribute("aria-invalid", String(words !== ""));
  }

  /** @param {unknown} fault */
  say(fault) {
    this.said.textContent = fault instanceof Error ? fault.message : "";
  }

  async run() {
    await this.act(async () => {
      const job = await submit(this.text.value, this.seed.value.trim());
      this.choose(job.id);
    });
  }

  /** @param {() => Promise<unknown>} deed */
  async act(deed) {
    this.say(null);
    try {
      await deed();
      await this.refresh();
    } catch (fault) {
      this.say(fault);
    }
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
    this.result.clear();
  }

  /** Ask how far the jobs are, and again while one is under way. */
  async refresh() {
    clearTimeout(this.asking);
    let busy = true;
    try {
      this.jobs = await fetchJobs();
      this.draw();
      busy = this.jobs.some((job) => job.state === "waiting" || job.state === "running");
      const job = this.jobs.find((one) => one.id === this.chosen);
      if (job?.state === "done" && this.choices) await this.result.show(await fetchJob(job.id), this.choices);
    } catch (fault) {
      this.say(fault);
    }
    clearTimeout(this.asking);
    if (busy && this.shown) this.asking = window.setTimeout(() => void this.refresh(), ASKING_MS);
  }

  draw() {
    const focus = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.act : undefined;
    const rows = this.jobs.map((job) => this.row(job));
    this.list.replaceChildren(rows.length ? el("table", { class: "numbers trial-jobs" },
      el("thead", {}, el("tr", {}, ...["Study", "State", "Patients done", "Seed", "Actions"].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, ...rows)) : el("p", { class: "hint" }, "None yet."));
    if (focus) [...this.list.querySelectorAll("button")].find((one) => one.dataset.act === focus)?.focus(); // a row was drawn anew under it
  }

  /** @param {Job} job */
  row(job) {
    const label = `job ${job.number}, ${job.name}`, busy = job.state === "waiting" || job.state === "running";
    const button = (/** @type {string} */ words, /** @type {() => Promise<unknown>} */ deed) => el("button", { type: "button", "data-act": `${words} ${job.id}`, "aria-label": `${words} ${label}`, click: () => void this.act(deed) }, words);
    const words = `${STATES[job.state]}${job.what && busy ? `: ${job.what}` : ""}`;
    const seconds = job.state === "running" && job.what ? job.eta_s ?? 0 : 0;
    const left = seconds > 0 ? `, ${seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`} left` : "";
    return el("tr", { "data-state": job.state, "aria-current": job.id === this.chosen ? "true" : null },
      el("th", { scope: "row" }, `${job.number}  ${job.name}`),
      el("td", {}, words, job.message ? el("p", { class: "problem where" }, job.message) : null),
      el("td", {}, el("progress", { max: Math.max(1, job.total), value: job.done, "aria-label": `Progress of ${label}` }), ` ${job.done} of ${job.total}${left}`),
      el("td", {}, String(job.seed)),
      el("td", {}, el("div", { class: "buttons" },
        job.state === "done" ? button("Show", async () => this.choose(job.id)) : null,
        busy ? button("Cancel", () => tell(job.id, "cancel")) : null,
        busy || job.state === "done" ? null : button("Resume", () => tell(job.id, "resume")),
        busy ? null : button("Remove", async () => {
          await removeJob(job.id);
          if (job.id === this.chosen) this.choose("");
        }))));
  }
}

// @ts-check
// Evidence: every published number beside its stored simulation, and the registered predictions; misses first.
import { csvText, savePicture } from "./chart_export.js";
import { download, el, svg } from "./dom.js";
import { drawForest, isDrawn } from "./evidence_chart.js";
import { evidenceCsv, predictionList, studyList } from "./evidence_list.js";
import { predictionHeadline, studyHeadline } from "./evidence_words.js";
import { VERDICTS } from "./state.js";
import { unpackBytes } from "./unpack.js";
import { CodeBox } from "./view_code.js";
import { Choice, dropDown } from "./view_fields.js";

/**
 * @typedef {import("./bundle").Evidence} Evidence
 * @typedef {import("./bundle").EvidenceRow} EvidenceRow
 * @typedef {import("./bundle").EvidenceContent} EvidenceContent
 * @typedef {import("./state.js").EvidenceState} EvidenceState
 * @typedef {import("./view_explore.js").Context} Context
 */

const FIRST = 40, LETTERS_PX = 14;
export const VERDICT_CHOICES = /** @type {[string, string][]} */ ([["", "every verdict"], ...VERDICTS.map((one) => [one, one === "not scored" ? "compared, not scored" : one])]);
const ROLES = /** @type {[string, string][]} */ ([["", "every role"], ["calibration", "calibration"], ["validation", "validation"], ["context", "context"]]);

const PYTHON = {
  studies: "from bimodal.evidence import tally\nfrom bimodal.study import load_evidence\n\nrows = load_evidence()\nfor role in ('calibration', 'validation'):\n    print(role, tally(row for row in rows if row.target.role == role))",
  predictions: "from bimodal.predict.outcomes import prediction_outcomes\n\nfor one in prediction_outcomes():\n    print(one.prediction.id, one.outside, 'outside' if one.judged else 'not opened')",
};

/** How the page gets this view. */
export const evidenceTab = {
  name: "evidence",
  words: "Evidence",
  wanted: (/** @type {import("./bundle").Bundle} */ { evidence }) => evidence !== undefined,
  make: (/** @type {Context} */ context) => new EvidenceView(context, /** @type {Evidence} */ (context.bundle.evidence)),
};

export class EvidenceView {
  /**
   * @param {Context} context
   * @param {Evidence} evidence
   */
  constructor(context, evidence) {
    this.context = context;
    this.evidence = evidence;
    this.openTrial = context.openStudy;
    /** @type {EvidenceContent | null} */
    this.content = null;
    this.asked = false;
    this.whole = false; // whether more than the first rows are shown
    this.drawn = "";
    this.wide = 0;
    this.sentence = el("p", { class: "headline" }, "Reading the evidence…");
    this.notice = el("div", { class: "notice", role: "note", hidden: true });
    const filter = (/** @type {keyof EvidenceState} */ key) => (/** @type {string} */ value) => {
      this.whole = false;
      context.change({ evidence: { ...context.state().evidence, [key]: value } });
    };
    this.list = new Choice("Show", filter("list"));
    this.filters = { study: dropDown("Study", filter("study")), role: dropDown("Role", filter("role")), verdict: dropDown("Verdict", filter("verdict")), model: dropDown("Model", filter("model")) };
    this.csv = el("button", { type: "button", click: () => this.save() }, "CSV");
    this.host = el("div", { class: "host" });
    const picture = (/** @type {"svg" | "png"} */ kind) => el("button", { type: "button", click: () => this.picture(kind) }, kind.toUpperCase());
    this.caption = el("p", { class: "hint" });
    this.chart = el("figure", { class: "chart" }, el("figcaption", {}, el("h2", {}, "Published band and simulated value"), el("span", { class: "unit" }, "as a ratio to the published number"), el("details", { class: "menu" }, el("summary", { "aria-label": "Save this chart" }, "Save"), el("div", {}, picture("svg"), picture("png")))), keys(), this.host, this.caption);
    this.body = el("div", { class: "stage-part" });
    this.code = new CodeBox();
    this.more = el("button", { type: "button", click: () => this.all() });
    const { study, role, verdict, model } = this.filters;
    this.root = el("div", { class: "evidence stage" }, this.sentence, this.notice, el("div", { class: "bar" }, this.list.root, study.root, role.root, verdict.root, model.root, el("div", { class: "field end" }, this.csv)), this.chart, this.body, el("div", { class: "buttons" }, this.more), this.code.root);
    new ResizeObserver(() => this.resized()).observe(this.chart);
  }

  /** @param {boolean} shown */
  update(shown) {
    if (!shown) return;
    if (this.content) return this.draw(this.content);
    if (this.asked) return;
    this.asked = true;
    unpackBytes(this.evidence.packed).then(
      (bytes) => {
        this.content = unpacked(JSON.parse(new TextDecoder().decode(bytes)));
        if (this.context.state().tab === "evidence") this.update(true);
      },
      () => (this.sentence.textContent = "The evidence in this page cannot be read: this browser unpacks no gzip."),
    );
  }

  /** @param {EvidenceContent} content */
  draw(content) {
    const { evidence } = this.context.state(), key = JSON.stringify([evidence, this.whole]);
    if (key === this.drawn) return;
    this.drawn = key;
    const studies = evidence.list !== "predictions";
    this.list.show([["studies", "published studies"], ["predictions", "registered predictions"]], evidence.list);
    this.filters.study.show({ studies: [["", "every study"], ...this.evidence.studies.map((name) => /** @type {[string, string]} */ ([name, name]))] }, evidence.study);
    this.filters.role.show({ roles: ROLES }, evidence.role);
    this.filters.verdict.show({ verdicts: VERDICT_CHOICES }, evidence.verdict);
    this.filters.model.show({ models: [["", "every model"], ...this.evidence.models.map((name) => /** @type {[string, string]} */ ([name, name]))] }, evidence.model);
    for (const { root } of Object.values(this.filters)) root.hidden = !studies;
    this.chart.hidden = !studies;
    this.code.show(studies ? (evidence.study ? `bimodal run ${evidence.study}` : "bimodal list evidence --json evidence.json") : "bimodal predict open --json predictions.json", PYTHON[studies ? "studies" : "predictions"]);
    if (studies) this.drawStudies(content);
    else this.drawPredictions(content);
  }

  /** @param {EvidenceContent} content */
  drawStudies(content) {
    const rows = this.rows(content), some = this.whole ? rows : rows.slice(0, FIRST);
    say(this.sentence, studyHeadline(rows));
    const told = caveats(content, rows);
    this.notice.hidden = !told.length;
    this.notice.replaceChildren(...told.map((text) => el("p", {}, text)));
    this.more.hidden = some.length === rows.length;
    this.more.textContent = `Show all ${rows.length}`;
    this.body.replaceChildren(el("div", { class: "scroll" }, studyList(content, some, rows.length, { bundle: this.context.bundle, explore: (scenario) => this.context.change({ tab: "explore", scenario }), trial: this.openTrial, filter: (study) => this.context.change({ evidence: { ...this.context.state().evidence, study } }) })));
    this.wide = 0;
    this.resized();
  }

  /** @param {EvidenceContent} content */
  drawPredictions({ predictions }) {
    say(this.sentence, predictionHeadline(predictions));
    this.notice.hidden = true;
    this.more.hidden = true;
    this.body.replaceChildren(el("div", { class: "scroll" }, predictionList(predictions)));
  }

  /** Draw the chart anew where it has another width. */
  resized() {
    const { content, chart } = this, wide = Math.round(chart.clientWidth - 20);
    if (!content || chart.hidden || wide <= 0 || wide === this.wide) return;
    this.wide = wide;
    const drawable = this.rows(content).filter(isDrawn).sort(byError), some = this.whole ? drawable : drawable.slice(0, FIRST), rest = drawable.length - some.length, signs = this.rows(content).filter((row) => row.verdict !== "context").length - drawable.length;
    chart.classList.toggle("empty", !some.length);
    const unit = Math.max(1, parseFloat(getComputedStyle(chart).fontSize) / LETTERS_PX); // as large as the letters of the page
    if (some.length) drawForest(this.host, some, { wide: wide / unit, open: (id) => this.find(id) });
    else this.host.replaceChildren();
    const said = [rest ? `The ${some.length} that come first are drawn, ${rest} are not.` : "", signs ? `${signs} more have no ratio (a sign, a share of nought, or nothing simulated) and stand in the table only.` : ""];
    this.caption.textContent = said.filter(Boolean).join(" ");
  }

  /** @param {EvidenceContent} content */
  rows(content) {
    const { study, role, verdict, model } = this.context.state().evidence;
    return content.rows.filter((row) => (!study || row.study === study) && (!role || row.role === role) && (!verdict || row.verdict === verdict) && (!model || content.studies[row.study]?.model === model));
  }

  all() {
    this.whole = true;
    if (this.content) this.draw(this.content);
  }

  /** Show a number of the chart in the table. @param {string} id */
  find(id) {
    const place = () => /** @type {HTMLElement | null} */ (this.body.querySelector(`[data-row="${CSS.escape(id)}"]`));
    if (!place()) this.all();
    const row = place();
    this.body.querySelector(".found")?.classList.remove("found");
    row?.classList.add("found");
    row?.querySelector("details")?.setAttribute("open", "");
    row?.scrollIntoView({ block: "center" });
  }

  save() {
    if (!this.content) return;
    const { list } = this.context.state().evidence;
    download(new Blob([csvText(evidenceCsv(this.content, list === "predictions" ? null : this.rows(this.content)))], { type: "text/csv" }), `bimodal-${list === "predictions" ? "predictions" : "evidence"}.csv`);
  }

  /** @param {"svg" | "png"} kind */
  picture(kind) {
    void savePicture(this.host, { title: "Published band and simulated value", lines: [this.sentence.textContent ?? ""], foot: this.context.bundle.intended_use }, "bimodal-evidence", kind);
  }
}

/** Make rows of columns; a row has no key that it has no value for. @param {any} packed @returns {EvidenceContent} */
function unpacked({ rows, ...rest }) {
  const keys = Object.keys(rows);
  return { ...rest, rows: rows.id.map((/** @type {string} */ _, /** @type {number} */ i) => Object.fromEntries(keys.flatMap((key) => (rows[key][i] === null || rows[key][i] === "" ? [] : [[key, rows[key][i]]])))) };
}

/** @param {HTMLElement} host @param {import("./words.js").Words} words */
function say(host, words) {
  host.replaceChildren(...words.map(({ text, strong }) => (strong ? el("strong", {}, text) : text)));
}

/** The largest miss first, then by ratio; those not scored last. @param {EvidenceRow} a @param {EvidenceRow} b */
function byError(a, b) {
  const rank = (/** @type {EvidenceRow} */ row) => (row.verdict === "outside" ? 0 : row.verdict === "inside" ? 2 : row.within === false ? 1 : 3);
  return rank(a) - rank(b) || (b.fold_error ?? 1) - (a.fold_error ?? 1);
}

/** Say what a reader must know of how the numbers were made. @param {EvidenceContent} content @param {EvidenceRow[]} rows */
function caveats({ studies }, rows) {
  const names = [...new Set(rows.map((row) => row.study))], told = [];
  const changed = names.filter((name) => studies[name].changed.length), fewer = names.filter((name) => (studies[name].patients ?? 0) < (studies[name].planned ?? 0)), absent = names.filter((name) => studies[name].patients === undefined && !studies[name].refused && rows.some((row) => row.study === name && row.role !== "context"));
  if (changed.length) told.push(`Computed with an earlier model, so what is shown is not of the model of this page: ${changed.map((name) => `${name} (${studies[name].changed.join(", ")} changed since)`).join("; ")}. The command bimodal run STUDY computes a study anew.`);
  if (fewer.length) told.push(`Run with fewer virtual patients than the study file asks for: ${fewer.map((name) => `${name} (${studies[name].patients} of ${studies[name].planned})`).join(", ")}.`);
  if (absent.length) told.push(`Not run: ${absent.join(", ")}.`);
  return told;
}

/** Explain the marks of the chart. */
function keys() {
  const key = (/** @type {string} */ hue, /** @type {string} */ d, /** @type {string} */ words, pale = false) => {
    const picture = svg(null, "svg", { viewBox: "0 0 24 14", "aria-hidden": "true" }), group = svg(picture, "g", { class: `finding ${hue}${pale ? " pale" : ""}` });
    svg(group, "path", { d, class: "value" });
    return el("span", {}, picture, ` ${words}`);
  };
  const band = svg(null, "svg", { viewBox: "0 0 24 14", "aria-hidden": "true" });
  svg(svg(band, "g", { class: "finding hue-blue" }), "rect", { x: 1, y: 2, width: 22, height: 10, rx: 3, class: "published" });
  const dot = "M12,2.4a4.6,4.6 0 1,0 .01,0Z";
  return el("div", { class: "evidence-keys" }, el("span", {}, band, " published band"), key("hue-blue", dot, "simulated, inside"), key("hue-vermilion", "M12,0.5L18.5,7L12,13.5L5.5,7Z", "simulated, outside"), key("hue-blue", dot, "hollow: not scored", true));
}

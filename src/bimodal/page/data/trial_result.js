// @ts-check
// What a finished job found: a sentence, the table of endpoints, the figures of the report, the files.
import { el } from "./dom.js";
import { brief } from "./numbers.js";
import { fetchFigure, fetchSummary, fileOf } from "./trials_api.js";

/**
 * @typedef {import("./trials_api.js").Job} Job
 * @typedef {import("./trials_api.js").Summary} Summary
 * @typedef {import("./trials_api.js").Row} Row
 * @typedef {import("./trials_api.js").Choices} Choices
 */

const SHOWN_FIRST = 5;

export class TrialResult {
  constructor() {
    this.root = el("section", { class: "trial-result", "aria-label": "Result", hidden: true });
    this.shown = "";
    /** @type {string[]} */
    this.urls = [];
  }

  clear() {
    for (const url of this.urls) URL.revokeObjectURL(url);
    this.urls = [];
    this.shown = "";
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  /** @param {Job} job @param {Choices} choices */
  async show(job, choices) {
    if (this.shown === job.id) return;
    this.clear();
    this.shown = job.id;
    const summary = await fetchSummary(job.id);
    if (this.shown !== job.id) return;
    const pictures = el("div", { class: "trial-figures" });
    this.root.replaceChildren(
      el("p", { class: "headline" }, sentence(summary, choices)),
      summary.warnings.length ? notice(summary.warnings) : "",
      el("div", { class: "scroll" }, table(summary, choices)),
      el("h2", {}, "Files"),
      el("ul", { class: "trial-files" }, ...(job.files ?? []).map((name) => el("li", {}, name === "report.html" ? el("a", { href: fileOf(job.id, name), target: "_blank", rel: "noopener" }, "Report") : el("a", { href: fileOf(job.id, name), download: `${job.name}-${name}` }, name)))),
      el("h2", {}, "Figures"), pictures,
    );
    this.root.hidden = false;
    for (const name of job.figures ?? []) {
      const blob = await fetchFigure(job.id, name);
      if (this.shown !== job.id) return;
      const url = URL.createObjectURL(blob), words = name.replace(/\.svg$/, "").replaceAll("_", " ").replaceAll("-", " ");
      this.urls.push(url);
      pictures.append(el("figure", {}, el("img", { src: url, alt: `Figure of the report: ${words}. Its numbers are in the table and in the files.` }), el("figcaption", {}, words)));
    }
  }
}

/** @param {string[]} warnings */
function notice(warnings) {
  const [first, rest] = [warnings.slice(0, 2), warnings.slice(2)];
  return el("div", { class: "notice" }, ...first.map((text) => el("p", {}, text)), rest.length ? el("details", {}, el("summary", {}, `${rest.length} more`), ...rest.map((text) => el("p", {}, text))) : null);
}

/** Say the first endpoint of every arm in words. @param {Summary} summary @param {Choices} choices */
export function sentence(summary, choices) {
  const [first] = summary.arms[0].endpoints, people = summary.arms.reduce((sum, arm) => sum + arm.n, 0), lost = summary.failed ? `; ${summary.failed} could not be computed` : "";
  if (!first) return `${summary.study}: ${people} virtual patients in ${summary.arms.length} arms, and no endpoint was asked for${lost}.`;
  const values = summary.arms.slice(0, SHOWN_FIRST).map((arm) => `${arm.name} ${valueOf(arm.endpoints[0])}`), more = summary.arms.length - values.length;
  return `${nameOf(first, choices)}${dayOf(first)}, ${first.statistic} of ${summary.patients} virtual patients an arm: ${values.join("; ")}${more > 0 ? `; and ${more} more arms` : ""}${lost}.`;
}

/** @param {Summary} summary @param {Choices} choices */
function table(summary, choices) {
  const [first] = summary.arms, kinds = [...new Set(summary.arms.flatMap((arm) => arm.endpoints.map((row) => `${row.statistic} [${row.interval}]`)))];
  const body = first.endpoints.map((row, at) => el("tr", {}, el("th", { scope: "row" }, nameOf(row, choices), el("span", {}, dayOf(row))), ...summary.arms.map((arm) => el("td", {}, ...cell(arm.endpoints[at])))));
  return el("table", { class: "numbers" }, el("caption", {}, kinds.join("; ")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Endpoint"), ...summary.arms.map((arm) => el("th", { scope: "col" }, `${arm.name} (n = ${arm.n - arm.failed})`)))),
    el("tbody", {}, ...body));
}

/** @param {Row} row */
function cell(row) {
  const range = row.value !== null && row.lower !== null && row.upper !== null ? ` [${brief(row.lower)}, ${brief(row.upper)}]` : "";
  return [valueOf(row), range ? el("span", {}, range) : null];
}

/** @param {Row} row */
const valueOf = (row) => (row.value === null ? "–" : `${brief(row.value)}${row.unit === "1" ? "" : ` ${row.unit}`}`);

/** @param {Row} row @param {Choices} choices */
const nameOf = (row, choices) => choices.endpoints.find((one) => one.id === row.id)?.label ?? row.id;

/** @param {Row} row */
const dayOf = (row) => (row.day === null ? "" : ` on day ${row.day}`);

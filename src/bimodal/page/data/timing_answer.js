// @ts-check
// Shows an answer about timing: the verdict first, then figures, then numbers and warnings, in the words of the desk.
import { download, el } from "./dom.js";

/**
 * @typedef {import("./timing_api.js").Block} Block
 * @typedef {import("./timing_api.js").Assessed} Assessed
 * @typedef {import("./timing_api.js").Answer} Answer
 */

/** @param {Block} block */
export function shown(block) {
  if ("text" in block) return el("p", { class: block.tone === "warning" ? "notice" : block.tone === "soft" ? "hint" : null }, block.text.replace(/^(samples|level|warning) {2,}/, (_, word) => `${word[0].toUpperCase()}${word.slice(1)}: `));
  const cell = (/** @type {string} */ text, /** @type {number} */ at) => (at === 0 ? el("th", { scope: "row" }, text) : el("td", { class: block.right.includes(at) ? null : "words" }, text));
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": block.title },
    el("table", { class: "numbers" }, el("caption", {}, block.title),
      el("thead", {}, el("tr", {}, ...block.columns.map((name, at) => (name || at ? el("th", { scope: "col", class: block.right.includes(at) ? null : "words" }, name) : el("td", {}))))),
      el("tbody", {}, ...block.rows.map((row) => el("tr", {}, ...row.map(cell))))));
}

/** @param {import("./timing_api.js").Verdict} one @param {boolean} many */
const lead = (one, many) => [el("h2", {}, many ? one.label : "Verdict", el("span", { class: "tag" }, one.status.replaceAll("_", " ").toLowerCase())), el("p", { class: "headline" }, one.sentence)];

export class TimingAnswer {
  constructor() {
    this.root = el("section", { class: "timing-answer", "aria-label": "Answer", tabindex: -1, hidden: true });
    /** @type {string[]} */
    this.urls = [];
  }

  clear() {
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
    this.root.replaceChildren();
    this.root.hidden = true;
  }

  /** Show verdicts as soon as there are any; what belongs to them follows. @param {import("./timing_api.js").Verdict[]} verdicts */
  verdicts(verdicts) {
    if (!this.root.hidden) return;
    this.root.append(...verdicts.map((one) => el("article", { class: "timing-series" }, ...lead(one, verdicts.length > 1))));
    this.open();
  }

  /** Show series by series what was assessed. @param {Answer} answer */
  assessed(answer) {
    const before = !this.root.hidden;
    this.clear();
    const series = answer.series ?? [], many = series.length > 1;
    this.root.append(...series.map((one) => this.one(one, many)), this.files(answer, "assessment"));
    if (before) this.root.hidden = false; // it is being read: it stays where it stands
    else this.open();
  }

  /** Show what a calculator found. @param {Answer} answer @param {string} name */
  reckoned(answer, name) {
    this.clear();
    const blocks = answer.blocks ?? [], first = blocks.findIndex((one) => !("text" in one)), sentences = blocks.slice(0, first), rest = blocks.slice(first);
    this.root.append(...sentences.map((one) => el("p", { class: "headline" }, "text" in one ? one.text : "")), ...rest.map(shown), this.files(answer, name));
    this.open();
  }

  open() {
    this.root.hidden = false;
    this.root.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "start", behavior: "instant" });
  }

  /** @param {Assessed} one @param {boolean} many */
  one(one, many) {
    const name = one.label.replaceAll(" ", "-");
    return el("article", { class: "timing-series", "data-status": one.status },
      ...lead(one, many),
      el("div", { class: "trial-figures" }, ...one.figures.map((figure) => this.figure(figure, name))),
      one.key === null ? null : el("details", {}, el("summary", {}, "The key of the line-up (look at the line-up first)"), el("p", {}, one.key)),
      el("h3", {}, "Details"), ...one.numbers.map(shown), ...one.facts.map(shown),
      el("div", { class: "buttons" }, el("button", { type: "button", click: () => download(new Blob([one.report], { type: "text/html" }), `${name}-report.html`) }, many ? `Report of ${one.label}` : "Report (HTML)")));
  }

  /** @param {import("./timing_api.js").Figure} figure @param {string} name */
  figure(figure, name) {
    const blob = new Blob([figure.svg], { type: "image/svg+xml" }), url = URL.createObjectURL(blob);
    this.urls.push(url);
    return el("figure", {}, el("img", { src: url, alt: `${figure.title}. Its numbers stand under Details and in the JSON.` }),
      el("figcaption", {}, el("strong", {}, `${figure.title}. `), figure.caption, " ", el("button", { type: "button", class: "quiet", "aria-label": `Save as SVG: ${figure.title}`, click: () => download(blob, `${name}-${figure.name}.svg`) }, "SVG")));
  }

  /** @param {Answer} answer @param {string} name */
  files(answer, name) {
    return el("div", { class: "buttons" }, el("button", { type: "button", click: () => download(new Blob([answer.json], { type: "application/json" }), `${name}.json`) }, "Answer as JSON"), el("button", { type: "button", click: () => print() }, "Print"));
  }
}

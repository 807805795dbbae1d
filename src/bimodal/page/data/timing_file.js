// @ts-check
// A table of CRP: chosen or dropped, what was understood of it, what is to be said of it, and its verdict.
import { el } from "./dom.js";
import { CodeBox } from "./view_code.js";
import { assessTable, readTable } from "./timing_api.js";
import { TimingAnswer } from "./timing_answer.js";
import { Work } from "./timing_work.js";
import { freshId } from "./view_fields.js";

/** @typedef {import("./timing_api.js").Reading} Reading */

const MOST_BYTES = 1_000_000, ROWS_SHOWN = 5;
const WORDS = /** @type {Record<string, string>} */ ({ zone: "Time zone of the clock", unit: "Unit of CRP", dates: "Order of dates", decimal: "Decimal mark", columns: "Columns with codes" });
const ANSWERS = /** @type {Record<string, string>} */ ({ "day-first": "day, month, year", "month-first": "month, day, year", comma: "decimal comma", point: "decimal point", patients: "yes, one patient each" });
const EXAMPLE = "date;time;CRP (mg/L)\n2026-01-05;08:10;14,2\n2026-01-06;08:05;<0,3\n";

/** The zones of this browser, its own first; none is chosen for a person. */
function zones() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone, all = Intl.supportedValuesOf("timeZone");
  const hours = Array.from({ length: 27 }, (_, k) => k - 12).map((hour) => `${hour < 0 ? "-" : "+"}${String(Math.abs(hour)).padStart(2, "0")}:00`);
  return { "This computer": [own], "Offset from UTC": hours, Zones: all };
}

export class TimingFile {
  constructor() {
    /** @type {Blob | null} */
    this.table = null;
    /** @type {Record<string, string>} */
    this.said = {};
    this.turn = 0;
    const id = freshId(), hint = freshId();
    this.input = el("input", { type: "file", id, accept: ".csv,.tsv,.txt,text/csv", class: "unseen", "aria-describedby": hint, change: () => void this.take(this.input.files) });
    this.name = el("p", { class: "soft" });
    this.drop = el("div", { class: "timing-drop" }, this.input,
      el("p", {}, el("label", { for: id, class: "timing-choose" }, "Choose a CSV file"), " or drop it here."), this.name,
      el("p", { class: "hint", id: hint }, "Serial CRP with date, time and unit: separated by commas, semicolons or tabs; one row a sample, or one column a patient. Patients by codes of your own: no names, record numbers or birth dates. The table is held in memory while it is read, and nothing of it is kept."));
    for (const kind of ["dragenter", "dragover"]) this.drop.addEventListener(kind, (event) => (event.preventDefault(), this.drop.classList.add("over")));
    for (const kind of ["dragleave", "drop"]) this.drop.addEventListener(kind, () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => (event.preventDefault(), void this.take(event.dataTransfer?.files ?? null)));
    this.work = new Work();
    this.reading = el("section", { class: "timing-reading", "aria-label": "What was understood", hidden: true });
    this.fields = el("div", { class: "bar" });
    this.start = el("button", { type: "button", class: "trial-run", disabled: true, click: () => void this.assess() }, "Assess");
    this.answer = new TimingAnswer();
    this.code = new CodeBox();
    this.code.show("", "");
    this.root = el("div", { class: "timing-part" }, this.drop,
      el("details", {}, el("summary", {}, "How a table looks"), el("div", { class: "code" }, el("pre", { tabindex: 0, role: "region", "aria-label": "A table" }, EXAMPLE))),
      this.reading, this.work.root, this.answer.root, this.code.root);
  }

  /** @param {FileList | null} files */
  async take(files) {
    const file = files?.[0];
    if (!file) return;
    this.forget();
    this.name.textContent = file.name;
    if (files.length > 1) return this.work.say("Drop one file at a time.");
    if (file.size > MOST_BYTES) return this.work.say("The file is larger than 1 MB. A table of samples has a few kB: is it the right file?");
    this.table = file;
    await this.read();
  }

  forget() {
    this.turn++;
    this.table = null;
    this.said = {};
    this.reading.hidden = true;
    this.answer.clear();
    this.work.end();
    this.work.say("");
    this.start.disabled = true;
    this.code.show("", "");
  }

  async read() {
    const table = this.table, mine = ++this.turn;
    if (!table) return;
    this.start.disabled = true;
    this.work.end(); // what is being worked out is of the table as it was understood before
    this.answer.clear();
    try {
      const found = await readTable(table, this.said);
      if (mine !== this.turn) return;
      this.work.say("");
      this.show(found);
    } catch (fault) {
      if (mine !== this.turn) return;
      if (!Object.keys(this.said).length) this.reading.hidden = true;
      this.work.say(fault instanceof Error ? fault.message : "The file cannot be read.");
    } finally {
      this.input.value = ""; // the same file, mended, can be chosen again
    }
  }

  /** @param {Reading} found */
  show(found) {
    const focus = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.about : undefined;
    const asked = [...new Set([...found.questions.map((one) => one.about), ...Object.keys(this.said)])];
    const open = found.questions.filter((one) => !this.said[one.about]);
    this.fields.replaceChildren(...asked.map((about) => this.field(about, found)));
    const rows = found.rows.slice(0, ROWS_SHOWN), more = found.rows.length - rows.length;
    this.reading.replaceChildren(
      el("h2", {}, open.length ? "This file leaves something open" : "What was understood"),
      open.length ? el("div", { role: "status" }, el("ul", { class: "timing-open" }, ...open.map((one) => el("li", {}, `${one.what[0].toUpperCase()}${one.what.slice(1)}.`)))) : "",
      asked.length ? this.fields : "",
      el("dl", { class: "timing-facts" }, ...found.understood.flatMap(({ topic, words }) => [el("dt", {}, topic), el("dd", {}, words)])),
      open.length ? "" : el("details", { open: true }, el("summary", {}, `The table as it is used (${found.rows.length} rows)`), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The table as it is used" }, el("table", { class: "numbers timing-table" },
        el("thead", {}, el("tr", {}, ...found.columns.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((text) => el("td", {}, text))))))), more > 0 ? el("p", { class: "hint" }, `and ${more} more`) : null),
      el("div", { class: "bar" }, this.start, el("span", { class: "hint" }, open.length ? "Answer first what is open." : "A verdict takes seconds for 28 samples, half a minute for 100 or for many below the limit; the figures follow it.")));
    this.reading.hidden = false;
    this.start.disabled = open.length > 0;
    this.code.show(`bimodal timing assess FILE.csv${Object.entries(this.said).filter(([, value]) => value).map(([about, value]) => ` --${about} ${value}`).join("")} --json answer.json --out answer`, pythonOf(this.said));
    if (focus) /** @type {HTMLElement | null} */ (this.fields.querySelector(`[data-about=${focus}]`))?.focus();
  }

  /** @param {string} about @param {Reading} found */
  field(about, found) {
    const id = freshId(), options = found.questions.find((one) => one.about === about)?.options ?? [];
    const known = about === "zone" ? [] : options.length ? options : OPTIONS[about] ?? [];
    const select = el("select", { id, "data-about": about, change: () => {
      this.said = { ...this.said, [about]: select.value };
      if (!select.value) delete this.said[about];
      void this.read();
    } }, el("option", { value: "" }, "choose …"), ...known.map((one) => el("option", { value: one }, ANSWERS[one] ?? one)));
    if (about === "zone") select.append(...Object.entries(zones()).map(([label, names]) => el("optgroup", { label }, ...names.map((one) => el("option", { value: one }, one)))));
    select.value = this.said[about] ?? "";
    return el("div", { class: "field" }, el("label", { for: id }, WORDS[about] ?? about), select);
  }

  async assess() {
    const table = this.table, said = this.said;
    if (!table) return;
    this.answer.clear();
    this.start.disabled = true;
    const found = await this.work.run((signal, tell) => assessTable(table, said, signal, (done, total, what, verdicts) => {
      if (signal.aborted) return; // lines that were on their way
      tell(done, total, what);
      if (verdicts) this.answer.verdicts(verdicts);
    }));
    if (this.table === table && this.said === said) this.start.disabled = false;
    if (found) this.answer.assessed(found);
  }
}

const OPTIONS = /** @type {Record<string, string[]>} */ ({ unit: ["mg/L", "mg/dL"], dates: ["day-first", "month-first"], decimal: ["comma", "point"], columns: ["patients"] });

/** @param {Record<string, string>} said answers to what the table leaves open */
export function pythonOf(said) {
  const answers = Object.entries(said).filter(([, value]) => value).map(([about, value]) => `${about}=${JSON.stringify(value)}`).join(", ");
  return `from pathlib import Path
from bimodal.timing import assess
from bimodal.timing.layouts import read_layout
${answers && "from bimodal.timing.said import Said\n"}
layout = read_layout(Path("FILE.csv").read_bytes(), "FILE.csv"${answers && `, said=Said(${answers})`})
for series in layout.answered():
    print(assess(series).sentence)`;
}

// @ts-check
// Says in words what was published, what was simulated and how many of the numbers agree. No DOM.
import { brief, dayText, times, unitText } from "./numbers.js";

/**
 * @typedef {import("./bundle").EvidenceRow} EvidenceRow
 * @typedef {import("./bundle").EvidencePrediction} EvidencePrediction
 * @typedef {import("./words.js").Words} Words
 * @typedef {{scored: number, inside: number, outside: number, open: number, factor: number, compared: number}} Count
 */

const REDUCED = { peak: "highest", min: "lowest", mean: "mean", change: "change", rise: "largest rise", fall: "largest fall", ratio: "ratio of end to start", percent: "change in %", area: "area" };

/** @param {EvidenceRow} row */
const isShare = (row) => row.statistic === "proportion" && row.unit === "1";

/** @param {EvidenceRow} row @param {number} value */
const bare = (row, value) => brief(isShare(row) ? 100 * value : value);

/** @param {EvidenceRow} row */
function unitOf(row) {
  const unit = isShare(row) ? "%" : unitText(row.unit);
  return unit && ` ${unit}`;
}

/** Write what was published. @param {EvidenceRow} row */
export function publishedText(row) {
  const unit = unitOf(row), [low, high] = row.band ?? [NaN, NaN];
  if (row.kind === "direction") return row.published > 0 ? "rises" : "falls";
  if (row.kind === "ordering") return row.published > 0 ? "first arm higher" : "first arm lower";
  if (row.kind === "at_least") return `at least ${bare(row, low)}${unit}`;
  if (row.kind === "at_most") return `at most ${bare(row, high)}${unit}`;
  return `${bare(row, row.published)}${unit}`;
}

/** Write the interval a simulated value must lie in; empty where only a sign is asked for. @param {EvidenceRow} row */
export function bandText(row) {
  return row.band ? `${bare(row, row.band[0])} to ${bare(row, row.band[1])}${unitOf(row)}` : "";
}

/** Write what was simulated. @param {EvidenceRow} row */
export function simulatedText(row) {
  return row.simulated === undefined ? "–" : `${bare(row, row.simulated)}${unitOf(row)}`;
}

/** Write the interval of what was simulated; empty where there is none. @param {EvidenceRow} row */
export function spreadText(row) {
  const { simulated_lower: low, simulated_upper: high } = row;
  return low === undefined || high === undefined || low === high ? "" : `${bare(row, low)} to ${bare(row, high)}`;
}

/** Write the verdict, with the answer of a number that is not scored, so that no miss hides. @param {EvidenceRow} row */
export function verdictText(row) {
  const sets = row.share_of_sets === undefined ? "" : `, ${Math.round(100 * row.share_of_sets)} % of sets agree`;
  if (row.verdict !== "not scored" || row.within === undefined) return `${row.verdict}${sets}`;
  return `${row.within ? "inside" : "outside"}, not scored${sets}`;
}

/** Say when. @param {Pick<EvidenceRow, "time">} row */
export function whenText({ time }) {
  if (!time) return "";
  if ("day" in time) return time.day > 0 && time.day < 1 ? `hour ${brief(24 * time.day)}` : `day ${dayText(time.day)}`;
  const hours = time.to < 3, show = (/** @type {number} */ day) => brief(hours ? 24 * day : day);
  return `${REDUCED[time.reduce]}, ${hours ? "hours" : "days"} ${show(time.from)}–${show(time.to)}`;
}

/**
 * Count scored numbers; `factor` is the geometric mean of the factor between simulated and published over `compared` of them.
 * @param {EvidenceRow[]} rows
 * @returns {Count}
 */
export function count(rows) {
  const scored = rows.filter((row) => ["outside", "not evaluated", "not run", "inside"].includes(row.verdict)), errors = scored.flatMap((row) => (row.fold_error === undefined ? [] : [Math.log(row.fold_error)]));
  const of = (/** @type {string} */ verdict) => scored.filter((row) => row.verdict === verdict).length, inside = of("inside"), outside = of("outside");
  return { scored: scored.length, inside, outside, open: scored.length - inside - outside, factor: errors.length ? Math.exp(errors.reduce((sum, one) => sum + one, 0) / errors.length) : NaN, compared: errors.length };
}

/** Say how many numbers agree, those a fit has seen and those it has not apart. @param {EvidenceRow[]} rows @returns {Words} */
export function studyHeadline(rows) {
  const parts = /** @type {const} */ ([["calibration", "Calibration studies, which a fit may use"], ["validation", "Validation studies, held back"]]);
  const words = parts.flatMap(([role, name]) => {
    const found = count(rows.filter((row) => row.role === role));
    if (!found.scored) return [];
    /** @type {Words} */
    const said = [{ text: `${name}: ` }, { text: `${found.outside} of ${found.scored}`, strong: true }, { text: ` published numbers lie outside, ${found.inside} inside` }];
    for (const open of /** @type {const} */ (["not evaluated", "not run"])) {
      const many = rows.filter((row) => row.role === role && row.verdict === open).length;
      if (many) said.push({ text: `, ${many} ${open}` });
    }
    if (found.compared) said.push({ text: "; off by a factor of " }, { text: times(found.factor).replace("×", ""), strong: true }, { text: ` (geometric mean of ${found.compared})` });
    said.push({ text: ". " });
    return said;
  });
  return words.length ? words : [{ text: rows.length ? "None of these numbers is scored: they are compared or shown only." : "No published number is like that." }];
}

/** @param {EvidencePrediction[]} predictions @returns {Words} */
export function predictionHeadline(predictions) {
  const opened = predictions.filter((one) => one.observed), values = opened.flatMap((one) => one.observed ?? []), outside = values.filter((one) => !one.inside).length;
  return [
    { text: `${predictions.length} predictions were registered, dated and hashed before data were looked at. Of ${opened.length} that were opened, ` },
    { text: `${outside} of ${values.length}`, strong: true },
    { text: ` observed values lie outside what was predicted; ${predictions.length - opened.length} are not opened.` },
  ];
}

// @ts-check
// A figure with its title, its unit and a menu that saves it as SVG, PNG or CSV.
import { csvText } from "./chart_export.js";
import { download, el } from "./dom.js";

/**
 * @param {{key: string, title: string, unit: string, name: () => string, picture: (kind: "svg" | "png") => void, rows: () => (string | number)[][], wide?: boolean}} how
 * @returns {{figure: HTMLElement, host: HTMLElement, titled: (title: string) => void}}
 */
export function chartFigure({ key, title, unit, name, picture, rows, wide = false }) {
  const host = el("div", { class: "host" }), heading = el("h2", {}, title), summary = el("summary", { "aria-label": `Save ${title}` }, "Save");
  const item = (/** @type {string} */ text, /** @type {() => void} */ act) =>
    el("button", { type: "button", click: (/** @type {Event} */ event) => (act(), /** @type {HTMLElement} */ (event.target).closest("details")?.removeAttribute("open")) }, text);
  const csv = () => download(new Blob([csvText(rows())], { type: "text/csv" }), `${name()}.csv`);
  const menu = el("details", { class: "menu" }, summary, el("div", {}, item("SVG", () => picture("svg")), item("PNG", () => picture("png")), item("CSV", csv)));
  const figure = el("figure", { class: `chart${wide ? " wide" : ""}`, "data-chart": key }, el("figcaption", {}, heading, el("span", { class: "unit" }, unit), menu), host);
  const titled = (/** @type {string} */ words) => {
    heading.textContent = words;
    summary.setAttribute("aria-label", `Save ${words}`);
  };
  return { figure, host, titled };
}

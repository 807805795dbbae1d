// @ts-check
// Takes a chart out of the page: SVG and PNG at the size of a slide, the numbers as CSV.
import { Chart } from "./chart.js";
import { download, el, svg } from "./dom.js";

/** @typedef {{title: string, lines: string[], foot: string}} Caption what stands around an exported chart: scenario, warnings, intended use */

const WIDTH = 1280, HEIGHT = 720, UNIT = 1.55, SHARP = 2, LETTERS = 145; // SHARP: pixels for each point of a PNG
const PAINT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "opacity", "font-family", "font-weight"];

/**
 * Draw a chart again at 16:9 with its caption, every colour written into it.
 * @param {Chart} chart
 * @param {Caption} caption
 * @returns {string} an SVG file
 */
export function slide(chart, caption) {
  return framed(chart.host, caption, (bench, room) => {
    const made = new Chart(bench, { ...chart.options, onRead: undefined, fixed: { ...room, unit: UNIT } });
    if (chart.data) made.set(chart.data);
    const body = svg(null, "g");
    body.append(...made.root.children);
    return body;
  });
}

/** Put a drawing that has its own view box on a slide. @param {HTMLElement} host @param {Caption} caption */
function pictureSlide(host, caption) {
  return framed(host, caption, (_, { width, height }) => {
    const copy = /** @type {SVGElement} */ (host.querySelector("svg")?.cloneNode(true) ?? svg(null, "svg"));
    for (const [name, value] of Object.entries({ x: 0, y: 0, width, height })) copy.setAttribute(name, String(value));
    return copy;
  });
}

/**
 * @param {HTMLElement} host where styles hold
 * @param {Caption} caption
 * @param {(bench: HTMLElement, room: {width: number, height: number}) => SVGElement} drawn
 */
function framed(host, caption, drawn) {
  const lines = caption.lines.flatMap((text) => wrapped(text, LETTERS)), above = 64 + 24 * lines.length, room = { width: WIDTH - 48, height: HEIGHT - above - 40 }, bench = el("div", { class: "bench", "aria-hidden": "true" });
  host.append(bench);
  try {
    const body = drawn(bench, room);
    const page = svg(bench, "svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT });
    svg(page, "title", {}, caption.title);
    svg(page, "rect", { width: WIDTH, height: HEIGHT, class: "paper" });
    svg(page, "text", { x: 28, y: 44, class: "caption strong", "font-size": 26 }, caption.title);
    lines.forEach((text, i) => svg(page, "text", { x: 28, y: 74 + 24 * i, class: "caption", "font-size": 16 }, text));
    svg(page, "g", { transform: `translate(24 ${above})` }).append(body);
    svg(page, "text", { x: 28, y: HEIGHT - 16, class: "caption", "font-size": 13 }, caption.foot);
    paint(page);
    return new XMLSerializer().serializeToString(page);
  } finally {
    bench.remove();
  }
}

/**
 * Break a text at spaces into lines of at most so many letters.
 * @param {string} text
 * @param {number} most
 */
export function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1], longer = last ? `${last} ${word}` : word;
    if (longer.length <= most || !last) lines[lines.length - 1] = longer.slice(0, most);
    else lines.push(word.slice(0, most));
  }
  return lines;
}

/** @param {Element} root */
function paint(root) {
  for (const node of [root, ...root.querySelectorAll("*")]) {
    const style = getComputedStyle(node);
    for (const name of PAINT) {
      const value = style.getPropertyValue(name);
      if (value) node.setAttribute(name, value);
    }
  }
  for (const node of root.querySelectorAll("[class]")) node.removeAttribute("class");
}

/**
 * Save a chart as a slide.
 * @param {Chart} chart
 * @param {Caption} caption
 * @param {string} name
 * @param {"svg" | "png"} kind
 */
export function saveChart(chart, caption, name, kind) {
  return save(slide(chart, caption), name, kind);
}

/**
 * Save a drawing that is no chart of curves, such as a map.
 * @param {HTMLElement} host
 * @param {Caption} caption
 * @param {string} name
 * @param {"svg" | "png"} kind
 */
export function savePicture(host, caption, name, kind) {
  return save(pictureSlide(host, caption), name, kind);
}

/** @param {string} text @param {string} name @param {"svg" | "png"} kind */
async function save(text, name, kind) {
  const drawn = new Blob([text], { type: "image/svg+xml" });
  if (kind === "svg") return download(drawn, `${name}.svg`);
  const url = URL.createObjectURL(drawn);
  try {
    const image = new Image(WIDTH, HEIGHT);
    image.src = url;
    await image.decode();
    const canvas = el("canvas", { width: SHARP * WIDTH, height: SHARP * HEIGHT });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    if (blob) download(blob, `${name}.png`);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/**
 * Write rows as CSV that a spreadsheet cannot mistake for formulas.
 * @param {(string | number)[][]} rows
 */
export function csvText(rows) {
  return `${rows.map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/** @param {string | number} value */
function csvCell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/**
 * List what a chart shows, one row for each line and day.
 * @param {import("./chart.js").ChartData} data
 * @returns {(string | number)[][]}
 */
export function chartRows(data) {
  /** @type {(string | number)[][]} */
  const rows = [["series", "day", "value", "patients_5", "patients_95"]];
  for (const line of data.lines) {
    for (let i = 0; i < line.x.length; i++) rows.push([line.held ? `${line.name} (held ${line.held})` : line.name || line.id, line.x[i], line.y[i], "", ""]);
  }
  for (const band of data.bands) {
    if (band.kind !== "people") continue;
    const name = data.lines.find((line) => line.id === band.id)?.name || band.id;
    for (let i = 0; i < band.x.length; i++) rows.push([name, band.x[i], "", band.low[i], band.high[i]]);
  }
  return rows;
}

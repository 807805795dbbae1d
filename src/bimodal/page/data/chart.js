// @ts-check
// One chart in SVG: curves, bands, levels, doses and names at the ends of lines; colours come from the style sheet.
import { el, svg } from "./dom.js";
import { apart, areaOf, axisFor, dayTicks, pathOf, share, ticks, valueAt } from "./chart_scale.js";
import { dayText } from "./numbers.js";

/**
 * @typedef {import("./chart_scale.js").Values} Values
 * @typedef {{id: string, name: string, hue: string, x: Values, y: Values, held?: number, thin?: boolean}} Line
 * @typedef {{id: string, hue: string, x: Values, low: Values, high: Values, kind: "people" | "swing"}} Band
 * @typedef {{value: number, name: string, hue: string}} Level
 * @typedef {{window: [number, number], lines: Line[], bands: Band[], levels: Level[], doses: number[], courses: [number, number][], waiting: boolean}} ChartData
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} unit what the axis shows, in words
 * @property {import("./chart_scale.js").Kind} kind
 * @property {number} [floor] lowest value of a logarithmic axis
 * @property {(value: number) => string} say writes a value
 * @property {string} [xName] what the horizontal axis is, if not days
 * @property {(day: number | null, chart: Chart, event?: PointerEvent) => void} [onRead] a reader points at a day
 * @property {{width: number, height: number, unit: number}} [fixed] size in pixels, for export; else it follows its host
 */

const LAYERS = ["courses", "grid", "levels", "bands", "heldlines", "lines", "doses", "names", "cursor"];

export class Chart {
  /**
   * @param {HTMLElement} host
   * @param {ChartOptions} options
   */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    /** @type {ChartData | null} */
    this.data = null;
    /** @type {Map<string, SVGElement>} */
    this.paths = new Map();
    this.root = /** @type {SVGSVGElement} */ (svg(host, "svg", { role: "img", "aria-label": options.title, class: "plot" }));
    /** @type {Record<string, SVGElement>} */
    this.layers = {};
    for (const name of LAYERS) this.layers[name] = svg(this.root, "g", { class: name });
    this.framed = "";
    this.axis = axisFor(0, 1, options.kind, options);
    this.rungs = ticks(this.axis, 4);
    this.width = this.height = this.left = this.right = this.top = this.bottom = 0;
    this.unit = 1;
    this.measure();
    if (!options.fixed) this.watch();
  }

  watch() {
    new ResizeObserver(() => {
      if (this.measure()) this.draw();
    }).observe(this.host);
    const read = (/** @type {any} */ event) => this.options.onRead?.(this.dayUnder(event), this, event);
    this.root.addEventListener("pointermove", read);
    this.root.addEventListener("pointerdown", read);
    this.root.addEventListener("pointerleave", () => this.options.onRead?.(null, this));
    this.reader = el("input", { type: "range", class: "reader", min: 0, max: 200, value: 0, "aria-label": `${this.options.title}: read values at a day` });
    this.reader.addEventListener("input", () => this.readByKey());
    this.reader.addEventListener("focus", () => this.readByKey());
    this.reader.addEventListener("blur", () => this.options.onRead?.(null, this));
    this.host.append(this.reader);
  }

  readByKey() {
    if (!this.data || !this.reader) return;
    const [from, to] = this.data.window, day = from + (Number(this.reader.value) / 200) * (to - from);
    const rows = this.rows(day).map((row) => `${row.name} ${row.text}`);
    this.reader.setAttribute("aria-valuetext", `${this.options.xName ?? "day"} ${dayText(day)}: ${rows.join(", ")}`);
    this.options.onRead?.(day, this);
  }

  /** Follow the size of the host; say whether anything changed. */
  measure() {
    const { fixed } = this.options;
    if (!fixed && !this.host.isConnected) return false; // the page has gone on to another model
    const unit = fixed?.unit ?? parseFloat(getComputedStyle(this.host).fontSize) / 14;
    const width = Math.max(220, fixed?.width ?? this.root.clientWidth), height = Math.max(120, fixed?.height ?? this.root.clientHeight);
    if (width === this.width && height === this.height && unit === this.unit) return false;
    Object.assign(this, { width, height, unit });
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    return true;
  }

  /** @param {ChartData} data */
  set(data) {
    this.data = data;
    this.draw();
  }

  /** @param {number} day */
  X(day) {
    const [from, to] = this.data?.window ?? [0, 1];
    return this.left + ((day - from) / (to - from)) * (this.right - this.left);
  }

  /** @param {number} value */
  Y(value) {
    return this.bottom - share(this.axis, value) * (this.bottom - this.top);
  }

  draw() {
    if (!this.data || !this.width) return;
    const { lines, bands, doses, window, waiting } = this.data, used = new Set();
    this.fit();
    const place = /** @type {const} */ ([(/** @type {number} */ x) => this.X(x), (/** @type {number} */ y) => this.Y(y), window]);
    const keep = (/** @type {string} */ layer, /** @type {string} */ id, /** @type {string} */ look, /** @type {string} */ d) => {
      let path = this.paths.get(id);
      if (!path) this.paths.set(id, (path = svg(this.layers[layer], "path")));
      path.setAttribute("class", look);
      path.setAttribute("d", d);
      used.add(id);
    };
    for (const band of bands) keep("bands", `band ${band.id}`, `band ${band.kind} hue-${band.hue}`, areaOf(band.x, band.low, band.high, ...place));
    for (const line of lines) {
      const look = `line hue-${line.hue}${line.thin ? " thin" : ""}${line.held ? ` held held-${line.held}` : ""}`;
      keep(line.held ? "heldlines" : "lines", `line ${line.id}`, look, pathOf(line.x, line.y, ...place));
    }
    const seen = doses.filter((day) => day >= window[0] && day <= window[1]), tick = 5 * this.unit;
    keep("doses", "doses", "dose", seen.map((day) => `M${this.X(day).toFixed(1)},${this.bottom}v${-tick}`).join(""));
    for (const [id, path] of this.paths) {
      if (used.has(id)) continue;
      path.remove();
      this.paths.delete(id);
    }
    this.root.classList.toggle("waiting", waiting);
    this.root.setAttribute("aria-label", this.description());
    this.reader?.setAttribute("aria-valuetext", this.description());
  }

  /** Choose margins and axis, and redraw what stands still while a curve moves only where it changed. */
  fit() {
    const data = /** @type {ChartData} */ (this.data), { lines, bands, levels, window, courses } = data, { unit, options } = this;
    const names = [...levels.map((level) => level.name), ...lines.filter((line) => !line.held).map((line) => line.name)];
    const letters = names.reduce((most, name) => Math.max(most, name.length), 0);
    this.right = this.width - (letters ? (letters * 6.3 + 12) * unit : 10 * unit);
    this.top = 8 * unit;
    this.bottom = this.height - 22 * unit;
    let low = Infinity, high = -Infinity;
    const see = (/** @type {Values} */ x, /** @type {Values} */ y) => {
      for (let i = 0; i < y.length; i++) {
        if (x[i] < window[0] || x[i] > window[1] || !(options.kind === "linear" || y[i] > 0)) continue;
        if (y[i] < low) low = y[i];
        if (y[i] > high) high = y[i];
      }
    };
    for (const line of lines) see(line.x, line.y);
    for (const band of bands) {
      see(band.x, band.low);
      see(band.x, band.high);
    }
    for (const level of levels) {
      if (options.kind !== "log" && level.value > 2 * high) continue;
      low = Math.min(low, level.value);
      high = Math.max(high, level.value);
    }
    this.axis = axisFor(low, high, options.kind, options);
    this.rungs = ticks(this.axis, this.bottom - this.top > 230 * unit ? 7 : 4);
    this.left = (14 + 6.7 * Math.max(3.5, ...this.rungs.map((tick) => tick.text.length))) * unit;
    const frame = JSON.stringify([this.axis, window, this.width, this.height, this.right, unit, levels, courses]);
    if (frame !== this.framed) {
      this.framed = frame;
      this.drawFrame(data);
    }
    this.drawNames(data);
  }

  /** @param {ChartData} data */
  drawFrame({ window, levels, courses }) {
    const { unit, layers } = this;
    for (const name of ["courses", "grid", "levels"]) layers[name].replaceChildren();
    for (const [start, end] of courses) {
      const x = this.X(Math.max(start, window[0])), width = this.X(Math.min(end, window[1])) - x;
      if (width > 0) svg(layers.courses, "rect", { x, y: this.top, width, height: this.bottom - this.top });
    }
    for (const tick of this.rungs) {
      const y = this.Y(tick.value);
      svg(layers.grid, "line", { x1: this.left, x2: this.right, y1: y, y2: y, class: this.axis.kind === "fold" && tick.value === 1 ? "own" : null });
      svg(layers.grid, "text", { x: this.left - 6 * unit, y: y + 3.8 * unit, "text-anchor": "end", "font-size": 11 * unit }, tick.text);
    }
    const most = (this.right - this.left) / (58 * unit), along = this.options.xName ? ticks({ low: window[0], high: window[1], kind: "linear" }, most) : dayTicks(window[0], window[1], most);
    for (const tick of along) {
      svg(layers.grid, "text", { x: this.X(tick.value), y: this.bottom + 15 * unit, "text-anchor": "middle", "font-size": 11 * unit }, tick.text);
    }
    for (const level of levels) {
      if (level.value < this.axis.low || level.value > this.axis.high) continue;
      const y = this.Y(level.value);
      svg(layers.levels, "line", { x1: this.left, x2: this.right, y1: y, y2: y, class: `level hue-${level.hue}` });
    }
  }

  /** @param {ChartData} data */
  drawNames({ lines, levels, window }) {
    const rows = [
      ...levels.filter((level) => level.value >= this.axis.low && level.value <= this.axis.high).map(({ name, hue, value }) => ({ name, hue, y: this.Y(value), soft: true })),
      ...lines.filter((line) => line.name && !line.held).map(({ name, hue, x, y }) => ({ name, hue, y: this.Y(valueAt(x, y, window[1])), soft: false })),
    ];
    const places = apart(rows.map((row) => row.y), 12.5 * this.unit, [this.top, this.bottom]);
    this.layers.names.replaceChildren();
    rows.forEach((row, i) => {
      svg(this.layers.names, "text", { x: this.right + 6 * this.unit, y: places[i] + 4 * this.unit, class: `name hue-${row.hue}${row.soft ? " soft" : ""}`, "font-size": 11.5 * this.unit }, row.name);
    });
  }

  /** @param {PointerEvent} event */
  dayUnder(event) {
    if (!this.data) return null;
    const box = this.root.getBoundingClientRect(), [from, to] = this.data.window;
    const x = ((event.clientX - box.left) / box.width) * this.width, day = from + ((x - this.left) / (this.right - this.left)) * (to - from);
    return day >= from && day <= to ? day : null;
  }

  /**
   * Mark a day on the chart, or none.
   * @param {number | null} day
   */
  cursor(day) {
    this.layers.cursor.replaceChildren();
    if (day === null || !this.data) return;
    const { window, lines } = this.data;
    if (day < window[0] || day > window[1]) return;
    const x = this.X(day);
    svg(this.layers.cursor, "line", { x1: x, x2: x, y1: this.top, y2: this.bottom });
    for (const line of lines) {
      const value = valueAt(line.x, line.y, day);
      if (!line.held && Number.isFinite(value)) svg(this.layers.cursor, "circle", { cx: x, cy: this.Y(value), r: 3.4 * this.unit, class: `hue-${line.hue}` });
    }
  }

  /**
   * List the values at a day, with the band of people where it is drawn.
   * @param {number} day
   * @returns {{name: string, hue: string, text: string}[]}
   */
  rows(day) {
    if (!this.data) return [];
    const { say } = this.options, { lines, bands } = this.data;
    return lines.filter((line) => !line.held).map((line) => {
      const band = bands.find((one) => one.kind === "people" && one.id === line.id);
      const range = band ? ` (${say(valueAt(band.x, band.low, day))} to ${say(valueAt(band.x, band.high, day))})` : "";
      return { name: line.name || this.options.title, hue: line.hue, text: say(valueAt(line.x, line.y, day)) + range };
    });
  }

  /** Say in words what the chart shows, for those who do not see it. */
  description() {
    if (!this.data) return this.options.title;
    const { say, title, unit, xName = "day" } = this.options, at = (/** @type {number} */ x) => `${xName} ${dayText(x)}`, [from, to] = this.data.window;
    const told = this.data.lines.filter((line) => !line.held).map((line) => {
      let top = -1;
      for (let i = 0; i < line.y.length; i++) if (line.x[i] >= from && line.x[i] <= to && (top < 0 || line.y[i] > line.y[top])) top = i;
      if (top < 0) return "";
      const [start, end] = [from, to].map((day) => say(valueAt(line.x, line.y, day)));
      return `${line.name || title}: ${start} at ${at(from)}, highest ${say(line.y[top])} at ${at(line.x[top])}, ${end} at ${at(to)}.`;
    });
    const levels = this.data.levels.map((level) => `${level.name}: ${say(level.value)}.`);
    return [`${title}, ${unit}.`, ...told, ...levels].join(" ");
  }
}

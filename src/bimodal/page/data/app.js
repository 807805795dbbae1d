// @ts-check
// Starts the page: reads the bundle, the link and the reader's wishes, and gives each view its place.
import { el, copyText } from "./dom.js";
import { Pool } from "./pool.js";
import { Session } from "./session.js";
import { readLink, usualState, writeLink } from "./state.js";
import { Explore } from "./view_explore.js";
import { DoseMap } from "./view_map.js";
import { header, introduction } from "./app_shell.js";

/**
 * @typedef {import("./bundle").Bundle} Bundle
 * @typedef {import("./state.js").State} State
 * @typedef {import("./view_explore.js").Context} Context
 * @typedef {{root: HTMLElement, update: (shown: boolean) => void, beginWith?: (study: string | import("./trials_api.js").Study) => void}} View
 * @typedef {{name: string, words: string, server?: boolean, runs?: boolean, wanted?: (bundle: Bundle) => boolean, make: (context: Context) => View}} More a view beside Explore and Map
 */

const LINK_MS = 300;
const OWN = [["explore", "Explore"], ["map", "Map"]];

/**
 * Build the page inside its element.
 * @param {HTMLElement} root
 * @param {Bundle} bundle
 * @param {string} code of the worker
 * @param {More[]} given
 */
function build(root, bundle, code, given) {
  const panel = root.dataset.mode === "panel", usual = usualState(bundle, panel), more = given.filter(({ wanted }) => wanted?.(bundle) ?? true), tabs = [...OWN, ...more.map(({ name, words }) => [name, words])], names = tabs.map(([name]) => name);
  const found = panel ? { state: usual, problems: [] } : readLink(location.hash, bundle, usual, names);
  let state = found.state, timer = 0, written = "";
  /** @type {{total: number, solve: number}[]} */
  const paints = [];
  const pool = new Pool(bundle, code, navigator.hardwareConcurrency || 2);
  const session = new Session(bundle, pool, (result, input) => {
    explore.arrived(result);
    if (input !== null) painted(input, result.ms);
  });

  /** Note how long a move took to reach the screen. @param {number} input @param {number} solve */
  const painted = (input, solve) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel(); // its message comes after the frame
      port1.onmessage = () => {
        paints.push({ total: performance.now() - input, solve });
        if (paints.length > 500) paints.shift();
        root.dataset.paint = String(Math.round(performance.now() - input));
      };
      port2.postMessage(0);
    });

  /** @param {Partial<State>} part @param {number | null} [input] */
  const change = (part, input = null) => {
    state = { ...state, ...part };
    update(input);
    if (panel) return;
    clearTimeout(timer);
    timer = window.setTimeout(writeHash, LINK_MS);
  };
  const writeHash = () => {
    written = `#${writeLink(state)}`;
    history.replaceState(null, "", written);
  };
  const runner = more.find(({ runs }) => runs)?.name;
  const openStudy = runner ? (/** @type {string | import("./trials_api.js").Study} */ study) => {
    others.find(({ name }) => name === runner)?.view.beginWith?.(study);
    change({ tab: runner });
  } : null;
  const context = { bundle, session, state: () => state, change, openStudy };
  const explore = new Explore(context), map = panel ? null : new DoseMap(context);
  const message = el("div", { class: "notice", role: "alert", hidden: true });
  const say = (/** @type {string[]} */ problems) => {
    message.hidden = !problems.length;
    message.replaceChildren(...problems.map((text) => el("p", {}, text)));
  };
  const others = more.map(({ name, make }) => ({ name, view: make(context) }));
  const views = [explore.root, ...(map ? [map.root] : []), ...others.map(({ view }) => view.root)];
  const top = header(tabs, { title: bundle.title, go: (tab) => change({ tab }), copy: (button) => (writeHash(), void copyText(location.href, button)), root });

  /** @param {number | null} input */
  const update = (input) => {
    if (!panel) top.show(state.tab);
    explore.root.hidden = state.tab !== "explore";
    if (map) map.root.hidden = state.tab !== "map";
    for (const { name, view } of others) {
      view.root.hidden = state.tab !== name;
      view.update(state.tab === name);
    }
    explore.update(input);
    if (state.tab === "map") map?.update();
  };

  const main = el("main", { id: "bimodal-main", tabindex: -1 }, message, panel ? null : introduction(bundle), ...views);
  const foot = el("footer", {}, el("p", {}, bundle.intended_use), el("p", { class: "soft" }, `bimodal ${bundle.bimodal}. ${more.some(({ server }) => server) ? "Studies and timing are worked out by the server of this page; all else is computed here." : "Computed here: nothing leaves this page."}`));
  root.replaceChildren(...(panel ? [] : [el("a", { class: "skip", href: "#bimodal-main", click: (/** @type {Event} */ event) => (event.preventDefault(), main.focus()) }, "Skip to the result"), top.root]), main, foot);
  say(found.problems);
  update(null);
  if (panel) return;
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    const read = readLink(location.hash, bundle, usual, names);
    say(read.problems);
    state = read.state;
    update(null);
  });
}

/**
 * Start the page with Explore, Map and further views.
 * @param {More[]} more
 */
export function start(more) {
  const root = document.getElementById("bimodal"), text = document.getElementById("bimodal-bundle")?.textContent, code = document.getElementById("bimodal-worker")?.textContent;
  if (root && text && code) build(root, JSON.parse(text), code, more);
}

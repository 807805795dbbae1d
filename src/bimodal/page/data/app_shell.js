// @ts-check
// What stands around the views: name, tabs, link, light or dark, and the words of a first visit.
import { el, svg } from "./dom.js";

const SEEN = "bimodal-introduced", THEME = "bimodal-theme";

/** Ask the browser for something it kept; from a file it may keep nothing. @param {string} key */
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing is lost but the memory of a choice
  }
}

/**
 * Make the header of the page.
 * @param {string[][]} tabs name and words
 * @param {{title: string, root: HTMLElement, go: (tab: string) => void, copy: (button: HTMLElement) => void}} how
 */
export function header(tabs, { title, root, go, copy }) {
  const buttons = tabs.map(([name, words]) => el("button", { type: "button", role: "tab", "data-tab": name, click: () => go(name) }, words));
  const list = el("div", { role: "tablist", "aria-label": "Views", class: "tabs" }, ...buttons);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], now = buttons.findIndex((one) => one === document.activeElement);
    if (!step || now < 0) return;
    const next = buttons[(now + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
  const share = el("button", { type: "button", class: "share" }, "Copy link");
  share.addEventListener("click", () => copy(share));
  const theme = el("button", { type: "button", class: "theme" });
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => (theme.textContent = dark() ? "Light" : "Dark");
  const chosen = kept(THEME);
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    keep(THEME, root.dataset.theme);
    name();
  });
  name();
  const show = (/** @type {string} */ tab) => {
    for (const button of buttons) {
      const on = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(on));
      button.setAttribute("tabindex", on ? "0" : "-1");
    }
  };
  return { show, root: el("header", {}, el("h1", { class: "brand", title }, mark(), "bimodal"), list, el("div", { class: "tools" }, share, theme)) };
}

/** Two humps: a small one that comes early, a large one that comes with dose. */
function mark() {
  const root = svg(null, "svg", { viewBox: "0 0 40 20", class: "mark", "aria-hidden": "true" });
  svg(root, "path", { d: "M1 18.5C8 18.5 7 8 12 8s4 10.5 9 10.5", class: "hue-blue" });
  svg(root, "path", { d: "M15 18.5C23 18.5 22 1.5 28 1.5s5 17 11 17", class: "hue-vermilion" });
  return root;
}

/**
 * Explain the page in three sentences to who comes for the first time; null to who has read them.
 * @param {import("./bundle").Bundle} bundle
 */
export function introduction(bundle) {
  if (kept(SEEN)) return null;
  const people = Math.max(0, ...bundle.models.flatMap((model) => model.populations.map((one) => one.patients)));
  const file = bundle.models.every((model) => model.source === "file");
  const words = file ? ["This page carries a model and simulates it here, without a network.", "Change a parameter, or how long it runs, and every quantity follows.", "Hold a run to compare it with another, and copy the command that does the same on the desk."] : [
    "Choose a molecule, a regimen and who is treated, and this page simulates what IL-2, its signal and the cells do.",
    people ? `Lines are a typical patient; bands hold 5–95 % of ${people} virtual patients, who follow as soon as you let go.` : "Lines are the model's own course.",
    "Hold a scenario to compare it with another in the same people, and copy a link, a picture or the command to take it with you.",
  ];
  const box = el("aside", { class: "introduction", "aria-label": "What this page is" }, el("p", {}, words.join(" ")));
  const close = el("button", { type: "button" }, "Understood");
  close.addEventListener("click", () => {
    keep(SEEN, "yes");
    box.remove();
  });
  box.append(close);
  return box;
}

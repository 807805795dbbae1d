// @ts-check
// Makes elements. Text always enters as text, so nothing that a link or a file holds can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */

/**
 * Make an HTML element; a function is a listener, `true` an attribute without value, null and false none at all.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  dress(made, attributes);
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

/**
 * Make an SVG element inside another.
 * @param {Element | null} parent
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {string} [text]
 * @returns {SVGElement}
 */
export function svg(parent, tag, attributes = {}, text) {
  const made = document.createElementNS(SVG, tag);
  dress(made, attributes);
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

/** @param {Element} made @param {Attributes} attributes */
function dress(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Let a person keep a text: the clipboard where the browser allows it, else a selection to copy by hand.
 * @param {string} text
 * @param {HTMLElement} button says for a moment what happened
 */
export async function copyText(text, button) {
  const was = button.dataset.label ?? button.textContent ?? "";
  button.dataset.label = was;
  button.textContent = (await toClipboard(text)) ? "Copied" : "Not allowed here";
  setTimeout(() => (button.textContent = was), 1400);
}

/** @param {string} text */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el("textarea", { "aria-hidden": "true", class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

/**
 * Hand a file to the reader.
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const url = URL.createObjectURL(blob), link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

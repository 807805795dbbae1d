// @ts-check
// What is being worked out: how far it is, and a button that ends it.
import { el } from "./dom.js";

export class Work {
  constructor() {
    this.bar = el("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this.words = el("span", { class: "hint", role: "status" });
    this.stop = el("button", { type: "button", click: () => this.end() }, "Stop");
    this.doing = el("div", { class: "bar timing-work", hidden: true }, this.bar, this.words, this.stop);
    this.problem = el("div", { class: "notice where", role: "alert", hidden: true });
    this.root = el("div", { class: "timing-said" }, this.doing, this.problem);
    /** @type {AbortController | null} */
    this.control = null;
  }

  /** @param {string} words */
  say(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  end() {
    this.control?.abort();
    this.control = null;
    this.doing.hidden = true;
  }

  /**
   * Do something that takes a while; null if it was stopped or went wrong, which is then said.
   * @template T
   * @param {(signal: AbortSignal, tell: import("./timing_api.js").Tell) => Promise<T>} deed
   * @returns {Promise<T | null>}
   */
  async run(deed) {
    this.end();
    this.say("");
    const control = (this.control = new AbortController());
    this.doing.hidden = false;
    this.tell(0, 1, "starting");
    try {
      const found = await deed(control.signal, (done, total, what) => this.control === control && this.tell(done, total, what));
      return this.control === control ? found : null;
    } catch (fault) {
      if (this.control === control) this.say(fault instanceof Error ? fault.message : String(fault));
      return null;
    } finally {
      if (this.control === control) this.end();
    }
  }

  /** @param {number} done @param {number} total @param {string} what */
  tell(done, total, what) {
    this.bar.max = Math.max(1, total);
    if (done > 0) this.bar.value = done;
    else this.bar.removeAttribute("value"); // under way, nobody knows how far
    const words = total > 1 ? `${what}: ${done} of ${total}` : what;
    if (this.words.textContent !== words) this.words.textContent = words;
  }
}

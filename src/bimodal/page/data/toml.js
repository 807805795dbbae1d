// @ts-check
// Reads and writes drug files: TOML without dates. What stands in a file is data; no key of it can reach an object's own.

/** @typedef {{[key: string]: any}} Table */

const DEEPEST = 8, MOST_VALUES = 5000;
const BARE = /[A-Za-z0-9_-]+/y, NUMBER = /[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?(?![\w.:+-])/y;
const ESCAPES = /** @type {Record<string, string>} */ ({ b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" });
const WHOLE = ["schema", "valency"];

/** A text that is not TOML, with its line. */
export class TomlFault extends Error {}

/**
 * Read TOML into tables that inherit nothing.
 * @param {string} text
 * @returns {Table}
 */
export function readToml(text) {
  return new Reader(text).document();
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text.replace(/^\ufeff/, "").replace(/\r\n/g, "\n");
    this.at = 0;
    this.count = 0;
    /** @type {Set<Table>} tables that a header has opened, or keys with points under an earlier one: no header opens them again */
    this.closed = new Set();
    /** @type {Set<Table>} tables that keys with points have made under this header */
    this.dotted = new Set();
    /** @type {Set<Table>} tables that stand on one line: nothing is added to them */
    this.whole = new Set();
  }

  /** @param {string} what @returns {never} */
  fail(what) {
    const line = this.text.slice(0, this.at).split("\n").length;
    throw new TomlFault(`not TOML, line ${line}: ${what}`);
  }

  document() {
    const root = table();
    let now = root;
    for (;;) {
      this.blank(true);
      if (this.at >= this.text.length) return root;
      if (this.take("[")) {
        if (this.take("[")) this.fail("a drug file has no lists of tables");
        const path = this.path();
        for (const made of this.dotted) this.closed.add(made);
        this.dotted.clear();
        if (!this.take("]")) this.fail("expected ] after the name of a table");
        now = this.enter(root, path);
        if (this.closed.has(now)) this.fail(`the table ${path.join(".")} stands there twice`);
        this.closed.add(now);
      } else this.pair(now, 0);
      this.lineEnd();
    }
  }

  /** @param {Table} where @param {string[]} path @param {boolean} [dotted] whether a key with points leads there @returns {Table} */
  enter(where, path, dotted = false) {
    if (path.length > DEEPEST) this.fail("tables are nested too deeply");
    for (const key of path) {
      where[key] ??= table();
      where = where[key];
      if (where === null || typeof where !== "object" || Array.isArray(where)) this.fail(`${key} is no table`);
      if (this.whole.has(where) || (dotted && this.closed.has(where))) this.fail(`the table ${key} is closed`);
      if (dotted) this.dotted.add(where);
    }
    return where;
  }

  /** @param {Table} where @param {number} depth */
  pair(where, depth) {
    const path = this.path(), last = /** @type {string} */ (path.pop()), owner = this.enter(where, path, true);
    if (!this.take("=")) this.fail("expected = after a key");
    if (last in owner) this.fail(`${last} stands there twice`);
    owner[last] = this.value(depth);
  }

  path() {
    const keys = [];
    do {
      this.blank(false);
      const mark = this.text[this.at];
      if (mark === '"' || mark === "'") keys.push(this.line());
      else keys.push(this.match(BARE) ?? this.fail("expected a key"));
      this.blank(false);
    } while (this.take("."));
    return keys;
  }

  /** @param {number} depth @returns {any} */
  value(depth) {
    this.blank(false);
    if (++this.count > MOST_VALUES || depth > DEEPEST) this.fail("there is too much in it");
    const mark = this.text[this.at];
    if (mark === '"' || mark === "'") return this.text.startsWith(mark.repeat(3), this.at) ? this.block(mark.repeat(3)) : this.line();
    if (mark === "{") return this.inline(depth);
    if (mark === "[") return this.list(depth);
    for (const [word, is] of /** @type {[string, any][]} */ ([["true", true], ["false", false], ["inf", Infinity], ["+inf", Infinity], ["-inf", -Infinity], ["nan", NaN], ["+nan", NaN], ["-nan", NaN]])) if (this.text.startsWith(word, this.at)) return (this.at += word.length), is;
    const number = this.match(NUMBER);
    return number === null ? this.fail("expected a value: a number, a text in quotes or a table") : Number(number.replaceAll("_", ""));
  }

  /** @param {number} depth */
  inline(depth) {
    const made = table();
    this.at++;
    this.blank(false);
    if (!this.take("}")) {
      do this.pair(made, depth + 1);
      while ((this.blank(false), this.take(",")));
      if (!this.take("}")) this.fail("expected } after a table on one line");
    }
    this.whole.add(made);
    return made;
  }

  /** @param {number} depth */
  list(depth) {
    const made = [];
    this.at++;
    for (this.blank(true); !this.take("]"); this.blank(true)) {
      made.push(this.value(depth + 1));
      this.blank(true);
      if (!this.take(",") && this.text[this.at] !== "]") this.fail("expected , or ] in a list");
    }
    return made;
  }

  /** A text on one line. */
  line() {
    const mark = this.text[this.at++];
    let made = "";
    for (;;) {
      const letter = this.text[this.at];
      if (letter === undefined || letter === "\n") this.fail("a text does not end on its line");
      this.at++;
      if (letter === mark) return made;
      if (letter !== "\t" && (letter < " " || letter === "\u007f")) this.fail("a text holds a control character");
      made += letter === "\\" && mark === '"' ? this.escape() : letter;
    }
  }

  /** A text over several lines. @param {string} mark */
  block(mark) {
    this.at += 3;
    this.take("\n");
    let made = "";
    for (;;) {
      if (this.at >= this.text.length) this.fail("a text does not end");
      if (this.text.startsWith(mark, this.at)) {
        let extra = 0; // up to two quotes may stand before the closing three
        while (extra < 2 && this.text[this.at + 3 + extra] === mark[0]) extra++;
        this.at += 3 + extra;
        return made + mark[0].repeat(extra);
      }
      const letter = this.text[this.at++];
      if (letter !== "\t" && letter !== "\n" && (letter < " " || letter === "\u007f")) this.fail("a text holds a control character");
      if (letter !== "\\" || mark[0] === "'") made += letter;
      else if (/^[ \t]*\n/.test(this.text.slice(this.at, this.at + 200))) this.at += /** @type {RegExpExecArray} */ (/^\s*/.exec(this.text.slice(this.at)))[0].length;
      else made += this.escape();
    }
  }

  escape() {
    const letter = this.text[this.at++], size = letter === "u" ? 4 : letter === "U" ? 8 : 0;
    if (!size) return ESCAPES[letter] ?? this.fail("an escape of this kind is not known");
    const digits = this.text.slice(this.at, this.at + size), code = /^[0-9A-Fa-f]+$/.test(digits) && digits.length === size ? parseInt(digits, 16) : NaN;
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) this.fail("an escape is no character");
    this.at += size;
    return String.fromCodePoint(code);
  }

  /** @param {RegExp} pattern sticky */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  /** @param {string} mark */
  take(mark) {
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  /** @param {boolean} lines whether line ends and comments are passed too */
  blank(lines) {
    this.match(lines ? /(?:[ \t\n]+|#[^\n]*)*/y : /[ \t]*/y);
  }

  lineEnd() {
    this.match(/[ \t]*(?:#[^\n]*)?/y);
    if (this.at < this.text.length && !this.take("\n")) this.fail("expected the end of the line");
  }
}

/** @returns {Table} */
export function table() {
  return Object.create(null);
}

/**
 * Write tables as TOML, numbers and words of a table before the tables in it.
 * @param {Table} content
 * @param {string} head a comment to begin with
 */
export function writeToml(content, head = "") {
  return `${head ? `# ${head}\n` : ""}${tableText(content, [])}`;
}

/** @param {Table} content @param {string[]} path @returns {string} */
function tableText(content, path) {
  const entries = Object.entries(content), isTable = (/** @type {any} */ value) => typeof value === "object" && value !== null;
  const own = entries.filter(([, value]) => !isTable(value)).map(([key, value]) => `${keyText(key)} = ${typeof value === "number" ? numberToml(value, WHOLE.includes(key)) : typeof value === "boolean" ? value : quoted(String(value))}\n`);
  const title = path.length && own.length ? `\n[${path.map(keyText).join(".")}]\n` : "";
  return title + own.join("") + entries.filter(([, value]) => isTable(value)).map(([key, value]) => tableText(value, [...path, key])).join("");
}

/** @param {string} key */
function keyText(key) {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

/** @param {number} value @param {boolean} whole */
function numberToml(value, whole) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const text = String(value);
  return whole || /[.e]/.test(text) ? text : `${text}.0`;
}

/** @param {string} text */
function quoted(text) {
  const whole = text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
  return JSON.stringify(whole).replaceAll("\u007f", "\\u007f");
}

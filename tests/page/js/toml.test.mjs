import assert from "node:assert/strict";
import { test } from "node:test";
import { readToml } from "../../../src/bimodal/page/data/toml.js";

const plain = (text) => JSON.parse(JSON.stringify(readToml(text)));

test("tables that tomllib takes for closed are closed", () => {
  const refused = ["a={b=1}\n[a.c]", "a.b=1\n[a]", "[a]\nb.c=1\n[a.b]", "[a.b]\n[a]\nb.c=1", "[a.b]\n[a]\nb.c.d=1", "a={}\n[a]", "a={b={}}\n[a.b.c]", "a={b.c=1}\na.b.d=1", "a={b={c=1},b.d=2}", "[a]\n[a.b]\n[a]", "a.b.c=1\n[a.b]", "a=1\n[a.b]", "[x]\na={b=1}\na.c=2", "a=[{b=1}]\n[a.c]"];
  for (const text of refused) assert.throws(() => readToml(text), /not TOML, line \d/, text);
});

test("tables that tomllib takes for open are open", () => {
  assert.deepEqual(plain("a.b=1\n[a.c]"), { a: { b: 1, c: {} } });
  assert.deepEqual(plain("[a.b]\nx=1\n[a]\ny=1"), { a: { b: { x: 1 }, y: 1 } });
  assert.deepEqual(plain("[a]\nb.c=1\n[a.b.d]"), { a: { b: { c: 1, d: {} } } });
  assert.deepEqual(plain("a.b=1\na.c=2"), { a: { b: 1, c: 2 } });
  assert.deepEqual(plain("a={b.c=1,b.d=2}"), { a: { b: { c: 1, d: 2 } } });
  assert.deepEqual(plain("[a.b.c]\n[a]\nb.x=1"), { a: { b: { c: {}, x: 1 } } });
  assert.deepEqual(plain("[a.b]\n[c]\n[a]\nz=1\n[a.d]"), { a: { b: {}, z: 1, d: {} }, c: {} });
});

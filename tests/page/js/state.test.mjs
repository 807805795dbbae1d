import assert from "node:assert/strict";
import { test } from "node:test";
import { readLink, scenarioKey, usualState, writeLink } from "../../../src/bimodal/page/data/state.js";

const model = (id, more = {}) => ({ id, populations: [{ cohort: "healthy" }, { cohort: "sle" }], drugs: { aldesleukin: {}, rapamycin: {} }, parameters: [{ id: "treg_loss", settable: true }, { id: "volume", settable: false }], ...more });
const bundle = { models: [model("human"), model("human_oncology", { populations: [{ cohort: "melanoma" }] })], drugs: [{ id: "aldesleukin" }, { id: "rapamycin" }], cells: [{ id: "treg" }, { id: "cd8" }], study: null, scenarios: [{ name: "Low", model: "human", cohort: "healthy", drug: "aldesleukin", regimen: "1 MIU/m2 SC daily for 28 days" }] };
const TABS = ["explore", "map"];
const read = (hash) => readLink(hash, bundle, usualState(bundle), TABS);

test("a state survives its own link", () => {
  const state = {
    ...usualState(bundle), tab: "map", span: "first", days: [0.5, 7, 56], above: 3, band: "sets", map: "molecule",
    scenario: { name: "", model: "human", cohort: "sle", drug: "aldesleukin", regimen: "0.5 MIU/m2 SC tiw for 84 days", follow_up_days: 14, partner: [{ drug: "rapamycin", regimen: "2 mg PO daily for 7 days" }], set: { treg_loss: 0.01 } },
    held: [{ name: "", model: "human_oncology", cohort: "melanoma", drug: "aldesleukin", regimen: "600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2" }],
  };
  const { state: back, problems } = read(`#${writeLink(state)}`);
  assert.deepEqual(problems, []);
  assert.deepEqual(back, state);
});

test("molecules beside each other survive their own link, the reader's among them", () => {
  const mine = 'schema = 1\nid = "mine"\nname = "Mine & yours = 1"\nbase = "v91k-fc"\n\n[efficacy]\nvalue = 0.5\n';
  const molecules = { shown: ["*mine", "aldesleukin"], mine, regimen: "0.3 nmol IL-2/kg SC weekly for 28 days", cell: "cd8", equal: "exposure" };
  const { state, problems } = read(`#${writeLink({ ...usualState(bundle), molecules })}`);
  assert.deepEqual([state.molecules, problems], [molecules, []]);
  const long = writeLink({ ...usualState(bundle), molecules: { ...molecules, mine: "x".repeat(7000) } });
  assert.equal(new URLSearchParams(long).get("mine"), null, "what does not fit is left out, and the view says so");
});

test("a hostile link sets nothing beside", () => {
  const { state, problems } = read(`#${new URLSearchParams({ v: "1", beside: "__proto__,<b>,aldesleukin,aldesleukin", cell: "constructor", equal: "x", given: "a\u0000", mine: "x".repeat(6500) })}`);
  assert.deepEqual(state.molecules, { shown: ["aldesleukin"], mine: "", regimen: "", cell: "", equal: "dose" });
  assert.ok(problems.length === 5 && problems.every((text) => !text.includes("<")));
});

test("what is shown of the evidence survives its link, and only names of the bundle do", () => {
  const known = { ...bundle, evidence: { studies: ["koreth-2011"], models: ["human"], packed: "" } }, read = (hash) => readLink(hash, known, usualState(known), [...TABS, "evidence"]);
  const state = { ...usualState(known), tab: "evidence", scenario: { ...usualState(known).scenario, name: "" }, evidence: { list: "studies", study: "koreth-2011", role: "validation", verdict: "not run", model: "human" } };
  assert.deepEqual(read(`#${writeLink(state)}`), { state, problems: [] });
  const { state: back, problems } = read("#v=1&view=evidence&list=x&study=__proto__&role=%3Cb%3E&verdict=best&on=../mouse");
  assert.deepEqual([back.evidence, problems.length], [usualState(known).evidence, 5]);
});

test("an empty link is the usual state", () => {
  assert.deepEqual(read(""), { state: usualState(bundle), problems: [] });
});

test("links of another version or size are refused in words", () => {
  assert.match(read("#v=2&model=human").problems[0], /version 2/);
  assert.match(read("#model=human").problems[0], /unknown version/);
  assert.match(read(`#v=1&regimen=${"x".repeat(9000)}`).problems[0], /too long/);
});

test("a hostile link chooses nothing outside of the bundle and brings words only", () => {
  const evil = new URLSearchParams({ v: "1", model: "__proto__", cohort: "<img src=x onerror=alert(1)>", drug: "../../etc/passwd", days: "NaN,1e999", follow: "Infinity", above: "<b>", view: "constructor", show: "javascript:alert(1)", map: "x" });
  for (const text of ["__proto__=1", "treg_loss=NaN", "treg_loss=1e999", "volume=2", "treg_loss=1=2"]) evil.append("set", text);
  evil.append("with", "constructor:1 mg");
  const { state, problems } = read(`#${evil}`);
  assert.deepEqual(state, { ...usualState(bundle), scenario: { ...usualState(bundle).scenario, name: "" } });
  assert.ok(problems.length >= 3 && problems.length <= 5);
  assert.ok(problems.every((text) => !text.includes("<")), "no word of the link is repeated");
});

test("control characters and overlong regimens are not taken", () => {
  for (const regimen of ["1 MIU\u0000", "a".repeat(2500)]) {
    const { state, problems } = read(`#${new URLSearchParams({ v: "1", regimen })}`);
    assert.equal(state.scenario.regimen, bundle.scenarios[0].regimen);
    assert.equal(problems.length, 1);
  }
});

test("names do not make two scenarios of one", () => {
  const [one] = bundle.scenarios;
  assert.equal(scenarioKey(one), scenarioKey({ ...one, name: "other" }));
  assert.notEqual(scenarioKey(one), scenarioKey({ ...one, regimen: "none" }));
});

test("a report opens with its first arms held", () => {
  const arms = { ...bundle, study: { report_days: [28, 56] }, scenarios: ["a", "b", "c", "d", "e"].map((name) => ({ ...bundle.scenarios[0], name })) };
  const state = usualState(arms, true);
  assert.deepEqual([state.scenario.name, state.held.map((one) => one.name), state.days], ["a", ["b", "c", "d"], [28, 56]]);
});

"""A scenario in the page is that scenario on the desk: events, horizon, inputs, warnings, and the printed command."""

from __future__ import annotations

import json
import random
import re
import shlex

import numpy as np
import pytest
from browser_engine import run_node
from random_regimens import random_regimens

from bimodal.dosing import expand, parse_regimen
from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError
from bimodal.page.bundle import make_bundle
from bimodal.page.molecules import dose_units
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.amounts import dose_amounts
from bimodal.study.plan.grid import horizon_days
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.solver.events import build_events
from bimodal.study.verdict.outside import outside_warnings

_DRUGS = ("aldesleukin", "efavaleukin-alfa", "rezpegaldesleukin", "bempegaldesleukin", "rapamycin", "tofacitinib")
_COHORTS = ("healthy", "cgvhd")
_PATIENTS = 3


@pytest.fixture(scope="module")
def solver():
    return load_solver("human")


@pytest.fixture(scope="module")
def bundle_file(solver, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "bundle.json"
    molecules = [load_molecule(name) for name in _DRUGS]
    file.write_text(json.dumps(make_bundle([(solver, _COHORTS)], molecules, [], patients=_PATIENTS)))
    return file


def ask(bundle_file, rows):
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return [json.loads(line) for line in run_node("scenarios.mjs", str(bundle_file), given=lines).splitlines()]


def scenario(regimen, drug="aldesleukin", cohort="healthy", **more):
    return {"name": "x", "model": "human", "cohort": cohort, "drug": drug, "regimen": regimen, **more}


def readable(count, seed):
    """Draw regimens the parser reads, with few enough doses for a page."""
    found = []
    for text in random_regimens(3 * count, seed):
        try:
            if len(expand(parse_regimen(text)).doses) <= 300:
                found.append(text)
        except BimodalError:
            continue
    return found[:count]


def bodies(solver, bundle_file):
    """Give weight and area of the people of the bundle, the median person first."""
    (model,) = json.loads(bundle_file.read_text())["models"]
    return {
        p["cohort"]: {n: np.array([p["typical_body"][n], *p["body"][n]]) for n in ("weight_kg", "bsa_m2")}
        for p in model["populations"]
    }


def events_of(doses, molecule, body, solver):
    """Give the events of a person, or None for what the desk refuses."""
    try:
        amounts = [np.ravel(dose_amounts(dose, "nmol", molecule, body))[0] for dose in doses]
        return build_events(doses, np.array([amounts]), solver.ports(molecule))
    except BimodalError:
        return None


def test_a_thousand_scenarios_have_the_doses_of_the_desk(solver, bundle_file):
    draw = random.Random(5)
    units = {drug: set(dose_units(load_molecule(drug))) for drug in _DRUGS}
    rows = []
    for text in readable(1000, seed=23):
        takers = [drug for drug in _DRUGS if {phase.unit.symbol for phase in parse_regimen(text).phases} <= units[drug]]
        made = scenario(
            text, draw.choice(takers or _DRUGS), draw.choice(_COHORTS), follow_up_days=draw.choice((28, 0.0, 7.5))
        )
        who, days = draw.randrange(-1, _PATIENTS), draw.choice(([], [7, 28], [200.0]))
        rows.append({"scenario": made, "who": who, "days": days, "wanted": ["events"]})
    assert len(rows) == 1000
    people, system = bodies(solver, bundle_file), solver.model.system
    refused = 0
    for row, found in zip(rows, ask(bundle_file, rows), strict=True):
        asked, molecule = row["scenario"], load_molecule(row["scenario"]["drug"])
        schedule = expand(parse_regimen(asked["regimen"]))
        own = {name: sizes[[row["who"] + 1]] for name, sizes in people[asked["cohort"]].items()}
        events = events_of(schedule.doses, molecule, own, solver)
        assert ("fault" in found) == (events is None), asked
        if events is None:
            refused += 1
            continue
        slots = [system.slot_add(p.symbol) if p.action == "add" else system.slot_set(p.symbol) for p in events.ports]
        assert found["events"]["times"] == events.times_h.tolist(), asked
        assert found["events"]["slots"] == slots, asked
        assert found["events"]["values"] == events.values[0].tolist(), asked
        assert found["horizon"] == horizon_days([schedule.end_h], row["days"], asked["follow_up_days"], None), asked
    assert 50 < refused < 500  # a unit that means no amount of the drug, or a route it lacks, is refused by both


@pytest.mark.parametrize("drug", _DRUGS)
def test_people_are_those_of_the_desk(solver, bundle_file, drug):
    regimen = f"1 {next(iter(dose_units(load_molecule(drug))))} IV once"
    rows = [
        {"scenario": scenario(regimen, drug, cohort), "who": who, "days": [], "wanted": ["inputs"]}
        for cohort in _COHORTS
        for who in range(_PATIENTS)
    ]
    found = iter(ask(bundle_file, rows))
    for cohort in _COHORTS:
        spec = simulate_spec([drug], ["none"], cohort=cohort, patients=_PATIENTS)
        plan = make_plan(spec, RunOptions(), solver)
        inputs = solver.model.rest(plan.inputs(0, 0, _PATIENTS)[0])
        routes = frozenset(solver.ports(load_molecule(drug)))
        place = solver.model.system.parameter_index
        for name, value in solver.molecule_parameters(load_molecule(drug), routes).items():
            inputs[:, place[name]] = value
        for row in inputs:
            assert next(found)["inputs"] == row.tolist()


def test_warnings_are_those_of_the_desk(solver, bundle_file):
    draw = random.Random(9)
    regimens = [*readable(25, seed=31), "none", "0.3 MIU/m2 SC daily for 5 days", "600000 IU/kg IV over 15 min q8h x14",
                "9 MIU/m2 SC daily for 400 days", "18 MIU/m2/day CIV for 5 days", "1 MIU IV once"]  # fmt: skip
    rows, wanted = [], []
    for regimen in regimens:
        made, days = scenario(regimen, draw.choice(_DRUGS[:3]), draw.choice(_COHORTS)), draw.choice(([7.0], [400.0]))
        spec = simulate_spec([made["drug"]], [regimen], cohort=made["cohort"], patients=1, report_days=days)
        try:
            plan = make_plan(spec, RunOptions(), solver)
        except BimodalError:
            continue
        (arm,) = plan.arms
        wanted.append([text.removeprefix(f"arm '{arm.name}': ") for text in outside_warnings(plan)])
        rows.append({"scenario": made, "who": -1, "days": days, "wanted": ["warnings"]})
    found = [one["warnings"] for one in ask(bundle_file, rows)]
    assert found == wanted
    assert len({text for texts in found for text in texts}) > 10


def test_every_dose_and_day_is_looked_at(bundle_file):
    text = "600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2"
    (found,) = ask(bundle_file, [{"scenario": scenario(text), "who": -1, "days": [3.3], "wanted": ["times"]}])
    doses = {dose.time_h for dose in expand(parse_regimen(text)).doses}
    for times in found["times"]:
        assert doses <= set(times)
        assert {24.0 * day for day in range(40)} | {3.3 * 24} <= set(times)
        assert (np.diff(times) >= 1e-7).all()
    fine, coarse = found["times"]
    assert set(coarse) < set(fine)


def test_what_a_page_cannot_do_is_said(bundle_file):
    rows = [
        (scenario("1 MIU SC daily for 1000 weeks"), "too many for a page"),
        (scenario("1 MIU SC daily for 2 years", model="mouse"), "no model 'mouse'"),
        (scenario("1 MIU SC once", drug="nothing"), "does not take 'nothing'"),
        (scenario("1 MIU SC once", cohort="<b>"), "no people '<b>'"),
        (scenario("1 MIU SC onc"), "expected a frequency"),
        (scenario("1 MIU SC once", set={"il15": 3.0}), "cannot be set in a page"),
        (scenario("1 MIU SC once", set={"k": 1.0}), "cannot be set in a page"),
    ]
    found = ask(bundle_file, [{"scenario": s, "who": -1, "days": [], "wanted": ["events"]} for s, _ in rows])
    for answer, (_, words) in zip(found, rows, strict=True):
        assert words in answer["fault"]


def test_the_printed_command_and_lines_run(bundle_file, solver):
    from bimodal.cli.main import app

    (model,) = json.loads(bundle_file.read_text())["models"]
    free = next(row["id"] for row in model["parameters"] if row["settable"])
    made = scenario("1 MIU/m² SC qd for 5 days", follow_up_days=3, set={free: 0.5})
    (found,) = ask(bundle_file, [{"scenario": made, "who": -1, "days": [5], "wanted": ["command", "python"]}])
    words = shlex.split(found["command"])
    assert words[:2] == ["bimodal", "simulate"]
    assert words[words.index("-r") + 1] == "1 MIU/m2 SC daily for 5 days"
    known = {option for one in app.registered_commands if one.name == "simulate" for option in _options(one.callback)}
    assert {word for word in words if word.startswith("-")} <= known
    compile(found["python"], "lines", "exec")
    assert re.search(r'cohort="healthy", model="human", patients=2, seed=1', found["python"])


def test_scenarios_that_one_command_cannot_say_together_get_one_each(bundle_file):
    (model,) = json.loads(bundle_file.read_text())["models"]
    free = next(row["id"] for row in model["parameters"] if row["settable"])
    first, second = scenario("1 MIU SC qd for 5 days"), scenario("2 MIU SC qd for 5 days")
    rows = [
        [second],
        [second | {"set": {free: 0.5}}],
        [second | {"partner": [{"drug": "rapamycin", "regimen": "2 mg IV bolus daily for 5 days"}]}, second],
    ]
    cases = [
        {"scenario": first, "beside": row, "who": -1, "days": [5], "wanted": ["command", "python"]} for row in rows
    ]
    one, changed, partner = ask(bundle_file, cases)
    assert one["command"].count("bimodal simulate") == one["python"].count("bm.simulate(") == 1
    plain, own = changed["command"].splitlines()
    assert "--set" not in plain
    assert f"--set {free}=0.5" in own
    assert "2 MIU" in own
    together, alone = partner["command"].splitlines()
    assert "--partner" not in together
    assert together.count(" -r ") == 2
    assert '--partner "rapamycin: 2 mg IV bolus daily for 5 days"' in alone
    for found in (one, changed, partner):
        compile(found["python"], "lines", "exec")
    assert changed["python"].count("set={") == 1


def test_a_horizon_is_said_as_days_after_the_last_dose_or_not_at_all(bundle_file):
    made = [scenario("1 MIU SC qd for 5 days", horizon_days=days) for days in (12, 33, 3)]
    cases = [{"scenario": one, "who": -1, "days": [], "wanted": ["command"]} for one in made]
    short, usual, cut = ask(bundle_file, cases)
    assert "--follow-up-days 7" in short["command"]
    assert "--follow-up-days" not in usual["command"]
    assert "write a study file" in cut["fault"]


def _options(function):
    import inspect

    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        for info in getattr(parameter.annotation, "__metadata__", ()):
            yield from (name for name in (info.default, *info.param_decls) if str(name).startswith("-"))


@pytest.mark.parametrize(
    ("drug", "beside"),
    [
        ("aldesleukin", ("rapamycin", "tofacitinib")),
        ("rapamycin", ("tofacitinib",)),
        ("efavaleukin-alfa", ("rezpegaldesleukin",)),
    ],
)
def test_two_drugs_for_one_place_are_said_and_not_mixed(bundle_file, drug, beside):
    amount = {"aldesleukin": "1 MIU", "efavaleukin-alfa": "5 ug conjugate/kg"}.get(drug, "2 mg")
    one = scenario(f"{amount} SC once", drug, partner=[{"drug": name, "regimen": "none"} for name in beside])
    (found,) = ask(bundle_file, [{"scenario": one, "who": -1, "days": [7], "wanted": ["events", "inputs"]}])
    if drug.startswith("efa"):  # the desk refuses these too
        assert "are both of the sort 'engineered', and an arm has one of each" in found["fault"]
    else:
        assert "are of one sort, and a page has one place for it: run them on the desk" in found["fault"]

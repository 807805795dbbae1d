"""Sections on small sizes: what they find, and what they say where something is missing."""

from __future__ import annotations

import json
import math
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bimodal.engine import Settings
from bimodal.errors import EvidenceError
from bimodal.evidence import list_studies, load_targets
from bimodal.exchange.petab import suite
from bimodal.predict.observed import Observation
from bimodal.qualify import assessment as table
from bimodal.qualify.bodies import LOW, bodies
from bimodal.qualify.figure import Figure
from bimodal.qualify.registry import SECTIONS, chosen
from bimodal.qualify.request import Request, Work
from bimodal.qualify.section import Section
from bimodal.qualify.sections import (
    assessment,
    closed_forms,
    coverage,
    fold_error,
    gradients,
    hashes,
    mass_balance,
    oracles,
    parameters,
    petab,
    predictions,
    sbml_suite,
    sensitivity,
    studies,
    tolerance,
)
from bimodal.qualify.toys import TOYS, competitive_binding
from bimodal.study import load_evidence


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(request=Request(quick=True, patients=3), parts=tmp_path / "parts", key="k")


def test_every_section_has_its_file_and_reads_earlier_ones() -> None:
    ids = [plan.id for plan in SECTIONS]
    assert len(set(ids)) == len(ids)
    for place, plan in enumerate(SECTIONS):
        assert callable(plan.compute)
        assert set(plan.after) <= set(ids[:place])
    assert [plan.id for plan in chosen(["assessment"])] == ["studies", "fold-error", "assessment"]


@pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.id)
def test_the_formula_of_a_small_model_is_that_of_another_solver(toy) -> None:
    """At 1e-12 by SciPy, from the rates of the text as the graph evaluates them: not the engine."""
    from scipy.integrate import solve_ivp

    from bimodal.expr import evaluate

    system, parameters, _ = toy.system()
    values = dict(zip(system.parameter_ids, parameters, strict=True))
    states = evaluate(system.graph, system.initial, values)
    now, found = 0.0, {}
    stops = sorted({0.0, *(when for when, *_ in toy.events), *toy.at.tolist()})
    for stop in stops:
        if stop > now:
            run = solve_ivp(
                lambda t, y: evaluate(
                    system.graph, system.rates, {**values, **dict(zip(system.state_ids, y, strict=True))}
                ),
                (now, stop), np.asarray(states, float), method="LSODA", rtol=1e-12, atol=1e-14,
            )  # fmt: skip
            states, now = run.y[:, -1], stop
        whole = {**values, **dict(zip(system.state_ids, states, strict=True))}
        found[stop] = float(evaluate(system.graph, [system.outputs[0][1]], whole)[0])
        for when, act, name, amount in toy.events:
            if when == stop and act == "add":
                states = np.asarray(states, float).copy()
                states[system.state_ids.index(name)] += amount
            elif when == stop:
                values[name] = amount
    right = toy.exact(toy.at)
    np.testing.assert_allclose([found[t] for t in toy.at.tolist()], right, atol=1e-8 * np.abs(right).max())


def test_competitive_binding_without_the_rival_is_the_quadratic() -> None:
    total = 1.5 + 2.0 + 0.05
    alone = (total - math.sqrt(total * total - 4.0 * 1.5 * 2.0)) / 2.0
    assert competitive_binding(1.5, (2.0, 0.0), (0.05, 0.4)) == pytest.approx(alone, rel=1e-12)


def test_closed_forms_pass_and_a_wrong_one_misses(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    assert closed_forms.compute(work).status == "passed"
    wrong = TOYS[0].__class__(**{**TOYS[0].__dict__, "exact": lambda t: 1.001 * TOYS[0].exact(t)})
    monkeypatch.setattr(closed_forms, "TOYS", (wrong,))
    section = closed_forms.compute(work)
    assert section.status == "missed"
    assert section.met == (0, 2)
    assert wrong.error(Settings()) == pytest.approx(0.001 / 1.001, rel=1e-3)


def test_mass_is_kept_and_a_leak_is_seen(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mass_balance, "_QUICK", ("human",))
    section = mass_balance.compute(work)
    assert section.status == "passed"
    assert len(section.figures) == 3
    whole = mass_balance._gain
    monkeypatch.setattr(mass_balance, "_gain", lambda *a: 0.0 if a[2] == "il2_elimination" else whole(*a))
    leak = mass_balance.compute(work)
    assert [row.status for row in leak.figures] == ["missed", "passed", "passed"]


def test_what_was_made_before_changes_no_bit(work: Work) -> None:
    first = bodies("human", LOW, "healthy").run().values
    mass_balance.compute(work)
    bodies.cache_clear()
    assert bodies("human", LOW, "healthy").run().values.tobytes() == first.tobytes()


def test_the_ladder_falls(work: Work) -> None:
    section = tolerance.compute(work)
    assert section.status == "passed"
    errors = [row.value for row in section.figures if row.id.startswith("human-low-dose-1e-")]
    assert len(errors) == 5
    assert all(isinstance(error, float) and error > 0.0 for error in errors)


def test_a_solver_that_is_missing_is_named(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracles, "find_spec", lambda name: None)
    section = oracles.compute(work)
    assert section.status == "not run"
    assert section.said == 'not run: libRoadRunner is not installed; pip install "bimodal[oracles]"'


def test_suites_that_are_missing_are_named(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--sbml-suite FOLDER" in sbml_suite.compute(work).said
    monkeypatch.setattr(petab, "find_spec", lambda name: None)
    assert petab.compute(work).said == 'not run: petab is not installed; pip install "bimodal[petab]"'
    monkeypatch.setattr(petab, "find_spec", lambda name: True)
    assert "--petab-suite FOLDER" in petab.compute(work).said


def test_a_suite_of_problems_is_run_case_by_case(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [Path(f"{k:04}.yaml") for k in range(12)]
    kinds = {"0000": "passed", "0010": "wrong"}
    outcome = namedtuple("outcome", "case kind said")
    monkeypatch.setattr(suite, "find_cases", lambda folder: paths)
    monkeypatch.setattr(suite, "run_case", lambda path: outcome(path.stem, kinds[path.stem], "chi2 1.0"))
    monkeypatch.setattr(petab, "find_spec", lambda name: True)
    section = petab.compute(Work(request=Request(quick=True, petab_suite=tmp_path), parts=tmp_path))
    assert section.status == "missed"
    assert section.said == "2 cases: 1 passed, 1 wrong."
    assert section.figure("case-0010").what == "0010: chi2 1.0"


def test_derivatives_are_those_of_formulas(work: Work) -> None:
    section = gradients.compute(work)
    assert section.status == "passed"
    assert {row.group for row in section.figures} == {
        "against formulas",
        "human, low dose, against differences of runs",
    }


def test_the_ten_largest_elasticities_of_each_output(work: Work) -> None:
    section = sensitivity.compute(work)
    assert section.status == "passed"
    rows = [row for row in section.figures if row.id.startswith("high-il2-peak-") and row.unit]
    assert len(rows) == 10
    sizes = [abs(float(row.value or 0.0)) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    # nearly all of a dose of hours is where the volume and the dose say
    dose = next(float(row.value or 0.0) for row in rows if row.what == "dose")
    assert dose == pytest.approx(1.0, abs=0.05)
    assert not any("molecules_per_nmol" in row.id for row in section.figures)


def test_parameters_without_a_source_are_none_and_errors_are_sorted(work: Work) -> None:
    section = parameters.compute(work)
    assert section.status == "passed"
    classes = [row for row in section.figures if row.id.startswith("identified-")]
    assert sum(int(row.value or 0) for row in classes) == section.figure("human-fitted").value
    assert "margination_signal" in section.figure("identified-left-to-the-prior").note
    assert "clearance" in section.figure("identified-told-by-the-data").note


def test_predictions_say_what_became_of_them(work: Work) -> None:
    section = predictions.compute(work)
    judged = [row.status for row in section.figures if row.group == "opened"]
    assert judged == sorted(judged), "misses first"
    assert section.status == ("missed" if "missed" in judged else "passed")
    assert all(row.age.startswith("registered 20") for row in section.figures)
    assert {row.value for row in section.figures if row.group == "not opened"} == {"not opened"}


def observation(inside: bool) -> Observation:
    return Observation("a", "treg_fold", 28.0, "median", 2.0, 9, "1", 4.0, 3.0, 5.0, inside, "")


@pytest.mark.parametrize(
    ("inside", "count", "status"), [(18, 20, "passed"), (8, 20, "missed"), (20, 20, "passed"), (18, 19, "not run")]
)
def test_coverage_is_judged_from_enough_values(inside: int, count: int, status: str) -> None:
    rows = [("blood" if k % 2 else "trials", f"p{k}", observation(k < inside)) for k in range(count)]
    section = coverage.section_of(rows)
    assert section.status == status
    assert section.figure("all").value == pytest.approx(inside / count)
    assert [row.status for row in section.figures[1:]] == ["shown", "shown"]


def test_coverage_of_what_was_opened_counts_only_intervals(work: Work) -> None:
    section = coverage.compute(work)
    assert len(section.figures) == 3
    assert "observed values" in section.said


def test_fingerprints_are_of_the_shipped_models(work: Work) -> None:
    from bimodal.model import load_model

    section = hashes.compute(work)
    assert section.figure("human-mathematics").value == load_model("human").sha256
    assert section.figure("predictions-changed").status == "passed"


@pytest.fixture
def one_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "list_studies", lambda: ("ito-2014", "bempeg-2023", "kirchner-1998"))


def test_studies_are_run_kept_and_believed_only_if_whole(
    one_study: None, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = studies.compute(work)
    assert section.status in ("passed", "missed")
    assert "2 studies" in section.said
    assert "at most 3 virtual patients" in section.notes[0]
    row = next(row for row in section.figures if row.what.startswith("kirchner-1998"))
    assert row.command == "bimodal run kirchner-1998 -n 3"
    assert "3 of 1000 patients" in row.note
    assert "stored run of 1000" in row.note
    ran: list[str] = []
    run = studies.run_plan
    monkeypatch.setattr(studies, "run_plan", lambda plan: (ran.append(plan.spec.name), run(plan))[1])
    assert studies.compute(work) == section
    assert ran == []
    path = work.parts / "kirchner-1998.json"
    kept = json.loads(path.read_text("utf-8"))
    kept["patients"] = 1000
    path.write_text(json.dumps(kept), "utf-8")
    assert studies.compute(work) == section
    assert ran == ["kirchner-1998"]
    other = Work(request=work.request, parts=work.parts, key="another")
    assert studies.compute(other) == section
    assert ran == ["kirchner-1998", "ito-2014", "kirchner-1998"]
    assert not list(work.parts.glob("*.run"))


def test_misses_stand_first_and_validation_before_calibration() -> None:
    rows = [
        Figure(id="a", what="", value=2.0, reference=1.0, status="missed", group="calibration"),
        Figure(id="b", what="", value=1.0, status="passed", group="validation"),
        Figure(id="c", what="", value=9.0, reference=1.0, status="missed", group="calibration"),
        Figure(id="d", what="", value=None, status="missed", group="validation"),
    ]
    assert [row.id for row in sorted(rows, key=studies._order)] == ["d", "b", "c", "a"]


def test_the_fold_error_is_the_geometric_mean(work: Work) -> None:
    rows = [
        Figure(id="a", what="one: x", value=2.0, reference=1.0, status="missed", group="validation"),
        Figure(id="b", what="two: x", value=0.5, reference=4.0, status="missed", group="validation"),
        Figure(id="c", what="two: sign", value=1.0, status="passed", group="validation"),
        Figure(id="e", what="two: zero", value=0.0, reference=1.0, status="missed", group="validation"),
    ]
    done = {"studies": Section.judged("studies", "S", "", rows)}
    section = fold_error.compute(Work(request=work.request, parts=work.parts, done=done))
    row = section.figure("validation")
    assert row.value == pytest.approx(4.0)
    assert row.status == "missed"
    assert (row.lower, row.upper) == (pytest.approx(2.0), pytest.approx(8.0))
    assert row.what == "validation: 2 targets of 2 studies"
    assert fold_error.compute(work).status == "not run"


def test_every_study_is_assessed_with_what_was_found(work: Work) -> None:
    rows = [
        Figure(id="B03", what="koreth-2011: Treg", value=8.0, status="passed", command="bimodal run koreth-2011 -n 3"),
        Figure(id="B04", what="koreth-2011: ratio", value=8.0, status="missed", command="bimodal run koreth-2011 -n 3"),
    ]
    done = {"studies": Section.judged("studies", "S", "", rows)}
    section = assessment.compute(Work(request=work.request, parts=work.parts, done=done))
    assert section.status == "passed"
    row = section.figure("koreth-2011")
    assert row.value == "1 of 2"
    for words in ("question of interest", "context of use", "model influence", "consequence", "evidence", "limits"):
        assert words in row.note
    assert {one.id for one in section.figures if one.status == "shown"} == set(list_studies())

    assert "1 of 2 scored targets inside (outside: B04)" in row.note


def test_a_share_is_in_per_cent_as_its_rule_is() -> None:
    stored = {row.target.id: row for row in load_evidence()}
    target = next(target for target in load_targets("atkins-1999") if target.id == "A01")
    found = {"simulated": 0.16, "simulated_lower": 0.12, "simulated_upper": 0.21, "within": True, "rule": "inside 12 %"}
    row = studies._figure(target, found, {"patients": 9, "planned": 9, "failed": 0}, stored["A01"])
    assert (row.value, row.lower, row.upper, row.unit) == (16.0, 12.0, 21.0, "%")
    assert row.reference == pytest.approx(100.0 * target.published)
    assert row.note.startswith("A01; stored run of 1000: ")
    assert " %, " in row.note


def test_the_ladder_says_which_observables_are_beyond_the_tolerance(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(settings: Settings) -> SimpleNamespace:
        return SimpleNamespace(values=np.array([[[1.0 + 0.5 * settings.rtol, 1.0 + 5.0 * settings.rtol]]]))

    person = SimpleNamespace(system=SimpleNamespace(output_ids=("near", "far")), run=run)
    monkeypatch.setattr(tolerance, "bodies", lambda *case: person)
    section = tolerance.compute(work)
    assert section.status == "missed"
    row = section.figure("human-low-dose-1e-06")
    assert (row.status, row.goal, row.note) == ("missed", "at most 1e-06", "beyond it: far")
    assert row.value == pytest.approx(5e-6, rel=1e-4)
    assert section.figure("human-low-dose-falls").status == "passed"
    assert "far of human, low dose" in section.said
    assert "some rung: far; all others" in section.said


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({"every": {}, "kind": {}, "study": {}}, "every"),
        ({"study": {"a": {"kind": "none", "question": "?"}}}, "study.a.kind"),
        ({"study": {"a": {"kind": "k", "question": " "}}}, "study.a.question"),
        ({"kind": {"k": {"influence": "huge: why"}}}, "kind.k.influence"),
        ({"kind": {"k": {"surprise": "x"}}}, "kind.k.surprise"),
    ],
)
def test_a_wrong_table_of_assessments_is_refused(content: dict, where: str) -> None:
    kind = {"context": "c", "influence": "low: w", "consequence": "low: w", "evidence": [], "limits": "l"}
    whole = {"every": {"evidence": [], "limits": "l"}, "kind": {"k": kind}, "study": {}}
    for key, part in content.items():
        if key == "kind":
            whole["kind"] = {name: {**kind, **own} for name, own in part.items()}
        else:
            whole[key] = part
    with pytest.raises(EvidenceError) as caught:
        table.parse_assessments(whole)
    assert where in str(caught.value)

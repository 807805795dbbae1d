"""The race on the shipped models: same doses and people for all, nobody left out without a word; the step's profile."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bimodal.engine import Settings
from bimodal.engine.compiled import compiled

ROOT = Path(__file__).parents[2]
HIGH = "600000 IU/kg IV over 15 min q8h x4"


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        names = ("accuracy", "cases", "peer", "shipped", "shipped_roadrunner", "shipped_table")
        yield SimpleNamespace(
            **{name: import_module(f"engine.{name}") for name in names}, profile=import_module("step_profile")
        )


@pytest.fixture(scope="module")
def results():
    return json.loads((ROOT / "benchmarks" / "results" / "engine.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("model", "regimen", "cohort"),
    [
        ("human", "1 MIU/m2 SC daily for 3 days", "healthy"),
        ("human_oncology", HIGH, "melanoma"),
        ("mouse", "25000 IU IP daily x 2", None),
    ],
)
def test_doses_and_people_reach_libroadrunner_as_they_reach_the_engine(bench, model, regimen, cohort):
    job = bench.cases.lay_out(bench.cases.Case(model, regimen, 4.0, cohort), 2, 1)
    ours = job.solve(Settings(rtol=1e-10), 2).values
    peer = bench.shipped_roadrunner.ShippedRoadRunner(job, np.abs(ours).max(axis=(0, 1)), "LLJIT")
    theirs = peer.run(bench.shipped_roadrunner.TIGHT, 2).values
    assert bench.accuracy.worst_error(theirs, ours) < 1e-6
    assert bench.accuracy.worst_error(ours[:1], ours[1:]) > 0.01  # two persons, not one


def test_a_tiny_race_has_an_error_beside_every_time(bench, monkeypatch):
    tiny = (bench.shipped.DEFAULT, bench.peer.Setting(1e-5, method="rodas5p"))
    monkeypatch.setattr(bench.shipped, "_OURS", tiny)
    monkeypatch.setattr(bench.shipped, "CODES", ("LLJIT",))
    monkeypatch.setattr(bench.shipped, "_export_load", lambda model, limit_s: {"loaded": False, "limit_s": limit_s})
    monkeypatch.setattr(bench.shipped_roadrunner.ShippedRoadRunner, "settings", (bench.peer.Setting(1e-7),))
    case = bench.cases.Case("human", "1 MIU/m2 SC daily for 3 days", 4.0, "healthy")
    monkeypatch.setattr(bench.shipped, "ShippedCvode", _missing)
    terms = bench.shipped.Terms(
        patients=1, batch=2, rounds=1, seed=1, load_limit_s=5.0, amici_python="/nowhere/python", import_limit_s=1.0,
        sundials=None,
    )  # fmt: skip
    found = bench.shipped.one_case(case, terms, lambda text: None)
    assert [row["solver"] for row in found["rows"]] == [
        "bimodal",
        "libRoadRunner, LLJIT",
        "bimodal, default setting",
    ]
    assert all(0.0 < row["error"] < bench.accuracy.LIMIT for row in found["rows"])
    assert all(row["cpu_ms"][0] > 0.0 for row in found["rows"])
    assert found["rows"][1]["ratio"][0] > 1.0
    assert found["rows"][1]["goal"] == 100.0
    assert found["second_opinion_error"] < 1e-6
    assert found["unavailable"][0].startswith("AMICI (its interpreter cannot be run")
    assert found["unavailable"][1] == "CVODE with KLU in C (no gcc)"


def _missing(*_):
    from engine.peer import UnavailableError

    raise UnavailableError("CVODE with KLU in C (no gcc)")


def test_a_setting_at_which_a_solver_gives_up_is_no_result(bench):
    def work(setting):
        raise RuntimeError("CV_TOO_MUCH_WORK")

    setting = bench.peer.Setting(1e-7)
    racer = bench.shipped.Racer("libRoadRunner, MCJIT", "2", (setting,), 1, work)
    said = []
    trials = bench.shipped._try(racer, np.ones((1, 2, 1)), said.append)
    assert [(trial["error"], trial["ms"]) for trial in trials] == [(None, None)]
    assert "CV_TOO_MUCH_WORK" in said[0]
    usual = {"solver": "bimodal", "setting": bench.shipped.DEFAULT, "error": 1e-6, "ms": 1.0}
    assert "libRoadRunner" not in bench.shipped._entries([*trials, usual])


def test_saves_a_solver_cannot_report_do_not_count_against_it(bench):
    def work(setting):
        return bench.peer.Run(np.array([[[1.0], [5.0]]]), 1.0, 1.0)

    setting, kept = bench.peer.Setting(1e-7), np.array([True, False])
    errors = [
        bench.shipped._try(
            bench.shipped.Racer("AMICI", "1", (setting,), 1, work, mask), np.ones((1, 2, 1)), lambda text: None
        )[0]["error"]
        for mask in (kept, None)
    ]
    assert errors[0] == 0.0
    assert errors[1] > 1.0


def test_every_shipped_model_is_measured_and_misses_come_first(bench, results):
    shipped = results["shipped"]
    assert {case["model"] for case in shipped["cases"]} == {case.model for case in bench.cases.CASES}
    for case in shipped["cases"]:
        solvers = {row["solver"].partition(",")[0] for row in case["rows"]} | {*case["never_passed"]}
        named = solvers | {name.partition(" (")[0] for name in case["unavailable"]}
        assert named == {"bimodal", "libRoadRunner", "AMICI", "CVODE with KLU in C"}
        assert case["rows"][0]["error"] < bench.accuracy.LIMIT
    text = bench.shipped_table.shipped_markdown(shipped)
    assert text.index("Goals missed") < text.index("| model |")
    assert all(name in text for case in shipped["cases"] for name in case["unavailable"])
    assert text in (ROOT / "benchmarks" / "results" / "engine.md").read_text("utf-8")


def test_the_profile_gives_every_part_of_a_step_what_it_takes(bench):
    subject = bench.profile.comparison_model(8, 1)
    text = bench.profile.step_text(subject, compiled(subject.system))
    bench.profile.check_arguments(text)
    with pytest.raises(ValueError, match="'residual' takes"):
        bench.profile.check_arguments(text.replace("ptr noalias %noise, ", "").replace("ptr %noise, ", ""))

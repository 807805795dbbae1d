"""The stored table of what the shipped models give, its reader, and the counts made of it."""

import json
import math

import pytest

from bimodal.errors import EvidenceError
from bimodal.evidence import judge, list_studies, load_simulated, load_targets, tally
from bimodal.evidence.publication import Publication
from bimodal.evidence.row import VERDICTS, EvidenceRow
from bimodal.evidence.simulated import SimulatedStudy, SimulatedTarget, parse_simulated
from bimodal.evidence.target import Target
from bimodal.study import RunOptions, load_evidence, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.runner import shipped_solver
from bimodal.study.verdict.changed import changed_since

RERUN = "run `python benchmarks/evidence.py --write` (it runs what has changed), or the page says: an earlier model"
TABLE = load_simulated()


def test_every_study_was_run_or_says_why_not():
    assert {*TABLE.studies, *TABLE.refused} <= set(list_studies())
    assert not set(TABLE.studies) & set(TABLE.refused)
    assert all(TABLE.refused.values())
    for name, run in TABLE.studies.items():
        assert [one.id for one in run.targets] == [target.id for target in load_targets(name)]
        assert run.patients <= run.planned


def test_the_table_is_of_the_shipped_models_and_studies():
    stale = {
        name: changed
        for name, run in TABLE.studies.items()
        if (changed := changed_since(name, run, load_targets(name)))
    }
    assert stale == {}, RERUN


def test_virtual_people_and_molecules_are_those_of_the_table():
    solvers = {}
    for name, run in TABLE.studies.items():
        spec = load_study(name)
        solver = solvers.setdefault(run.model, None) or shipped_solver(spec)
        solvers[run.model] = solver
        plan = make_plan(spec, RunOptions(patients=run.patients, seed=run.seed), solver)
        found = (solver.name, solver.model_sha256, solver.table_sha256, plan.parameters_sha256)
        assert found == (run.model, run.model_sha256, run.table_sha256, run.parameters_sha256), (name, RERUN)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("model_sha256", "the model 'human'"),
        ("table_sha256", "the parameters of 'human'"),
        ("inputs_sha256", "the study"),
    ],
)
def test_a_number_of_an_earlier_model_says_so(key, says, monkeypatch):
    run = TABLE.studies["konrad-1990"]
    other = TABLE.model_copy(
        update={"studies": {**TABLE.studies, "konrad-1990": run.model_copy(update={key: "0" * 64})}}
    )
    monkeypatch.setattr("bimodal.study.verdict.stored_evidence.load_simulated", lambda: other)
    rows = load_evidence("konrad-1990")
    assert {row.changed for row in rows} == {(says,)}
    assert all(row.record()["changed"] == [says] for row in rows)
    assert all(row.changed == () for row in load_evidence("kirchner-1998"))


def test_the_verdicts_of_the_runs_are_those_of_today():
    judged = 0
    for row in load_evidence():
        if row.found is not None:
            assert row.within == row.found.within, row.target.id
            judged += row.within is not None
            if row.found.share_of_sets is None:
                assert row.found.within == judge(row.target, row.found.simulated).within
    assert judged > 40


def test_misses_come_first():
    rows = load_evidence()
    order = [VERDICTS.index(row.verdict) for row in rows]
    assert order == sorted(order)
    assert rows[0].verdict == "outside"
    errors = [row.fold_error or 0.0 for row in rows if row.verdict == "outside"]
    assert errors == sorted(errors, reverse=True)
    assert {row.target.id for row in rows} == {target.id for target in load_targets()}
    unscored = [row.within is not False for row in rows if row.verdict == "not scored"]
    assert unscored == sorted(unscored)


def test_a_study_that_is_not_there_is_named():
    with pytest.raises(EvidenceError, match="koreth-2011"):
        load_evidence("koreth-2010")


@pytest.mark.parametrize(
    ("change", "says"),
    [({"schema": 2}, "schema"), ({"more": 1}, "more"), ({"studies": {"a": {"model": "human"}}}, "studies.a")],
)
def test_a_wrong_table_is_refused_with_its_key(change, says):
    good = {"schema": 1, "command": "c", "studies": {}, "refused": {}}
    assert parse_simulated(json.dumps(good), "t.json").studies == {}
    with pytest.raises(EvidenceError, match=says):
        parse_simulated(json.dumps({**good, **change}), "t.json")


def row(published, simulated, kind="band", **more):
    """Make a row of one target whose band is a tenth either way."""
    signed = kind == "direction"
    about = {
        "id": "X1", "study": "x", "arms": ("a",), "endpoint": "treg_fold", "label": "Treg", "time": {"day": 28},
        "statistic": "median", "kind": kind, "published": published, "unit": "1", "quality": "page",
        "role": "calibration", "source": "s", "lower": None if signed else 0.9 * published,
        "upper": None if signed else 1.1 * published,
    }  # fmt: skip
    target = Target.model_validate({**about, **more})
    found = SimulatedTarget(id="X1", simulated=simulated)
    none = "0" * 64
    run = SimulatedStudy(
        model="human", model_sha256=none, table_sha256=none, parameters_sha256=none, inputs_sha256=none, run=none,
        cohort="healthy", patients=1, planned=1, failed=0, seed=1, bimodal="0", commit="c", targets=(found,),
    )  # fmt: skip
    return EvidenceRow(target, Publication("", "human"), run, found)


def test_counts_and_the_geometric_mean_by_hand():
    rows = [
        row(10.0, 20.0),  # outside, twice too high
        row(8.0, 2.0),  # outside, four times too low
        row(5.0, 5.0),  # inside
        row(1.0, 0.3, kind="direction"),  # inside, but has no factor
        row(1.0, -0.3, kind="direction"),  # outside
        row(4.0, None),  # not evaluated
        row(10.0, 1000.0, quality="recalled"),  # not scored
        row(10.0, 1000.0, role="context"),  # context
    ]
    rows.append(EvidenceRow(rows[0].target, rows[0].publication, None, None))  # not run
    assert [one.verdict for one in rows] == [
        "outside", "outside", "inside", "inside", "outside", "not evaluated", "not scored", "context", "not run",
    ]  # fmt: skip
    found = tally(rows)
    assert (found.scored, found.inside, found.outside, found.not_evaluated, found.not_run) == (7, 2, 3, 1, 1)
    assert found.compared == 3
    assert math.isclose(found.fold_error, (2.0 * 4.0 * 1.0) ** (1 / 3))
    assert tally([]).fold_error is None


def test_parameter_sets_keep_the_verdict_of_their_share():
    one = row(10.0, 10.0)
    sets = SimulatedTarget(id="X1", simulated=10.0, share_of_sets=0.6, within=False, rule="90 % of sets")
    judged = EvidenceRow(one.target, one.publication, one.run, sets)
    assert (judged.within, judged.verdict, judged.record()["rule"]) == (False, "outside", "90 % of sets")

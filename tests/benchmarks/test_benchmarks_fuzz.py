"""The fuzz studies: their generators reach everything, their referees are right, and they find what is wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.linalg import expm

from bimodal.expr import Op

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture(scope="module")
def fuzz():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        patch.setenv("BIMODAL_CACHE", "off")
        from fuzz import exponential, expressions, hostile, linear, problems, reference, rounding, table, tally, trees

        yield SimpleNamespace(
            exponential=exponential,
            expressions=expressions,
            hostile=hostile,
            linear=linear,
            problems=problems,
            reference=reference,
            rounding=rounding,
            table=table,
            tally=tally,
            trees=trees,
        )


def at(**values: float) -> dict[str, np.ndarray]:
    return {name: np.array([value], np.longdouble) for name, value in values.items()}


def test_trees_use_every_operation(fuzz):
    rng = random.Random(1)
    seen = {head for i in range(400) for head in fuzz.trees.heads(fuzz.trees.random_tree(rng, kinks=bool(i % 2)))}
    assert seen == {op.name.lower() for op in Op}


def test_trees_without_kinks_are_analytic(fuzz):
    rng = random.Random(2)
    assert all(fuzz.trees.is_analytic(fuzz.trees.random_tree(rng, kinks=False)) for _ in range(100))


def test_a_few_trees_agree_in_every_reading(fuzz):
    found = fuzz.expressions.run_batch((11, 0, 40))
    record = found.record()
    assert record["trees"] == 40
    for check in record["checks"].values():
        assert check["compared"] > 0
        assert check["mismatches"] == 0, check["examples"]


def test_a_batch_depends_on_seed_and_number_alone(fuzz):
    first, second = (fuzz.expressions.run_batch((3, 5, 4)).record() for _ in range(2))
    assert first == second
    assert fuzz.expressions.run_batch((3, 6, 4)).record() != first


def test_a_wrong_derivative_is_found(fuzz, monkeypatch):
    def wrong(graph, roots, name):
        true = derivative(graph, roots, name)
        return [graph.mul(graph.const(1.0 + 1e-9), node) for node in true]

    derivative = fuzz.expressions.derivative
    monkeypatch.setattr(fuzz.expressions, "derivative", wrong)
    checks = fuzz.expressions.run_batch((11, 1, 20)).record()["checks"]
    assert all(check["mismatches"] > 0 for name, check in checks.items() if name.startswith("derivative"))
    assert all(check["mismatches"] == 0 for name, check in checks.items() if name.startswith("value"))


def test_a_wrong_value_is_found(fuzz, monkeypatch):
    evaluate = fuzz.expressions.evaluate
    monkeypatch.setattr(fuzz.expressions, "evaluate", lambda *a: [v * (1.0 + 1e-9) for v in evaluate(*a)])
    checks = fuzz.expressions.run_batch((11, 2, 20)).record()["checks"]
    assert checks["value: evaluate"]["mismatches"] > 0
    assert checks["value: compiled"]["mismatches"] == 0


def test_a_number_that_is_not_finite_is_a_mismatch(fuzz):
    tally = fuzz.tally.Tally()
    got, true = np.array([np.nan, 1.0, np.nan]), np.array([1.0, 1.0, np.nan], np.longdouble)
    why = np.array([0, 0, fuzz.reference.DOMAIN])
    tally.add(got, true, why=why, bound=np.full(3, np.inf), show=lambda i: {"i": i})
    assert (tally.compared, tally.mismatches, sum(tally.skipped.values())) == (1, 1, 2)
    assert tally.examples[0]["i"] == 0


@pytest.mark.parametrize(
    ("tree", "slope"),
    [
        (("log1p", ("symbol", "x")), 1 / 2.5),
        (("expm1", ("symbol", "x")), np.exp(1.5)),
        (("atan", ("symbol", "x")), 1 / (1 + 1.5**2)),
        (("pow", ("neg", ("symbol", "x")), ("const", 3.0)), -3 * 1.5**2),
        (("pow", ("symbol", "x"), ("symbol", "x")), 1.5**1.5 * (np.log(1.5) + 1)),
        (("abs", ("sub", ("symbol", "x"), ("const", 2.0))), -1.0),
        (("select", ("lt", ("symbol", "x"), ("const", 2.0)), ("sin", ("symbol", "x")), ("const", 0.0)), np.cos(1.5)),
    ],
)
def test_both_references_know_derivatives(fuzz, tree, slope):
    stepped = fuzz.reference.complex_step(tree, at(x=1.5), "x")
    rise, doubt, kinked = fuzz.reference.central_difference(tree, at(x=1.5), "x", np.array([1e-18]))
    assert int(np.max(stepped.why)) == fuzz.reference.FINE
    assert not kinked[0]
    np.testing.assert_allclose([float(stepped.value[0]), float(rise[0])], slope, rtol=1e-11)
    assert doubt[0] < 1e-9


@pytest.mark.parametrize(
    "tree", [("abs", ("symbol", "x")), ("floor", ("symbol", "x")), ("max", ("symbol", "x"), ("const", 0.0))]
)
def test_a_kink_within_every_step_is_seen(fuzz, tree):
    assert fuzz.reference.central_difference(tree, at(x=1e-9), "x", np.array([1e-18]))[2][0]


@pytest.mark.parametrize(
    "inner",
    [
        ("sub", ("const", 0.123), ("const", 1e6)),
        ("sub", ("cos", ("sub", ("symbol", "z"), ("symbol", "z"))), ("const", 1e6 + 0.1)),
    ],
)
def test_the_rounding_that_folding_hides_is_seen(fuzz, inner):
    where = {"z": (np.ones(1), np.zeros(1))}
    tree = fuzz.rounding.unfolded(("mul", ("sin", inner), ("symbol", "z")), where)
    graph = fuzz.rounding.Graph()
    _, bound = fuzz.rounding.bounds(graph, [fuzz.trees.build(graph, tree)], where)[0]
    assert bound[0] > 1e-11


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (("log", ("symbol", "x")), "DOMAIN"),
        (("pow", ("symbol", "x"), ("const", 0.5)), "DOMAIN"),
        (("div", ("symbol", "x"), ("const", 0.0)), "DOMAIN"),
        (("exp", ("mul", ("symbol", "x"), ("const", -300.0))), "BIG"),
        (("exp", ("mul", ("symbol", "x"), ("const", -700.0))), "LARGE"),
        (("sin", ("mul", ("symbol", "x"), ("const", 1e7))), "REACH"),
        (("exp", ("mul", ("symbol", "x"), ("const", 800.0))), "SMALL"),
        (("select", ("lt", ("symbol", "x"), ("const", 0.0)), ("const", 1.0), ("log", ("symbol", "x"))), "FINE"),
    ],
)
def test_what_is_not_compared_has_a_reason(fuzz, tree, reason):
    assert int(np.max(fuzz.reference.read(tree, at(x=-1.0)).why)) == getattr(fuzz.reference, reason)


def test_the_fixed_point_exponential_is_right(fuzz):
    turn = np.array([[-0.5, 3.0], [-3.0, -0.5]])
    nilpotent = np.array([[0.0, 1e3, 2.0], [0.0, 0.0, -5.0], [0.0, 0.0, 0.0]])
    found = fuzz.exponential.exponentials(turn, -2, 3)
    for k, whole in found.items():
        t = 2.0**k
        c, s = np.exp(-0.5 * t) * np.cos(3 * t), np.exp(-0.5 * t) * np.sin(3 * t)
        np.testing.assert_allclose(fuzz.exponential.floating(whole), [[c, s], [-s, c]], rtol=1e-13)
    whole = fuzz.exponential.exponentials(nilpotent, 0, 0)[0]
    expected = [[1.0, 1e3, 2.0 - 2500.0], [0.0, 1.0, -5.0], [0.0, 0.0, 1.0]]
    np.testing.assert_allclose(fuzz.exponential.floating(whole), expected, rtol=1e-15)
    matrix = np.random.default_rng(1).normal(size=(5, 5))
    ours = fuzz.exponential.floating(fuzz.exponential.exponentials(matrix, 0, 0)[0])
    np.testing.assert_allclose(ours, expm(matrix), rtol=1e-11)


def test_problems_are_stable_stiff_and_the_same_each_time(fuzz):
    for index in range(24):
        p, again = (fuzz.problems.problem(1, 5, index) for _ in range(2))
        np.testing.assert_array_equal(p.matrix, again.matrix)
        assert p.doses == again.doses
        assert np.linalg.eigvals(p.matrix).real.max() < 1e-6


def test_jobs_share_all_systems_out(fuzz):
    jobs = fuzz.linear.jobs(1, 1003)
    assert sum(high - low for _, _, low, high in jobs) == 1003
    assert {n for _, n, _, _ in jobs} == set(range(2, 9))


def test_a_few_linear_systems_end_well(fuzz):
    record = fuzz.linear.run_batch((5, 3, 0, 12)).record()
    assert record["systems"] == 12
    assert record["doses"] > 0
    for run in record["settings"].values():
        assert run["silent_failures"] == run["status_against_numbers"] == 0
        assert run["error_over_carried_tolerance"]["worst"] < 30


def test_a_result_wrong_in_silence_is_found(fuzz, monkeypatch):
    exact = fuzz.linear.exact
    monkeypatch.setattr(fuzz.linear, "exact", lambda p: (1.01 * exact(p)[0], *exact(p)[1:]))
    found = fuzz.linear.run_batch((5, 2, 0, 4))
    assert all(len(run.silent) == 4 for run in found.runs.values())


def test_a_hostile_document_is_read_and_its_refusal_kept(fuzz):
    row = fuzz.hostile.read_one("external type")
    assert row["kind"] == "refused"
    assert "document type" in row["said"]


def test_the_committed_tables_are_those_of_the_committed_numbers(fuzz):
    record = json.loads((RESULTS / "fuzz.json").read_text("utf-8"))
    assert fuzz.table.markdown(record) == (RESULTS / "fuzz.md").read_text("utf-8")
    faults = fuzz.table.faults(record)
    assert (faults["linear"], faults["hostile"]) == (0, 0)
    # 1 + 1e-16 rounds to 1, which the bound on rounding does not see, and differences that do not resolve cos(1e6 x):
    # few in a million comparisons, each with its tree in the record
    assert faults["expressions"] <= 30
    assert record["expressions"]["trees"] >= 100_000
    assert record["linear"]["systems"] >= 10_000

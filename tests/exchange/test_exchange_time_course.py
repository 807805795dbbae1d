"""Model files run as they stand: right numbers where it is hard, and what a run says of itself."""

from __future__ import annotations

import csv
import io
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from bimodal.engine import SolverStatus
from bimodal.errors import EngineError
from bimodal.exchange import TimeCourse, time_course
from bimodal.model import load_model
from bimodal.model.balance import find_imbalances

DAY_OF_SINE = "sin(2*pi*(time - 9.37)/24)"
#: text, end, points, quantity, values at the points
CASES = {
    "a loss by a power below one, from zero": (
        "species G, C; G = 10; C = 0;\n J1: G -> C; 0.5*G;\n J2: C -> ; 0.3*C^0.75;",
        4.0, 3, "C", [0.0, 4.94426, 5.18570],
    ),
    "the same by a cube root": (
        "species G, C; G = 10; C = 0;\n J1: G -> C; 0.5*G;\n J2: C -> ; 0.3*C^(1/3);",
        4.0, 3, "C", [0.0, 5.463276, 6.682757],
    ),
    "a Hill exponent below one": (
        "species C, E; C = 0; E = 0; h = 0.7;\n J1: => C; 1;\n J2: C -> ; 0.2*C;\n J3: => E; C^h/(2^h + C^h);",
        4.0, 3, "E", [0.0, 0.669015, 1.704549],
    ),
    "a steep logistic": (
        "x = 0; x' = 1; y = 0; y' = 1/(1 + exp(800 - x));",
        1000.0, 6, "y", [0.0, 0.0, 0.0, 0.0, math.log(2.0), 200.0],
    ),
    "the other way round": (
        "x = 1000; x' = -1; y = 0; y' = 1/(1 + exp(2000 - 2*x));",
        1000.0, 3, "y", [0.5 * math.log(2.0) * 0.0, 0.5 * math.log(2.0), 0.5 * math.log(2.0)],
    ),
    "doses at a time that equals a number": (
        "species A; A = 0; t1 = 24;\n loss: A -> ; 0.1*A;\n at time == t1: A = A + 100;\n at time == 48: A = A + 100;",
        72.0, 4, "A", [0.0, 100.0, 109.0718, 9.89477],
    ),
    "a dose at nine of every day": (
        "n = 0; n' = 0; at time - 24*floor(time/24) == 9: n = n + 1;",
        96.0, 5, "n", [0.0, 1.0, 2.0, 3.0, 4.0],
    ),
    "the trough at a strict trigger": (
        "species A; A = 0;\n loss: A -> ; 0.1*A;\n at time > 0.5: A = A + 100;\n at time > 24: A = A + 100;",
        48.0, 3, "A", [0.0, 100.0 * math.exp(-2.35), 9.936965],
    ),
    "a daily window of a sine": (
        f"y = 0; y' = piecewise(1, {DAY_OF_SINE} > 0.9, 0);",
        240.0, 2, "y", [0.0, 34.45591],
    ),
    "an event by a sine in a model at rest": (
        f"n = 0; n' = 0; at ({DAY_OF_SINE} > 0): n = n + 1;",
        240.0, 2, "n", [0.0, 10.0],
    ),
    "a deep response and its relapse": (
        "T = 1e9; T' = 0.3*T*(1 - T/1e9) - piecewise(1.4, time < 25, 0)*T;",
        100.0, 2, "T", [1e9, 5.2662213e6],
    ),
}  # fmt: skip


def run(tmp_path: Path, text: str, **more: float | bool) -> TimeCourse:
    path = tmp_path / "m.ant"
    path.write_text(f"model m\n  {text}\nend\n", "utf-8")
    return time_course(path, **{"until": 10.0, "points": 11, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("case", CASES)
def test_right_where_it_is_hard(case: str, tmp_path: Path) -> None:
    text, until, points, name, expected = CASES[case]
    found = run(tmp_path, text, until=until, points=points)
    assert found.sentence == "Integrated to the end."
    np.testing.assert_allclose(found.values[name], expected, rtol=3e-6, atol=1e-9)


def test_what_cannot_go_on_is_named(tmp_path: Path) -> None:
    found = run(tmp_path, "tank = 1; tank' = -sqrt(tank);")
    assert found.status.failed
    assert "'tank' comes to" in found.sentence
    assert "at time 2, and beyond it the rate of 'tank' is not a number" in found.sentence
    assert found.to_json()["status"] == found.sentence


OBSERVERS = (
    "species A, B; A = 0; B = 0;\n  J1: => A; piecewise(2, time > 3, 0); J2: A -> B; A;\n"
    "  ratio := A/B; share := 100*A/(A + B); lg := ln(A); fine := A + B;"
)


def test_what_only_looks_on_may_be_missing(tmp_path: Path) -> None:
    found = run(tmp_path, OBSERVERS, until=10.0, points=5)
    assert not found.status.failed
    np.testing.assert_allclose(found.values["fine"], [0.0, 0.0, 4.0, 9.0, 14.0], rtol=1e-7, atol=1e-12)
    for name in ("ratio", "share", "lg"):
        assert np.isnan(found.values[name]).tolist() == [True, True, False, False, False]
    assert [text.split()[0] for text in found.warnings] == ["'ratio'", "'share'", "'lg'"]
    assert "at 2 of 5 times, first at 0" in found.warnings[0]
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [row["ratio"] == "" for row in rows] == [True, True, False, False, False]
    assert found.to_json()["quantities"]["lg"][0] is None


def test_what_a_rate_reads_may_not(tmp_path: Path) -> None:
    found = run(tmp_path, "A = 0; A' = 0; r := 1/A; B = 0; B' = r;")
    assert found.status.failed
    assert "the rate of 'B' is not a finite number at time 0" in found.sentence


def test_speeds_of_reactions_and_constants_are_told(tmp_path: Path) -> None:
    found = run(
        tmp_path, "species A; A = 8; k = 0.5; k has per_s; unit per_s = 1/second; J: A -> ; k*A;", until=2.0, points=3
    )
    np.testing.assert_allclose(found.rates["J"], 4.0 * np.exp(-0.5 * found.times), rtol=1e-7)
    assert "J" not in found.values
    assert found.constants["k"] == 0.5
    told = found.to_json()
    assert told["reaction_rates"]["J"][0] == 4.0
    assert told["constants"]["k"]["value"] == 0.5
    assert found.to_csv().splitlines()[0] == "time,A,J"


def test_a_model_without_gaps_has_no_warning(tmp_path: Path) -> None:
    assert run(tmp_path, "x = 1; x' = -x;").warnings == ()


def test_tolerances_are_taken_said_and_estimated(tmp_path: Path) -> None:
    text = "x = 1; x' = -x; y = 0; y' = 1 - y^2;"
    errors = []
    for rtol in (1e-4, 1e-8):
        found = run(tmp_path, text, rtol=rtol, estimate=True)
        assert found.to_json()["rtol"] == rtol
        true = max(
            np.abs(found.values["x"] / np.exp(-found.times) - 1.0).max(),
            np.abs(found.values["y"][1:] / np.tanh(found.times[1:]) - 1.0).max(),
        )
        assert found.error is not None
        assert 0.5 * true <= found.error <= 2.0 * true
        errors.append(found.error)
    assert errors[1] < 1e-3 * errors[0]
    assert run(tmp_path, text).error is None
    loose = run(tmp_path, text, atol=1e-3)
    assert loose.to_json()["atol"] == 1e-3
    assert abs(loose.values["x"][-1] - math.exp(-10.0)) > 1e-9
    with pytest.raises(EngineError, match="'rtol' must be a positive number"):
        run(tmp_path, text, rtol=0.0)


ENZYME = (
    "species E, S, C, P; E = 1; S = 5; C = 0; P = 0;\n"
    "  J1: E + S -> C; 2*E*S; J2: C -> E + S; C; J3: C -> E + 2 P; 0.5*C;"
)


def test_conserved_sums_are_found_in_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "m.ant"
    path.write_text(f"model m\n{ENZYME}\nend\n", "utf-8")
    assert sorted(moiety.text for moiety in load_model(path).moieties) == ["2 S + 2 C + P", "E + C"]


@pytest.mark.parametrize(
    "text",
    [
        "species A, B; A = 1; B = 0; J1: A -> B; A; J2: B -> ; B;",
        "species A, B; A = 1; B = 0; J1: A -> B; A; at time > 1: B = 3;",
        "x = 1; x' = -x;",
        "species A; A = 1; J1: => A; 1;",
    ],
)
def test_where_nothing_is_conserved_nothing_is_said(text: str, tmp_path: Path) -> None:
    path = tmp_path / "m.ant"
    path.write_text(f"model m\n{text}\nend\n", "utf-8")
    assert load_model(path).moieties == ()


def test_sums_are_of_amounts_whatever_the_compartment(tmp_path: Path) -> None:
    text = "compartment small = 0.1, large = 2; species A in small, B in large; A = 3; B = 0;\n J1: A -> B; 0.2*A;"
    found = run(tmp_path, text, until=50.0)
    assert found.sentence == "Integrated to the end."
    np.testing.assert_allclose(0.1 * found.values["A"] + 2.0 * found.values["B"], 0.3, rtol=1e-10)


def test_a_solver_that_loses_something_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["bimodal.exchange.network_run"]
    honest = module.solve

    def lossy(*args: object, **more: object) -> object:
        found = honest(*args, **more)  # type: ignore[arg-type]
        found.values[0, 5:, found.output_ids.index("C")] *= 1.0 - 1e-4
        return found

    monkeypatch.setattr(module, "solve", lossy)
    found = run(tmp_path, ENZYME)
    assert found.status == SolverStatus.OUT_OF_BALANCE
    assert "is 0.99" in found.sentence
    assert "at time 5 and should be 1" in found.sentence
    assert np.isnan(found.values["E"]).all()


def test_what_was_given_is_part_of_the_balance(tmp_path: Path) -> None:
    path = tmp_path / "m.ant"
    path.write_text("model m\n species A, B; A = 1; B = 0; J1: A -> B; A;\nend\n", "utf-8")
    model = load_model(path)
    times = np.array([0.0, 1.0, 2.0, 3.0])
    a = np.array([[1.0, 0.4, 0.2, 0.1], [1.0, 0.4, 0.2, 0.1]])
    b = np.array([[0.0, 0.6, 5.8, 5.9], [0.0, 0.6, 5.8, 5.8]])
    given = [(1.0, "A", np.array([5.0, 5.0]))]  # a value at its time is one before it
    values = {name: np.full((2, 1), value) for name, value in model.table.values().items()} | {"A": a, "B": b}
    lost = find_imbalances(model.network, model.moieties, values, times, given=given, rtol=1e-6)
    assert [(one.patient, one.sentence) for one in lost] == [(1, "A + B is 5.9 at time 3 and should be 6")]

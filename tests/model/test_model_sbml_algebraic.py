"""Algebraic rules: solved where they are linear in what they determine, refused by name elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from sbml_texts import compartment, document, event, listed, parameter, reaction, read, run, species

from bimodal.errors import ModelError

T = [0.0, 0.5, 2.0]
C = listed("Compartments", compartment(size=2.0))


def zero(*formulas: str, more: str = "") -> str:
    """Return rules: each formula is to be zero."""
    return (
        f"<listOfRules>{''.join(f'<algebraicRule>{{{{{f}}}}}</algebraicRule>' for f in formulas)}{more}</listOfRules>"
    )


def variables(*names: str) -> str:
    """Return parameters that may vary."""
    return listed("Parameters", *(parameter(name, 1.0, constant=False) for name in names), parameter("k", 3.0))


def rule(name: str, formula: str) -> str:
    """Return an assignment rule."""
    return f'<assignmentRule variable="{name}">{{{{{formula}}}}}</assignmentRule>'


def test_a_species_follows_from_what_is_conserved() -> None:
    body = (
        C + listed("Species", species("S", 'initialConcentration="3"'), species("P", 'initialConcentration="0"'))
        + listed("Parameters", parameter("k", 1.5), parameter("total", 4.0)) + zero("S + P - total")
        + listed("Reactions", reaction("J", "k*S", eats="S"))
    )  # fmt: skip
    got = run(document(body), ["S", "P", "amount:P"], T)
    left = 3.0 * np.exp(-0.75 * np.array(T))
    np.testing.assert_allclose(got, np.stack([left, 4.0 - left, 2.0 * (4.0 - left)], axis=1), rtol=1e-7)


def test_rules_one_after_the_other_and_all_at_once() -> None:
    body = variables("x", "y", "u", "v") + zero("x*y - 6", "y - 2", "u + v - k", "u - v + time")
    got = run(document(body), ["x", "y", "u", "v"], T)
    times = np.array(T)
    expected = np.stack([3.0 + 0 * times, 2.0 + 0 * times, (3.0 - times) / 2.0, (3.0 + times) / 2.0], axis=1)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_a_rule_through_an_assignment_rule() -> None:
    body = variables("x", "y") + zero("y - 8", more=rule("y", "2*x"))
    np.testing.assert_allclose(run(document(body), ["x", "y"], T), [[4.0, 8.0]] * 3)


def test_what_is_determined_moves_with_events() -> None:
    body = variables("x", "p") + zero("x - 2*p") + listed("Events", event("time >= 1", {"p": "5"}))
    np.testing.assert_allclose(run(document(body), ["x"], T)[:, 0], [2.0, 2.0, 10.0])


@pytest.mark.parametrize("formula", ["x^2 - k", "exp(x) - k", "piecewise(x, x > 2, 2*x) - k", "floor(x) - k"])
def test_what_is_not_linear_is_refused_by_name(formula: str) -> None:
    with pytest.raises(ModelError, match="not linear in 'x'"):
        read(document(variables("x") + zero(formula)))


def test_what_is_not_determined_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match=r"1 algebraic rules must determine .* 'x', 'y'"):
        read(document(variables("x", "y") + zero("x + y - k")))
    with pytest.raises(ModelError, match="do not determine 'v'"):
        read(document(variables("u", "v") + zero("u + v - k", "2*u + 2*v - k")))

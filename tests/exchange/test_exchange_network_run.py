"""What only looks on at a run: delayed values, fast reactions, numbers that are none."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from bimodal.engine import Settings
from bimodal.errors import ModelError
from bimodal.exchange import time_course
from bimodal.exchange.network_run import run_network
from bimodal.model.sbml_reader import read_sbml

sys.path.append(str(Path(__file__).parents[1] / "model"))
from sbml_texts import HEADS, compartment, document, event, listed, parameter, reaction, species

T = np.array([0.0, 0.5, 1.0, 2.0])
SETTINGS = Settings(rtol=1e-9, atol_factor=1e-6)
X = listed("Parameters", parameter("x", 3.0, constant=False), parameter("y", 0.0, constant=False), parameter("d", 0.5))


def ruled(rate: str, rule: str) -> str:
    """Return rules for x and y."""
    return listed(
        "Rules",
        f'<rateRule variable="x">{{{{{rate}}}}}</rateRule>',
        f'<assignmentRule variable="y">{{{{{rule}}}}}</assignmentRule>',
    )


def columns(text: str, *names: str) -> list[np.ndarray]:
    network = read_sbml(text, file="m.xml")
    found = run_network(network, [(name, name) for name in names], T, settings=SETTINGS)
    assert not found.status.failed
    return [found.values[name] for name in names]


def test_a_delayed_value_is_that_of_the_same_run() -> None:
    (y,) = columns(document(X + ruled("-x", "delay(x, d)")), "y")
    np.testing.assert_allclose(y, 3.0 * np.exp(-np.maximum(T - 0.5, 0.0)), rtol=1e-7)


def test_delays_of_time_and_inside_one_another() -> None:
    (y,) = columns(document(X + ruled("1", "delay(delay(x, abs(time)/2) + time, d)")), "y")
    late = T - 0.5
    inner = 3.0 + np.where(late < 0, 0.0, late / 2.0)
    np.testing.assert_allclose(y, inner + late, rtol=1e-9)


def test_before_the_start_a_quantity_was_what_its_start_would_have_been() -> None:
    start = listed("InitialAssignments", '<initialAssignment symbol="x">{{sin(time) + d}}</initialAssignment>')
    (y,) = columns(document(X + start + ruled("0", "delay(x, 1)")), "y")
    np.testing.assert_allclose(y, np.sin(np.minimum(T - 1.0, 0.0)) + 0.5, rtol=1e-12)
    (y,) = columns(document(X + ruled("2", "delay(rateOf(x), 1)")), "y")
    np.testing.assert_array_equal(y, [0.0, 0.0, 2.0, 2.0])


def test_a_delay_that_depends_on_events_sees_the_jump_late() -> None:
    jump = listed("Events", event("time >= 0.75", {"x": "7"}))
    (y,) = columns(document(X + ruled("0", "delay(x, d)") + jump), "y")
    np.testing.assert_array_equal(y, [3.0, 3.0, 3.0, 7.0])


REFUSED = {
    "in a rate": X + ruled("-delay(x, d)", "x"),
    "in a rate by way of a rule": X + ruled("-y", "delay(x, d)"),
    "in a trigger": X + ruled("-x", "1") + listed("Events", event("delay(x, d) < 1", {"x": "7"})),
    "in an event": X + ruled("-x", "1") + listed("Events", event("time > 1", {"x": "delay(x, d)"})),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_delay_in_what_changes_the_course_is_refused_by_name(name: str) -> None:
    with pytest.raises(ModelError, match="'delay' in what changes its course"):
        read_sbml(document(REFUSED[name]), file="m.xml")


def test_a_value_yet_to_come_is_refused() -> None:
    network = read_sbml(document(X + ruled("1", "delay(x, -d)")), file="m.xml")
    with pytest.raises(ModelError, match="below 0"):
        run_network(network, [("y", "y")], T, settings=SETTINGS)


def fast(law: str) -> str:
    """Return S -> P at once and P -> at the rate of 1."""
    body = (
        listed("Compartments", compartment(size=1.0))
        + listed("Species", species("S", 'initialAmount="2"'), species("P", 'initialAmount="1"'))
        + listed("Reactions", reaction("J", law, eats="S", makes="P"), reaction("out", "P", eats="P"))
    )
    text = document(body, level=(3, 1))
    for name, told in (("J", "true"), ("out", "false")):
        text = text.replace(f'<reaction id="{name}"', f'<reaction id="{name}" fast="{told}"')
    return text


def test_a_fast_reaction_is_at_rest_from_the_start() -> None:
    text = fast("S - 2*P")
    assert HEADS[3, 1] in text
    s, p = columns(text, "S", "P")
    total = 3.0 * np.exp(-T / 3.0)  # a third of it is P
    np.testing.assert_allclose(s, 2.0 * total / 3.0, rtol=1e-5)
    np.testing.assert_allclose(p, total / 3.0, rtol=1e-5)
    assert "fast reactions (J)" in read_sbml(text, file="m.xml").warnings[0]


def test_a_fast_reaction_that_is_slow_is_refused() -> None:
    network = read_sbml(fast("1e-5*(S - 5*P)"), file="m.xml")
    with pytest.raises(ModelError, match="have not settled"):
        run_network(network, [("S", "S")], T, settings=SETTINGS)


def test_numbers_that_are_none_are_told_as_they_are() -> None:
    none = '<parameter id="n" value="NaN" constant="true"/><parameter id="i" value="-INF" constant="true"/>'
    start = '<initialAssignment symbol="j">{{INF}}</initialAssignment>'
    body = listed("Parameters", none, parameter("j", 1.0), parameter("x", 1.0, constant=False))
    body += listed("InitialAssignments", start) + listed("Rules", '<rateRule variable="x">{{-x}}</rateRule>')
    n, i, j, x = columns(document(body), "n", "i", "j", "x")
    assert np.isnan(n).all()
    assert (i == -np.inf).all()
    assert (j == np.inf).all()
    np.testing.assert_allclose(x, np.exp(-T), rtol=1e-7)


def test_a_rule_that_is_no_number_for_a_while_is_missing_there() -> None:
    y, x = columns(document(X + ruled("1", "1/(time - 1)")), "y", "x")
    np.testing.assert_array_equal(np.isnan(y), [False, False, True, False])
    np.testing.assert_allclose(x, 3.0 + T)


def test_a_quantity_called_time_keeps_its_meaning(tmp_path: Path) -> None:
    csymbol = "<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/time'>t</csymbol>"
    both = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><plus/>{csymbol}<ci>time</ci></apply></math>'
    body = listed("Parameters", parameter("time", 5.0), parameter("time_", 1.0), parameter("x", 0.0, constant=False))
    text = document(body + listed("Rules", f'<assignmentRule variable="x">{both}</assignmentRule>'))
    x, told = columns(text, "x", "time")
    np.testing.assert_allclose(x, T + 5.0)
    np.testing.assert_allclose(told, 5.0)
    path = tmp_path / "m.xml"
    path.write_text(text, encoding="utf-8")
    found = time_course(path, until=2.0, points=3, parameters={"time__": 7.0})
    np.testing.assert_allclose(found.values["x"], [7.0, 8.0, 9.0])
    assert "'time' of the file is called 'time__' here" in found.warnings[0]


def test_a_time_course_shows_what_follows_from_a_delay(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    path.write_text(document(X + ruled("-x", "delay(x, d)")), encoding="utf-8")
    found = time_course(path, until=1.0, points=3, parameters={"d": 1.0}, estimate=True)
    np.testing.assert_allclose(found.values["y"], 3.0)
    assert found.error is not None

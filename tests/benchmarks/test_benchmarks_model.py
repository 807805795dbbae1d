"""The benchmark's model says what it claims to: its size, and the same rates when others read it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import roadrunner

from bimodal.engine import solve
from bimodal.engine.compiled import compiled
from bimodal.engine.program import build_program


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
        from engine import accuracy, amici_peer, c_source, model, patients, regimens, roadrunner_peer

        network = model.network_of(model.sbml_of(model.text()))
        yield SimpleNamespace(
            accuracy=accuracy,
            amici_peer=amici_peer,
            c_source=c_source,
            model=model,
            network=network,
            patients=patients,
            regimens=regimens,
            roadrunner_peer=roadrunner_peer,
            system=model.system_of(network),
        )


def test_size_is_the_published_one(bench):
    program = build_program(bench.system)
    assert len(bench.network.state_ids) == 45
    assert len(bench.network.constant_ids) == 72
    assert len(program.jacobian) == 210
    assert len(program.elimination.pattern) == 245


def test_rates_agree_with_an_independent_reading(bench):
    runner = roadrunner.RoadRunner(bench.network.sbml)
    values = bench.patients.sample(bench.network, 3, 7)
    full, start = compiled(bench.system).start(values)
    generator = np.random.default_rng(11)
    for own, parameters, y in zip(values, full, start, strict=True):
        for name, value in zip(bench.network.constant_ids, own.tolist(), strict=True):
            runner[name] = value
        state = (y + 0.1) * generator.uniform(0.2, 3.0, len(y))
        for name, value in zip(bench.network.state_ids, state.tolist(), strict=True):
            runner[name] = value
        theirs = np.array([runner[f"{name}'"] for name in bench.network.state_ids])
        ours = compiled(bench.system).call("rate", 0.0, state, parameters)
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)


def test_jacobian_agrees_with_differences(bench):
    full, start = compiled(bench.system).start(bench.model.defaults(bench.network)[None])
    y, kernel = start[0] + 0.3, compiled(bench.system)
    exact = kernel.call("jacobian", 0.0, y, full[0])
    for column, value in enumerate(y.tolist()):
        step = 1e-5 * max(value, 1.0)
        up, down = y.copy(), y.copy()
        up[column] += step
        down[column] -= step
        found = (kernel.call("rate", 0.0, up, full[0]) - kernel.call("rate", 0.0, down, full[0])) / (2 * step)
        np.testing.assert_allclose(found, exact[:, column], rtol=1e-5, atol=1e-8 * np.abs(exact).max())


def test_patients_are_the_same_in_any_count_and_vary_where_said(bench):
    few, many = (bench.patients.sample(bench.network, n, 3) for n in (2, 5))
    np.testing.assert_array_equal(few, many[:2])
    varying = {bench.network.constant_ids[i] for i in np.flatnonzero(np.ptp(many, axis=0) > 0)}
    assert varying == set(bench.patients.VARIED)
    assert len(varying) == 20


def test_untreated_model_stays_put_in_its_receptors(bench):
    # starting receptor numbers are the balance of synthesis and turnover without ligand
    full, start = compiled(bench.system).start(bench.model.defaults(bench.network)[None])
    state = start[0].copy()
    state[bench.system.state_index["plasma"]] = 0.0
    rates = dict(
        zip(bench.system.state_ids, compiled(bench.system).call("rate", 0.0, state, full[0]).tolist(), strict=True)
    )
    assert all(abs(rates[name]) < 1e-9 for name in rates if name.startswith(("alpha", "beta", "gamma", "cells")))


@pytest.mark.parametrize("which", [0, 1])
def test_regimens_reach_the_engine_as_they_reach_libroadrunner(bench, which):
    regimen, times = bench.regimens.REGIMENS[which], bench.regimens.TIMES
    values = bench.patients.sample(bench.network, 1, 5)
    peer = bench.roadrunner_peer.RoadRunner(bench.network, bench.system, 1)
    theirs = peer.run(bench.roadrunner_peer.TIGHT, regimen, values).values
    ours = solve(bench.system, values, regimen.schedule(bench.system, 1), times).values
    assert bench.accuracy.worst_error(ours, theirs) < bench.accuracy.LIMIT


@pytest.mark.parametrize(("which", "events"), [(0, 55), (1, 55)])
def test_regimen_written_into_the_model_keeps_every_dose(bench, which, events):
    regimen = bench.regimens.REGIMENS[which]
    sbml = bench.model.sbml_of(regimen.antimony(bench.model.text()))
    assert len(regimen.events) == events + 1  # the one at the start became a starting value
    assert sbml.count("<event ") == events
    first = "4000" if which == 0 else "600000"
    assert f'value="{first}"' in sbml


def test_error_is_zero_for_the_reference_and_infinite_for_nan(bench):
    reference = np.linspace(0.0, 2.0, 24).reshape(2, 4, 3)
    assert bench.accuracy.worst_error(reference, reference) == 0.0
    broken = reference.copy()
    broken[1, 2, 0] = np.nan
    assert bench.accuracy.worst_error(broken, reference) == np.inf
    assert bench.accuracy.worst_error(reference * 1.01, reference) == pytest.approx(0.01, rel=0.01)


def test_yardstick_in_c_writes_every_factor(bench):
    program = build_program(bench.system)
    text = bench.c_source.c_text(program, compiled(bench.system).tableau, 4)
    assert "vector_size(32)" in text
    assert text.count("\n  lu[") == len(program.elimination.pattern)
    assert text.count("\n  f[") == 45


def test_a_peer_that_is_missing_is_named(bench):
    with pytest.raises(bench.roadrunner_peer.UnavailableError, match="AMICI"):
        bench.amici_peer.Amici(bench.network, 1, "/nowhere/python", 1.0)

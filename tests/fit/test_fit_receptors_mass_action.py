"""The fit of the full mass-action level: shipped values are its optimum, and the authors' constants are in it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from bimodal.expr import evaluate
from bimodal.fit.problem import Problem
from bimodal.fit.receptors.assay_curves import ec50
from bimodal.fit.receptors.mass_action import (
    AUTHORS,
    COMMAND,
    MODEL,
    mass_action_data,
    mass_action_parameters,
    mass_action_problem,
)
from bimodal.fit.receptors.receptors import SAME_AS, ReceptorData, receptor_data
from bimodal.model import load_assay, load_model, load_receptor_cell


@cache
def data() -> ReceptorData:
    return mass_action_data()


@cache
def problem() -> Problem:
    return mass_action_problem(data())


def shipped() -> np.ndarray:
    table = data().curves.assay.table.values()
    return np.array([table[name] for name in problem().ids])


def cost(values: np.ndarray) -> np.ndarray:
    prior = [(p.prior.mean, p.prior.sd) if p.prior else (0.0, np.inf) for p in problem().parameters]
    mean, sd = np.array(prior).T
    penalty = ((np.log(values) - mean) / sd) ** 2
    return 0.5 * (problem().evaluate(values) ** 2).sum(axis=1) + 0.5 * penalty.sum(axis=1)


def test_what_is_fitted_stands_in_the_table_with_the_command() -> None:
    table = load_model(MODEL).table.by_id
    fitted = {row.id for row in table.values() if COMMAND in row.note}
    assert fitted == {*problem().ids, *SAME_AS}
    assert all(table[name].value == table[other].value for name, other in SAME_AS.items())
    for parameter in problem().parameters:
        assert parameter.lower * 1.01 < table[parameter.id].value < parameter.upper / 1.01


def test_the_shipped_values_are_the_optimum() -> None:
    away = [shipped() * np.exp(np.eye(len(shipped()))[i] * step) for i in range(len(shipped())) for step in (-0.1, 0.1)]
    costs = cost(np.array([shipped(), *away]))
    assert (costs[1:] > costs[0]).all()
    theirs = np.array([AUTHORS.get(name, value) for name, value in zip(problem().ids, shipped(), strict=True)])
    assert cost(theirs[None])[0] > 1.2 * costs[0]


def test_the_authors_constants_are_among_what_can_be_fitted() -> None:
    table = load_receptor_cell().table.values()
    network = load_assay(MODEL).network
    known = {c.id: c.value for c in network.constants} | data().curves.assay.table.values()
    known |= {f"ligand_{name.removeprefix('il2_')}": value for name, value in AUTHORS.items()}
    for name, node in network.derived:
        known[name] = (
            float(evaluate(network.graph, [node], known)[0]) if network.graph.symbols([node]) <= set(known) else np.nan
        )
    assert known["cell_r_il2_beta_off"] == pytest.approx(table["on_rate"] * table["il2_kd_beta"], rel=1e-12)
    assert known["cell_r_il2_pair_off"] == pytest.approx(table["il2_pair_off"], rel=1e-12)
    assert [p.id for p in mass_action_parameters(binding=False)] == [
        n for n in problem().ids if n.endswith("threshold")
    ]


def test_both_levels_meet_the_measured_ec50() -> None:
    one, two = receptor_data(), data()
    none = np.zeros((1, 0))
    read = [ec50(d.curves.concentrations_nM, d.simulate((), none, "il2")[0, :, 0]) for d in (one, two)]
    print("\nEC50 of pSTAT5 at 30 min, nM: measured, equilibrium, mass action")
    for name, *row in zip(two.curves.subsets, two.ec50_nM, *read, strict=True):
        print(f"{name:14s} {row[0]:8.3g} {row[1]:8.3g} {row[2]:8.3g}")
    order = [two.curves.subsets.index(name) for name in ("treg", "tconv_memory", "cd8")]
    for found in read:
        assert (np.abs(np.log(found / two.ec50_nM)) < np.log(2.0)).sum() >= 9
        assert (np.diff(found[order]) > 0).all()


def test_nothing_exceeds_the_maximum() -> None:
    assert data().simulate((), np.zeros((1, 0)), "il2").max() <= 1.0

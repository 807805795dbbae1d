"""The mouse: at rest without treatment, in balance, in the units of its table; a genotype finds its own rest."""

from __future__ import annotations

import tomllib

import libsbml
import numpy as np
import pytest

from bimodal.cohort.parameter_sets import list_parameter_sets, read_parameter_sets
from bimodal.engine import Schedule, Settings, solve
from bimodal.errors import ModelError
from bimodal.evidence import list_studies, study_text
from bimodal.exchange import to_sbml
from bimodal.model import Model, load_model
from bimodal.model.conditions import condition_values, load_conditions
from bimodal.model.manifest import read_manifest
from bimodal.study import load_study

MODELS = ("mouse", "mouse_disease", "mouse_chimera")
TINY = Settings(rtol=1e-9)


def row(model: Model, **changed: float) -> np.ndarray:
    values = model.table.values() | changed
    return np.array([[values[name] for name in model.parameter_ids]])


@pytest.mark.parametrize("name", MODELS)
def test_an_untreated_mouse_stays_as_it_is(name: str) -> None:
    model = load_model(name)
    states = [(state, state) for state in model.network.state_ids]
    run = solve(model.network.system(states), row(model), None, [0.0, 2400.0], settings=TINY)
    for state, _ in states:
        first, last = run[state][0]
        assert last == pytest.approx(first, rel=1e-6, abs=1e-12), state


def test_every_parameter_set_rests() -> None:
    model = load_model("mouse")
    for name in list_parameter_sets():
        sets = read_parameter_sets(name, model.table)
        rows = sets.matrix(model.parameter_ids, model.table.values())
        run = solve(model.system, rows, None, [0.0, 2400.0], settings=TINY)
        assert run.failed == 0
        assert run["treg_organs"][:, 1] == pytest.approx(run["treg_organs"][:, 0], rel=1e-6)


@pytest.mark.parametrize("sort", ["il2", "human_il2", "drug", "partner", "second"])
def test_what_is_given_stays_where_nothing_eats_or_clears_it(sort: str) -> None:
    model = load_model("mouse")
    still = {"internalisation": 1e-15, "clearance": 0.0, "il2_rest": 0.0, "sc_bioavailability": 1.0}
    still |= {f"{part}_clearance": 0.0 for part in ("drug", "partner", "second")}
    still |= {f"{part}_sc_bioavailability": 1.0 for part in ("drug", "partner", "second")}
    states = [f"{sort}_{place}" for place in ("depot", "amount", "peripheral")]
    system = model.network.system([(state, state) for state in states])
    given = Schedule.build([[(0.0, system.slot_add(states[0]), 0.058)]])
    rows = np.array([[(model.table.values() | still)[name] for name in system.parameter_ids]])
    run = solve(system, rows, given, [1.0, 24.0, 240.0], settings=TINY)
    assert sum(run[state][0] for state in states) == pytest.approx(0.058, rel=1e-6)


def test_given_cells_arrive() -> None:
    model = load_model("mouse")
    given = Schedule.build([[(0.0, model.system.slot_add("treg_given"), 1e5 / 6.02214076e14)]])
    growing = {f"treg_{part}_{name}": 0.0 for part in ("naive", "memory") for name in ("growth_max", "crowded_loss")}
    # nobody divides or is lost in the first minutes: what arrives is what was given
    run = solve(model.system, row(model, treg_homing=50.0, **growing), given, [0.0, 0.2], settings=TINY)
    assert run["treg_organs"][0, 1] - run["treg_organs"][0, 0] == pytest.approx(1e5, rel=2e-2)


@pytest.mark.parametrize("name", MODELS)
def test_the_exported_mouse_has_consistent_units(name: str) -> None:
    document = libsbml.readSBMLFromString(to_sbml(load_model(name)))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert document.getNumErrors() == 0


def treg(genes: str | None, **changed: float) -> float:
    model = load_model("mouse")
    body = row(model, **changed)
    if genes is None:
        return float(solve(model.system, body, None, [0.0])["treg_organs"][0, 0])
    values = condition_values("mouse", (genes,))
    assert values.keys() <= model.perturbing
    inputs = model.changed_rest(body, row(model, **(changed | values)))
    return float(solve(model.changed.released, inputs, None, [0.0])["treg_organs"][0, 0])


def test_genotypes_come_in_the_order_of_the_evidence() -> None:
    wild = treg(None)
    share = {name: treg(name) / wild for name in ("cd25-null", "il2-null", "il2-il15-null", "cd122-null")}
    assert 0.7 < share["cd25-null"] <= 1.0
    assert 0.7 < share["il2-null"] <= 1.0
    assert share["cd122-null"] < 0.5
    assert share["il2-il15-null"] < 0.5


def test_normal_number_comes_from_the_threshold_of_keeping() -> None:
    # with the threshold of keeping where the weak signal lies, the same mutant has far fewer
    high = {f"treg_{part}_survival_half": 0.03 for part in ("naive", "memory")}
    assert treg("signal-mutant") / treg(None) > 1.15 * treg("signal-mutant", **high) / treg(None, **high)


def test_conditions_set_parameters_there_are_and_no_other_model_has_any() -> None:
    rows = read_manifest("mouse_disease").table().by_id
    for condition in load_conditions("mouse").values():
        assert condition.values.keys() <= rows.keys(), condition.id
        assert condition.cause
        assert condition.source
    assert load_conditions("human") == {}
    with pytest.raises(ModelError, match="no condition 'cd25-nul'"):
        condition_values("mouse", ("cd25-nul",))
    with pytest.raises(ModelError, match="both set 'tissue_attack'"):
        condition_values("mouse", ("insulitis", "onset"))


def test_studies_of_mice_differ_in_named_conditions_and_in_nothing_else() -> None:
    mice = [name for name in list_studies() if tomllib.loads(study_text(name))["publication"]["species"] == "mouse"]
    assert len(mice) >= 14
    for name in mice:
        study = load_study(name)
        assert study.population.cohort == "mouse-sets", name
        assert not study.set, name
        for arm in study.arm:
            assert not arm.set, name
            assert not arm.scale, name
            assert arm.cohort is None, name
            condition_values("mouse", (*study.conditions, *arm.conditions))


def test_cells_of_a_chimera_have_the_numbers_of_the_others() -> None:
    values = load_model("mouse_chimera").table.values()
    own = {name: value for name, value in values.items() if name.startswith("treg_naive_")}
    assert {f"rival_{name.removeprefix('treg_')}": value for name, value in own.items()}.items() <= values.items()

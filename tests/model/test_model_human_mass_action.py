"""The human model with receptors in full mass action: the same doors and observables, at rest, in balance."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import libsbml
import numpy as np
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.engine import Schedule, solve
from bimodal.errors import EngineError, ModelError
from bimodal.expr import evaluate
from bimodal.model import IL15, Model, load_assay, load_model, load_receptor_cell, model_text
from bimodal.model.antimony_text import to_sbml
from bimodal.model.level import shipped
from bimodal.model.manifest import read_manifest
from bimodal.model.sbml_reader import read_sbml
from bimodal.model.short_form import write_out

CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
#: What the other level has and this one does without.
WITHOUT = {
    "il15", "il15_kd_betagamma", "alpha_turnover", "beta_turnover", "internalisation", "beta_loss_fraction",
    "betagamma_slope", *(f"{cell}_cd25_persistence" for cell in CELLS),
}  # fmt: skip


@cache
def model() -> Model:
    return load_model("human_mass_action")


def median() -> np.ndarray:
    table = model().table.values()
    return np.array([[table[name] for name in model().parameter_ids]])


def people(count: int, spread: float = 0.5) -> np.ndarray:
    """Return random patients: every number that is not zero, a share or a constant of nature varies."""
    rng = np.random.default_rng(11)
    many = np.tile(median(), (count, 1))
    many[1:] *= np.exp(rng.uniform(-spread, spread, many[1:].shape))
    ids = model().parameter_ids
    for name in ("pM_in_nM", "molecules_per_nmol"):
        many[:, ids.index(name)] = model().table.values()[name]
    shares = [i for i, n in enumerate(ids) if n.endswith(("bioavailability", "fraction", "sorting"))]
    many[:, shares] = np.minimum(many[:, shares], 0.95)
    return many


def test_doors_and_observables_are_those_of_the_human_model() -> None:
    human = load_model("human")
    assert model().ports == human.ports
    assert model().observables == human.observables
    assert model().settable == human.settable
    assert model().species == human.species
    for port in model().ports.values():
        assert port.iv_bolus in model().network.state_ids
    for quantity in model().observables.values():
        model().network.expression(quantity)


def test_the_table_is_the_human_one_with_a_few_rows_replaced_and_added() -> None:
    human, own = load_model("human").table.by_id, model().table.by_id
    assert set(human) - set(own) == WITHOUT
    added = set(own) - set(human)
    assert all(name.startswith("receptors_") or name.endswith("_gamma_rest") for name in added)
    changed = {name for name in set(own) & set(human) if own[name] != human[name]}
    thresholds = {f"{cell}_threshold" for cell in CELLS}
    assert changed == {*thresholds, "il2_kd_betagamma", "il2_k2", "drug_kd_betagamma", "drug_k2"}
    assert all(own[name].status == "fitted" for name in (*thresholds, "il2_kd_betagamma", "il2_k2"))
    assert own["drug_k2"].value == pytest.approx(10 * own["il2_k2"].value)
    assert own["drug_kd_betagamma"].value == pytest.approx(10 * own["il2_kd_betagamma"].value)


def test_every_row_is_used_and_every_unused_one_is_left_out() -> None:
    network = model().network
    assert set(model().table.ids) == set(model().parameter_ids)
    roots = [*network.rates, *network.initial, *network.rules.values(), *(node for _, node in network.derived)]
    used = network.graph.symbols(roots)
    assert set(model().table.ids) <= used
    assert not WITHOUT & used


def test_what_cells_share_stands_once() -> None:
    network = model().network
    known = {constant.id: constant.value for constant in network.constants}
    for name, node in network.derived:
        known[name] = float(evaluate(network.graph, [node], known)[0])
    authors = load_receptor_cell()
    for name, value in model().table.values().items():
        if name.startswith("receptors_") and name != "receptors_gamma_reference":
            local = name.removeprefix("receptors_")
            assert [known[f"{cell}_r_{local}"] for cell in CELLS] == [value] * 5
            assert value == authors.table.values()[f"il2_{local}" if local.startswith("gamma_off") else local]
    for cell, stained in zip(CELLS, ("treg", "tconv", "cd8", "nk", "nk"), strict=True):
        assert known[f"{cell}_r_gamma_rest"] == authors.cells[stained]["gamma_rest"]


def test_libsbml_has_nothing_to_say() -> None:
    for network in (model().network, load_assay("human_mass_action").network, model().receptors_at_rest.network):
        document = libsbml.readSBMLFromString(network.sbml)
        document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
        document.checkConsistency()
        assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_added_rows_have_the_units_of_the_text() -> None:
    registry = pint.UnitRegistry()
    for line in ("molecule = [molecule]", "nM = 1e-9 mole / litre", "item = molecule", "nd = []"):
        registry.define(line)
    inside = libsbml.readSBMLFromString(model().network.sbml).getModel()
    for row in model().table.rows:
        if row.id.startswith("receptors_") or row.id.endswith("_gamma_rest"):
            definition = inside.getUnitDefinition(model().network.units[row.id])
            unit = registry.Quantity(1.0)
            for part in definition.getListOfUnits() if definition else ():
                kind = libsbml.UnitKind_toString(part.getKind())
                one = registry.Quantity(part.getMultiplier() * 10.0 ** part.getScale(), kind)
                unit = unit * one ** part.getExponentAsDouble()
            table = registry.Quantity(1.0, "" if row.unit == "1" else row.unit).to_base_units()
            assert table.units == unit.to_base_units().units, row.id
            assert table.magnitude == pytest.approx(unit.to_base_units().magnitude, rel=1e-12), row.id


def test_both_levels_have_the_same_ports() -> None:
    def ports(name: str) -> list[str]:
        text = write_out(shipped([name])).text
        line = next(line for line in text.splitlines() if line.startswith("model receptors("))
        return line.removeprefix("model receptors(").removesuffix(")").split(", ")

    one, two = ports("receptors_equilibrium.ant"), ports("receptors_mass_action.ant")
    # the same places; where this level has a quantity of that name itself, the unused port is called otherwise
    assert [a for a, b in zip(one, two, strict=True) if a != b] == ["internalisation"]


def test_the_text_is_ascii_and_names_the_model() -> None:
    text = model_text("human_mass_action")
    text.encode("ascii")
    assert "model *human_mass_action()" in text
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
    assert not any(sign in line for line in lines for sign in "@{}")
    assert read_manifest("human").level is None


def test_a_cell_whose_gamma_nobody_measured_takes_that_of_the_reference_as_an_assumption() -> None:
    shipped_cells = read_manifest("human_mass_action")
    assert shipped_cells.level is not None
    level = replace(shipped_cells.level, cells=(*shipped_cells.level.cells, "b"))
    *rows, row = replace(shipped_cells, level=level).table().rows
    assert tuple(rows) == shipped_cells.table().rows
    reference = shipped_cells.table().by_id["receptors_gamma_reference"]
    assert (row.id, row.value, row.source, row.status) == ("b_gamma_rest", reference.value, reference.source, "assumed")
    assert "receptors_gamma_reference" in row.note


def test_the_dish_has_no_il15_to_set() -> None:
    system = load_assay("human_mass_action").system
    with pytest.raises(EngineError, match="il15"):
        system.slot_set(IL15)
    with pytest.raises(ModelError, match="no cells to put into a dish"):
        load_assay("receptor_cell")
    with pytest.raises(ModelError, match="no model 'mouse_mass_action'"):
        load_assay("mouse_mass_action")


def test_the_dish_takes_the_gamma_of_each_subset() -> None:
    assay = load_assay("human_mass_action")
    stained = load_receptor_cell().cells
    for subset in assay.subsets:
        assert assay.parameters(subset)["cell_gamma_rest"] == pytest.approx(stained[subset.id]["gamma_rest"], rel=1e-5)
    assert "cell_gamma_rest" not in load_assay().parameters(assay.subsets[0])


def test_rest_is_the_identity_for_the_equilibrium_level() -> None:
    human = load_model("human")
    rows = np.ones((2, len(human.parameter_ids)))
    assert human.rest(rows) is rows
    assert human.parameter_ids == human.system.parameter_ids


def test_receptors_are_at_rest_and_it_does_not_depend_on_company() -> None:
    many = people(7)
    full = model().rest(many)
    assert full.shape == (7, len(model().system.parameter_ids))
    known = dict(zip(model().system.parameter_ids, full.T, strict=True))
    for name, column in zip(model().parameter_ids, many.T, strict=True):
        np.testing.assert_array_equal(known[name], column)
    np.testing.assert_array_equal(model().rest(many[3:4]), full[3:4])
    np.testing.assert_array_equal(model().rest(many[::-1], workers=2), full[::-1])
    network = model().network
    values = known | {name: 0.0 for name in network.constant_ids if name not in known}
    for name, node in network.derived:
        values[name] = evaluate(network.graph, [node], values)[0]
    start = dict(zip(network.state_ids, evaluate(network.graph, list(network.initial), values), strict=True))
    rates = dict(zip(network.state_ids, evaluate(network.graph, list(network.rates), values | start), strict=True))
    for cell in CELLS:
        assert (start[f"{cell}_r_with_il2_labg_in"] > 0.0).all()
        for state in (name for name in network.state_ids if name.startswith(f"{cell}_r_")):
            assert np.abs(rates[state]).max() <= 1e-8 * np.abs(start[f"{cell}_r_free_beta_surface"]).max(), state


def test_without_il2_the_receptors_are_the_stained_ones() -> None:
    row = median()
    row[0, model().parameter_ids.index("il2_rest")] = 0.0
    full = dict(zip(model().system.parameter_ids, model().rest(row)[0], strict=True))
    assert max(abs(full[name]) for name in model().receptors_at_rest.starts) <= 1e-7


@settings(deadline=None, max_examples=10)
@given(il2=st.floats(-7.0, 1.0), alpha=st.floats(0.0, 5.0), beta=st.floats(0.0, 5.0))
def test_any_body_finds_its_rest(il2: float, alpha: float, beta: float) -> None:
    row, ids = median(), model().parameter_ids
    row[0, ids.index("il2_rest")] = 10.0**il2
    for cell in CELLS:
        row[0, ids.index(f"{cell}_alpha_rest")] = 10.0**alpha
        row[0, ids.index(f"{cell}_beta_rest")] = 10.0**beta
    assert np.isfinite(model().rest(row)).all()


def test_who_has_no_rest_has_no_starting_values() -> None:
    rows = np.tile(median(), (2, 1))
    rows[1, model().parameter_ids.index("treg_beta_rest")] = np.nan
    full = model().rest(rows)
    starts = [model().system.parameter_ids.index(name) for name in model().receptors_at_rest.starts]
    assert np.isfinite(full[0]).all()
    assert np.isnan(full[1, starts]).any()


@pytest.mark.slow
def test_the_untreated_body_rests() -> None:
    system = model().system
    full = model().rest(people(8))
    run = solve(system, full, None, np.arange(0, 121) * 24.0)
    assert (run.status == 0).all()
    first = run.values[:, :1]
    drift = np.abs(run.values - first) / np.maximum(np.abs(first), 1e-300)
    assert np.where(first == 0, np.abs(run.values), drift).max() < 1e-6
    counts = full[:, system.parameter_index["treg_count_rest"]]
    np.testing.assert_allclose(run["treg_count"][:, 0], counts, rtol=1e-12)
    il2 = full[:, system.parameter_index["il2_rest"]]
    np.testing.assert_allclose(run["il2_plasma"][:, 0], 1000 * il2, rtol=1e-12)


@pytest.mark.slow
def test_a_patient_does_not_depend_on_company() -> None:
    system = model().system
    full = model().rest(people(9))
    doses = Schedule.shared([0.0], [system.slot_add("il2_depot")], np.full((9, 1), 7.2))
    one = Schedule.shared([0.0], [system.slot_add("il2_depot")], np.full((1, 1), 7.2))
    hours = np.array([0.0, 4.0, 24.0, 240.0])
    together = solve(system, full, doses, hours)
    assert (together.status == 0).all()
    alone = solve(system, full[5:6], one, hours)
    np.testing.assert_array_equal(alone.values[0], together.values[5])
    lost = full.copy()
    lost[2, system.parameter_index["treg_r_with_il2_la_start"]] = np.nan  # as of one who has no rest
    without = solve(system, lost, doses, hours)
    assert np.flatnonzero(without.status > 1).tolist() == [2]
    assert np.isnan(without.values[2]).all()
    np.testing.assert_array_equal(without.values[3:], together.values[3:])


@pytest.mark.slow
def test_mass_balance() -> None:
    # a reaction's id is its speed, so the counters follow the text
    tallies = {
        "tally_secreted": "il2_secreted",
        "tally_local": "il2_local_loss",
        "tally_eliminated": "il2_elimination",
        "tally_uptake": "il2_receptor_uptake",
        "tally_drug_eliminated": "drug_elimination",
        "tally_drug_uptake": "drug_receptor_uptake",
    }
    counters = "".join(f"  {name} = 0; {name}' = {rate};\n" for name, rate in tallies.items())
    text = model_text("human_mass_action").rstrip().removesuffix("end") + counters + "end\n"
    inputs = dict.fromkeys(model().system.parameter_ids, 0.0) | model().table.values()
    network = read_sbml(to_sbml(text, "human_mass_action", file="tallied"), file="tallied", values=inputs)
    names = [s for s in network.state_ids if s.startswith(("il2_", "drug_", "tally_"))]
    system = network.system([(n, n) for n in names], settable=model().settable)
    assert system.parameter_ids == model().system.parameter_ids
    doses = [(0.0, "il2_depot", 7.2), (8.0, "il2_amount", 30.0), (24.0, "il2_depot", 7.2), (30.0, "drug_amount", 20.0)]
    events = [[(t, system.slot_add(to), amount) for t, to, amount in doses]] * 3
    hours = np.linspace(0, 240, 49)
    run = solve(system, model().rest(people(3, 0.2)), Schedule.build(events), hours)
    assert (run.status == 0).all()
    for ligand, prefix, ways in (
        ("il2", "tally_", ("local", "eliminated", "uptake")),
        ("drug", "tally_drug_", ("eliminated", "uptake")),
    ):
        inside = sum(run[name] for name in names if name.startswith(f"{ligand}_"))
        out = sum(run[prefix + way] for way in ways)
        own = run["tally_secreted"] if ligand == "il2" else 0.0
        dosed = sum(np.where(hours > t, amount, 0.0) for t, to, amount in doses if to.startswith(ligand))
        given = inside[:, :1] + dosed + own
        assert np.abs(inside + out - given).max() <= 1e-10 * given.max()

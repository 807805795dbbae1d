"""Units and completeness: table, model text and what is derived agree, and nothing is left lying about."""

from __future__ import annotations

from functools import cache

import libsbml
import numpy as np
import pint
import pytest

from bimodal.engine import Schedule, solve
from bimodal.model import Model, load_assay, load_model, model_text
from bimodal.model.files import read_data

#: Constants of the text that are no parameters: sizes and inflows that are one or nought by construction.
PLAIN_NUMBERS = {
    "body", "treg_inflow", "tconv_inflow", "cd8_inflow", "nk_bright_inflow",
    "treg_long_lived", "cd8_long_lived", "nk_bright_long_lived", "nk_dim_long_lived",
    # what a mouse says of single cells, and man does not
    *(
        f"{cell}_{name}"
        for cell in ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
        for name in ("antigen_growth", "rivals", "room_scale", "start_share", "crowded_loss")
    ),
}  # fmt: skip


@cache
def human() -> Model:
    return load_model("human")


@pytest.fixture(scope="module")
def ureg() -> pint.UnitRegistry:
    registry = pint.UnitRegistry()
    registry.define("molecule = [molecule]")
    registry.define("nM = 1e-9 mole / litre")
    registry.define("pM = 1e-12 mole / litre")
    return registry


def in_si(document: libsbml.SBMLDocument, unit: str, ureg: pint.UnitRegistry) -> pint.Quantity:
    """Return one of an SBML unit, in base units."""
    model = document.getModel()
    definition = model.getUnitDefinition(unit)
    if definition is None:
        return ureg.Quantity(1.0, {"dimensionless": "dimensionless"}.get(unit, unit)).to_base_units()
    total = ureg.Quantity(1.0)
    for part in definition.getListOfUnits():
        kind = libsbml.UnitKind_toString(part.getKind())
        name = {"item": "molecule"}.get(kind, kind)
        one = ureg.Quantity(part.getMultiplier() * 10.0 ** part.getScale(), name)
        total = total * one ** part.getExponentAsDouble()
    return total.to_base_units()


def test_the_table_has_the_units_of_the_text(ureg: pint.UnitRegistry) -> None:
    model = human()
    document = libsbml.readSBMLFromString(model.network.sbml)
    for row in model.table.rows:
        table = ureg.Quantity(1.0, "dimensionless" if row.unit == "1" else row.unit).to_base_units()
        text = in_si(document, model.network.units[row.id], ureg)
        assert table.units == text.units, row.id
        assert table.magnitude == pytest.approx(text.magnitude, rel=1e-12), row.id


@pytest.mark.parametrize("name", ["human", "assay"])
def test_libsbml_has_nothing_to_say(name: str) -> None:
    network = human().network if name == "human" else load_assay().network
    document = libsbml.readSBMLFromString(network.sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    document.checkInternalConsistency()
    assert document.getNumErrors() == 0


def test_every_constant_is_in_the_table_or_is_a_plain_number() -> None:
    model = human()
    inside = libsbml.readSBMLFromString(model.network.sbml).getModel()
    everything = [p.getId() for p in inside.getListOfParameters()] + [c.getId() for c in inside.getListOfCompartments()]
    explained = {*model.network.state_ids, *model.network.rules, *(name for name, _ in model.network.derived)}
    assert set(everything) - explained - set(model.table.ids) == PLAIN_NUMBERS


def test_every_parameter_of_the_table_is_used() -> None:
    model = human()
    graph, network = model.network.graph, model.network
    roots = [*network.rates, *network.initial, *network.rules.values(), *(node for _, node in network.derived)]
    assert set(model.table.ids) - graph.symbols(roots) == set()
    # and reaches something that is reported, if only through a drug or an antibody
    assert set(model.table.ids) == set(model.system.parameter_ids)


def test_ports_observables_and_settable_exist() -> None:
    model = human()
    for port in model.ports.values():
        assert port.sc is None or port.sc in model.network.state_ids
        assert port.iv_bolus in model.network.state_ids
        assert port.iv_infusion in model.settable
    for quantity in model.observables.values():
        model.network.expression(quantity)
    assert set(model.settable) <= set(model.table.ids)
    for name in model.settable:
        assert model.table.by_id[name].value == 0.0


def test_defaults_of_the_text_are_overruled_by_the_table() -> None:
    model = human()
    assert "clearance = 7.7;" in model_text("human")
    for constant in model.network.constants:
        assert constant.value == model.table.values()[constant.id]


def test_cells_of_one_kind_share_one_text() -> None:
    model = human()
    cells = [name.removesuffix("_count_rest") for name in model.table.ids if name.endswith("_count_rest")]
    assert sorted(cells) == ["cd8", "nk_bright", "nk_dim", "tconv", "treg"]
    own = {cell: {n.removeprefix(cell) for n in model.table.ids if n.startswith(f"{cell}_")} for cell in cells}
    assert len({frozenset(ids) for ids in own.values()}) == 1


def test_the_assay_is_the_human_model_in_a_dish() -> None:
    assay = load_assay()
    known = assay.table.values()
    names = [subset.id for subset in assay.subsets]
    assert len(set(names)) == len(names) == 10
    for subset in assay.subsets:
        values = assay.parameters(subset)
        assert values["cell_beta_rest"] == subset.beta_rest
        assert values["cell_threshold"] == known[f"{subset.cell}_threshold"]
        assert values["internalisation"] == known["internalisation"]
        assert values["ligand_k2"] == known["il2_k2"]
    changed = assay.parameters(assay.subsets[0], {"kd_alpha": 3.0})
    assert changed["ligand_kd_alpha"] == 3.0
    assert changed["ligand_k2"] == known["il2_k2"]


def test_the_assay_rests_without_ligand_and_saturates_with_it() -> None:
    assay = load_assay()
    system = assay.system
    values = assay.parameters(assay.subsets[0])
    base = [values[name] for name in system.parameter_ids]
    doses = np.array([0.0, 1e-6, 1e-3, 1e-1, 1e1, 1e3])
    rows = np.tile(base, (len(doses), 1))
    rows[:, system.parameter_index["ligand"]] = 0.0
    schedule = Schedule.shared([0.0], [system.slot_set("ligand")], doses[:, None])
    run = solve(system, rows, schedule, [0.0, 0.5, 1.0])
    assert (run.status == 0).all()
    assert (run["pstat5"][:, 0] == 0).all()
    assert (run["pstat5"][0] == 0).all()
    # beyond 10 nM feedback and the loss of CD122 already pull back
    assert (np.diff(run["pstat5"][:5, 1]) > 0).all()
    assert run["occupancy"].min() >= 0
    assert run["occupancy"].max() < 1


def test_the_subsets_agree_with_the_table() -> None:
    table = human().table.values()
    for subset in load_assay().subsets:
        if subset.id in ("treg", "tconv", "cd8"):
            assert subset.alpha_rest == pytest.approx(table[f"{subset.id}_alpha_rest"], rel=0.02)
            assert subset.beta_rest == pytest.approx(table[f"{subset.id}_beta_rest"], rel=0.02)


def test_shipped_texts_are_ascii() -> None:
    for name in (
        "human.ant",
        "receptors_equilibrium.ant",
        "cell_population.ant",
        "assay.ant",
        "human.csv",
        "human.toml",
    ):
        read_data(name).encode("ascii")

"""A person with up to three partner drugs: at rest, in the units of its tables, and everything else as it was."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from bimodal.engine import Schedule, Settings, solve
from bimodal.exchange import to_sbml
from bimodal.model import load_model
from bimodal.model.manifest import read_manifest

PAIRS = [("human", "human_partners"), ("human_oncology", "human_oncology_partners")]


@pytest.mark.parametrize(("small", "large"), PAIRS)
def test_places_are_added_and_nothing_else(small: str, large: str) -> None:
    one, other = load_model(small), load_model(large)
    added = {f"{name}_{part}" for name in ("second", "third") for part in ("depot", "amount", "peripheral")}
    assert set(other.network.state_ids) - set(one.network.state_ids) == added
    assert set(other.observables) == set(one.observables)
    assert other.table.values().items() >= one.table.values().items()
    assert set(other.ports) - set(one.ports) == {"second", "third"}
    assert read_manifest(small).more_partners == large
    assert read_manifest(large).more_partners is None


@pytest.mark.parametrize("name", [large for _, large in PAIRS])
def test_units_are_consistent(name: str) -> None:
    document = libsbml.readSBMLFromString(to_sbml(load_model(name)))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert document.getNumErrors() == 0


def test_the_untreated_stay_at_rest_and_what_is_given_stays() -> None:
    model = load_model("human_partners")
    still = {f"{name}_clearance": 0.0 for name in ("second", "third")}
    still |= {f"{name}_sc_bioavailability": 1.0 for name in ("second", "third")}
    states = [(state, state) for state in model.network.state_ids]
    system = model.network.system(states)
    row = np.array([[(model.table.values() | still)[name] for name in system.parameter_ids]])
    run = solve(system, row, None, [0.0, 2400.0], settings=Settings(rtol=1e-9))
    for state, _ in states:
        first, last = run[state][0]
        assert last == pytest.approx(first, rel=1e-6, abs=1e-12), state
    for name in ("second", "third"):
        given = Schedule.build([[(0.0, system.slot_add(f"{name}_depot"), 7.0)]])
        run = solve(system, row, given, [1.0, 240.0], settings=Settings(rtol=1e-9))
        total = sum(run[f"{name}_{part}"][0] for part in ("depot", "amount", "peripheral"))
        assert total == pytest.approx(7.0, rel=1e-6)

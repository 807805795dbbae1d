"""Models out and in again: the exported document is consistent, and simulates to the same when read back."""

from __future__ import annotations

import numpy as np

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.errors import ModelError
from bimodal.exchange import to_sbml
from bimodal.model import Model, list_models
from bimodal.model.model import fresh_model
from bimodal.model.sbml_reader import read_sbml
from bimodal.qualify.bodies import Array, largest_error
from bimodal.qualify.figure import Figure, exactly, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_MOST = 1e-6
_READ_BACK = ("tumour_alone", "receptor_cell", "human", "mouse")
_QUICK = _READ_BACK[:1]


def compute(work: Work) -> Section:
    """Export every shipped model, count what libSBML says of it, and read some back."""
    figures: list[Figure] = []
    names = list_models()
    back = _QUICK if work.quick else _READ_BACK
    for place, name in enumerate(names):
        work.tell(place, len(names) + len(back), name)
        try:
            remarks = "no remark" if to_sbml(fresh_model(name)) else "nothing written"
        except ModelError as fault:
            remarks = fault.what
        what = f"{name}: what libSBML says, units included"
        figures.append(exactly(remarks, "no remark", id=f"consistent-{name}", what=what, group="consistency"))
    for place, name in enumerate(back):
        work.tell(len(names) + place, len(names) + len(back), f"{name}, read back")
        model = fresh_model(name)
        read = read_sbml(to_sbml(model), file=f"{name}.xml")
        values = {constant.id: constant.value for constant in read.constants}
        states = [state for state in model.network.state_ids if state in read.state_ids]
        again = _run(read.system([(state, state) for state in states]), values, model)
        ours = model.network.system([(state, state) for state in states])
        own = {**{c.id: c.value for c in model.network.constants}, **model.table.values()}
        figures.append(
            within(
                largest_error(again, _run(ours, own, model)),
                _MOST,
                id=f"back-{name}",
                group="read back",
                what=f"{name}, {len(states)} states over 28 days after a dose: largest difference",
            )
        )
    said = f"{len(names)} shipped models exported; {len(back)} read back and simulated."
    notes = [f"Quick: only {', '.join(back)} is read back."] if work.quick else []
    return Section.judged("sbml-export", "Models out and in again", said, figures, notes)


def _run(system: System, values: dict[str, float], model: Model) -> Array:
    port = model.ports.get("native")
    state = None if port is None else port.sc or port.iv_bolus
    events = [(0.0, system.slot_add(state), 5.0)] if state in system.state_ids else []
    times = np.linspace(0.0, 24.0 * 28, 57)
    row = [[values[name] for name in system.parameter_ids]]
    return solve(system, row, Schedule.build([events]), times, settings=Settings(rtol=1e-8)).values[0]

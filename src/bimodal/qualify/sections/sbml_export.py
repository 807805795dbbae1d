"""Models out and in again: the exported document is consistent, and simulates to the same when read back."""

from __future__ import annotations

import numpy as np

from bimodal.errors import ModelError
from bimodal.exchange import to_sbml
from bimodal.model import Model, Network, list_models, load_model
from bimodal.model.sbml_reader import read_sbml
from bimodal.qualify.bodies import Array, largest_error
from bimodal.qualify.course import Event, course
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
    for name in work.each(names, str):
        try:
            remarks = "no remark" if to_sbml(load_model(name)) else "nothing written"
        except ModelError as fault:
            remarks = fault.what
        what = f"{name}: what libSBML says, units included"
        figures.append(exactly(remarks, "no remark", id=f"consistent-{name}", what=what, group="consistency"))
    for name in work.each(back, lambda one: f"{one}, read back"):
        model = load_model(name)
        read = read_sbml(to_sbml(model), file=f"{name}.xml")
        states = [state for state in model.network.state_ids if state in read.state_ids]
        figures.append(
            within(
                largest_error(_run(read, states, model), _run(model.network, states, model)),
                _MOST,
                id=f"back-{name}",
                group="read back",
                what=f"{name}, {len(states)} states over 28 days after a dose: largest difference",
            )
        )
    said = f"{len(names)} shipped models exported; {len(back)} read back and simulated."
    notes = [f"Quick: only {', '.join(back)} is read back."] if work.quick else []
    return Section.judged("sbml-export", "Models out and in again", said, figures, notes)


def _run(network: Network, states: list[str], model: Model) -> Array:
    port = model.ports.get("native")
    dosed = None if port is None else port.sc or port.iv_bolus
    system = network.system([(state, state) for state in states])
    events: list[Event] = [(0.0, "add", dosed, 5.0)] if dosed in system.state_ids else []
    return course(network, system, events, np.linspace(0.0, 24.0 * 28, 57), rtol=1e-8)

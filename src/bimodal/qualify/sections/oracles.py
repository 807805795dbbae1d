"""Other solvers: libRoadRunner reads the exported SBML by itself and integrates it with CVODE."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from bimodal.engine import Settings
from bimodal.exchange import to_sbml
from bimodal.model import load_model
from bimodal.model.changed_body import ChangedBody
from bimodal.qualify.bodies import Array, largest_error
from bimodal.qualify.course import Event, course, own_inputs
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.roadrunner import by_roadrunner, load_roadrunner, settled
from bimodal.qualify.section import Section
from bimodal.qualify.toys import TOYS, Toy

_TITLE = "Other solvers"
#: Relative tolerance of ours, and how far we may be from CVODE at 1e-11.
RUNGS = ((1e-4, 1e-3), (1e-6, 1e-5), (1e-8, 1e-6))
_FIRST_DAYS = np.array([0.0, 0.1, 0.25, 0.5, 1, 2, 4, 6, 8, 12, 18, 24, 36, 48, 96])
#: By model: what is given, in nmol or nmol/h, and when it is read.
_CASES: dict[str, tuple[str, str, tuple[Event, ...], Array]] = {
    "human-daily": ("human", "human, daily under the skin",
                    tuple((24.0 * day, "add", "il2_depot", 7.2) for day in range(14)), np.arange(0.0, 505.0, 12.0)),
    "human-infusion": ("human", "human, 15 minutes into a vein",
                       ((0.0, "set", "il2_infusion", 1100.0), (0.25, "set", "il2_infusion", 0.0)), _FIRST_DAYS),
    "human-engineered": ("human", "human, an engineered ligand too",
                         ((0.0, "add", "drug_depot", 50.0), (24.0, "add", "il2_depot", 7.2),
                          (30.0, "add", "drug_amount", 5.0)), _FIRST_DAYS),
    "mouse-daily": ("mouse", "mouse, daily under the skin",
                    tuple((24.0 * day, "add", "il2_depot", 0.003) for day in range(5)), np.arange(0.0, 241.0, 12.0)),
    "oncology-cycle": ("human_oncology", "human with tumour and toxicity, 14 infusions eight hours apart",
                       tuple(event for dose in range(14) for event in ((8.0 * dose, "set", "il2_infusion", 1100.0),
                             (8.0 * dose + 0.25, "set", "il2_infusion", 0.0))), np.arange(0.0, 505.0, 12.0)),
}  # fmt: skip
_QUICK = ("human-daily", "human-infusion")
_STIFF = Toy(
    "robertson", "Robertson's stiff kinetics",
    "model m\n A = 1; B = 0; C = 0;\n A' = -0.04*A + 1e4*B*C;\n B' = 0.04*A - 1e4*B*C - 3e7*B*B;\n"
    " C' = 3e7*B*B;\nend\n",
    "C", lambda t: t, at=np.array([0.0, 0.4, 4.0, 40.0, 400.0, 4000.0]),
)  # fmt: skip


def compute(work: Work) -> Section:
    """Set small models and the exported body beside libRoadRunner, on a ladder of our tolerances."""
    if find_spec("roadrunner") is None:
        return Section.missing("oracles", _TITLE, "libRoadRunner is not installed", 'pip install "bimodal[oracles]"')
    names = _QUICK if work.quick else tuple(_CASES)
    figures: list[Figure] = []
    for toy in work.each((*TOYS, _STIFF), lambda one: one.what):
        theirs = by_roadrunner(load_roadrunner(toy.network().sbml), [toy.output], toy.events, toy.at)[:, 0]
        errors = [largest_error(toy.solved(Settings(rtol=rtol))[:, None], theirs[:, None]) for rtol, _ in RUNGS]
        figures += _rungs(toy.id, f"{toy.what} ({toy.output})", errors)
    for name in work.each(names, lambda one: _CASES[one][1]):
        figures += _body(name)
    usual = [float(row.value or 0.0) for row in figures if row.id.endswith("1e-06")]
    said = (
        f"{len(usual)} courses of small models and of exported bodies, every state: at the tolerance of a study, 1e-6, "
        f"the largest difference from CVODE at 1e-11 is {max(usual):.1e} of the largest value of a state."
    )
    notes = ["libRoadRunner reads the SBML by itself, so the export is judged with the solver."]
    if work.quick:
        notes.append(f"Quick: {len(names)} of {len(_CASES)} courses of bodies.")
    return Section.judged("oracles", _TITLE, said, figures, notes)


def _body(name: str) -> list[Figure]:
    which, what, events, times = _CASES[name]
    model = load_model(which)
    states = model.network.state_ids
    system = model.network.system([(state, state) for state in states], settable=model.settable)
    rest = ChangedBody(system).solved(own_inputs(model.network, system))
    theirs = by_roadrunner(load_roadrunner(settled(to_sbml(model), rest)), states, events, times)
    runs = [course(model.network, system, events, times, rtol) for rtol, _ in RUNGS]
    return _rungs(name, f"{what}, {len(states)} states", [largest_error(run, theirs) for run in runs])


def _rungs(name: str, what: str, errors: Sequence[float]) -> list[Figure]:
    return [
        within(
            error, most, id=f"{name}-{rtol:g}", what=f"{what}: largest difference, of the largest value",
            group=f"ours at {rtol:g}",
        )
        for error, (rtol, most) in zip(errors, RUNGS, strict=True)
    ]  # fmt: skip

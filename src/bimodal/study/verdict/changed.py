"""Whether a stored simulation is still of the shipped model."""

from __future__ import annotations

from collections.abc import Iterable

from bimodal.evidence.simulated import SimulatedStudy, inputs_sha256
from bimodal.evidence.target import Target
from bimodal.model import load_model


def changed_since(name: str, stored: SimulatedStudy, targets: Iterable[Target]) -> tuple[str, ...]:
    """Name what has changed since a study was stored; empty where its numbers are of the shipped model.

    Seen are the mathematics of the model, its parameter table, the study file and what its targets read. Virtual people
    and molecules are not: `tests/evidence` compares those, as laying out every study takes seconds.

    Parameters
    ----------
    targets
        Those of the study.

    Examples
    --------
    >>> from bimodal.evidence import load_simulated, load_targets
    >>> koreth = load_simulated().studies["koreth-2011"]
    >>> changed_since("koreth-2011", koreth.model_copy(update={"model_sha256": "0" * 64}), load_targets("koreth-2011"))
    ("the model 'human'",)
    """
    model = load_model(stored.model)
    found = {
        f"the model '{stored.model}'": model.sha256 != stored.model_sha256,
        f"the parameters of '{stored.model}'": model.table.sha256 != stored.table_sha256,
        "the study": inputs_sha256(name, targets) != stored.inputs_sha256,
    }
    return tuple(what for what, differs in found.items() if differs)

"""What happens to a body: events by name, and one body with the numbers of its text solved over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.model import Network

Array = npt.NDArray[np.float64]
#: (time, "add" to a state or "set" a constant, which, how much)
Event = tuple[float, str, str, float]


def schedule_of(system: System, events: Sequence[Event]) -> Schedule:
    """Return events of one body as the engine takes them."""
    slots = {"add": system.slot_add, "set": system.slot_set}
    return Schedule.build([[(when, slots[act](name), value) for when, act, name, value in events]])


def own_inputs(network: Network, system: System) -> Array:
    """Return the numbers of a network for a system made of it, (1, P)."""
    values = {constant.id: constant.value for constant in network.constants}
    return np.array([[values[name] for name in system.parameter_ids]])


def course(network: Network, system: System, events: Sequence[Event], times: Array, rtol: float = 1e-6) -> Array:
    """Solve a system made of a network with the numbers of that.

    Returns
    -------
    ndarray
        (T, O) outputs of the system; NaN throughout if it fails.
    """
    inputs = own_inputs(network, system)
    return solve(system, inputs, schedule_of(system, events), times, settings=Settings(rtol=rtol)).values[0]

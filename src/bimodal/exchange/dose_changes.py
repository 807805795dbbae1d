"""The doses of one person as changes of quantities of the exported SBML document."""

from __future__ import annotations

from bimodal.errors import ModelError
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.solver.events import Events
from bimodal.study.solver.file_solver import FileSolver


def dose_changes(solver: EngineSolver, events: Events) -> list[tuple[float, list[tuple[str, str]]]]:
    """Say when the first patient of some events is given something, and what that changes.

    Returns
    -------
    list
        In order: a time in the unit of the model, and what gets a new value then, by which formula.

    Raises
    ------
    ModelError
        A dose enters what the document has no id for.

    Examples
    --------
    >>> import numpy as np
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> from bimodal.study.solver.events import DoseInput
    >>> dose = Events(np.array([12.0]), (DoseInput("add", "il2_depot"),), np.array([[7.5]]))
    >>> dose_changes(load_solver("human"), dose)
    [(12.0, [('il2_depot', 'il2_depot + 7.5')])]
    """
    found: dict[float, dict[str, str]] = {}
    for place, port in enumerate(events.ports):
        if events.happens is not None and not events.happens[0, place]:
            continue
        time = float((events.times_h if events.own_h is None else events.own_h[0])[place]) * solver.per_hour
        target, value = _given(solver, port.symbol, port.action, float(events.values[0, place]))
        changes = found.setdefault(time, {})
        before = changes.get(target, target)
        changes[target] = value if port.action == "set" else f"{before} + {value}"
    return [(time, list(changes.items())) for time, changes in sorted(found.items())]


def _given(solver: EngineSolver, symbol: str, action: str, amount: float) -> tuple[str, str]:
    size = None
    if isinstance(solver, FileSolver):
        port = solver.file_ports[symbol]
        symbol, size = port.symbol, port.size
        amount = amount / solver.per_hour if action == "set" else amount
    if symbol not in solver.model.network.units:
        raise ModelError(
            f"a dose into '{symbol}' cannot be exported: the SBML file has no such quantity",
            where=f"model '{solver.name}'",
        )
    return symbol, f"{amount!r} / {size}" if size else repr(amount)

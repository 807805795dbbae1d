"""Observables of a study as formulas of the quantities of its model."""

from __future__ import annotations

from dataclasses import dataclass, field

from bimodal.errors import ModelError
from bimodal.study.endpoints import Observable
from bimodal.study.solver.engine_solver import EngineSolver


@dataclass
class ObservableText:
    """Writes observables as formulas that PEtab and SBML both read.

    Parameters
    ----------
    solver
        Whose model and registry.
    starts
        What is needed of the time before the first dose: by the parameter that keeps it, its formula.
    """

    solver: EngineSolver
    starts: dict[str, str] = field(default_factory=dict[str, str])

    def formula(self, name: str) -> str:
        """Return the formula of an observable.

        Raises
        ------
        ModelError
            It is made in a way that a formula cannot say.
        """
        entry = self.solver.registry[name]
        if entry.kind == "model":
            quantity = self.solver.model.observables[name]
            if quantity not in self.solver.model.network.units:
                raise ModelError(f"'{name}' is no quantity of the SBML file, so no formula can name it")
            return quantity
        if entry.kind == "sum":
            return self._sum(entry.of)
        if entry.kind in ("fold", "gain"):
            sign = "/" if entry.kind == "fold" else "-"
            return f"({self.formula(entry.of[0])}) {sign} {self._start(entry.of[0])}"
        if entry.kind in ("ratio", "weighted"):
            return self._quotient(entry)
        raise ModelError(f"'{name}' cannot be written as a formula")

    def _start(self, name: str) -> str:
        own = f"start_of_{name}"
        self.starts[own] = self.formula(name)
        return own

    def _sum(self, names: tuple[str, ...]) -> str:
        return " + ".join(f"({self.formula(name)})" for name in names)

    def _quotient(self, entry: Observable) -> str:
        if entry.kind == "ratio":
            scale = "" if entry.scale == 1.0 else f"{entry.scale!r} * "
            return f"{scale}({self._sum(entry.of)}) / ({self._sum(entry.over)})"
        pairs = zip(entry.weights, entry.of, strict=True)
        top = " + ".join(f"({self.formula(weight)}) * ({self.formula(part)})" for weight, part in pairs)
        return f"({top}) / ({self._sum(entry.weights)})"

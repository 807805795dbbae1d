"""A kernel of the engine with another Rosenbrock method, judged by an error of its own where it has one."""

from __future__ import annotations

from dataclasses import replace

import numpy.typing as npt

from bimodal.engine import Schedule, System
from bimodal.engine.assemble import Assembly
from bimodal.engine.ir import Builder, Value
from bimodal.engine.kernel import Kernel, compile_system, has_fused, load_text
from bimodal.engine.shared import shared_by, still_of
from bimodal.engine.tableau import Tableau
from engine.rosenbrock import ERROR_WEIGHTS


class _Judged(Assembly):
    """Judges a step by weights of all its stages."""

    def _error(self, b: Builder, k: str) -> Value:
        weights = ERROR_WEIGHTS.get(self.tableau.name)
        if weights is None:
            return super()._error(b, k)
        first, *others = (b.mul(b.load(f"%k{i}", k), b.const(weight)) for i, weight in enumerate(weights))
        for other in others:
            first = b.add(first, other)
        return first


def judged(system: System, tableau: Tableau, parameters: npt.NDArray, schedule: Schedule) -> Kernel:
    """Compile a system with a method, its step for what these patients share, as a run of theirs would have it."""
    kernel = compile_system(system, tableau=tableau)
    full, states = kernel.start(parameters)
    shared = shared_by(kernel.foldable, full, states, schedule.slots)
    own = replace(shared, still=still_of(kernel.program, shared))
    text = _Judged(kernel.program, tableau, kernel.width, fused=has_fused(), shared=own).step_text()
    engine = load_text(text, kernel.width)
    addresses = kernel.addresses | {"step": engine.get_function_address("step")}
    return replace(kernel, addresses=addresses, _keep=(kernel._keep, engine))

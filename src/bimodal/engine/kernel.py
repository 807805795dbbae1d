"""Compiles a system to machine code in memory, through llvmlite: a wheel, so the user needs no compiler."""

from __future__ import annotations

import ctypes
import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import cache
from bimodal.engine.assemble import Assembly
from bimodal.engine.machine import host, load_object, target
from bimodal.engine.program import Program, build_program
from bimodal.engine.system import System
from bimodal.engine.tableau import RODAS5P, Tableau
from bimodal.expr import Op

_CHAINS = {Op.POW, Op.EXP, Op.LOG, Op.EXPM1, Op.LOG1P, Op.SIN, Op.COS, Op.ATAN}


@dataclass(frozen=True, eq=False)
class Kernel:
    """Machine code of one system on this computer.

    Parameters
    ----------
    size, parameters, outputs
        Lengths of a patient's state, full parameter vector (inputs, derived and hoisted values) and output.
    factor_size
        Entries of the LU factors.
    conditions, assigned
        Triggers, and the numbers they compute when one of them is due.
    """

    size: int
    parameters: int
    outputs: int
    width: int
    factor_size: int
    conditions: int
    assigned: int
    addresses: dict[str, int]
    tableau: Tableau
    program: Program
    _keep: Any  # the execution engine owns the code

    def start(self, inputs: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return full parameters (N, P') and starting states (N, n) for inputs (N, P)."""
        function = _callable(self.addresses["start"], 2)
        full = np.zeros((len(inputs), self.parameters))
        full[:, : inputs.shape[1]] = inputs
        states = np.zeros((len(inputs), self.size))
        for p, y in zip(full, states, strict=True):
            function(p.ctypes.data, y.ctypes.data)
        return full, states

    def call(
        self,
        name: str,
        time: float,
        y: npt.NDArray[np.float64],
        p: npt.NDArray[np.float64],
        force: npt.NDArray[np.float64] | None = None,
    ) -> npt.NDArray[Any]:
        """Return ``rate``, ``observe``, ``jacobian`` (n, n), ``conditions`` or ``assign`` of one patient.

        ``force`` (C,) marks comparisons whose sides count as equal; it goes with ``instant``, the conditions then.
        """
        shapes = {
            "rate": (self.size,),
            "observe": (self.outputs,),
            "jacobian": (self.size, self.size),
            "conditions": (self.conditions,),
            "instant": (self.conditions,),
            "assign": (self.assigned,),
        }
        shape = shapes[name]
        out = np.zeros(shape)
        when = np.array([time])
        state = np.ascontiguousarray(y)
        more = [] if force is None else [force.ctypes.data]
        pointers = [when.ctypes.data, state.ctypes.data, p.ctypes.data, *more, out.ctypes.data]
        _callable(self.addresses[name], len(pointers))(*pointers)
        return out


def _callable(address: int, arguments: int) -> Any:
    return ctypes.CFUNCTYPE(None, *([ctypes.c_void_p] * arguments))(address)


def host_width(*, functions: bool = False) -> int:
    """Return how many doubles this computer best works on at once; results are the same for every width.

    ``functions`` says that the rates use powers, exponentials or the like: long chains of operations that wait for one
    another.
    """
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    # Zen 4 takes 512 bits in two passes: half the width costs no more where work does not wait, and keeps to the cache
    if features.get("avx512f") and (functions or llvm.get_host_cpu_name() != "znver4"):
        return 8
    return 4 if features.get("avx2") else 2


def compile_system(system: System, *, width: int | None = None, tableau: Tableau = RODAS5P) -> Kernel:
    """Compile a system; ``width`` suits this computer and system by default and changes no result."""
    program = build_program(system)
    terms = (system.graph.term(node).op for node in system.graph.order(program.rates))
    lanes = width or host_width(functions=any(op in _CHAINS for op in terms))
    engine = load_text(Assembly(program, tableau, lanes, fused=has_fused()).text(), lanes)
    names = ("start", "observe", "rate", "jacobian", "conditions", "instant", "assign", "step", "judge", "take")
    return Kernel(
        size=len(system.state_ids),
        parameters=len(system.parameter_ids) + len(program.constants),
        outputs=len(system.outputs),
        width=lanes,
        factor_size=len(program.elimination.pattern),
        conditions=len(program.conditions),
        assigned=len(program.assigned),
        addresses={name: engine.get_function_address(name) for name in names},
        tableau=tableau,
        program=program,
        _keep=engine,
    )


def has_fused() -> bool:
    """Tell whether this computer has fused multiply-add."""
    import llvmlite.binding as llvm

    triple = llvm.get_default_triple()
    return bool(llvm.get_host_cpu_features().get("fma")) or triple.startswith(("aarch64", "arm64"))


def load_text(text: str, width: int) -> Any:
    """Return an execution engine with the machine code of LLVM IR for vectors of a width, out of the cache if there."""
    machine = target(wide=width == 8)
    key = hashlib.sha256(repr((text, width == 8, host())).encode()).hexdigest()
    code = cache.load(key)
    if code is None:
        code = _translate(text, machine)
        cache.store(key, code)
    return load_object(code)


def _translate(text: str, machine: Any) -> bytes:
    """Optimise LLVM IR and return object code."""
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)

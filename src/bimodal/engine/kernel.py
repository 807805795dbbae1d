"""Compiles a system to machine code in memory, through llvmlite: a wheel, so the user needs no compiler."""

from __future__ import annotations

import ctypes
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bimodal.engine import cache
from bimodal.engine.assemble import Assembly
from bimodal.engine.machine import host, load_object, source_sha256, target
from bimodal.engine.program import Program, build_program
from bimodal.engine.shared import NOTHING, Foldable, Shared, foldable, still_of
from bimodal.engine.system import System
from bimodal.engine.tableau import RODAS5P, Tableau
from bimodal.expr import Op

#: How many kinds of patients get code of their own before the rest share one.
MOST_STEPS = 16
_CHAINS = {Op.POW, Op.EXP, Op.LOG, Op.EXPM1, Op.LOG1P, Op.SIN, Op.COS, Op.ATAN}


class Written(NamedTuple):
    """LLVM IR of a module, the width of its vectors, and whether it is too large to be optimised at length."""

    text: str
    width: int
    large: bool = False


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

    system: System
    size: int
    parameters: int
    outputs: int
    width: int
    factor_size: int
    conditions: int
    assigned: int
    addresses: dict[str, int]  # without ``jacobian``, and without ``step`` where it depends on who takes it
    tableau: Tableau
    made_from: tuple[Any, ...] | None  # what the code depends on, if it may be kept without its text
    foldable: Foldable
    _keep: Any  # the execution engine owns the code
    _steps: dict[Shared, tuple[int, Any]] = field(default_factory=dict)
    _jacobian: list[tuple[int, Any]] = field(default_factory=list)

    @cached_property
    def program(self) -> Program:
        """What was compiled, made again from the graph as it was: where its constants lie depends on nothing else."""
        return build_program(self.system.alone())

    def step(self, shared: Shared = NOTHING) -> int:
        """Return the address of the code of a step, for patients who have something in common if need be.

        It takes what every such code takes and gives the same bits.
        """
        if "step" in self.addresses:
            return self.addresses["step"]
        if shared not in self._steps:
            if shared != NOTHING and len(self._steps) >= MOST_STEPS:
                return self.step()
            made_from = None if self.made_from is None else (self.made_from, shared)
            engine, _ = load_planned(made_from, lambda: self._write_step(shared))
            # the first of several threads wins: its code may be running already and must not be freed
            self._steps.setdefault(shared, (engine.get_function_address("step"), engine))
        return self._steps[shared][0]

    def _write_step(self, shared: Shared) -> tuple[Written, dict[str, Any]]:
        own = replace(shared, still=still_of(self.program, shared))
        assembly = Assembly(self.program, self.tableau, self.width, fused=has_fused(), shared=own)
        return Written(assembly.step_text(), self.width), {}

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
        address = self._jacobian_address() if name == "jacobian" else self.addresses[name]
        _callable(address, len(pointers))(*pointers)
        return out

    def _jacobian_address(self) -> int:
        """Return the address of the code of the Jacobian, compiled when it is first asked for: few runs need it."""
        if not self._jacobian:
            made_from = None if self.made_from is None else (self.made_from, "jacobian")
            engine, _ = load_planned(made_from, self._write_jacobian)
            self._jacobian.append((engine.get_function_address("jacobian"), engine))
        return self._jacobian[0][0]

    def _write_jacobian(self) -> tuple[Written, dict[str, Any]]:
        assembly = Assembly(self.program, self.tableau, self.width, fused=has_fused())
        return Written(assembly.jacobian_text(), self.width, not assembly.unrolled), {}


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

    def make() -> tuple[Written, dict[str, Any]]:
        program = build_program(system.alone())
        graph = program.system.graph
        ops = (graph.term(node).op for node in graph.order(program.rates))
        lanes = width or host_width(functions=any(op in _CHAINS for op in ops))
        assembly = Assembly(program, tableau, lanes, fused=has_fused())
        worth = foldable(program) if assembly.unrolled else Foldable((), ())
        known = {
            "width": lanes,
            "parameters": len(system.parameter_ids) + len(program.constants),
            "factor_size": len(program.elimination.pattern),
            "conditions": len(program.conditions),
            "assigned": len(program.assigned),
            "foldable": worth,
        }
        return Written(assembly.plain_text() if worth.used else assembly.text(), lanes, not assembly.unrolled), known

    # the conditions of triggers are found while the text is written, so there it is always written
    made_from = None if system.triggers else (system_sha256(system), width, tableau, has_fused())
    engine, known = load_planned(made_from, make)
    single = ("start", "observe", "rate", "conditions", "instant", "assign", "shorten")
    worth = Foldable(*map(tuple, known["foldable"]))
    names = (*single, "judge", "take", *(() if worth.used else ("step",)))
    return Kernel(
        system=system,
        size=len(system.state_ids),
        parameters=known["parameters"],
        outputs=len(system.outputs),
        width=known["width"],
        factor_size=known["factor_size"],
        conditions=known["conditions"],
        assigned=known["assigned"],
        addresses={name: engine.get_function_address(name) for name in names},
        tableau=tableau,
        made_from=made_from,
        foldable=worth,
        _keep=engine,
    )


def system_sha256(system: System) -> str:
    """Return the hash of a system node by node: the order in which nodes were made decides where code keeps what."""
    parts = [getattr(system, field.name) for field in fields(system) if field.init and field.name != "graph"]
    parts = [sorted(part) if isinstance(part, frozenset) else part for part in parts]
    nodes = [(term.op.name, term.args, term.payload) for term in system.terms]
    return hashlib.sha256(repr((parts, nodes)).encode()).hexdigest()


def has_fused() -> bool:
    """Tell whether this computer has fused multiply-add."""
    import llvmlite.binding as llvm

    triple = llvm.get_default_triple()
    return bool(llvm.get_host_cpu_features().get("fma")) or triple.startswith(("aarch64", "arm64"))


def load_text(text: str, width: int) -> Any:
    """Return an execution engine with the machine code of LLVM IR for vectors of a width, out of the cache if there."""
    return load_object(_object(Written(text, width))[1])


def load_planned(made_from: object, make: Callable[[], tuple[Written, dict[str, Any]]]) -> tuple[Any, dict[str, Any]]:
    """Return an execution engine and what is to be known of its code, without writing text for code that is kept.

    Parameters
    ----------
    made_from
        All that the text depends on besides the source of this package and the computer; ``None`` always writes it.
    make
        Writes the text; returns it, and what is to be known, fit for JSON.
    """
    key = hashlib.sha256(repr((made_from, host(), source_sha256())).encode()).hexdigest()
    if made_from is not None and (plan := cache.load(key, "plan")) is not None:
        known = json.loads(plan)
        if (code := cache.load(known["code"])) is not None:
            return load_object(code), known
    written, known = make()
    name, code = _object(written)
    if made_from is not None:
        cache.store(key, json.dumps({**known, "code": name}).encode(), "plan")
    return load_object(code), known


def _object(written: Written) -> tuple[str, bytes]:
    """Return the key of the code of a text, and the code."""
    wide = written.width == 8
    key = hashlib.sha256(repr((written.text, wide, written.large, host())).encode()).hexdigest()
    code = cache.load(key)
    if code is None:
        code = translate(
            written.text, target(wide=wide), side_by_side=written.width == 1 and not written.large, large=written.large
        )
        cache.store(key, code)
    return key, code


def translate(text: str, machine: Any, *, side_by_side: bool = False, large: bool = False) -> bytes:
    """Optimise LLVM IR and return object code.

    Parameters
    ----------
    side_by_side
        Equal operations of one patient may share a vector.
    large
        Optimise less: of thousands of expressions each is computed once, and little of it can be saved.
    """
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    options = llvm.create_pipeline_tuning_options(speed_level=1 if large else 2)
    options.slp_vectorization = side_by_side
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)

"""A system as a WebAssembly module: the step a browser takes is the one the desk takes, from the same LLVM IR.

One patient wide and without fused multiply-add, which browsers lack: in that form the desk gives the same bits.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from bimodal.engine import cache
from bimodal.engine.assemble import Assembly
from bimodal.engine.kernel import system_sha256, translate
from bimodal.engine.machine import source_sha256
from bimodal.engine.program import build_program
from bimodal.engine.system import System
from bimodal.engine.tableau import RODAS5P
from bimodal.engine.webassembly_object import data_size, loadable
from bimodal.errors import EngineError

#: Functions a module has; all take addresses in its memory.
EXPORTS = ("start", "observe", "rate", "step", "judge", "shorten", "take")
_SPILLED, _ALIGNED = 1 << 16, 16
_TRIPLE = "wasm32-unknown-unknown"
#: Every browser since 2021 has these.
_FEATURES = "+bulk-memory,+sign-ext,+mutable-globals,+nontrapping-fptoint"


@dataclass(frozen=True, eq=False)
class WebAssembly:
    """A system ready for a browser, and what the loop around it must know.

    Parameters
    ----------
    code
        The module. It takes its memory and its stack pointer from ``env``.
    parameters
        Length of a patient's parameters with what is derived from them; the first are those of the system.
    factors
        Entries of the LU factors.
    stack
        Bytes of memory the code needs for itself, its tables at the bottom; what it is given addresses of begins there.
    """

    code: bytes
    system: System
    parameters: int
    factors: int
    stack: int

    @property
    def sha256(self) -> str:
        """Fingerprint of the module."""
        return hashlib.sha256(self.code).hexdigest()

    def layout(self) -> dict[str, Any]:
        """Give the numbers and names the loop needs, as plain data.

        Examples
        --------
        >>> from bimodal.model import load_model
        >>> web_assembly(load_model("tumour_alone").system).layout()["states"]
        7
        """
        system = self.system
        return {
            "states": len(system.state_ids),
            "inputs": len(system.parameter_ids),
            "parameters": self.parameters,
            "outputs": list(system.output_ids),
            "observers": [int(name in system.observers) for name in system.output_ids],
            "factors": self.factors,
            "stack": self.stack,
            "stages": RODAS5P.stages,
            "order": RODAS5P.order,
            "dense": [list(row) for row in RODAS5P.dense],
            "scales": list(system.scales),
            "nonnegative": [int(name in system.nonnegative) for name in system.state_ids],
        }


def web_assembly(system: System) -> WebAssembly:
    r"""Translate a system to WebAssembly, once per computer: the module is kept beside the machine code.

    Raises
    ------
    EngineError
        The system has events of its own, or this llvmlite cannot write WebAssembly.

    Examples
    --------
    >>> from bimodal.model import load_model
    >>> web_assembly(load_model("tumour_alone").system).code[:4]
    b'\x00asm'
    """
    if system.triggers:
        raise EngineError(
            f"the event '{system.triggers[0].id}' of the model cannot run in a browser",
            fix="run it on the desk (bimodal run, bimodal simulate), or take its events out",
        )
    import llvmlite.binding as llvm

    made_from = (system_sha256(system), source_sha256(), llvm.llvm_version_info, _FEATURES)
    key = hashlib.sha256(repr(made_from).encode()).hexdigest()
    if (kept := cache.load(key, "wasm")) is not None:
        head, _, code = kept.partition(b"\n")
        return WebAssembly(code, system, *json.loads(head))
    program = build_program(system)
    assembly = Assembly(program, RODAS5P, 1, fused=False)
    text = assembly.text()
    translated = _translated(text, large=not assembly.unrolled)
    code, entries = loadable(translated, EXPORTS), len(program.elimination.pattern)
    # tables lie at the bottom; above them is room for what functions keep there and values that find no register
    kept_there = 8 * sum(map(int, re.findall(r" = alloca double, i64 (\d+)", text)))
    stack = _ALIGNED * -(-(data_size(translated) + kept_there + _SPILLED) // _ALIGNED)
    known = [len(system.parameter_ids) + len(program.constants), entries, stack]
    cache.store(key, json.dumps(known).encode() + b"\n" + code, "wasm")
    return WebAssembly(code, system, *known)


def _translated(text: str, *, large: bool) -> bytes:
    """Return the object code of LLVM IR."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        target = llvm.Target.from_triple(_TRIPLE)
    except RuntimeError as error:
        raise EngineError(
            "this llvmlite cannot write WebAssembly", fix="install llvmlite from its wheel, which can"
        ) from error
    machine = target.create_target_machine(cpu="generic", features=_FEATURES, opt=2)
    # what the module does not export is dropped if nothing calls it
    own = re.sub(rf"(?m)^define void @(?!(?:{'|'.join(EXPORTS)})\()", "define internal void @", text)
    head = f'target triple = "{_TRIPLE}"\ntarget datalayout = "{machine.target_data}"\n'
    return translate(head + own, machine, large=large)

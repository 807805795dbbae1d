"""The C yardstick: this engine's loop around a step compiled by gcc, and the two steps alone, side by side."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from bimodal.engine import System
from bimodal.engine.assemble import Assembly
from bimodal.engine.compiled import compiled
from bimodal.engine.program import build_program
from engine.c_source import ARGUMENTS, c_text
from engine.ours import Ours
from engine.peer import FloatArray, UnavailableError

FLAGS = ("-O3", "-march=native", "-fPIC", "-shared", "-x", "c++")


@dataclass(frozen=True)
class StepTimes:
    """Microseconds of one step of ``width`` patients: medians over rounds, and how far the two results differ."""

    width: int
    llvm_us: float
    gcc_us: float
    ratio: float
    ratio_low: float
    ratio_high: float
    difference: float


class CStep(Ours):
    """The engine with its step replaced by the one gcc made."""

    settings = tuple(setting for setting in Ours.settings if setting.method == "rodas5p")

    def __init__(self, system: System, patients: int) -> None:
        compiler = shutil.which("gcc")
        if compiler is None:
            raise UnavailableError("C (gcc)")
        kernel = compiled(system)
        _check_arguments(system)
        with tempfile.TemporaryDirectory(prefix="c-step-") as folder:
            source, library = Path(folder) / "step.c", Path(folder) / "step.so"
            source.write_text(c_text(build_program(system), kernel.tableau, kernel.width), "utf-8")
            done = subprocess.run(
                [compiler, *FLAGS, str(source), "-o", str(library)], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise UnavailableError(f"C (gcc refuses the step: {done.stderr.strip()[:400]})")
            self._library = ctypes.CDLL(str(library))
        self._llvm = kernel.step()
        self._gcc = int(ctypes.cast(self._library.step, ctypes.c_void_p).value or 0)
        twin = replace(system)
        # the cached property of the twin is filled in by hand: same system, other step
        twin.__dict__["kernel"] = replace(kernel, addresses=kernel.addresses | {"step": self._gcc})
        super().__init__(twin, patients, name="C step (gcc) in our loop")
        version = subprocess.run([compiler, "-dumpfullversion"], capture_output=True, text=True, check=False)
        self.version = f"gcc {version.stdout.strip()}"
        self._system = system

    def step_only(self, parameters: FloatArray, states: FloatArray, rounds: int, repeats: int = 10_000) -> StepTimes:
        """Time both steps on the same numbers: (W, P) constants and (W, n) states of as many patients as lanes."""
        kernel = compiled(self._system)
        full, _ = kernel.start(parameters)
        w, n, stages = kernel.width, kernel.size, kernel.tableau.stages
        y, p = _wide(states), _wide(full)
        given = {"t": _aligned((w,)), "y": y, "p": p, "h": _aligned((w,), 0.5)}
        given |= {"atol": _aligned((n, w), 1e-9), "rtol": _aligned((w,), 1e-6), "floor": _aligned((n, w), -1.0)}
        results: list[FloatArray] = []
        times: list[list[float]] = [[], []]
        for _ in range(rounds):
            for which, address in enumerate((self._llvm, self._gcc)):
                written = {"lu": _aligned((kernel.factor_size, w)), "k": _aligned((stages * n, w))}
                written |= {"u": _aligned((n, w)), "err": _aligned((w,)), "res": _aligned((w,))}
                arrays = given | written
                pointers = (ctypes.c_void_p * len(arrays))(*(arrays[name].ctypes.data for name in ARGUMENTS))
                self._repeat(address, repeats // 10, pointers)
                began = process_time()
                self._repeat(address, repeats, pointers)
                times[which].append((process_time() - began) / repeats * 1e6)
                results.append(np.concatenate([written["u"], written["k"]]))
        ratios = np.array(times[0]) / np.array(times[1])
        size = np.abs(results[1]) + 1e-3 * np.abs(results[1]).max()
        return StepTimes(
            w, float(np.median(times[0])), float(np.median(times[1])), float(np.median(ratios)), float(ratios.min()),
            float(ratios.max()), float((np.abs(results[0] - results[1]) / size).max()),
        )  # fmt: skip

    def _repeat(self, address: int, times: int, pointers: Any) -> None:
        self._library.repeat(ctypes.c_void_p(address), ctypes.c_long(times), pointers)


def _check_arguments(system: System) -> None:
    text = Assembly(build_program(system), compiled(system).tableau, 1, fused=True).text()
    found = re.search(r"^define void @step\(([^)]*)\)", text, re.MULTILINE)
    names = tuple(re.findall(r"%(\w+)", found.group(1))) if found else ()
    if names != ARGUMENTS:
        raise UnavailableError(f"C (the engine's step takes {', '.join(names)}; c_source.py writes another)")


def _wide(rows: FloatArray) -> FloatArray:
    """Return (W, m) rows as (m, W) lanes in aligned memory."""
    out = _aligned((rows.shape[1], rows.shape[0]))
    out[:] = rows.T
    return out


def _aligned(shape: tuple[int, ...], fill: float = 0.0) -> FloatArray:
    count = int(np.prod(shape))
    memory = np.full(count + 8, fill)
    skip = (-memory.ctypes.data % 64) // 8
    return memory[skip : skip + count].reshape(shape)

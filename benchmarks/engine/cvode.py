"""CVODE with KLU in C: a model of the engine compiled by gcc against SUNDIALS and SuiteSparse, where those are."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bimodal.engine import System
from bimodal.engine.compiled import compiled
from bimodal.engine.program import build_program
from engine.cvode_source import cvode_text
from engine.peer import FloatArray, Run, Setting, UnavailableError, timed_run

FLAGS = ("-O3", "-march=native", "-flto=auto", "-fno-math-errno", "-fPIC", "-shared")
#: From one dose or save to the next; at some tolerances CVODE would otherwise creep for ever.
_MOST_STEPS = 50_000
_LIBRARIES = ("cvode", "nvecserial", "sunlinsolklu", "sunmatrixsparse", "generic")
_LOOP = Path(__file__).with_name("cvode.c")
_HOW = "needs gcc and the headers of SUNDIALS 6 and KLU; Debian has them in libsundials-dev and libsuitesparse-dev"


class CvodeDose(NamedTuple):
    """When and where all patients are dosed: hours, and a state to add to or a constant to set."""

    hours: float
    action: Literal["add", "set"]
    target: str


class Cvode:
    """A model on CVODE: BDF, Newton's method, exact sparse Jacobian, one run from dose to dose.

    Parameters
    ----------
    system
        What is solved.
    prefix
        Folder with ``include`` and ``lib`` of a SUNDIALS built for this computer; None is that of the system, which
        may be several times slower than one built with -O3.
    """

    name = "CVODE with KLU in C"
    settings = (
        *(Setting(rtol) for rtol in (1e-7, 2e-7, 3e-7, 5e-7, 7e-7, 1e-6, 2e-6, 3e-6, 5e-6, 1e-5)),
        *(Setting(3e-7, 1e-10), Setting(1e-6, 1e-10), Setting(1e-6, 1e-9), Setting(3e-6, 1e-8)),
    )

    def __init__(self, system: System, prefix: Path | None = None) -> None:
        compiler = shutil.which("gcc")
        if compiler is None:
            raise UnavailableError(f"{self.name} (no gcc; {_HOW})")
        program = build_program(system)
        self._system, self._places = system, program.places
        own = [] if prefix is None else [f"-I{prefix / 'include'}", f"-L{prefix / 'lib'}"]
        libraries = [f"-lsundials_{name}" for name in _LIBRARIES]
        with tempfile.TemporaryDirectory(prefix="cvode-") as folder:
            source, library = Path(folder) / "model.c", Path(folder) / "model.so"
            source.write_text(cvode_text(program) + _LOOP.read_text("utf-8"), "utf-8")
            command = [compiler, *FLAGS, *own, "-I/usr/include/suitesparse", str(source), "-o", str(library)]
            done = subprocess.run([*command, *libraries, "-lklu", "-lm"], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                missing = re.search(r"[\w/]+\.h: No such file|cannot find -l\w+", done.stderr)
                told = missing.group() if missing else " ".join(done.stderr.split())[:300]
                raise UnavailableError(f"{self.name} ({told}; {_HOW})")
            self._library = ctypes.CDLL(str(library))
        self._library.course.restype = ctypes.c_long
        self._library.sundials.restype = ctypes.c_char_p
        number = self._library.sundials().decode()
        self.version = f"SUNDIALS {number}, {'of the system' if prefix is None else 'built here'}"

    def course(
        self,
        setting: Setting,
        sizes: FloatArray,
        inputs: FloatArray,
        doses: Sequence[CvodeDose],
        amounts: FloatArray,
        times: FloatArray,
    ) -> Run:
        """Solve patients one after the other: values (N, T, n), and the time the solver took.

        Parameters
        ----------
        setting
            Tolerances; where it names no absolute one, each state has 0.001 rtol of its size.
        sizes
            (n,) largest size of each state.
        inputs
            (N, P) inputs of the system.
        doses, amounts
            In order of time, and (N, D) what each patient gets; a dose at time 0 comes before the start.
        times
            (T,) hours of the saves; one at a dose is before it.

        Raises
        ------
        RuntimeError
            CVODE gave a patient up.
        """
        full, start = compiled(self._system).start(inputs)
        count, n = start.shape
        scaled = 1e-3 * setting.rtol * np.where(sizes > 0.0, sizes, 1.0)
        atol = scaled if setting.atol is None else np.full(n, setting.atol)
        states = self._system.state_index
        adds = np.array([dose.action == "add" for dose in doses], np.int64)
        place = np.array([(states if d.action == "add" else self._places)[d.target] for d in doses], np.int64)
        hours, saves = np.array([dose.hours for dose in doses]), np.ascontiguousarray(times)
        given, out = np.ascontiguousarray(amounts), np.empty((count, len(times), n))

        def work() -> FloatArray:
            solved = self._library.course(
                ctypes.c_long(count), _pointer(full), _pointer(start), ctypes.c_long(len(hours)), _pointer(hours),
                _pointer(adds), _pointer(place), _pointer(given), ctypes.c_long(len(saves)), _pointer(saves),
                ctypes.c_double(setting.rtol), _pointer(atol), ctypes.c_long(_MOST_STEPS), _pointer(out),
            )  # fmt: skip
            if solved != count:
                raise RuntimeError(f"{self.name}: patient {max(solved, 0)} was given up")
            return out

        return timed_run(work)


def _pointer(array: npt.NDArray[np.generic]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)

"""AMICI in an interpreter of its own, asked one thing after the other."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.peer import FloatArray, Run, Setting, UnavailableError

_WORKER = Path(__file__).with_name("amici_worker.py")
#: What its C++ is compiled with; CMake adds -O3. Shared subexpressions are computed once, as in every other solver.
_BUILD = {"CXXFLAGS": "-O3 -march=native", "AMICI_EXTRACT_CSE": "1"}


class AmiciProcess:
    """An interpreter with AMICI that compiles models and runs them.

    Raises
    ------
    UnavailableError
        The interpreter cannot be run or has no AMICI.
    """

    def __init__(self, interpreter: str) -> None:
        # AMICI compiles with the swig and cmake of its own environment, as if that were activated
        tools = {"PATH": f"{Path(interpreter).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            probe = subprocess.run([interpreter, "-c", "import amici"], capture_output=True, check=False)
        except OSError as fault:
            raise UnavailableError(f"AMICI (its interpreter cannot be run: {fault.strerror})") from None
        if probe.returncode != 0:
            raise UnavailableError("AMICI (pip install amici; this interpreter has no such module)")
        #: Seconds of processor time of the last run that AMICI's own clock gives to its solver.
        self.solver_s = 0.0
        self._keep = tempfile.TemporaryDirectory(prefix="amici-")
        self.folder = Path(self._keep.name)
        with (self.folder / "log.txt").open("w") as log:
            self._process = subprocess.Popen(
                [interpreter, str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | single | tools | _BUILD,
            )

    def build(self, name: str, sbml: str, *, seen: str, limit_s: float) -> dict[str, Any]:
        """Import and compile a document; ``seen`` is the one state that is an observable.

        Returns its version and the seconds of processor time, of import and of compilers.

        Raises
        ------
        UnavailableError
            AMICI refuses the model or needs more than ``limit_s`` of processor time to import it.
        """
        file = self.folder / f"{name}.xml"
        file.write_text(sbml, "utf-8")
        folder = str(self.folder / name)
        try:
            return self.ask(do="build", name=name, sbml=str(file), folder=folder, seen=seen, limit_s=limit_s)
        except RuntimeError as fault:
            self.close()
            raise UnavailableError(f"AMICI (it could not import the model: {fault})") from None

    def run(
        self,
        name: str,
        setting: Setting,
        times: FloatArray,
        states: list[str],
        constants: dict[str, FloatArray],
        start: dict[str, FloatArray] | None = None,
    ) -> Run:
        """Solve patients one after the other: values (N, T, n) of ``states``.

        ``constants`` and ``start`` hold (N,) values by name; without ``start`` the document says where states begin.
        """
        given, begin, back = (self.folder / f"{part}.npy" for part in ("constants", "start", "values"))
        np.save(given, np.stack(list(constants.values()), axis=1))
        if start is not None:
            np.save(begin, np.stack(list(start.values()), axis=1))
        answer = self.ask(
            do="run", name=name, constants=str(given), ids=list(constants), values=str(back), states=states,
            start=None if start is None else str(begin), start_ids=list(start or ()), times=times.tolist(),
            rtol=setting.rtol, atol=setting.atol,
        )  # fmt: skip
        self.solver_s = float(answer["solver_s"])
        return Run(np.load(back), answer["cpu_s"], answer["wall_s"])

    def close(self) -> None:
        """End the other interpreter."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        self._keep.cleanup()

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait for the answer.

        Raises
        ------
        RuntimeError
            What AMICI raised.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the interpreter ended"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

"""AMICI: CVODES on C++ it generates from SBML, run in another interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.model.network import Network
from engine import model
from engine.peer import FloatArray, Run, Setting, UnavailableError
from engine.regimens import REGIMENS, TIMES, Regimen

_WORKER = Path(__file__).with_name("amici_worker.py")


class Amici:
    """AMICI with the doses as events of the SBML, compiled once per regimen.

    It reports the value after an event at the time of the event, so those times are left out of its error.
    """

    name = "AMICI"
    settings = (
        Setting(3e-7, 1e-9), Setting(5e-7, 1e-9), Setting(5e-7, 1e-8),
        Setting(1e-6, 1e-10), Setting(1e-6, 1e-9), Setting(1e-6, 1e-8), Setting(1e-6, 1e-7),
        Setting(3e-6, 1e-8), Setting(3e-6, 1e-7), Setting(5e-6, 1e-8), Setting(5e-6, 1e-7), Setting(1e-5, 1e-8),
    )  # fmt: skip

    def __init__(self, network: Network, patients: int, interpreter: str) -> None:
        self.checked = patients
        self.timed = min(8, patients)
        self._states, self._ids = list(network.state_ids), list(network.constant_ids)
        # AMICI compiles with the swig and cmake of its own environment, as if that were activated
        tools = {"PATH": f"{Path(interpreter).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            probe = subprocess.run([interpreter, "-c", "import amici"], capture_output=True, check=False)
        except OSError as fault:
            raise UnavailableError(f"AMICI (its interpreter cannot be run: {fault.strerror})") from None
        if probe.returncode != 0:
            raise UnavailableError("AMICI (pip install amici; this interpreter has no such module)")
        self._keep = tempfile.TemporaryDirectory(prefix="amici-")
        self._folder = Path(self._keep.name)
        with (self._folder / "log.txt").open("w") as log:
            self._process = subprocess.Popen(
                [interpreter, str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | single | tools,
            )
        self.version, self.build_s = "", {}
        for regimen in REGIMENS:
            sbml = self._folder / f"{regimen.name}.xml"
            sbml.write_text(model.sbml_of(regimen.antimony(model.text())), "utf-8")
            name = f"trafficking_{regimen.name.lower()}"
            try:
                answer = self._ask(do="build", name=name, sbml=str(sbml), folder=str(self._folder / name))
            except RuntimeError as fault:
                self.close()
                raise UnavailableError(f"AMICI (it could not compile the model: {fault})") from None
            self.version, self.build_s[regimen.name] = answer["version"], answer["seconds"]

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients one after the other."""
        given, back = self._folder / "parameters.npy", self._folder / "values.npy"
        np.save(given, parameters)
        answer = self._ask(
            do="run", name=f"trafficking_{regimen.name.lower()}", parameters=str(given), values=str(back),
            ids=self._ids, states=self._states, times=TIMES.tolist(), rtol=setting.rtol, atol=setting.atol,
        )  # fmt: skip
        return Run(np.load(back), answer["cpu_s"], answer["wall_s"])

    def close(self) -> None:
        """End the other interpreter."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        self._keep.cleanup()

    def _ask(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the interpreter ended"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

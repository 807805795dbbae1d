"""Runs the page's engine in Node, and the desk's scalar kernel without fused multiply-add beside it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bimodal.engine.kernel
from bimodal.engine import Schedule, Settings, System, solve
from bimodal.engine.clock import with_stops
from bimodal.engine.compiled import keep
from bimodal.engine.kernel import compile_system
from bimodal.engine.webassembly import web_assembly

DATA = Path(str(files("bimodal.page") / "data"))
_HERE = Path(__file__).parent


def node() -> str:
    """Return Node 20 or newer, or skip the test."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed: what runs in a browser is not checked here")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < 20:
        pytest.skip(f"Node {version} is too old: 20 or newer reads modules and gzip as browsers do")
    return found


def run_node(script: str, *arguments: str, given: str | None = None) -> str:
    """Run a script of this folder and return what it prints."""
    ran = subprocess.run(
        [node(), str(_HERE / script), str(DATA), *arguments], capture_output=True, text=True, input=given, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


def page_solves(system: System, cases: Sequence[Mapping[str, Any]], folder: Path) -> list[tuple[np.ndarray, dict]]:
    """Solve cases (inputs, events, times, tolerances) with the page's engine; each gives (T, O) and how it went."""
    module = web_assembly(system)
    (folder / "module.wasm").write_bytes(module.code)
    problem = {"kernel": module.layout(), "module": str(folder / "module.wasm"), "cases": list(cases)}
    (folder / "problem.json").write_text(json.dumps(problem))
    lines = run_node("solve.mjs", str(folder / "problem.json"), str(folder / "numbers.f64")).splitlines()
    numbers, place = np.fromfile(folder / "numbers.f64", "<f8"), 0
    found: list[tuple[np.ndarray, dict]] = []
    for case, line in zip(cases, lines, strict=True):
        shape = (len(case["times"]), len(system.outputs))
        found.append((numbers[place : place + shape[0] * shape[1]].reshape(shape), json.loads(line)))
        place += shape[0] * shape[1]
    assert place == len(numbers)
    return found


def plain_twin(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """Return the system with the kernel a browser can have: one patient wide, no fused multiply-add."""
    twin = replace(system)
    monkeypatch.setattr(bimodal.engine.kernel, "has_fused", lambda: False)
    keep(twin, compile_system(twin, width=1))
    return twin


def case_of(system: System, inputs: np.ndarray, schedule: Schedule, times: Sequence[float], settings: Settings) -> dict:
    """Lay out what one patient is given, as a page would."""
    full, _ = compile_system(system, width=1).start(inputs[None, :])
    stops = with_stops(system, schedule, full, 0.0, float(times[-1]))
    events = {"times": stops.times.tolist(), "slots": stops.slots.tolist(), "values": stops.values.tolist()}
    limits = {"rtol": settings.rtol, "atol": settings.atol, "atolFactor": settings.atol_factor}
    return {
        "inputs": [repr(x) for x in inputs.tolist()],
        "events": events,
        "times": list(times),
        "maxSteps": settings.max_steps,
        **limits,
    }


def assert_same_bits(page: np.ndarray, desk: np.ndarray) -> None:
    """Check that two arrays are equal to the last bit, NaN being NaN."""
    assert page.shape == desk.shape
    both = np.isnan(page) & np.isnan(desk)
    same = (page.view(np.int64) == desk.view(np.int64)) | both
    assert same.all(), f"{int((~same).sum())} of {same.size} numbers differ, at most by {np.nanmax(abs(page - desk))}"


__all__ = ["DATA", "assert_same_bits", "case_of", "page_solves", "plain_twin", "run_node", "solve"]

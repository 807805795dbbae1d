"""Measurements that need a process of their own: ``python -m engine.probe cohort 10000 2 1`` prints one JSON line."""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import pairwise
from typing import Any

from bimodal.engine import Settings, Trajectories, solve
from bimodal.engine.compiled import compiled
from engine import model, patients
from engine.regimens import DAILY, TIMES

_REPEATS = 3
#: A setting whose error on this job is below 1e-4, the bar of the comparison (table of the race).
COMPARED = Settings(rtol=7e-5, method="rodas4")


def compared(count: int, workers: int, seed: int) -> dict[str, Any]:
    """Time a cohort as `cohort` does, at the accuracy of the comparison."""
    return cohort(count, workers, seed, COMPARED)


def cohort(count: int, workers: int, seed: int, settings: Settings | None = None) -> dict[str, Any]:
    """Time a cohort under regimen A with ten outputs, at the default setting or another; note the peak memory."""
    settings = settings or Settings()
    network = model.network_of(model.sbml_of(model.text()))
    system = model.system_of(network, model.TEN_OUTPUTS)
    parameters = patients.sample(network, count, seed)
    solve(system, parameters[:16], DAILY.schedule(system, min(16, count)), TIMES, settings=settings, workers=workers)
    before = _peak()
    schedule = DAILY.schedule(system, count)

    def once() -> tuple[float, Trajectories]:
        began = time.perf_counter()
        run = solve(system, parameters, schedule, TIMES, settings=settings, workers=workers)
        return time.perf_counter() - began, run

    earlier = [once()[0] for _ in range(_REPEATS - 1)]
    last, found = once()
    times = sorted([*earlier, last])
    return {
        "patients": count,
        "setting": f"{settings.method}, {settings.rtol:g}",
        "workers": workers,
        "wall_s": times[len(times) // 2],
        "wall_s_low": times[0],
        "wall_s_high": times[-1],
        "failed": found.failed,
        "steps_per_patient": float(found.steps.mean()),
        "results_mb": found.values.nbytes / 1e6,
        "peak_mb": _peak(),
        "peak_before_mb": before,
    }


def fresh(seed: int) -> dict[str, Any]:
    """Time a model nobody has seen, from text to the first patient's result, part by part."""
    # the loop is compiled once per installation; a run of another model loads it
    network = model.network_of(model.sbml_of(model.text()))
    solve(model.system_of(network), patients.sample(network, 1, seed), None, TIMES[:1])
    head, end, tail = model.text().rpartition("end")
    marks = [time.perf_counter()]
    new = f"{head}  never_seen_{time.time_ns()} = {time.time_ns() % 1000 + 1};\n{end}{tail}"
    sbml = model.sbml_of(new)
    marks.append(time.perf_counter())
    network = model.network_of(sbml)
    system = model.system_of(network)
    marks.append(time.perf_counter())
    kernel = compiled(system, "narrow")  # what one patient needs
    marks.append(time.perf_counter())
    solve(system, patients.sample(network, 1, seed), DAILY.schedule(system, 1), TIMES)
    marks.append(time.perf_counter())
    parts = [b - a for a, b in pairwise(marks)]
    names = ("antimony_s", "reading_s", "compiling_s", "first_patient_s")
    return {"total_s": marks[-1] - marks[0], "lanes": kernel.width, **dict(zip(names, parts, strict=True))}


def load(model: str) -> dict[str, Any]:
    """Time libRoadRunner reading the SBML of a shipped model as it is exported."""
    import roadrunner

    from bimodal.exchange import to_sbml
    from bimodal.model import load_model

    sbml = to_sbml(load_model(model))
    cpu, wall = time.process_time(), time.perf_counter()
    roadrunner.RoadRunner(sbml)
    return {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall, "kilobytes": len(sbml) / 1e3}


def _peak() -> float:
    """Return the largest resident memory so far in MB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1e6 if sys.platform == "darwin" else size / 1e3


if __name__ == "__main__":
    task, *words = sys.argv[1:]
    if task == "load":
        print(json.dumps(load(*words)))
    else:
        print(json.dumps({"cohort": cohort, "compared": compared, "fresh": fresh}[task](*map(int, words))))

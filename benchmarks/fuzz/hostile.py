"""Documents made to hurt, each read in a process of its own: refused by name, and how soon."""

from __future__ import annotations

import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

#: Seconds a refusal may take, and after which a reader that does not answer is stopped.
LIMIT_S, STOPPED_S = 2.0, 60.0
#: Readings of each, of which the shortest counts: other work on the computer is not the reader's.
READINGS = 3
_TESTS = Path(__file__).parents[2] / "tests" / "model"


def documents() -> dict[str, str]:
    """Return the documents of the tests, by name."""
    sys.path.insert(0, str(_TESTS))
    try:
        from test_model_sbml_hostile import HOSTILE  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(str(_TESTS))
    return HOSTILE


def run() -> dict[str, Any]:
    """Read every document and return what was said of each."""
    rows = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in documents():
            try:
                rows.append(pool.apply_async(read_one, (name,)).get(STOPPED_S))
            except multiprocessing.TimeoutError:
                rows.append({"document": name, "kind": "no answer", "seconds": STOPPED_S, "said": ""})
                break  # the pool has one process, and it hangs
    return {"limit_s": LIMIT_S, "readings": READINGS, "documents": rows}


def read_one(name: str) -> dict[str, Any]:
    """Read one document; imports are done before the clock starts."""
    from bimodal.errors import ModelError
    from bimodal.model.sbml_reader import read_sbml

    text = documents()[name]
    row: dict[str, Any] = {"document": name, "characters": len(text)}
    kind, said, spent = "", "", []
    for _ in range(READINGS):
        began, busy = time.perf_counter(), time.process_time()
        try:
            read_sbml(text, file="m.xml")
        except ModelError as fault:
            kind, said = "refused", str(fault.what)
        except Exception as fault:  # anything else is a result of this study
            kind, said = "crashed", f"{type(fault).__name__}: {fault}"
        else:
            kind, said = "read", ""
        spent.append((time.perf_counter() - began, time.process_time() - busy))
    return row | {
        "kind": kind,
        "seconds": round(min(wall for wall, _ in spent), 3),
        "processor_seconds": round(min(own for _, own in spent), 3),
        "said": said if len(said) <= 160 else said[:160] + "…",
        "said_characters": len(said),
    }

"""Antimony text to SBML by libAntimony, in this process or, run as a program, in one of its own that can open nothing.

The program reads ``{"text": ..., "name": ...}`` from standard input and writes what `parse` returns. It stands alone:
run with ``-I`` it knows no other module of the package. `serve` makes such a program of other parsers too.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any

#: Seconds of computing, and bytes of memory, a text may take.
SECONDS = 60
BYTES = 2 * 1024**3


def parse(text: str, name: str) -> dict[str, str]:
    """Return the flattened ``sbml`` of one model of a text, or an ``error``; an empty name takes the main model."""
    import antimony

    antimony.clearPreviousLoads()
    try:
        if antimony.loadAntimonyString(text) < 0:
            return {"error": " ".join(str(antimony.getLastError()).split())}
        return {"sbml": antimony.getSBMLString(name or antimony.getMainModuleName()) or ""}
    except UnicodeDecodeError:  # libAntimony cuts characters of several bytes in its messages
        return {"error": ""}
    finally:
        antimony.clearPreviousLoads()


def _confine() -> None:
    """Take from this process what it does not need: time, memory, new files, and a core dump if it breaks."""
    try:
        import resource
    except ImportError:  # Windows; the caller still watches the clock
        return
    # what is open stays so; nothing else can be opened
    limits = {"RLIMIT_NOFILE": 0, "RLIMIT_CORE": 0, "RLIMIT_CPU": SECONDS, "RLIMIT_AS": BYTES}
    for limit, most in limits.items():
        with contextlib.suppress(OSError, ValueError, AttributeError):
            which: Any = getattr(resource, limit)
            resource.setrlimit(which, (most, most))


def serve(library: str, answer: Callable[[Any], dict[str, Any]]) -> None:
    """Answer one question on standard input by means of a library, with nothing in reach but time and memory."""
    sys.path.append(sys.argv[1])
    importlib.import_module(library)  # it is opened while something still can be

    asked = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:  # what the library itself prints
        os.dup2(nowhere.fileno(), 1)
    _confine()
    out.write(json.dumps(answer(asked)).encode())
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    serve("antimony", lambda asked: parse(asked["text"], asked["name"]))

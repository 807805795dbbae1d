"""A process that computes parts: ``python -m bimodal.study.run.part_worker``.

The first line of its input is a work order, each further one a part, ``[arm, start, stop]``; for each it prints a line
of JSON with a receipt or an error. It ends at once when its input does, so that no run outlives the one who asked.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from queue import SimpleQueue


def serve() -> None:
    """Answer part after part until the input ends."""
    lines: SimpleQueue[str] = SimpleQueue()
    # whatever a library prints must not come between the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    # only now, so that the end of the input is heard from the beginning on
    from bimodal.study.run.work_order import answer
    from bimodal.study.run.work_part import WorkPart

    order = lines.get()
    while True:
        part = WorkPart(*json.loads(lines.get()))
        print(json.dumps(answer(order, part)), file=answers, flush=True)


def _listen(lines: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)  # files are put in place whole: what is half written does not count


if __name__ == "__main__":
    serve()

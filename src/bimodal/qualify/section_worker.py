"""A process that computes sections: ``python -m bimodal.qualify.section_worker``.

The first line of its input says which; for each it prints a line of JSON. Then it helps with the studies, if somebody
is at work on them. It ends at once when its input does, so that
it does not outlive the one who asked.
"""

from __future__ import annotations

import json
import os
import sys
import threading


def serve() -> None:
    """Compute one section after the other."""
    # whatever a library prints must not come between the answers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_listen, daemon=True).start()
    from pathlib import Path

    from bimodal.qualify.compute_section import compute_section
    from bimodal.qualify.package_hash import request_key
    from bimodal.qualify.registry import SECTIONS
    from bimodal.qualify.request import Request, Work

    request, folder = Request.read(order["request"]), Path(order["folder"])
    plans = {plan.id: plan for plan in SECTIONS}
    for name in order["sections"]:
        found = compute_section(plans[name], request, folder, done={})
        print(json.dumps({"section": found.section.record(), "took": found.took}), file=answers, flush=True)
    if order["help"]:
        from bimodal.qualify.sections.studies import help_with_studies

        key = request_key(request, "studies")
        help_with_studies(Work(request=request, parts=folder / "parts" / "studies", key=key))


def _listen() -> None:
    sys.stdin.read()
    os._exit(0)  # files are put in place whole: what is half written does not count


if __name__ == "__main__":
    serve()

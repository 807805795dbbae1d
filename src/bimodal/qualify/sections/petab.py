"""PEtab test suite: simulations, likelihood and chi-square of every case."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from importlib.util import find_spec

from bimodal.qualify.figure import Figure, exactly
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_ID, _TITLE = "petab", "PEtab test suite"
_ROOM = "bimodal.exchange.petab"
#: Has ``run_suite(folder)``, which gives (case, kind, reason): passed, refused, failed or mismatch.
_SUITE = f"{_ROOM}.suite"


def compute(work: Work) -> Section:
    """Run the suite of a folder."""
    if find_spec(_ROOM) is None or find_spec(_SUITE) is None:
        return Section.missing(_ID, _TITLE, "this version of bimodal runs no PEtab suite")
    path = work.request.petab_suite
    if path is None:
        fix = "get github.com/PEtab-dev/petab_test_suite and give --petab-suite FOLDER"
        return Section.missing(_ID, _TITLE, "the suite does not ship with the package", fix)
    found = list(import_module(_SUITE).run_suite(path))
    counts = Counter(one.kind for one in found)
    figures = [
        exactly(counts["mismatch"], 0, id="mismatch", what="wrong", unit="cases"),
        exactly(counts["failed"], 0, id="failed", what="failed", unit="cases"),
        *(Figure(id=kind, what=kind, value=counts[kind], unit="cases") for kind in ("passed", "refused")),
        *(
            Figure(id=f"case-{one.case}", what=f"{one.case}: {one.reason}", value=one.kind, group="not passed")
            for one in found
            if one.kind != "passed"
        ),
    ]
    said = f"{len(found)} cases: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}."
    return Section.judged(_ID, _TITLE, said, figures)

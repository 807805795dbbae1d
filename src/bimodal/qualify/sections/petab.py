"""PEtab test suite: simulations, likelihood and chi-square of every case."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from typing import Any

from bimodal.qualify.figure import Figure, exactly
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_ID, _TITLE = "petab", "PEtab test suite"
_QUICK = 10


def compute(work: Work) -> Section:
    """Run the suite of a folder."""
    if find_spec("petab") is None:
        return Section.missing(_ID, _TITLE, "petab is not installed", 'pip install "bimodal[petab]"')
    path = work.request.petab_suite
    if path is None:
        fix = "get github.com/PEtab-dev/petab_test_suite and give --petab-suite FOLDER"
        return Section.missing(_ID, _TITLE, "the suite does not ship with the package", fix)
    from bimodal.exchange.petab.suite import find_cases, run_case

    cases = find_cases(path)
    if work.quick:
        cases = cases[::_QUICK]
    found: list[Any] = []
    for place, case in enumerate(cases):
        work.tell(place, len(cases), case.stem)
        found.append(run_case(case))
    counts = Counter(one.kind for one in found)
    figures = [
        exactly(counts["wrong"], 0, id="wrong", what="wrong", unit="cases"),
        exactly(counts["failed"], 0, id="failed", what="failed", unit="cases"),
        *(Figure(id=kind, what=kind, value=counts[kind], unit="cases") for kind in ("passed", "refused")),
        *(
            Figure(id=f"case-{one.case}", what=f"{one.case}: {one.said}", value=one.kind, group="not passed")
            for one in found
            if one.kind != "passed"
        ),
    ]
    said = f"{len(found)} cases: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}."
    notes = [f"Quick: every {_QUICK}th case."] if work.quick else []
    return Section.judged(_ID, _TITLE, said, figures, notes)

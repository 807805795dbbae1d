"""SBML semantic test suite: every case passed, refused by name, failed loudly, or wrong."""

from __future__ import annotations

from collections import Counter

from bimodal.exchange.suite_case import KINDS, run_case, suite_cases
from bimodal.qualify.figure import Figure, exactly
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_ID, _TITLE = "sbml-suite", "SBML test suite"
_QUICK = 20


def compute(work: Work) -> Section:
    """Run the suite of a folder; with ``--quick`` every twentieth case."""
    path = work.request.sbml_suite
    if path is None:
        fix = "get github.com/sbmlteam/sbml-test-suite and give --sbml-suite FOLDER (its cases/semantic)"
        return Section.missing(_ID, _TITLE, "the suite does not ship with the package", fix)
    cases = suite_cases(path)
    if work.quick:
        cases = cases[::_QUICK]
    found = []
    for place, folder in enumerate(cases):
        work.tell(place, len(cases), folder.name)
        found += run_case(folder)
    counts = Counter(one.kind for one in found)
    figures = [
        exactly(counts["mismatch"], 0, id="mismatch", what="silently wrong", unit="cases"),
        exactly(counts["crashed"], 0, id="crashed", what="crashed", unit="cases"),
        *(
            Figure(id=kind, what=kind, value=counts[kind], unit="cases")
            for kind in KINDS
            if kind not in ("mismatch", "crashed")
        ),
        *(
            Figure(id=f"case-{one.case}", what=f"{one.file}: {one.reason}", value=one.kind, group="wrong")
            for one in found
            if one.kind in ("mismatch", "crashed")
        ),
    ]
    said = f"{len(found)} cases: {', '.join(f'{counts[kind]} {kind}' for kind in KINDS)}."
    notes = [f"Quick: every {_QUICK}th case."] if work.quick else []
    notes.append("A case refused by name is no pass; docs/sbml.md lists what is supported.")
    return Section.judged(_ID, _TITLE, said, figures, notes)

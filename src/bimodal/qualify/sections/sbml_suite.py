"""SBML semantic test suite: every case passed, refused by name, failed loudly, or wrong."""

from __future__ import annotations

from bimodal.exchange.suite_case import KINDS, run_case, suite_cases
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.suite import SuiteSection

_FAULTS = {"mismatch": "silently wrong", "crashed": "crashed"}
_SUITE = SuiteSection(
    id="sbml-suite",
    title="SBML test suite",
    source="github.com/sbmlteam/sbml-test-suite",
    option="--sbml-suite FOLDER (its cases/semantic)",
    every=20,
    kinds=KINDS,
    faults=_FAULTS,
    listed=list(_FAULTS),
    find=suite_cases,
    run=run_case,
    name=lambda folder: folder.name,
    say=lambda one: (one.kind, one.case, f"{one.file}: {one.reason}"),
)


def compute(work: Work) -> Section:
    """Run the suite of a folder; with ``--quick`` every twentieth case."""
    note = "A case refused by name is no pass; docs/sbml.md lists what is supported."
    return _SUITE.compute(work, work.request.sbml_suite, [note])

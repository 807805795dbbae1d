"""PEtab test suite: simulations, likelihood and chi-square of every case."""

from __future__ import annotations

from importlib.util import find_spec

from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.suite import SuiteSection

_ID, _TITLE = "petab", "PEtab test suite"


def compute(work: Work) -> Section:
    """Run the suite of a folder; with ``--quick`` every tenth case."""
    if find_spec("petab") is None:
        return Section.missing(_ID, _TITLE, "petab is not installed", 'pip install "bimodal[petab]"')
    from bimodal.exchange.petab.suite import KINDS, find_cases, run_case

    suite = SuiteSection(
        id=_ID,
        title=_TITLE,
        source="github.com/PEtab-dev/petab_test_suite",
        option="--petab-suite FOLDER",
        every=10,
        kinds=KINDS,
        faults={"wrong": "wrong", "failed": "failed"},
        listed=[kind for kind in KINDS if kind != "passed"],
        find=find_cases,
        run=lambda path: [run_case(path)],
        name=lambda path: path.stem,
        say=lambda one: (one.kind, one.case, f"{one.case}: {one.said}"),
    )
    return suite.compute(work, work.request.petab_suite)

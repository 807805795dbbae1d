"""Environment: what `bimodal doctor` sees, without the folders of this machine."""

from __future__ import annotations

import re

from bimodal.qualify.check import Check
from bimodal.qualify.examine import examine
from bimodal.qualify.figure import Figure, FigureStatus
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.self_check import machine

#: Paths and free space are no part of a report that others read.
_PLACES = ("cache", "results")
_SECONDS = re.compile(r" in [0-9.]+ s\b")
_AS: dict[str, FigureStatus] = {"passed": "passed", "failed": "missed", "not run": "not run", "warning": "shown"}


def compute(work: Work) -> Section:
    """Look the installation over."""
    checks = [check for check in examine() if check.id not in _PLACES]
    figures = [_figure(check) for check in checks]
    figures += [
        Figure(id=f"version-{name}", what=name, value=found or "not installed", group="what the last bits depend on")
        for name, found in machine().items()
    ]
    said = next(check.found for check in checks if check.id == "environment") + "."
    return Section.judged("environment", "Environment", said, figures)


def _figure(check: Check) -> Figure:
    status = _AS[check.status]
    return Figure(
        id=check.id.replace(" ", "-"),
        what=check.id,
        value=_SECONDS.sub("", check.found),
        status=status,
        goal="sound" if status in ("passed", "missed") else "",
        note=check.fix,
        group="checks",
        command="bimodal doctor",
    )

"""Environment: what `bimodal doctor` sees."""

from __future__ import annotations

from bimodal.qualify.examine import examine
from bimodal.qualify.figure import Figure, FigureStatus
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.self_check import machine

_AS: dict[str, FigureStatus] = {"passed": "passed", "failed": "missed", "not run": "not run", "warning": "shown"}


def compute(work: Work) -> Section:
    """Look the installation over."""
    checks = list(examine(work.parts.parent.parent))
    figures = [
        Figure(id=check.id.replace(" ", "-"), what=check.id, value=check.found, status=_AS[check.status], note=check.fix,
               group="checks", command="bimodal doctor", goal="sound" if _AS[check.status] in ("passed", "missed") else "")
        for check in checks
    ]  # fmt: skip
    figures += [Figure(id=f"version-{name}", what=name, value=found or "not installed", group="what the last bits depend on")
                for name, found in machine().items()]  # fmt: skip
    said = next(check.found for check in checks if check.id == "environment") + "."
    return Section.judged("environment", "Environment", said, figures)

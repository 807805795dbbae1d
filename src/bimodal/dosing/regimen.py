"""A whole regimen as data."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.dosing.phase import Phase


@dataclass(frozen=True)
class Regimen:
    """Phases one after the other; no phase is an untreated arm.

    Examples
    --------
    >>> str(Regimen(()))
    'none'
    """

    phases: tuple[Phase, ...]

    def __str__(self) -> str:
        return " then ".join(map(str, self.phases)) or "none"

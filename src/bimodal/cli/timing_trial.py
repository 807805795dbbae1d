"""What ``bimodal timing trial`` reads and tabulates."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind

if TYPE_CHECKING:
    from bimodal.timing.trial import TrialDesign

_MOST_LINES = 100_000
_FILE = FileKind("the file of phases", TimingError, max_bytes=5_000_000, fix="a text file, one phase a line")


def read_phases(path: Path) -> list[float]:
    """Read phases, one number from 0 to 1 a line (share of a cycle), and give them in radians."""
    lines = _FILE.text(path, path.name).splitlines()
    if len(lines) > _MOST_LINES:
        raise TimingError(f"more than {_MOST_LINES} lines", where=path.name, fix="one phase for each responder")
    found, faults = list[float](), Faults()
    for row, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = float(line)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1:
            fix = "write a decimal point" if "," in line else "a number from 0 to 1"
            faults.add(TimingError("this is no phase", where=f"{path.name}, row {row}", fix=fix))
        found.append(2 * math.pi * value)
    faults.raise_any()
    return found


def trial_tables(design: TrialDesign) -> dict[str, Any]:
    """Give the tables over assumptions (single dose) and over course models, as plain data."""
    from bimodal.timing.trial_tables import ERRORS, WIDTHS, course_table, rate_table

    base: dict[str, Any] = {"p_mean": design.p_mean, "period_d": design.period_d}
    return {
        "errors_d": list(ERRORS),
        "widths_d": list(WIDTHS),
        "single_dose": [asdict(row) for row in rate_table(**base)],
        "standard_course": [asdict(row) for row in course_table(**base)],
    }

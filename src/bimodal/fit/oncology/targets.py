"""Population figures of high-dose IL-2 in melanoma and renal cancer that the oncology fit is held to, or judged by."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, cast

from bimodal.errors import BimodalError
from bimodal.evidence import load_targets
from bimodal.fit.oncology.search import MOST

_Z2 = 1.959963984540054**2
_COLUMNS = ("id", "quantity", "lower", "upper", "scale", "role", "band")


@dataclass(frozen=True)
class OncologyTarget:
    """One published figure.

    Attributes
    ----------
    id, study
        As in the dossier and in the roles of studies.
    quantity
        Name of the simulated figure, ``cancer.figure``.
    published, lower, upper
        Value and the interval it lies in.
    scale
        Scale of its error: ``logit`` for a share, ``log`` for a time or ratio, ``linear``; ``none`` for a share of
        which none was seen in as many as the upper Wilson bound says.
    role
        ``calibration``, or ``context`` for what is only compared.
    """

    id: str
    study: str
    quantity: str
    published: float
    lower: float
    upper: float
    scale: Literal["logit", "log", "linear", "none"]
    role: str
    source: str

    def residual(self, simulated: float) -> float:
        """Give how many standard deviations a simulated figure is off; the interval is read as 95 per cent.

        Where none was seen in n, the root of -2 n ln(1 - p): its square is the deviance of that observation.
        """
        if self.scale == "none":
            seen_in = _Z2 * (1.0 / self.upper - 1.0)
            return math.sqrt(-2.0 * seen_in * math.log1p(-min(simulated, 1.0 - 1e-9)))
        low, middle, high, found = (_scaled(v, self.scale) for v in (self.lower, self.published, self.upper, simulated))
        return (found - middle) / ((high - low) / 3.92)

    def within(self, simulated: float) -> bool:
        """Say whether a simulated figure lies in the interval."""
        return self.lower <= simulated <= self.upper


def oncology_targets(role: str | None = None) -> tuple[OncologyTarget, ...]:
    """List the targets of a role, or all; what was published stands with the published studies (`bimodal.evidence`).

    Examples
    --------
    >>> {target.role for target in oncology_targets()} <= {"calibration", "context"}
    True
    """
    rows = csv.DictReader(io.StringIO(_text()))
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise BimodalError("the columns are wrong", where="oncology_targets.csv", fix=", ".join(_COLUMNS))
    published = {target.id: target for target in load_targets()}
    found = (
        OncologyTarget(
            row["id"],
            published[row["id"]].study,
            row["quantity"],
            published[row["id"]].published,
            float(row["lower"]),
            float(row["upper"]),
            cast("Literal['logit', 'log', 'linear']", row["scale"]),
            row["role"],
            f"{published[row['id']].source}; {row['band']}",
        )
        for row in rows
    )
    return tuple(target for target in found if role in (None, target.role))


def misfit(targets: Iterable[OncologyTarget], simulated: dict[str, float]) -> float:
    """Sum the squared residuals, each at most `MOST`, so that one figure out of reach does not decide everything."""
    return sum(min(target.residual(simulated[target.quantity]) ** 2, MOST) for target in targets)


def _text() -> str:
    return files("bimodal.fit.oncology").joinpath("data", "oncology_targets.csv").read_text(encoding="utf-8")


def _scaled(value: float, scale: str) -> float:
    if scale == "logit":
        bounded = min(max(value, 1e-4), 1.0 - 1e-4)
        return math.log(bounded / (1.0 - bounded))
    return math.log(max(value, 1e-3)) if scale == "log" else value

"""What stands beside a table of samples: assay, limit, laboratory, prior."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bimodal.errors import TimingError
from bimodal.files.check import check_table
from bimodal.files.read import FileKind
from bimodal.files.share import Share
from bimodal.files.toml import read_toml
from bimodal.timing.hypotheses import Prior
from bimodal.timing.series import ASSAY_SD

_FILE = FileKind("the settings file", TimingError, max_bytes=100_000)


class TimingConfig(BaseModel):
    """The optional TOML file beside a table of samples; an unknown key is an error.

    Parameters
    ----------
    assay_cv
        Coefficient of variation of the CRP assay, such as 0.06.
    limit_mg_per_l
        Detection limit, for rows flagged ``<LOD`` without a value.
    laboratory
        Laboratory of all samples, where the table has no such column.
    known_events
        ``cut`` uses the samples before an infection, surgery or steroid; ``pulse`` keeps those after it and lets CRP
        answer with a pulse. Doses always cut.
    prior_cycle
        P(persistent cycle) before the data.
    periods_days
        Shortest and longest period.

    Examples
    --------
    >>> TimingConfig(assay_cv=0.05).known_events
    'cut'
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    assay_cv: Share | None = Field(default=None, gt=0.005, le=0.5)
    limit_mg_per_l: float | None = Field(default=None, gt=0.0, le=20.0)
    laboratory: str = Field(default="", max_length=60)
    known_events: Literal["cut", "pulse"] = "cut"
    prior_cycle: Share = Field(default=0.5, gt=0.0, lt=1.0)
    periods_days: tuple[float, float] = Field(default=(4.0, 14.0), strict=False)

    @property
    def assay_sd(self) -> float:
        """Assay noise in ln units: sqrt(ln(1 + CV^2)), 0.07 where no CV is given."""
        return ASSAY_SD if self.assay_cv is None else math.sqrt(math.log1p(self.assay_cv**2))

    @property
    def prior(self) -> Prior:
        """The prior that this file asks for."""
        return Prior(cycle=self.prior_cycle, periods=self.periods_days)


def load_config(path: str | Path) -> TimingConfig:
    """Read the TOML file beside a table.

    Parameters
    ----------
    path
        File.

    Returns
    -------
    TimingConfig
        Checked.

    Raises
    ------
    TimingError
        Naming the file and the key.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "timing.toml"
    ...     _ = file.write_text("assay_cv = 0.06")
    ...     load_config(file).assay_cv
    0.06
    """
    path = Path(path)
    raw, text = read_toml(path, _FILE, where=path.name)
    return check_table(TimingConfig, raw, _FILE, where=path.name, text=text)

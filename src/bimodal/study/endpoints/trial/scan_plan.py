"""When a trial looks at its patients, with what, and by which rules it judges what it sees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from bimodal.errors import StudyError
from bimodal.files.share import SHARE
from bimodal.study.endpoints.trial.scan_schedule import scan_days

Criterion = Literal["WHO", "RECIST 1.1"]
Days = Annotated[float, Field(ge=0.0, le=36_525.0, allow_inf_nan=False)]
_ERA_LIMIT_MM = {"WHO": 10.0, "RECIST 1.1": 5.0}


class ScanPlan(BaseModel):
    """How response, progression and survival are read: the ``[scans]`` table of a study file.

    A response rate means nothing without the rules, the schedule and the scanner behind it, so all of them are inputs.

    Parameters
    ----------
    criterion
        ``WHO`` (trials of the 1980s and 1990s) or ``RECIST 1.1``.
    schedule
        Scans after baseline, see :func:`~bimodal.study.endpoints.trial.scan_schedule.scan_days`.
    days
        Days of the scans after baseline, in place of `schedule`.
    confirmation_days
        A response counts if a scan at least this much later still shows it; 0 asks for no confirmation.
    stable_days
        Stable disease counts from this day on (RECIST 1.1: in general six to eight weeks).
    missing
        Probability that a scheduled scan is missed, for every scan on its own.
    missed_visits
        Progression or death after this many scans missed in a row does not count: the patient is censored at the last
        scan that was made (FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics, 2018).
    detection_mm
        A lesion below it is gone; if not given 5 mm (CT in 5-mm slices, RECIST 1.1), and 10 mm under WHO (CT in
        10-mm slices).
    measurable_mm
        A lesion this large at baseline is a target lesion (RECIST 1.1: 10 mm).
    reader_sd_mm
        Standard deviation of one measured diameter: 2.4 mm for the difference of two scans within 15 minutes, over
        the root of two (Oxnard 2011, J Clin Oncol 29:3114).
    cells_per_cm3
        Cells in a volume of tumour: 1e9 by convention; Del Monte 2009 (Cell Cycle 8:505) holds 1e8 for more
        realistic in carcinomas.
    new_lesions_per_year
        Rate of new lesions while the burden is what it was at baseline, less in proportion below; 0 turns them off.
    data_cut_days
        Last day of follow-up; the last saved day if not given.
    accrual_days
        Patients enter evenly over so many days, and follow-up ends on one day of the calendar: who entered later
        is followed so much shorter, and censored then. 0: all enter at once.
    dlt_days, dlt_tox_index
        A dose-limiting toxicity is a `tox_index` at or above this within so many days (the model's own index).

    Examples
    --------
    >>> ScanPlan(criterion="WHO").limit_mm, ScanPlan().limit_mm
    (10.0, 5.0)
    >>> ScanPlan(days=(56, 112)).visits(100.0)
    (0.0, 56.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    criterion: Criterion = "RECIST 1.1"
    schedule: str = "every 8 weeks to week 104 then every 26 weeks"
    days: tuple[Days, ...] | None = None
    confirmation_days: Days = 28.0
    stable_days: Days = 42.0
    missing: Annotated[float, Field(ge=0.0, lt=1.0), SHARE] = 0.0
    missed_visits: int = Field(default=2, ge=1)
    detection_mm: float | None = Field(default=None, ge=0.0, le=100.0)
    measurable_mm: float = Field(default=10.0, gt=0.0, le=100.0)
    reader_sd_mm: float = Field(default=1.7, ge=0.0, le=50.0)
    cells_per_cm3: float = Field(default=1e9, ge=1e6, le=1e11)
    new_lesions_per_year: float = Field(default=0.0, ge=0.0, le=100.0)
    data_cut_days: Days | None = None
    accrual_days: Days = 0.0
    dlt_days: Days = 28.0
    dlt_tox_index: float = Field(default=1.0, gt=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _sensible(self) -> ScanPlan:
        if self.days is not None and (not self.days or list(self.days) != sorted({*self.days}) or self.days[0] <= 0.0):
            raise ValueError("the days of the scans must ascend from above 0")
        try:
            scan_days(self.schedule, 1.0)
        except StudyError as fault:
            raise ValueError(f"{fault.what}; {fault.fix}" if fault.fix else fault.what) from None
        if self.measurable_mm < self.limit_mm:
            raise ValueError("a lesion that can be measured must be one that can be seen: measurable_mm is too small")
        if self.data_cut_days is not None and self.accrual_days > self.data_cut_days:
            raise ValueError("the last patients enter after the end of follow-up: accrual_days is above data_cut_days")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # a newer key appears only where it is used, so that what was written before stays as it was
        return {key: value for key, value in handler(self).items() if value or key != "accrual_days"}

    @property
    def limit_mm(self) -> float:
        """Diameter below which a lesion is gone, mm."""
        return _ERA_LIMIT_MM[self.criterion] if self.detection_mm is None else self.detection_mm

    def visits(self, until: float) -> tuple[float, ...]:
        """List the days of all scans, the one at baseline (day 0) first.

        Parameters
        ----------
        until
            Last day that was simulated.

        Returns
        -------
        tuple of float
            Elapsed days, no later than `until` and the data cut.
        """
        last = until if self.data_cut_days is None else min(until, self.data_cut_days)
        if self.days is not None:
            return (0.0, *(day for day in self.days if day <= last))
        return (0.0, *scan_days(self.schedule, last))

    def left_out(self, until: float) -> tuple[float, ...]:
        """List the `days` of scans that nobody is there for: after the last simulated day or the data cut.

        Examples
        --------
        >>> ScanPlan(days=(28, 56, 112)).left_out(56.0)
        (112.0,)
        """
        return tuple(day for day in self.days or () if day not in self.visits(until))

"""A trial design as a study file asks for it: what is decided, on whom, how often it is tried."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bimodal.files.share import SHARE

Kind = Literal[
    "parallel", "crossover", "factorial", "group-sequential", "3+3", "crm", "boin", "adaptive", "phase-randomised"
]
Open = Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False), SHARE]
Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False), SHARE]
Day = Annotated[float, Field(ge=0.0, le=36_525.0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100_000, strict=True)]
_PARTS = 8  # of a window
Size = Annotated[int, Field(ge=2, le=100_000, strict=True)]


class DltPoint(BaseModel):
    """One dose of a dose-DLT curve.

    Parameters
    ----------
    dose
        Name of the arm that gives it.
    probability, lower, upper
        Of a dose-limiting toxicity within the window, and between which values it is believed to lie.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dose: str = Field(min_length=1)
    probability: Share
    lower: Share
    upper: Share


class DesignSpec(BaseModel):
    """The ``[design]`` table: a trial that is tried many times on the simulated patients (docs/trials.md).

    Parameters
    ----------
    kind
        Which design; each takes the keys it needs (`KEYS` of ``design_faults``).
    trials
        How many trials are simulated.
    endpoint, days, reduce, above
        What is compared: an endpoint of the study; on which of its days; how several days become one number of a
        person; a threshold that makes responders of those above it.
    arms
        Arms that are compared: the first is on trial, the second is the control. Of a factorial design neither,
        first, second and both treatments; of a crossover the two sequences.
    test
        ``t``, ``wilcoxon``, ``fisher`` or ``log-rank``; if nothing is said the usual one of the endpoint.
    per_arm
        Patients in each arm (or sequence) that are tried.
    alpha, target_power, max_per_arm
        Two-sided level, power that is looked for, and the number of patients at which the search ends.
    noise
        Whether readings carry the noise of assay and day.
    washout_day
        Of a crossover: when its second period begins.
    looks, spending, futility, benefit
        Of a group-sequential design: how often is looked, or at which shares of the patients; how alpha is spent; how
        beta is, where trials stop for futility; which values are better, ``higher`` (or longer) or ``lower``.
    doses
        Of an escalation: arms in ascending order of dose; all arms if nothing is said.
    target_dlt, dlt_window_days, dlt_model, dlt_curve, dlt_curve_days
        Aimed at probability of a dose-limiting toxicity; days in which one counts; where the curve comes from
        (``aldesleukin-sc-daily``, ``simulated`` or ``curve``), the curve itself, and in how many days its
        probabilities are (those of the window if nothing is said).
    accrual_per_month
        Of an escalation with a window: patients who can be treated in a month; all of a cohort on one day if nothing
        is said.
    cohort_size, max_patients, stop_at, eliminate_above
        Patients treated together and in all; patients at one dose at which a trial may end; probability above which a
        dose counts as too toxic.
    skeleton, prior_sd, crm_model
        Of a CRM: first guesses of the probabilities, standard deviation of the prior, ``power`` or ``logistic``.
    backfill
        Of a BOIN: patients treated at lower doses while a cohort is observed.
    six_at_mtd
        Of a 3+3: whether the selected dose must have been given to six.
    burn_in, block, allocation_cap, declare_above
        Of an adaptive design: patients randomised equally at first, patients between two updates, largest share of
        an arm, and probability of being the better arm that counts as shown.
    cyclers, window_days, period_days, error_days, detected, monitoring_days
        Of a phase-randomised design, as ``bimodal timing trial`` has them.

    Examples
    --------
    >>> DesignSpec(kind="crm", target_dlt="25 %").target_dlt
    0.25
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    trials: Annotated[int, Field(ge=100, le=1_000_000, strict=True)] | None = None
    endpoint: str | None = Field(default=None, min_length=1)
    days: tuple[Day, ...] | None = Field(default=None, min_length=1, max_length=100)
    reduce: Literal["mean", "peak", "min", "change", "ratio"] | None = None
    above: Annotated[float, Field(allow_inf_nan=False)] | None = None
    arms: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=20)
    test: Literal["t", "wilcoxon", "fisher", "log-rank"] | None = None
    per_arm: tuple[Size, ...] | None = Field(default=None, min_length=1, max_length=50)
    alpha: Open | None = None
    target_power: Open | None = None
    max_per_arm: Size | None = None
    noise: bool | None = None
    washout_day: Day | None = None
    looks: Annotated[int, Field(ge=2, le=20, strict=True)] | tuple[Share, ...] | None = None
    spending: Literal["obrien-fleming", "pocock", "hwang-shih-decani"] | None = None
    futility: Literal["obrien-fleming", "pocock", "hwang-shih-decani"] | None = None
    benefit: Literal["higher", "lower"] | None = None
    doses: tuple[str, ...] | None = Field(default=None, min_length=2, max_length=20)
    target_dlt: Open | None = None
    dlt_window_days: Annotated[float, Field(gt=0.0, le=3650.0, allow_inf_nan=False)] | None = None
    dlt_model: Literal["aldesleukin-sc-daily", "simulated", "curve"] | None = None
    dlt_curve: tuple[DltPoint, ...] | None = Field(default=None, min_length=2, max_length=20)
    dlt_curve_days: Annotated[float, Field(gt=0.0, le=3650.0, allow_inf_nan=False)] | None = None
    accrual_per_month: Annotated[float, Field(gt=0.0, le=10_000.0, allow_inf_nan=False)] | None = None
    cohort_size: Annotated[int, Field(ge=1, le=20, strict=True)] | None = None
    max_patients: Annotated[int, Field(ge=3, le=5000, strict=True)] | None = None
    stop_at: Count | None = None
    eliminate_above: Share | None = None
    skeleton: tuple[Open, ...] | None = Field(default=None, min_length=2, max_length=20)
    prior_sd: Annotated[float, Field(gt=0.0, le=10.0, allow_inf_nan=False)] | None = None
    crm_model: Literal["power", "logistic"] | None = None
    backfill: Annotated[int, Field(ge=0, le=20, strict=True)] | None = None
    six_at_mtd: bool | None = None
    burn_in: Count | None = None
    block: Count | None = None
    allocation_cap: Open | None = None
    declare_above: Open | None = None
    cyclers: Share | None = None
    window_days: Annotated[float, Field(gt=0.0, le=365.0, allow_inf_nan=False)] | None = None
    period_days: Annotated[float, Field(gt=0.0, le=365.0, allow_inf_nan=False)] | None = None
    error_days: Annotated[float, Field(ge=0.0, le=365.0, allow_inf_nan=False)] | None = None
    detected: Share | None = None
    monitoring_days: Annotated[float, Field(ge=0.0, le=3650.0, allow_inf_nan=False)] | None = None

    @property
    def escalates(self) -> bool:
        """Whether it looks for a dose."""
        return self.kind in ("3+3", "crm", "boin")

    @property
    def window_parts(self) -> tuple[float, ...]:
        """Days within the window at which it is looked who had a dose-limiting toxicity, the last its end.

        Examples
        --------
        >>> DesignSpec(kind="boin", dlt_window_days=28).window_parts[-2:]
        (24.5, 28.0)
        """
        if self.dlt_window_days is None:
            return ()
        return tuple(self.dlt_window_days * k / _PARTS for k in range(1, _PARTS + 1))

    @property
    def given(self) -> tuple[str, ...]:
        """Keys that were said, in the order of the model."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

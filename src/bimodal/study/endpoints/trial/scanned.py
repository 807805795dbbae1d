"""Whether anybody was scanned, without which a response rate of 0 says nothing."""

from __future__ import annotations

import re

import numpy as np

from bimodal.study.endpoints.trial.criteria import Response
from bimodal.study.endpoints.trial.outcomes import Outcomes

_WITHOUT_SCANS = re.compile(r"os_months|os_rate(_ratio)?_\d+_months|treatment_death_rate|dlt_rate", re.ASCII)


def is_read_from_scans(name: str) -> bool:
    """Tell whether a trial endpoint needs scans after baseline: all do but deaths and toxicity.

    Examples
    --------
    >>> is_read_from_scans("orr"), is_read_from_scans("os_rate_24_months")
    (True, False)
    """
    return _WITHOUT_SCANS.fullmatch(name) is None


def nobody_scanned(outcomes: Outcomes) -> str:
    """Say why no scan of any patient can be read; nothing where one can, or where all died before the first.

    Examples
    --------
    >>> from bimodal.study.endpoints.trial import ScanPlan, trial_outcomes
    >>> none = np.zeros((1, 29))
    >>> arm = trial_outcomes(np.arange(29.0), tumour_cells=np.full((1, 29), 3e10), death_hazard_integral=none,
    ...                      tox_hazard_integral=none, patients=[0], seed=1, plan=ScanPlan(days=(56.0,)))
    >>> nobody_scanned(arm)
    'nobody was scanned after baseline: follow-up ends on day 28, before the first scan'
    """
    who = outcomes.evaluated
    if not who.any() or (outcomes.best[who] != Response.NE).any():
        return ""
    if len(outcomes.scan_days) == 1:
        return f"nobody was scanned after baseline: follow-up ends on day {outcomes.cut_days:g}, before the first scan"
    seen = np.isfinite(outcomes.sums)
    if not seen[who, 0].any():
        return "nobody has a lesion at baseline that can be measured"
    alive = who & seen[:, 0] & (outcomes.death_day >= outcomes.scan_days[1])
    if alive.any() and not seen[alive, 1:].any():
        return "nobody was scanned after baseline: every scan was missed"
    return ""

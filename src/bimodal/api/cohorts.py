"""The groups of people that come with the package, and those of files.

Examples
--------
>>> import bimodal as bm
>>> bm.cohorts["healthy"].title
'Healthy adults'
"""

from __future__ import annotations

from bimodal.api.listing import Listing
from bimodal.cohort import Cohort, list_cohorts, load_cohort

__all__ = ["cohorts"]


def _row(cohort: Cohort) -> tuple[str, ...]:
    return (cohort.title,)


cohorts: Listing[Cohort] = Listing("cohorts", ("cohort", "who"), list_cohorts, load_cohort, _row)
"""Lists the cohorts; ``cohorts["healthy"]`` is one."""

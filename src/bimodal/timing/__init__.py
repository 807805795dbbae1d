"""Is there a cycle in this series of CRP: the question, and what would have to be true to use the answer."""

from bimodal.timing.assess import assess, compare_hypotheses
from bimodal.timing.hypotheses import Prior
from bimodal.timing.read_series import read_series
from bimodal.timing.result import Assessment
from bimodal.timing.series import Series
from bimodal.timing.status import Status

__all__ = ["Assessment", "Prior", "Series", "Status", "assess", "compare_hypotheses", "read_series"]

"""Is there a cycle in this series of CRP: the question, and what would have to be true to use the answer.

Examples
--------
>>> import bimodal as bm
>>> from bimodal.timing.simulate_series import sample_days, simulate_series
>>> noise = simulate_series("white", sample_days("14 every 2 d", 1), seed=1, index=0)
>>> bm.timing.assess(noise.series).status.value
'NO_EVIDENCE'
"""

from bimodal.timing.assess import assess, compare_hypotheses
from bimodal.timing.hypotheses import Prior
from bimodal.timing.read_series import read_series
from bimodal.timing.result import Assessment
from bimodal.timing.series import Series
from bimodal.timing.status import Status

__all__ = ["Assessment", "Prior", "Series", "Status", "assess", "compare_hypotheses", "read_series"]

"""One rate set against another: a difference or a ratio of two arms."""

from __future__ import annotations

import math
from typing import Literal

from bimodal.study.endpoints.trial.hybrid import hybrid_interval
from bimodal.study.endpoints.trial.trial_statistic import TrialStatistic

_Z_95 = 1.959963984540054
Contrast = Literal["ratio", "difference"]


def contrast(how: Contrast, first: TrialStatistic, second: TrialStatistic) -> TrialStatistic:
    """Compare the rates of two arms.

    Parameters
    ----------
    how
        ``ratio`` (first over second) or ``difference`` (first minus second).

    Returns
    -------
    TrialStatistic
        With the 95 % interval of Katz (ratio) or of Newcombe's hybrid of the two Wilson intervals (difference) as if
        the arms were independent; the same virtual patients in both arms make the true Monte-Carlo error smaller. No
        interval for a ratio where a rate is 0.

    Examples
    --------
    >>> rates = [TrialStatistic("proportion", k / 1000, k / 1250, k / 800, "", 1000, k) for k in (60, 80)]
    >>> contrast("ratio", *rates).value, round(contrast("ratio", *rates).lower, 2)
    (0.75, 0.54)

    References
    ----------
    D. Katz et al., Biometrics 1978;34:469. R. G. Newcombe, Stat Med 1998;17:873 (method 10).
    """
    n = first.n + second.n
    worth = None if first.effective is None and second.effective is None else first.size + second.size
    a, b = first.value, second.value
    if a is None or b is None or (how == "ratio" and b == 0.0):
        return TrialStatistic(
            "value", None, None, None, "none", n, note="a rate of one arm is missing or 0", effective=worth
        )
    if how == "difference":
        assert None not in (first.lower, first.upper, second.lower, second.upper)
        sides = [(one.value or 0.0, one.lower or 0.0, one.upper or 0.0) for one in (first, second)]
        low, high = hybrid_interval(sides[0], sides[1])
        kind = "95 % Newcombe (Monte-Carlo, arms as independent)"
        return TrialStatistic("value", a - b, low, high, kind, n, effective=worth)
    if a == 0.0:
        return TrialStatistic("value", 0.0, None, None, "none", n, effective=worth)
    width = _Z_95 * math.sqrt((1.0 - a) / (a * first.size) + (1.0 - b) / (b * second.size))
    kind = "95 % Katz (Monte-Carlo, arms as independent)"
    ends = a / b * math.exp(-width), a / b * math.exp(width)
    return TrialStatistic("value", a / b, *ends, kind, n, effective=worth)

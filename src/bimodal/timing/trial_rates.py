"""Closed forms of a trial of timing: what aiming can add, and how many patients would show it."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

from bimodal.errors import TimingError

ALPHA = 0.05
POWER = 0.80


def hit_probability(width_d: float, error_d: float, period_d: float = 7.0) -> float:
    """Give the chance that a dose aimed at the middle of a window falls into it.

    2 Phi(w / 2s) - 1, summed over cycles: a dose a whole cycle off hits the next window. The error s is that of
    prediction, of the offset of CRP to effector cells, and of the hour at which the ward can dose, together.

    Examples
    --------
    >>> round(hit_probability(2.0, 1.0), 3), hit_probability(2.0, 0.0)
    (0.683, 1.0)
    """
    _check_window(width_d, period_d)
    if error_d < 0 or not math.isfinite(error_d):
        raise TimingError("the error of aim is negative", where=f"error = {error_d:g} d", fix="0 or more days")
    if error_d == 0:
        return 1.0
    if error_d > 3 * period_d:  # every phase is as likely as any other, to more than 10 digits
        return width_d / period_d
    turns = math.ceil(8 * error_d / period_d)
    ends = [(turn * period_d - width_d / 2, turn * period_d + width_d / 2) for turn in range(-turns, turns + 1)]
    return float(sum(ndtr(high / error_d) - ndtr(low / error_d) for low, high in ends))


def rate_inside(p_mean: float, p_outside: float, share: float) -> float:
    """Give the response inside the window that agrees with today's mean response under random timing.

    (mean - (1 - share) outside) / share, where ``share`` is the mean effect of an unaimed course relative to a full
    one: w/P for a single dose. TimingError where no response between 0 and 1 agrees with the mean.

    Examples
    --------
    >>> round(rate_inside(0.07, 0.0, 2 / 7), 3)
    0.245
    """
    if not 0 < p_mean < 1 or not 0 <= p_outside <= p_mean:
        raise TimingError(
            "the response outside the window must lie between 0 and the mean response",
            where=f"mean {p_mean:g}, outside {p_outside:g}",
            fix="for example 0.07 and 0",
        )
    inside = (p_mean - (1 - share) * p_outside) / share
    if inside > 1:
        raise TimingError(
            f"a mean response of {p_mean:g} would need {inside:.3g} inside the window, more than everybody",
            where=f"a random course reaches {share:.3g} of the full effect",
            fix="a wider window, a lower mean response or a higher response outside",
        )
    return inside


def timed_rate(p_mean: float, p_outside: float, *, cyclers: float, hit: float, chance: float) -> float:
    """Give the response of a timed arm: mean + f (hit - chance) (inside - outside).

    Patients without a cycle respond at the mean however they are timed.

    ``cyclers`` is f; ``hit`` and ``chance`` are the mean effects of an aimed and of an unaimed course, 0 to 1: hit
    probability and w/P for a single dose.

    Examples
    --------
    >>> round(timed_rate(0.07, 0.0, cyclers=0.5, hit=1.0, chance=2 / 7), 3)
    0.158
    """
    if not 0 <= cyclers <= 1:
        raise TimingError("a fraction of patients lies between 0 and 1", where=f"f = {cyclers:g}", fix="say 0.5")
    return p_mean + cyclers * (hit - chance) * (rate_inside(p_mean, p_outside, chance) - p_outside)


def hit_with_detection(detected: float, hit_detected: float, chance: float) -> float:
    """Give the hit rate when only patients in whom a cycle was found are timed and the others are treated as today.

    Examples
    --------
    >>> round(hit_with_detection(0.65, 0.95, 2 / 7), 3)
    0.718
    """
    return chance + detected * (hit_detected - chance)


def patients_per_arm(p1: float, p2: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """Give the patients per arm with whom a two-sided test of two proportions has the wanted power.

    Normal approximation with pooled variance under the null (Fleiss, Levin and Paik, Statistical Methods for Rates
    and Proportions, 2003, chapter 4, without continuity correction).

    None if the arms do not differ: no number of patients is enough.

    Examples
    --------
    >>> patients_per_arm(0.07, 0.245), patients_per_arm(0.07, 0.07)
    (67, None)
    """
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1):
        raise TimingError("a response lies between 0 and 1", where=f"{p1:g} and {p2:g}")
    if abs(p2 - p1) < 1e-9:
        return None
    pooled = (p1 + p2) / 2
    a = float(ndtri(1 - alpha / 2)) * math.sqrt(2 * pooled * (1 - pooled))
    b = float(ndtri(power)) * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return math.ceil(((a + b) / (p2 - p1)) ** 2)


def _check_window(width_d: float, period_d: float) -> None:
    if not (0 < width_d <= period_d < math.inf):
        raise TimingError(
            "a window must be shorter than its cycle and longer than nothing",
            where=f"width {width_d:g} d, period {period_d:g} d",
            fix="for example a width of 2 d in a period of 7 d",
        )

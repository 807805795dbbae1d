"""The bars that the comparison has to clear, judged on simulated series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bimodal.timing.operating import Operating
from bimodal.timing.selftest_cells import POWER_DESIGNS, WELL_SPECIFIED
from bimodal.timing.simulate_series import NULLS

ENOUGH = 1000
"""Series per cell from which limits hold without allowance."""
_LEAST_GIVEN = 20
Found = Mapping[tuple[str, str], Operating]


@dataclass(frozen=True)
class Bar:
    """One bar: what it asks, its limit, what was found, and whether that clears it."""

    id: str
    what: str
    limit: str
    found: str
    met: bool


def rate_bars(found: Found, series: int) -> list[Bar]:
    """Judge false alarms, power, phase, calibration and windows (B1 to B6).

    Bars whose cells were not run are left out; below 1,000 series a limit on a rate allows two Monte-Carlo standard
    errors.
    """
    return [
        *_false_alarms(found, series),
        *_power(found, series),
        *_phase_error(found),
        *_coverage(found, series),
        *_calibration(found, series),
        *_hits(found),
    ]


def allowance(rate: float, count: int, series: int) -> float:
    """Give two standard errors of a rate, or nothing from 1,000 series a cell on.

    Examples
    --------
    >>> round(allowance(0.03, 200, 200), 3), allowance(0.03, 1000, 1000)
    (0.024, 0.0)
    """
    return 0.0 if series >= ENOUGH else 2.0 * math.sqrt(rate * (1.0 - rate) / count)


def _false_alarms(found: Found, series: int) -> list[Bar]:
    bars: list[Bar] = []
    for long in (False, True):
        cells = {key: one for key, one in found.items() if key[0] in NULLS and (key[1] == "42 daily") == long}
        if not cells:
            continue
        limit = 0.05 if long else 0.03
        which = "42 daily samples" if long else "7 to 28 samples"
        for name, rates in (
            ("BF > 10", {key: float((one.bayes_factor > 10).mean()) for key, one in cells.items()}),
            ("a window given", {key: float(one.given.mean()) for key, one in cells.items()}),
        ):
            worst = max(rates, key=lambda key: rates[key])
            count = cells[worst].n
            said = f"worst {_percent(rates[worst])} ({round(rates[worst] * count)} of {count}): {worst[0]}, {worst[1]}"
            met = rates[worst] <= limit + allowance(limit, count, series)
            bars.append(Bar("B1", f"noise, {which}: {name}", f"<= {100 * limit:g} % of each kind", said, met))
            if long:
                continue
            means = {
                design: float(np.mean([rate for key, rate in rates.items() if key[1] == design]))
                for design in dict.fromkeys(key[1] for key in rates)
            }
            top = max(means, key=lambda design: means[design])
            kinds = sum(key[1] == top for key in rates)
            met = means[top] <= 0.01 + allowance(0.01, series * kinds, series)
            what = f"noise, {which}: {name}, mean over kinds"
            bars.append(Bar("B1", what, "<= 1 % of each design", f"worst {_percent(means[top])}: {top}", met))
    return bars


def _power(found: Found, series: int) -> list[Bar]:
    asked = (("mech", 0.75), ("cycle A 1.0", 0.85), ("cycle A .75", 0.55))
    bars: list[Bar] = []
    for truth, limit in asked:
        if (truth, "28 daily") in found:
            hits = found[truth, "28 daily"].bayes_factor > 10
            met = bool(hits.mean() >= limit - allowance(limit, series, series))
            said = f"{_percent(float(hits.mean()))} ({int(hits.sum())} of {series})"
            bars.append(Bar("B2", f"{truth}, 28 daily: BF > 10", f">= {100 * limit:g} %", said, met))
    return bars


def _phase_error(found: Found) -> list[Bar]:
    bars: list[Bar] = []
    for design, limit in (("28 daily", 10.0), ("21 daily", 12.0)):
        if ("cycle A .75", design) in found:
            error = float(np.median(np.abs(found["cycle A .75", design].phase_error_h)))
            what = f"cycle A .75, {design}: median phase error 3 d ahead"
            bars.append(Bar("B3", what, f"<= {limit:g} h", f"{error:.1f} h", error <= limit))
    return bars


def _coverage(found: Found, series: int) -> list[Bar]:
    bars: list[Bar] = []
    good = {key: one for key, one in found.items() if key[0] in (*WELL_SPECIFIED, "mech") and key[1] in POWER_DESIGNS}
    drift = {key: one for key, one in found.items() if key[0] == "drift"}
    for cells, level, low, high in ((good, 0.80, 0.76, 0.95), (good, 0.95, 0.93, 1.0), (drift, 0.80, 0.72, 1.0)):
        rates = {key: float(one.covers(level).mean()) for key, one in cells.items() if one.covers(level).size}
        if not rates:
            continue
        least, most = min(rates, key=lambda key: rates[key]), max(rates, key=lambda key: rates[key])
        met = rates[least] >= low - allowance(low, series, series) and rates[most] <= high + (
            allowance(high, series, series) if high < 1 else 0.0
        )
        which = "drifting phase" if cells is drift else "well specified and mech"
        said = f"{_percent(rates[least])} ({least[0]}, {least[1]}) to {_percent(rates[most])} ({most[0]}, {most[1]})"
        limit = f"{100 * low:g} to {100 * high:g} %" if high < 1 else f">= {100 * low:g} %"
        bars.append(Bar("B4", f"{100 * level:g} % interval of the phase holds the truth, {which}", limit, said, met))
    return bars


def _calibration(found: Found, series: int) -> list[Bar]:
    """Take half noise, half true cycles, each kind alike, and ask how often what was called probable is true."""
    designs = [design for design in POWER_DESIGNS if all(any(k[1] == design and (k[0] in NULLS) == null for k in found)
                                                         for null in (True, False))]  # fmt: skip
    if not designs:
        return []
    null = _gather(found, designs, noise=True)
    true = _gather(found, designs, noise=False)
    bars: list[Bar] = []
    for low, high, limit in ((0.8, 0.95, 0.8), (0.95, 1.01, 0.95)):
        false_share = float(((null >= low) & (null < high)).mean())
        true_share = float(((true >= low) & (true < high)).mean())
        if true_share + false_share == 0:
            continue
        realised = true_share / (true_share + false_share)
        effective = max(1.0, (true_share * len(true) + false_share * len(null)))
        met = realised >= limit - allowance(limit, round(effective), series)
        name = f"{low:g} to {min(high, 1):g}"
        bars.append(
            Bar("B5", f"P(H1) of {name}: share of true cycles, prior 0.5", f">= {limit:g}", f"{realised:.3f}", met)
        )
    return bars


def _gather(found: Found, designs: Sequence[str], *, noise: bool) -> NDArray[np.float64]:
    return np.concatenate([one.p_h1 for key, one in found.items() if key[1] in designs and (key[0] in NULLS) == noise])


def _hits(found: Found) -> list[Bar]:
    bars: list[Bar] = []
    for design in POWER_DESIGNS:
        cells = [one for key, one in found.items() if key[1] == design and key[0] not in NULLS]
        if not cells:
            continue
        hit = np.concatenate([one.hit[one.given] for one in cells])
        predicted = np.concatenate([one.p_window[one.given] for one in cells])
        if len(hit) < _LEAST_GIVEN:
            continue
        said = f"{hit.mean():.3f} of {len(hit)} windows; predicted {predicted.mean():.3f}"
        limit, met = "predicted - 0.05", bool(hit.mean() >= predicted.mean() - 0.05)
        if design in ("21 daily", "28 daily"):
            limit, met = f"{limit}, and 0.80", met and bool(hit.mean() >= 0.80)
        bars.append(Bar("B6", f"{design}: windows given that are right", f">= {limit}", said, met))
    return bars


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"

"""Two arms that are looked at several times: power, where trials stop, and how many patients they take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from bimodal.errors import StudyError
from bimodal.study.design.boundaries import boundaries, futility
from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.parallel import ALPHA, TARGET, TRIALS, size_table
from bimodal.study.design.rejections import WORDS, rejections
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.design.two_arm_direction import two_arm_direction
from bimodal.study.design.two_arm_test import WORDS as TESTS
from bimodal.study.design.two_arm_test import two_arm_test
from bimodal.study.endpoints.weighted import evenly
from bimodal.study.spec.design import DesignSpec

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Looks = npt.NDArray[np.int64]
LOOKS, PER_ARM = 3, (60,)
_NEVER = -1
_WEIGHED = 20_000  # people that stand for weighted ones where their arms are compared without a trial
_SPENT = {
    "obrien-fleming": "O'Brien-Fleming-type spending (Lan-DeMets)",
    "pocock": "Pocock-type spending (Lan-DeMets)",
    "hwang-shih-decani": "Hwang-Shih-DeCani spending",
}


@dataclass(frozen=True, eq=False)
class _Monitored:
    """A trial with its looks: patients per arm at each (K,), boundaries (K,), and below what it is futile (K,)."""

    test: str
    sizes: tuple[int, ...]
    bounds: Array
    lower: Array | None = None
    benefit: float = 1.0

    def stopped(self, values: list[Array], *, obeyed: bool = True) -> tuple[Looks, Flags]:
        """Say at which look each trial stops, and whether with a difference, both (trials,)."""
        stop = np.full(len(values[0]), _NEVER)
        shown = np.zeros(len(values[0]), np.bool_)
        for look, (n, bound) in enumerate(zip(self.sizes, self.bounds, strict=True)):
            first, second = values[0][:, :n], values[1][:, :n]
            z = -ndtri(two_arm_test(self.test, first, second) / 2.0)
            going = stop == _NEVER
            differs = going & (z >= bound)
            shown |= differs
            stop = np.where(differs, look, stop)
            if self.lower is not None and obeyed and look < len(self.sizes) - 1:
                signed = self.benefit * two_arm_direction(self.test, first, second) * z
                stop = np.where(going & ~differs & (np.nan_to_num(signed) < self.lower[look]), look, stop)
        return stop, shown


def group_sequential(asked: DesignSpec, outcome: Outcome, arms: Sequence[str], seed: int) -> Found:
    """Try a group-sequential trial of two arms many times.

    Parameters
    ----------
    arms
        On trial and control.

    Examples
    --------
    >>> people = np.linspace(-1.0, 1.0, 400)
    >>> pool = Outcome("value", "x", {"new": (people + 1.0)[:, None], "old": people[:, None]})
    >>> asked = DesignSpec(kind="group-sequential", per_arm=(40,), trials=500)
    >>> found = group_sequential(asked, pool, ("new", "old"), 1)
    >>> power, _, taken, _ = found.tables[0].rows[0][1]
    >>> power.value > 0.9, taken.value < 40
    (True, True)
    """
    shares = asked.looks if isinstance(asked.looks, tuple) else _even(asked.looks or LOOKS)
    alpha, spending = asked.alpha or ALPHA, asked.spending or "obrien-fleming"
    test, losing = asked.test or outcome.usual_test, asked.futility
    draws = TrialDraws(outcome, seed, asked.trials or TRIALS)
    benefit = _benefit(asked, outcome, arms, test)
    beta = 1.0 - (asked.target_power or TARGET)

    def plan(n: int) -> _Monitored:
        sizes = tuple(max(2, math.ceil(share * n - 1e-9)) for share in shares)
        if any(one >= other for one, other in pairwise(sizes)):
            raise StudyError(
                f"{n} patients per arm are too few for {len(sizes)} looks: two of them would be at {sizes[0]}",
                where="[design]",
                fix="more patients in per_arm, or fewer looks",
            )
        # whole patients: alpha is spent by the share that is really there
        real = [size / n for size in sizes]
        bounds = boundaries(real, alpha, spending)
        lower = None if losing is None else futility(real, bounds.tolist(), beta, losing)[0]
        return _Monitored(test, sizes, bounds, lower, benefit)

    overall: list[tuple[str, Sequence[Estimate]]] = []
    tables: list[DesignTable] = []
    for n in sorted(set(asked.per_arm or PER_ARM)):
        own = plan(n)
        power, stops, shown = _tried(draws, own, arms)
        level, null, shown_null = _tried(draws, own, (arms[1], arms[1]))
        taken = [Estimate.mean(np.asarray(own.sizes)[np.where(each == _NEVER, -1, each)]) for each in (stops, null)]
        row = [power, level, *taken]
        if own.lower is not None:
            row += [_tried(draws, own, given, obeyed=False)[0] for given in (arms, (arms[1], arms[1]))]
        overall.append((str(n), row))
        tables.append(_looks(own, n, [(stops, shown), (null, shown_null)]))
    columns = (
        ("power", "power", "share"),
        ("type_1", "rejected if both arms are the control", "share"),
        ("expected", "patients per arm taken", "number"),
        ("expected_null", "taken if both arms are the control", "number"),
        *(
            (
                ("power_not_obeyed", "power, futility not obeyed", "share"),
                ("type_1_not_obeyed", "rejected, futility not obeyed", "share"),
            )
            if losing
            else ()
        ),
    )
    facts = [
        f"{outcome.label}: {arms[0]} against {arms[1]}, by {TESTS[test]} at {len(shares)} looks, "
        f"{_SPENT[spending]}, two-sided at {100 * alpha:g} %",
        f"{draws.trials:,} trials of each size, drawn from {outcome.people:,} virtual patients; a look comes when so "
        "many patients have their result",
    ]
    notes = ["the p of each look is turned into a normal statistic; at small looks that is approximate"]
    if losing:
        side = "higher" if benefit > 0.0 else "lower"
        facts.append(
            f"stops for futility: {_SPENT[losing]} of {100 * beta:g} %, for {100 * (1 - beta):g} % power, not "
            f"binding; {side} is better"
        )
        notes.append(
            f"the stops for futility are made for an effect with {100 * (1 - beta):g} % power; where the virtual "
            "patients show less, more trials stop"
        )
    if test == "fisher":
        notes.append("Fisher's test keeps less than its level, at small looks much less")

    def searched(n: int) -> Estimate:
        return _tried(draws, plan(n), arms)[0]

    size = size_table(asked, searched, least=_least(shares))
    table = DesignTable("power", "Power", "patients per arm at the end", columns, overall)
    return Found(facts, WORDS, (table, *tables, size), notes)


def _benefit(asked: DesignSpec, outcome: Outcome, arms: Sequence[str], test: str) -> float:
    """Say on which side a difference is wanted: as asked, or that of the virtual patients."""
    if asked.benefit is not None:
        return 1.0 if asked.benefit == "higher" else -1.0
    # in proportion to their weights, as the trials draw them
    who = evenly(outcome.weights, outcome.people, max(outcome.people, _WEIGHED))
    first, second = (
        outcome.values[arm][None, who, -1] if test == "log-rank" else outcome.exact(arm)[None, who] for arm in arms
    )
    return float(two_arm_direction(test, first, second)[0]) or 1.0


def _least(shares: Sequence[float]) -> int:
    """Give patients per arm from which on the looks are apart, with two at the first."""
    apart = min(other - one for one, other in pairwise((0.0, *shares)))
    return max(math.ceil(1.0 / apart - 1e-9), math.floor(2.0 / shares[min(1, len(shares) - 1)]) + 1)


def _even(looks: int) -> tuple[float, ...]:
    return tuple((k + 1) / looks for k in range(looks))


def _tried(
    draws: TrialDraws, plan: _Monitored, arms: Sequence[str], *, obeyed: bool = True
) -> tuple[Estimate, Looks, Flags]:
    stops: list[Looks] = []
    shows: list[Flags] = []

    def decide(values: list[Array]) -> Flags:
        stop, shown = plan.stopped(values, obeyed=obeyed)
        stops.append(stop)
        shows.append(shown)
        return shown

    found = rejections(draws, [(arm, plan.sizes[-1]) for arm in arms], decide)
    return found, np.concatenate(stops), np.concatenate(shows)


def _looks(plan: _Monitored, n: int, ends: Sequence[tuple[Looks, Flags]]) -> DesignTable:
    futile = plan.lower is not None
    columns = (
        ("boundary", "boundary, normal statistic", "number"),
        ("p", "two-sided p below", "number"),
        ("stop", "stops with a difference" if futile else "trials that stop here", "share"),
        ("stop_null", "if both arms are the control", "share"),
        *(
            (
                ("futility", "futile below", "number"),
                ("futile", "stops for futility", "share"),
                ("futile_null", "if both are the control", "share"),
            )
            if futile
            else ()
        ),
    )
    rows: list[tuple[str, Sequence[Estimate]]] = []
    for look, (size, bound) in enumerate(zip(plan.sizes, plan.bounds, strict=True)):
        here = [(own == look) & seen for own, seen in ends]
        row = [Estimate(float(bound)), Estimate(2.0 * float(ndtr(-bound))), *map(_share, here)]
        if plan.lower is not None:
            lost = [(own == look) & ~seen for own, seen in ends]
            last = look == len(plan.sizes) - 1
            none = [Estimate(None)] * 3
            row += none if last else [Estimate(float(plan.lower[look])), *map(_share, lost)]
        rows.append((str(size), row))
    return DesignTable(f"looks_{n}", f"Looks of a trial of {n} per arm", "patients per arm", columns, rows)


def _share(which: Flags) -> Estimate:
    return Estimate.share(int(which.sum()), len(which))

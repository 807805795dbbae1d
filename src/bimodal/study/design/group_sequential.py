"""Two arms that are looked at several times: power, where trials stop, and how many patients they take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from bimodal.study.design.boundaries import boundaries
from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.parallel import ALPHA, TRIALS
from bimodal.study.design.rejections import WORDS, rejections
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.design.two_arm_test import WORDS as TESTS
from bimodal.study.design.two_arm_test import two_arm_test
from bimodal.study.spec.design import DesignSpec

Array = npt.NDArray[np.float64]
LOOKS, PER_ARM = 3, (60,)
_NEVER = -1
_SPENT = {"obrien-fleming": "O'Brien-Fleming-type", "pocock": "Pocock-type"}


@dataclass(frozen=True, eq=False)
class _Monitored:
    """A trial with its looks: patients per arm at each (K,), and the boundaries (K,)."""

    test: str
    sizes: tuple[int, ...]
    bounds: Array

    def stopped(self, values: list[Array]) -> npt.NDArray[np.int64]:
        """Say at which look each trial stops with a difference, (trials,)."""
        stop = np.full(len(values[0]), _NEVER)
        for look, (n, bound) in enumerate(zip(self.sizes, self.bounds, strict=True)):
            p = two_arm_test(self.test, values[0][:, :n], values[1][:, :n])
            stop = np.where((stop == _NEVER) & (-ndtri(p / 2.0) >= bound), look, stop)
        return stop


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
    test = asked.test or outcome.usual_test
    draws = TrialDraws(outcome, seed, asked.trials or TRIALS)
    bounds = boundaries(shares, alpha, spending)
    overall: list[tuple[str, Sequence[Estimate]]] = []
    tables: list[DesignTable] = []
    for n in sorted(set(asked.per_arm or PER_ARM)):
        sizes = tuple(max(2, math.ceil(share * n - 1e-9)) for share in shares)
        plan = _Monitored(test, sizes, bounds)
        power, stops = _tried(draws, plan, arms)
        size, null = _tried(draws, plan, (arms[1], arms[1]))
        taken = [Estimate.mean(np.where(own == _NEVER, n, np.asarray(sizes)[own])) for own in (stops, null)]
        overall.append((str(n), (power, size, *taken)))
        tables.append(_looks(plan, n, stops, null))
    columns = (
        ("power", "power", "share"),
        ("type_1", "rejected if both arms are the control", "share"),
        ("expected", "patients per arm taken", "number"),
        ("expected_null", "taken if both arms are the control", "number"),
    )
    facts = [
        f"{outcome.label}: {arms[0]} against {arms[1]}, by {TESTS[test]} at {len(shares)} looks, "
        f"{_SPENT[spending]} spending (Lan-DeMets), two-sided at {100 * alpha:g} %",
        f"{draws.trials:,} trials of each size, drawn from {outcome.people:,} virtual patients; a look comes when so "
        "many patients have their result",
    ]
    notes = ["the p of each look is turned into a normal statistic; at small looks that is approximate"]
    if test == "fisher":
        notes.append("Fisher's test keeps less than its level, at small looks much less")
    return Found(
        facts, WORDS, (DesignTable("power", "Power", "patients per arm at the end", columns, overall), *tables), notes
    )


def _even(looks: int) -> tuple[float, ...]:
    return tuple((k + 1) / looks for k in range(looks))


def _tried(draws: TrialDraws, plan: _Monitored, arms: Sequence[str]) -> tuple[Estimate, npt.NDArray[np.int64]]:
    stops: list[npt.NDArray[np.int64]] = []

    def decide(values: list[Array]) -> npt.NDArray[np.bool_]:
        stops.append(plan.stopped(values))
        return stops[-1] != _NEVER

    found = rejections(draws, [(arm, plan.sizes[-1]) for arm in arms], decide)
    return found, np.concatenate(stops)


def _looks(plan: _Monitored, n: int, stops: npt.NDArray[np.int64], null: npt.NDArray[np.int64]) -> DesignTable:
    columns = (
        ("boundary", "boundary, normal statistic", "number"),
        ("p", "two-sided p below", "number"),
        ("stop", "trials that stop here", "share"),
        ("stop_null", "if both arms are the control", "share"),
    )
    rows = [
        (
            str(size),
            (
                Estimate(float(bound)),
                Estimate(2.0 * float(ndtr(-bound))),
                *(Estimate.share(int((own == look).sum()), len(own)) for own in (stops, null)),
            ),
        )
        for look, (size, bound) in enumerate(zip(plan.sizes, plan.bounds, strict=True))
    ]
    return DesignTable(f"looks_{n}", f"Looks of a trial of {n} per arm", "patients per arm", columns, rows)

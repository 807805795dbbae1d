"""Two periods for everybody, in either order: power, and how far the first treatment reaches into the second period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.study.contrast.median_interval import median_interval
from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.parallel import ALPHA, PER_ARM, POWER_COLUMNS, TRIALS, size_table
from bimodal.study.design.rejections import WORDS, rejections
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.design.two_arm_test import two_arm_test
from bimodal.study.spec.design import DesignSpec

Array = npt.NDArray[np.float64]
CARRY_OVER = 0.05


def crossover(
    asked: DesignSpec, outcome: Outcome, sequences: Sequence[str], seed: int, rest: dict[str, Array] | None
) -> Found:
    """Try a crossover of two treatments many times.

    Parameters
    ----------
    outcome
        Both arms are whole sequences, as simulated: first then second treatment, and the reverse; a reading of each
        person in each period.
    rest
        Of each sequence the endpoint on the day its second period begins over that of day 0, (people,); None where no
        such day is said.

    Notes
    -----
    The logarithms of the readings (the readings where one is not above 0) are compared by the difference of a person's
    periods between the sequences, so that an effect of the period drops out (M. Hills, P. Armitage, Br J Clin
    Pharmacol 1979;8:7). Under the hypothesis of no difference both sequences are the second one.

    Examples
    --------
    >>> people = np.exp(np.linspace(-1.0, 1.0, 400))
    >>> pool = Outcome("value", "x", {"AB": np.stack([2 * people, people], 1), "BA": np.stack([people, 2 * people], 1)},
    ...                log_sd=0.3)
    >>> found = crossover(DesignSpec(kind="crossover", per_arm=(6,), trials=500), pool, ("AB", "BA"), 1, None)
    >>> found.tables[0].rows[0][1][0].value > 0.9
    True
    """
    draws = TrialDraws(outcome, seed, asked.trials or TRIALS)
    alpha = asked.alpha or ALPHA
    logs = all((values > 0.0).all() for values in outcome.values.values())

    def difference(readings: Array) -> Array:
        own = np.log(readings) if logs else readings
        return own[..., 0] - own[..., 1]

    def decide(values: list[Array]) -> npt.NDArray[np.bool_]:
        return two_arm_test("t", *(difference(each) for each in values)) < alpha

    def power(n: int, arms: Sequence[str] = sequences) -> Estimate:
        return rejections(draws, [(arm, n) for arm in arms], decide, one_number=difference)

    rows = [(str(n), (power(n), power(n, (sequences[1], sequences[1])))) for n in sorted(set(asked.per_arm or PER_ARM))]
    facts = [
        f"{outcome.label}: sequences {sequences[0]} and {sequences[1]}, each person in both periods; Welch's t of the "
        f"differences of periods {'of the logarithms ' if logs else ''}between the sequences, two-sided at "
        f"{100 * alpha:g} %",
        f"{draws.trials:,} trials of each size, drawn from {outcome.people:,} virtual patients",
    ]
    carried, notes = _carried(outcome, sequences, rest)
    key = "patients per sequence"
    return Found(
        facts,
        WORDS,
        (DesignTable("power", "Power", key, POWER_COLUMNS, rows), size_table(asked, power, key=key), carried),
        notes,
    )


def _carried(
    outcome: Outcome, sequences: Sequence[str], rest: dict[str, Array] | None
) -> tuple[DesignTable, list[str]]:
    """Set each treatment in the second period against the same in the first, in the same people, without noise."""
    one, other = (outcome.values[name] for name in sequences)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            f"first treatment of '{sequences[0]}': second over first period": other[:, 1] / one[:, 0],
            f"first treatment of '{sequences[1]}': second over first period": one[:, 1] / other[:, 0],
            **{f"'{name}' when its second period begins, over day 0": values for name, values in (rest or {}).items()},
        }
    rows = [(what, (_median(values),)) for what, values in found.items()]
    large = [what for what, (value,) in rows if value.value is not None and abs(value.value - 1.0) > CARRY_OVER]
    notes = [
        "carry-over is simulated: the second period begins in the body that the first one leaves",
        f"more than {100 * CARRY_OVER:g} % is carried over ({'; '.join(large)}): a longer washout is needed, or the "
        "difference between the treatments is not what the test looks at"
        if large
        else f"no more than {100 * CARRY_OVER:g} % is carried over into the second period",
    ]
    if rest is None:
        notes.append("washout_day was not said: how far the endpoint is back at rest by then is not checked")
    columns = (("ratio", "median of the virtual patients", "number"),)
    return DesignTable("carry_over", "Carry-over", "what", columns, rows), notes


def _median(values: Array) -> Estimate:
    own = np.sort(values[np.isfinite(values)])
    if not len(own):
        return Estimate(None)
    return Estimate(float(np.median(own)), *(median_interval(own) or (None, None)))

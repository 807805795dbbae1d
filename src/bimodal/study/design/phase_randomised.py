"""Doses timed to an immune cycle against doses at any time: the calculator of `timing`, at the response of an arm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bimodal.errors import StudyError, TimingError
from bimodal.evidence.wilson import wilson
from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.spec.design import DesignSpec
from bimodal.timing.trial import TrialAnswer, TrialDesign, simulate_trial

TRIALS = 2000
PATIENTS = 100_000
INTERVAL = (
    "95 % Monte-Carlo: of the simulated patients for a response, of the virtual patients behind the mean response "
    "for a number of patients"
)


def phase_randomised(asked: DesignSpec, outcome: Outcome, arm: str, seed: int) -> Found:
    """Work out a trial of timed against untimed dosing whose untimed response is that of a simulated arm.

    Parameters
    ----------
    arm
        What the untimed patients respond like.

    Examples
    --------
    >>> import numpy as np
    >>> pool = Outcome("rate", "responders", {"a": np.repeat([1.0, 0.0], [70, 930])[:, None]})
    >>> found = phase_randomised(DesignSpec(kind="phase-randomised", trials=200), pool, "a", 1)
    >>> found.tables[1].rows[0][1][0].value
    566
    """
    count, people = int(outcome.values[arm].sum()), outcome.people
    if not 0 < count < people:
        raise StudyError(
            f"{count} of {people} virtual patients of arm '{arm}' respond: no trial of timing follows from that",
            where="[design]",
            fix="simulate more patients, or take an endpoint that some of them reach",
        )
    usual = TrialDesign()
    design = replace(
        usual,
        cyclers=usual.cyclers if asked.cyclers is None else asked.cyclers,
        width_d=asked.window_days or usual.width_d,
        period_d=asked.period_days or usual.period_d,
        error_d=usual.error_d if asked.error_days is None else asked.error_days,
        detected=usual.detected if asked.detected is None else asked.detected,
        monitoring_days=asked.monitoring_days or usual.monitoring_days,
        p_mean=count / people,
    )
    low, high = wilson(count, people)
    repeats = asked.trials or TRIALS
    middle = simulate_trial(design, seed=seed, patients=PATIENTS, repeats=repeats)
    found = [middle, *(_at_the_end(design, mean, seed, repeats) for mean in (low, high))]
    responses = [
        ("untimed, mean of the virtual patients", Estimate.share(count, people)),
        ("untimed, simulated", Estimate.share(round(middle.p_untimed_simulated * PATIENTS), PATIENTS)),
        ("timed, simulated", Estimate.share(round(middle.p_timed_simulated * PATIENTS), PATIENTS)),
    ]
    sizes = [
        ("timed against untimed, per arm", _between(found, lambda one: one.power.per_arm)),
        ("the same, only patients with a found cycle, per arm", _between(found, lambda one: one.enriched_per_arm)),
        ("monitored for that", _between(found, lambda one: one.screened)),
        ("phase-randomised, in all", _between(found, lambda one: one.phase_randomised)),
    ]
    facts = [
        f"{outcome.label} of {arm}; {100 * design.cyclers:g} % of patients have a cycle of {design.period_d:g} days "
        f"with a window of {design.width_d:g} days, dosed with an error of {design.error_d:g} days",
        middle.sentence,
    ]
    power = middle.power
    tables = [
        DesignTable("responses", "Response", "patients", (("rate", "response", "share"),), _rows(responses)),
        DesignTable("size", "Patients for 80 % power", "trial", (("patients", "patients", "number"),), _rows(sizes)),
    ]
    if power.z_test is not None:
        tests = [("z", power.z_test), *([("Fisher's exact", power.fisher)] if power.fisher is not None else [])]
        shares = [(name, Estimate.share(round(value * power.repeats), power.repeats)) for name, value in tests]
        tables.append(DesignTable("power", "Power at that size", "test", (("power", "power", "share"),), _rows(shares)))
    notes = ["that a cycle exists and matters is a hypothesis: docs/timing.md says what speaks for and against it"]
    return Found(facts, INTERVAL, tables, notes)


def _rows(pairs: list[tuple[str, Estimate]]) -> list[tuple[str, tuple[Estimate]]]:
    return [(name, (value,)) for name, value in pairs]


def _at_the_end(design: TrialDesign, mean: float, seed: int, repeats: int) -> TrialAnswer | None:
    """Work it out at an end of what the mean response may be; None where no window could bring it about."""
    try:
        return simulate_trial(replace(design, p_mean=mean), seed=seed, patients=PATIENTS, repeats=repeats)
    except TimingError:
        return None


def _between(found: list[TrialAnswer | None], number: Callable[[TrialAnswer], int | None]) -> Estimate:
    each = [None if one is None else number(one) for one in found]
    others = [value for value in each if value is not None]
    if each[0] is None:
        return Estimate(None)
    return Estimate(each[0], min(others), max(others) if len(others) == len(each) else None)

"""Dose escalation: what a 3+3, CRM or BOIN selects on a dose-DLT curve, and whom it treats with what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.design.boin import Boin
from bimodal.study.design.clock import Clock
from bimodal.study.design.crm import PRIOR_SD, Crm
from bimodal.study.design.decision_table import decision_table
from bimodal.study.design.default_skeleton import default_skeleton
from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.dlt_curve import DltCurve
from bimodal.study.design.escalated import Escalated
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.three_plus_three import three_plus_three
from bimodal.study.endpoints.trial.statistics import MONTH_DAYS
from bimodal.study.spec.design import DesignSpec
from bimodal.timing.streams import stream

Array = npt.NDArray[np.float64]
Run = Callable[[Array, Array, Clock | None], Escalated]
TRIALS, TARGET, COHORT, MOST, GIVE_UP = 10_000, 0.3, 3, 30, 0.95
OVER = 0.1
_SIX = 6
_BLOCK = 2_500  # trials that draw their patients together
INTERVAL = "95 % Monte-Carlo of the simulated trials: Wilson for shares, normal for means"


def escalation(asked: DesignSpec, curve: DltCurve, doses: Sequence[str], seed: int) -> Found:
    """Try an escalation many times, on the central curve and at both ends of what is believed of it.

    Parameters
    ----------
    doses
        Names, the lowest first.

    Examples
    --------
    >>> curve = DltCurve(np.array([0.1, 0.3, 0.6]), np.array([0.05, 0.2, 0.5]), np.array([0.2, 0.4, 0.7]), "made up")
    >>> found = escalation(DesignSpec(kind="boin", trials=500), curve, ["a", "b", "c"], 1)
    >>> [row[0] for row in found.tables[0].rows]
    ['a', 'b', 'c', 'no dose']
    """
    trials, target = asked.trials or TRIALS, asked.target_dlt or TARGET
    run, design, words = _design(asked, target, len(doses))
    window = asked.dlt_window_days
    gap = MONTH_DAYS / asked.accrual_per_month if asked.accrual_per_month else 0.0
    clock = None if window is None else Clock(window, gap, curve.onset)
    scenarios = [("central", curve.probability), ("least toxic", curve.lower), ("most toxic", curve.upper)]
    if np.allclose(curve.lower, curve.upper):
        scenarios = scenarios[:1]
    count = _patients(asked, len(doses))
    ends = [(name, truth, _tried(run, truth, clock, trials, seed, count)) for name, truth in scenarios]
    tables = [_of_doses(name, truth, found, doses) for name, truth, found in ends]
    tables.append(_in_all(ends, target))
    facts = [f"{words}; {trials:,} trials", f"dose-DLT curve: {curve.source}", _calendar(window, gap)]
    notes = [
        *curve.notes,
        *([] if window is None or curve.onset is not None else [_HAZARD]),
        f"the selected dose is an estimate of the MTD; too toxic means more than {100 * (target + OVER):g} % with a "
        "dose-limiting toxicity",
    ]
    decisions = decision_table(design, doses, six_at_mtd=asked.six_at_mtd is not False)
    return Found(facts, INTERVAL, tables, notes, decisions, _traces(ends[0][2], doses))


_HAZARD = "when in the window a toxicity comes is not known: a constant hazard is assumed, for the duration alone"


def _calendar(window: float | None, gap: float) -> str:
    if window is None:
        return "a cohort is treated when all before it are observed"
    pace = f"one patient in {gap:.3g} days" if gap else "a cohort at once"
    return (
        f"a dose-limiting toxicity counts within {window:g} days; {pace}, and the next cohort when everybody before "
        "had one or passed the window"
    )


def _traces(found: Escalated, doses: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "trial": k + 1,
            "selected": None if found.selected[k] < 0 else doses[int(found.selected[k])],
            "patients": int(found.patients[k].sum()),
            "dlts": int(found.dlts[k].sum()),
            "days": None if found.days is None else float(found.days[k]),
            "steps": [step.to_dict(doses) for step in steps],
        }
        for k, steps in enumerate(found.traces)
    ]


def _design(asked: DesignSpec, target: float, doses: int) -> tuple[Run, Boin | Crm | None, str]:
    aim = f"target {100 * target:g} %"
    size = f"cohorts of {asked.cohort_size or COHORT}, at most {asked.max_patients or MOST} patients"
    if asked.stop_at:
        size += f", ends with {asked.stop_at} at a dose it would stay at"
    cohort, most = asked.cohort_size or COHORT, asked.max_patients or MOST
    give_up = GIVE_UP if asked.eliminate_above is None else asked.eliminate_above
    if asked.kind == "3+3":
        six = asked.six_at_mtd is not False
        words = f"3+3, the selected dose given to six{'' if six else ' or three'}"
        return lambda luck, truth, clock: three_plus_three(luck, truth, six_at_mtd=six, clock=clock), None, words
    if asked.kind == "boin":
        boin = Boin(target, cohort, most, asked.stop_at, give_up, asked.backfill or 0)
        up, down = boin.interval
        words = f"BOIN, {aim}: up at {up:.3f} or below, down at {down:.3f} or above; {size}"
        if boin.backfill:
            words += f", {boin.backfill} backfilled at lower doses with every cohort"
        return boin.run, boin, words
    skeleton = asked.skeleton or default_skeleton(target, doses)
    model, spread = asked.crm_model or "power", asked.prior_sd or PRIOR_SD
    crm = Crm(target, skeleton, model, spread, cohort, most, asked.stop_at, give_up)
    guesses = ", ".join(f"{one:.3g}" for one in skeleton)
    return crm.run, crm, f"CRM, {crm.model} model, {aim}, skeleton {guesses}, prior SD {crm.prior_sd:.3g}; {size}"


def _patients(asked: DesignSpec, doses: int) -> int:
    if asked.kind == "3+3":
        return _SIX * doses
    cohort = asked.cohort_size or COHORT
    cohorts = -(-(asked.max_patients or MOST) // cohort)
    return cohorts * (cohort + (asked.backfill or 0))


def _tried(run: Run, truth: Array, clock: Clock | None, trials: int, seed: int, patients: int) -> Escalated:
    return Escalated.pooled(
        [
            run(stream(seed, "design", "toxicity", start).random((_BLOCK, patients))[: trials - start], truth, clock)
            for start in range(0, trials, _BLOCK)
        ]
    )


def _of_doses(name: str, truth: Array, found: Escalated, doses: Sequence[str]) -> DesignTable:
    trials = len(found.selected)
    columns = (
        ("truth", "P(DLT)", "share"),
        ("selected", "selected", "share"),
        ("patients", "patients", "number"),
        ("dlts", "DLTs", "number"),
    )
    rows: list[tuple[str, Sequence[Estimate]]] = [
        (
            dose,
            (
                Estimate(float(truth[k])),
                Estimate.share(int((found.selected == k).sum()), trials),
                Estimate.mean(found.patients[:, k]),
                Estimate.mean(found.dlts[:, k]),
            ),
        )
        for k, dose in enumerate(doses)
    ]
    none = Estimate.share(int((found.selected < 0).sum()), trials)
    rows.append(("no dose", (Estimate(None), none, Estimate(None), Estimate(None))))
    return DesignTable(name.replace(" ", "_"), f"Operating characteristics, {name} curve", "dose", columns, rows)


def _in_all(ends: Sequence[tuple[str, Array, Escalated]], target: float) -> DesignTable:
    columns = (
        ("patients", "patients", "number"),
        ("dlts", "DLTs", "number"),
        ("over_selected", "selects too toxic a dose", "share"),
        ("over_treated", "given too toxic a dose", "share"),
        *([] if ends[0][2].days is None else [("days", "days", "number")]),
    )
    rows: list[tuple[str, Sequence[Estimate]]] = []
    for name, truth, found in ends:
        over = truth > target + OVER + 1e-12
        selected = over[np.maximum(found.selected, 0)] & (found.selected >= 0)
        taken = found.patients.sum(axis=1)
        rows.append(
            (
                name,
                (
                    Estimate.mean(taken),
                    Estimate.mean(found.dlts.sum(axis=1)),
                    Estimate.share(int(selected.sum()), len(selected)),
                    Estimate.mean(found.patients[:, over].sum(axis=1) / taken),
                    *([] if found.days is None else [Estimate.mean(found.days)]),
                ),
            )
        )
    return DesignTable("overall", "A whole trial", "curve", columns, rows)

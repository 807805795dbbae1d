"""Runs a study over equally good parameter sets, and says between which values each trial endpoint lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.files.write import write_text
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.grid import DAY_H, saved_among, trial_days
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.trial import TrialReader
from bimodal.study.readings.trial_rows import trial_rows
from bimodal.study.run.ensemble import Ensemble, with_set
from bimodal.study.run.in_memory import Progress, read_in_memory
from bimodal.study.run.result import StudyResult
from bimodal.study.run.summary import summary_text

Array = npt.NDArray[np.float64]
#: Arm, endpoint and day of a number.
Key = tuple[str, str, float | None]


@dataclass(frozen=True)
class EnsembleRange:
    """What a study gives over equally good parameter sets.

    Parameters
    ----------
    values
        Each trial endpoint to its value in every set; None where it cannot be said, such as a median not reached.
    words
        What the range over the sets is called.
    about
        For the provenance: how many sets and patients, which command made the sets, their fingerprint.

    Examples
    --------
    >>> EnsembleRange({("a", "orr", None): (0.1, 0.2)}, "range", {}).ends("a", "orr", None)
    {'ensemble_lower': 0.1, 'ensemble_upper': 0.2, 'ensemble': 'range'}
    """

    values: Mapping[Key, tuple[float | None, ...]]
    words: str
    about: Mapping[str, Any]

    def ends(self, arm: str, name: str, day: float | None) -> dict[str, Any]:
        """Give what is added to the row of an endpoint; nothing for one that is not of a trial.

        Returns
        -------
        dict
            ``ensemble_lower``, ``ensemble_upper`` and ``ensemble``, what they are. Where a set has no value, such as
            a median that is not reached, the words say so and the ends are of the others.
        """
        found = self.values.get((arm, name, day))
        if found is None:
            return {}
        said = [value for value in found if value is not None]
        lacking = len(found) - len(said)
        words = f"{self.words}; {lacking} of them give no value" if lacking else self.words
        return {
            "ensemble_lower": min(said) if said else None,
            "ensemble_upper": max(said) if said else None,
            "ensemble": words,
        }


def plan_ensemble(plan: Plan, ensemble: Ensemble) -> Plan:
    """Make the plan of a study one of its ensemble, so that what is wrong is found before anything is computed.

    Returns
    -------
    Plan
        Of as many patients as the ensemble says, saved as often as a trial needs it; no parameter set is put in yet.
    """
    if not any(plan.registry[endpoint.id].kind == "trial" for endpoint in plan.spec.endpoint):
        raise StudyError(
            "an ensemble says how far trial endpoints are from sure, and this study has none",
            where=f"study '{plan.spec.name}'",
            fix='add one, for example [[endpoint]] id = "orr"',
        )
    if plan.spec.population.match:
        raise StudyError(
            "every parameter set has other patients, and they are not weighted set by set yet",
            where=f"study '{plan.spec.name}', key 'population.match'",
            fix="run it without an ensemble, or leave 'match' out",
        )
    with_set(plan, ensemble, 0)
    count = ensemble.patients or plan.population.count
    return replace(
        plan,
        options=replace(plan.options, patients=count, out=None, shard=None),
        population=replace(plan.population, count=count),
        others={name: replace(population, count=count) for name, population in plan.others.items()},
        times_h=trial_times(plan),
    )


def run_ensemble(plan: Plan, ensemble: Ensemble, *, progress: Progress | None = None) -> EnsembleRange:
    """Simulate a study once for every parameter set, the same virtual people and random numbers in each.

    Parameters
    ----------
    plan
        As `plan_ensemble` gives it for the same sets.
    progress
        Called with (patients done, patients in all, what is being done) after every part.
    """
    found: dict[Key, list[float | None]] = {}
    each = plan.population.count * len(plan.arms)
    for index in range(ensemble.size):
        tell = None if progress is None else _of_set(progress, index, ensemble.size, each)
        for key, value in _values(with_set(plan, ensemble, index), tell):
            found.setdefault(key, []).append(value)
    about = {
        "sets": ensemble.size,
        "patients": plan.population.count,
        "source": ensemble.source,
        "sets_sha256": ensemble.sha256,
    }
    return EnsembleRange({key: tuple(values) for key, values in found.items()}, ensemble.words, about)


def add_range(summary: Mapping[str, Any], found: EnsembleRange) -> dict[str, Any]:
    """Write the range over the sets into a summary.

    Returns
    -------
    dict
        Valid under ``summary.schema.json``; nothing that was there differs.

    Examples
    --------
    >>> row = {"id": "orr", "day": None, "value": 0.1}
    >>> summary = {"provenance": {}, "arms": [{"name": "a", "endpoints": [row]}]}
    >>> found = EnsembleRange({("a", "orr", None): (0.1, 0.2)}, "range", {"sets": 2})
    >>> add_range(summary, found)["arms"][0]["endpoints"][0]["ensemble_upper"]
    0.2
    """
    arms = [
        {
            **arm,
            "endpoints": [{**row, **found.ends(arm["name"], row["id"], row["day"])} for row in arm["endpoints"]],
        }
        for arm in summary["arms"]
    ]
    return {**summary, "provenance": {**summary["provenance"], "ensemble": dict(found.about)}, "arms": arms}


def with_range(result: StudyResult, found: EnsembleRange) -> StudyResult:
    """Write the range over the sets into the ``summary.json`` of a finished run."""
    summary = add_range(result.summary, found)
    write_text(result.folder / "summary.json", summary_text(summary))
    return replace(result, summary=summary)


def trial_times(plan: Plan) -> Array:
    """Thin the saved times of a plan to those a trial is read at, and the days its endpoints name: (T,) hours."""
    doses = [dose.time_h for arm in plan.arms for drug in arm.drugs for dose in drug.schedule.doses]
    followed = trial_days(doses, plan.spec.scans or ScanPlan(), float(plan.times_h[-1]) / DAY_H)
    return plan.times_h[saved_among(plan.times_h, [*followed, *plan.spec.report_days])]


def _values(plan: Plan, progress: Progress | None) -> Iterator[tuple[Key, float | None]]:
    for place, arm in enumerate(plan.arms):
        # one arm after the other, so that no more than one is in memory
        tell = None if progress is None else _shifted(progress, place, len(plan.arms), plan.population.count)
        readings = read_in_memory(replace(plan, arms=(arm,)), progress=tell)
        trial = TrialReader.of(plan.spec, readings, plan.options.seed)
        for endpoint in plan.spec.endpoint:
            if plan.registry[endpoint.id].kind == "trial":
                for row in trial_rows(endpoint, arm.name, trial):
                    yield (arm.name, row["id"], row["day"]), row["value"]


def _shifted(progress: Progress, index: int, size: int, each: int) -> Progress:
    """Count the patients of one of several equal parts along all of them; only the last part says that it is done."""

    def tell(done: int, total: int, what: str) -> None:
        if what or index == size - 1:
            progress(index * each + done, size * each, what)

    return tell


def _of_set(progress: Progress, index: int, size: int, each: int) -> Progress:
    def named(done: int, total: int, what: str) -> None:
        progress(done, total, f"set {index + 1} of {size}: {what}" if what else "")

    return _shifted(named, index, size, each)

"""What is wrong with the design of a study: keys of another kind, arms and days that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from bimodal.files.suggest import suggest_names

if TYPE_CHECKING:
    from bimodal.study.endpoints import Registry
    from bimodal.study.spec.design import DesignSpec
    from bimodal.study.spec.spec import StudySpec

Place = tuple[str | int, ...]
_READ = ("endpoint", "days", "reduce", "above", "arms", "noise")
_SIZED = (*_READ, "per_arm", "alpha", "target_power", "max_per_arm")
_DOSES = (
    *("doses", "target_dlt", "dlt_window_days", "dlt_model", "dlt_curve", "dlt_curve_days"),
    "accrual_per_month",
)
#: Which keys a kind takes, beside `kind` and `trials`.
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "parallel": (*_SIZED, "test"),
        "crossover": (*(key for key in _SIZED if key not in ("reduce", "above")), "washout_day"),
        "factorial": _SIZED,
        "group-sequential": (*_SIZED, "test", "looks", "spending", "futility", "benefit"),
        "3+3": (*_DOSES, "six_at_mtd"),
        "crm": (
            *_DOSES,
            *("cohort_size", "max_patients", "eliminate_above", "stop_at", "skeleton", "prior_sd", "crm_model"),
        ),
        "boin": (*_DOSES, "cohort_size", "max_patients", "eliminate_above", "stop_at", "backfill"),
        "adaptive": (*_READ, "max_patients", "burn_in", "block", "allocation_cap", "declare_above"),
        "phase-randomised": (
            *("endpoint", "arms", "cyclers", "window_days", "period_days", "error_days", "detected"),
            "monitoring_days",
        ),
    }
)
_ARMS = {"parallel": 2, "crossover": 2, "group-sequential": 2, "factorial": 4, "phase-randomised": 1}
_TIMES = ("os_months", "pfs_months")
_LEAST_TARGET, _MOST_TARGET = 0.05, 0.6  # as the R package BOIN; 1.4 times the target must be a probability
_MOST_LOGISTIC = 0.95  # its intercept is 3: at 0.953 a dose has no effect
_MOST = 30


def design_faults(spec: StudySpec, registry: Registry | None) -> Iterator[tuple[Place, str]]:
    """Find what is wrong with the design of a study: key, and what is said of it.

    Parameters
    ----------
    registry
        What the endpoints are; None while a model file is not read yet.
    """
    asked = spec.design
    if asked is None:
        return
    known = KEYS[asked.kind]
    foreign = [name for name in asked.given if name not in ("kind", "trials", *known)]
    for name in foreign:
        yield ("design", name), f"a design of the kind '{asked.kind}' has no key '{name}'; it takes {', '.join(known)}"
    if foreign:
        return
    yield from _of_doses(spec, asked) if asked.escalates else _of_arms(spec, asked, registry)


def _of_arms(spec: StudySpec, asked: DesignSpec, registry: Registry | None) -> Iterator[tuple[Place, str]]:
    arms = [arm.name for arm in spec.arm]
    named = list(asked.arms) if asked.arms else arms
    for place, name in enumerate(named):
        if name not in arms:
            yield ("design", "arms", place), f"there is no arm '{name}'; {suggest_names(name, arms)}"
            return
    wanted = _ARMS.get(asked.kind)
    if len(set(named)) != len(named) or (wanted and len(named) != wanted) or len(named) < (wanted or 2):
        count = f"{wanted} different arms" if wanted else "two or more different arms"
        yield ("design", "arms"), f"a design of the kind '{asked.kind}' is of {count}: name them"
        return
    if asked.kind == "factorial" and (cohorts := {arm.cohort for arm in spec.arm if arm.name in named}) != {None}:
        yield (
            ("design", "arms"),
            f"the arms of a factorial design are of the same people, not of {len(cohorts)} cohorts",
        )
    ids = [endpoint.id for endpoint in spec.endpoint]
    if asked.endpoint is None:
        yield ("design", "endpoint"), f"say which endpoint is compared, one of: {', '.join(ids) or 'none is there'}"
        return
    if asked.endpoint not in ids:
        yield (
            ("design", "endpoint"),
            f"'{asked.endpoint}' is no endpoint of this study; {suggest_names(asked.endpoint, ids)}",
        )
        return
    if registry is not None and asked.endpoint in registry:
        yield from _of_endpoint(spec, asked, registry)
    if isinstance(asked.looks, tuple) and (
        asked.looks[-1] != 1.0 or any(one >= other for one, other in pairwise((0.0, *asked.looks)))
    ):
        yield ("design", "looks"), "shares of the patients rise from above 0 to 1, for example [0.5, 0.75, 1]"


def _of_endpoint(spec: StudySpec, asked: DesignSpec, registry: Registry) -> Iterator[tuple[Place, str]]:
    entry = registry[asked.endpoint or ""]
    own = next(endpoint for endpoint in spec.endpoint if endpoint.id == entry.id)
    if entry.per == "trial":
        for name in ("days", "reduce", "above"):
            if getattr(asked, name) is not None:
                yield ("design", name), f"'{entry.id}' has one value per patient: leave '{name}' out"
        if entry.statistic != "proportion" and entry.id not in _TIMES:
            yield (
                ("design", "endpoint"),
                f"'{entry.id}' is no rate of all patients and no time to an event: use a rate, {' or '.join(_TIMES)}",
            )
    else:
        days = asked.days or own.days or ()
        late = [day for day in asked.days or () if day not in (own.days or ())]
        if late:
            yield ("design", "days"), f"'{entry.id}' is not read on day {late[0]:g}: add it to the days of the endpoint"
        elif asked.washout_day is not None and asked.washout_day not in (own.days or ()):
            yield (
                ("design", "washout_day"),
                f"add day {asked.washout_day:g} to the days of '{entry.id}': it is read then",
            )
        elif asked.kind == "crossover" and len(days) != 2:
            yield ("design", "days"), "say one day of each period, for example days = [28, 84]"
        elif asked.kind != "crossover" and len(days) > 1 and asked.reduce is None:
            yield ("design", "days"), 'say one day, or how several become one number: reduce = "mean" or "peak"'
        elif asked.reduce in ("change", "ratio") and len(days) < 2:
            yield ("design", "reduce"), f"a {asked.reduce} is between two days at least"
    kind = "time" if entry.id in _TIMES else "rate" if entry.per == "trial" or asked.above is not None else "value"
    fits = {"t": "value", "wilcoxon": "value", "fisher": "rate", "log-rank": "time"}
    if asked.test is not None and fits[asked.test] != kind:
        usual = {"value": "'t' or 'wilcoxon'", "rate": "'fisher'", "time": "'log-rank'"}[kind]
        yield ("design", "test"), f"'{entry.id}' is compared by {usual}, not by '{asked.test}'"
    if asked.kind in ("adaptive", "phase-randomised") and kind != "rate":
        yield ("design", "endpoint"), f"this design needs a rate: 'above' makes responders of '{entry.id}'"
    if asked.kind == "crossover" and entry.per == "trial":
        yield ("design", "endpoint"), f"'{entry.id}' has one value per patient and not one of each period"
    if asked.benefit is not None and asked.futility is None:
        yield ("design", "benefit"), "it says on which side trials stop for futility: say 'futility' as well"
    if asked.kind in ("crossover", "factorial") and kind == "time":
        yield ("design", "endpoint"), "this design compares values or rates, not times to an event"


def _of_doses(spec: StudySpec, asked: DesignSpec) -> Iterator[tuple[Place, str]]:
    arms = [arm.name for arm in spec.arm]
    doses = list(asked.doses) if asked.doses else arms
    for place, name in enumerate(doses):
        if name not in arms:
            yield ("design", "doses", place), f"there is no arm '{name}'; {suggest_names(name, arms)}"
            return
    if len(doses) < 2 or len(set(doses)) != len(doses):
        yield ("design", "doses"), "an escalation needs two or more different doses: one arm for each, the lowest first"
        return
    curve = asked.dlt_curve
    if curve is None and asked.dlt_model == "curve":
        yield (
            ("design", "dlt_model"),
            "the curve is missing: dlt_curve = [{dose = …, probability = …, lower = …, upper = …}]",
        )
    if curve is not None:
        if asked.dlt_model not in (None, "curve"):
            yield (
                ("design", "dlt_model"),
                f'there is a curve of your own, so \'dlt_model\' is "curve", not "{asked.dlt_model}"',
            )
        if [point.dose for point in curve] != doses:
            yield ("design", "dlt_curve"), f"give one point for each dose, in this order: {', '.join(doses)}"
        for place, point in enumerate(curve):
            if not point.lower <= point.probability <= point.upper:
                yield ("design", "dlt_curve", place), "'lower' is at most 'probability', and that at most 'upper'"
        for name in ("probability", "lower", "upper"):
            values = [getattr(point, name) for point in curve]
            if any(one > other for one, other in pairwise(values)):
                yield (
                    ("design", "dlt_curve"),
                    f"'{name}' falls from one dose to the next: a higher dose is no less toxic",
                )
    yield from _of_the_window(asked)
    skeleton = asked.skeleton
    if skeleton is not None and (len(skeleton) != len(doses) or any(a >= b for a, b in pairwise(skeleton))):
        yield ("design", "skeleton"), f"a skeleton is one probability for each of the {len(doses)} doses, rising"
    if asked.kind == "boin" and asked.target_dlt is not None and not _LEAST_TARGET <= asked.target_dlt <= _MOST_TARGET:
        yield (
            ("design", "target_dlt"),
            f"the boundaries of a BOIN are for targets from {_LEAST_TARGET:g} to {_MOST_TARGET:g}",
        )
    if asked.crm_model == "logistic" and max(asked.target_dlt or 0.0, *(skeleton or (0.0,))) >= _MOST_LOGISTIC:
        yield ("design", "crm_model"), f"the logistic model takes targets and first guesses below {_MOST_LOGISTIC:g}"
    stops = asked.stop_at is not None and asked.stop_at > (asked.max_patients or _MOST)
    if stops:
        yield ("design", "stop_at"), "so many are never treated: it is more than 'max_patients'"
    if asked.max_patients is not None and asked.cohort_size is not None and asked.max_patients < asked.cohort_size:
        yield ("design", "max_patients"), "no cohort can be treated: it is less than 'cohort_size'"


def _of_the_window(asked: DesignSpec) -> Iterator[tuple[Place, str]]:
    if asked.dlt_window_days is None:
        for name in ("dlt_curve_days", "accrual_per_month"):
            if getattr(asked, name) is not None:
                yield ("design", name), "say in which days a toxicity counts: dlt_window_days"
    elif asked.dlt_curve_days is not None and asked.dlt_curve is None:
        yield ("design", "dlt_curve_days"), "there is no 'dlt_curve' whose probabilities it says the days of"

"""What a study file may say depends on its model: built-in models and model files each have keys of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.spec.contrast import contrast_faults, threshold
from bimodal.study.spec.design_faults import design_faults
from bimodal.study.spec.match import match_faults

if TYPE_CHECKING:
    from bimodal.study.spec.spec import EndpointSpec, StudySpec

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Inconsistency:
    """One thing that does not fit the model of a study.

    Parameters
    ----------
    path
        Keys and list positions from the top of the study file.
    kind
        ``missing`` for a key that is not there.
    """

    path: Path
    what: str
    kind: Literal["inconsistent", "missing"] = "inconsistent"


def inconsistencies(spec: StudySpec) -> tuple[Inconsistency, ...]:
    """Find everything of a study that does not fit its model.

    Examples
    --------
    >>> from types import SimpleNamespace as Plain
    >>> who = Plain(spread={}, cohort="healthy", subjects=None, match=())
    >>> more = {"model_is_file": False, "ports": None, "population": who, "arm": [], "endpoint": [], "contrast": []}
    >>> spec = Plain(model="human", time_unit="day", design=None, **more)
    >>> [found.path for found in inconsistencies(spec)]
    [('time_unit',)]
    """
    return tuple(_of_a_file(spec) if spec.model_is_file else _of_a_built_in(spec))


def _of_a_built_in(spec: StudySpec) -> Iterator[Inconsistency]:
    for key in ("time_unit", "ports"):
        if getattr(spec, key) is not None:
            yield Inconsistency((key,), f"the built-in model '{spec.model}' says this itself: leave '{key}' out")
    if spec.population.spread:
        yield Inconsistency(("population", "spread"), "a cohort brings its own spread: this is for model files")
    if spec.population.cohort is None and spec.population.subjects is None:
        yield Inconsistency(("population",), "give either 'cohort' or 'subjects'")
    for place, arm in enumerate(spec.arm):
        if not arm.drug and not arm.untreated:
            yield Inconsistency(("arm", place, "drug"), "Field required", "missing")
    registry = load_registry()
    for place, endpoint in enumerate(spec.endpoint):
        path = ("endpoint", place, "id")
        try:
            entry = registry[endpoint.id]
        except StudyError as fault:
            yield Inconsistency(path, f"{fault.what}; {fault.fix}")
            continue
        if entry.any_months:
            number = entry.id.replace("_n_months", "_24_months")
            yield Inconsistency(path, f"'{entry.id}' does not say how many months: write a number, such as '{number}'")
        yield from (Inconsistency(path, what) for path, what in _rule_faults(endpoint, registry, ("endpoint", place)))
        if entry.contrast is not None:
            yield Inconsistency(
                path, f"'{entry.id}' sets two arms against each other: it belongs into a published target"
            )
        if entry.per == "scan" and not endpoint.days:
            yield Inconsistency(path, f"'{entry.id}' has a value at every scan: say on which days, e.g. days = [56]")
        if entry.per == "scan":
            late = max(endpoint.days or (0.0,))
            off = sorted(set(endpoint.days or ()) - set((spec.scans or ScanPlan()).visits(late)))
            if off:
                yield Inconsistency(path, f"'{entry.id}' is not measured on day {off[0]:g}: [scans] says when it is")
        if entry.per == "trial" and endpoint.days is not None:
            yield Inconsistency(path, f"'{entry.id}' has one value per arm: leave 'days' out")
        if entry.per == "time" and not endpoint.days:
            yield Inconsistency(path, f"'{entry.id}' has a value at every time: say which days, e.g. days = [7, 28]")
        if entry.per == "course" and endpoint.days is not None:
            yield Inconsistency(path, f"'{entry.id}' has one value per patient: leave 'days' out")
    yield from (Inconsistency(path, what) for path, what in contrast_faults(spec, registry))
    yield from (Inconsistency(path, what) for path, what in design_faults(spec, registry))
    yield from (Inconsistency(path, what) for path, what in match_faults(spec, registry))


def _rule_faults(endpoint: EndpointSpec, registry: Registry, path: Path) -> Iterator[tuple[Path, str]]:
    rule, entry = endpoint.rule, registry[endpoint.id]
    if entry.by_rule and rule is None:
        yield (*path, "when"), f"'{entry.id}' counts who responds: say when, e.g. when = \"treg_fold >= 2 at day 28\""
    if rule is not None and not entry.by_rule:
        yield (*path, "when"), f"'{entry.id}' has no rule: call the endpoint responder_<name>, or leave 'when' out"
    for test, _ in rule.tests if rule is not None else ():
        read = registry.get(test.observable)
        if read is None or read.per != "time":
            near = "it has no value at every time" if read is not None else suggest_names(test.observable, registry)
            yield (*path, "when"), f"no responder rule can read '{test.observable}': {near}"
            continue
        try:
            threshold(f"{float(test.level):.17g} {test.unit}".strip(), read.unit)
        except StudyError as fault:
            yield (*path, "when"), f"{fault.what}; {fault.fix}"
    if endpoint.bootstrap is not None and entry.per == "trial":
        yield (*path, "bootstrap"), f"'{entry.id}' has an interval of its own: leave 'bootstrap' out"


def _of_a_file(spec: StudySpec) -> Iterator[Inconsistency]:
    for key in ("cohort", "subjects"):
        if getattr(spec.population, key) is not None:
            yield Inconsistency(
                ("population", key),
                f"{key} carry parameters of people, which a model file does not have: give 'patients' alone, and "
                "[population.spread] if its constants vary between them",
            )
    for place, arm in enumerate(spec.arm):
        if spec.ports is None and not arm.untreated:
            yield Inconsistency(
                ("arm", place, "regimen" if arm.table is None else "table"),
                'a model file does not say where doses enter it: add [ports], for example sc = "depot" and '
                'unit = "nmol", or give the regimen "none"',
            )
    for place, endpoint in enumerate(spec.endpoint):
        if endpoint.when is not None:
            yield Inconsistency(("endpoint", place, "when"), "responder rules are for the built-in models")
        if not endpoint.days:
            yield Inconsistency(
                ("endpoint", place, "id"), f"'{endpoint.id}' has a value at every time: say which days, e.g. days = [7]"
            )
    yield from (Inconsistency(path, what) for path, what in contrast_faults(spec, None))
    yield from (Inconsistency(path, what) for path, what in design_faults(spec, None))
    yield from (Inconsistency(path, what) for path, what in match_faults(spec, None))
    twice = sorted(set(spec.set) & set(spec.population.spread))
    if twice:
        yield Inconsistency(("population", "spread", twice[0]), "[set] holds it at one value: it cannot vary too")
    rate = spec.ports and spec.ports.iv_infusion
    if rate and rate in {*spec.set, *spec.population.spread, *(name for arm in spec.arm for name in arm.set)}:
        yield Inconsistency(
            ("ports", "iv_infusion"), f"'{rate}' receives the infusion rate: it cannot be set or vary too"
        )

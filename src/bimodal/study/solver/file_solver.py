"""A model file on the shipped engine, behind the few methods a study needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Settings, SolverStatus, Trajectories, solve
from bimodal.errors import StudyError
from bimodal.files.fingerprint import json_sha256
from bimodal.files.suggest import suggest_names
from bimodal.model import Model, load_model
from bimodal.model.balance import find_imbalances
from bimodal.model.model import FILE_RTOL
from bimodal.study.endpoints import Observable, Registry
from bimodal.study.solver.engine_solver import EngineSolver, engine_schedule, engine_visits, solved
from bimodal.study.solver.events import DoseInput, Events
from bimodal.study.solver.file_facts import NOT_GIVEN, FileFacts, read_facts
from bimodal.study.solver.file_ports import FilePort, rate_port, state_port, with_infusion
from bimodal.study.solver.solver import DoseVisits, SegmentRequest, Solved
from bimodal.study.spec.model_file import TIME_UNITS
from bimodal.study.spec.spec import StudySpec

Array = npt.NDArray[np.float64]
_HOUR = 3600.0


@dataclass(frozen=True, eq=False, kw_only=True)
class FileSolver(EngineSolver):
    """A model file with what its study says of it.

    Parameters
    ----------
    model, settings, registry, warnings
        As :class:`EngineSolver`; the registry is of the quantities of the file.
    second
        Seconds in the model's unit of time.
    routes
        Route of a dose to the quantity of the file it enters.
    file_ports
        Such a quantity to where that is for the solver.
    unit
        Unit of amount of the doses; None where none are given.
    """

    second: float
    routes: Mapping[str, str]
    file_ports: Mapping[str, FilePort]
    unit: str | None

    @property
    def about(self) -> Mapping[str, Any]:
        """What the provenance of a run says of the file."""
        ports = {"unit": self.unit, **self.routes} if self.routes else {}
        return {"model_file": self.model.name, "time_unit_seconds": self.second, "ports": ports}

    @property
    def table_sha256(self) -> str:
        """Fingerprint of the file's numbers and of what the study says of its time and doses."""
        return json_sha256([self.model.table.sha256, self.second, self.unit, dict(self.routes)])

    @property
    def per_hour(self) -> float:
        """Units of the file's time in an hour."""
        return _HOUR / self.second

    def ports(self, molecule: Any, *, place: int = 0) -> Mapping[str, DoseInput]:
        """Say where each route enters the model, as the study says; the molecule makes no difference."""
        return {
            route: DoseInput("set" if route == "iv_infusion" else "add", name) for route, name in self.routes.items()
        }

    def molecule_parameters(self, molecule: Any, routes: Collection[str], *, place: int = 0) -> Mapping[str, float]:
        """Say which parameters a molecule sets: none, because a file knows no molecules."""
        return {}

    def defines_body(self, parameter: str) -> bool:
        """Whether rates are solved from a parameter so that a person rests: nothing is known of that in a file."""
        return False

    def solve(
        self,
        parameters: Array,
        events: Events,
        times_h: Array,
        workers: int,
        visits: DoseVisits | None = None,
        segments: SegmentRequest | None = None,
        body: Array | None = None,
    ) -> Solved:
        """Integrate N patients with parameters (N, P), and report at `times_h` (T,)."""
        system = self.model.system
        values, slots, entered = events.values.copy(), list[int](), list[str]()
        for k, event in enumerate(events.ports):
            port = self.file_ports[event.symbol]
            entered.append("" if event.action == "set" else event.symbol)
            if event.action == "set":
                slots.append(system.slot_set(port.symbol))
                values[:, k] *= self.second / _HOUR
            else:
                slots.append(system.slot_add(port.symbol))
                if port.size is not None:
                    values[:, k] /= parameters[:, system.parameter_index[port.size]]
        found = solve(
            system,
            parameters,
            engine_schedule(events, self._own_time(events.times_h), slots, values),
            self._own_time(times_h),
            settings=self.settings,
            visits=engine_visits(visits, events, slots, self._own_time(visits.times_h)) if visits is not None else None,
            segments=self._segments(segments, system, parameters, _HOUR / self.second),
            workers=workers,
        )
        amounts = events.values
        if found.ledger is not None:
            real = found.ledger.given.reshape(values.shape)
            amounts = amounts * np.divide(real, values, out=np.ones_like(values), where=values != 0.0)
        given = zip(self._own_time(events.times_h).tolist(), entered, amounts.T, strict=True)
        self._refuse_imbalance(found, parameters, list(given))
        return solved(found, len(self.observables), self.second / _HOUR)

    def _refuse_imbalance(
        self, found: Trajectories, parameters: Array, given: Sequence[tuple[float, str, Array]]
    ) -> None:
        """Fail patients in whom something that reactions only move about was lost or made."""
        system = self.model.system
        values = dict(zip(system.parameter_ids, parameters.T[:, :, None], strict=True))
        values |= dict(zip(system.output_ids, found.values.transpose(2, 0, 1), strict=True))
        lost = find_imbalances(
            self.model.network, self.model.moieties, values, found.times, given=given, rtol=self.settings.rtol
        )
        for imbalance in lost:
            found.status[imbalance.patient] = SolverStatus.OUT_OF_BALANCE

    def _own_time(self, hours: Array) -> Array:
        return hours * _HOUR / self.second


def load_file_solver(spec: StudySpec) -> FileSolver:
    r"""Open the model file of a study and make it ready to be solved.

    Returns
    -------
    FileSolver
        Every quantity of the file that changes is an observable, and every endpoint of the study.

    Examples
    --------
    >>> from bimodal.study import parse_study
    >>> text = "name = 'm'\nmodel = 'missing.xml'\nhorizon = 1\n[[arm]]\nname = 'a'\nregimen = 'none'"
    >>> load_file_solver(parse_study(text, where="m.toml"))
    Traceback (most recent call last):
    ...
    bimodal.errors.ModelError: the model file cannot be read: No such file or directory
      where: missing.xml
    """
    model = load_model(spec.model)
    file = Path(spec.model).name
    facts = read_facts(model.network.sbml)
    second, warnings = _second(spec, facts, file)
    warnings += model.network.warnings
    warnings += tuple(f"'{name}' follows from a delay: only a time course shows it" for name in model.network.delayed)
    warnings += tuple(f"'{name}' is not a finite number at time 0: missing there" for name in model.missing_at_start)
    model = _with_endpoints(model, [endpoint.id for endpoint in spec.endpoint], file)
    routes = spec.ports.routes if spec.ports is not None else {}
    target = routes.get("iv_infusion", "")
    if {target, f"amount({target})"} & set(model.network.state_ids):
        model, rate = with_infusion(model, target, "ports.iv_infusion")
        routes = {**routes, "iv_infusion": rate}
    file_ports = {
        name: (rate_port if route == "iv_infusion" else state_port)(model.network, name, f"ports.{route}")
        for route, name in routes.items()
    }
    if not model.observables:
        raise StudyError("nothing changes in this model", where=file, fix="name constants of it as endpoints")
    return FileSolver(
        model=replace(model, settable=tuple(name for route, name in routes.items() if route == "iv_infusion")),
        settings=Settings(rtol=FILE_RTOL),
        second=second,
        routes=routes,
        file_ports=file_ports,
        registry=Registry({name: _observable(name, facts) for name in model.observables}, None),
        unit=spec.ports.unit if spec.ports is not None else None,
        warnings=warnings,
    )


def _second(spec: StudySpec, facts: FileFacts, file: str) -> tuple[float, tuple[str, ...]]:
    if spec.time_unit is None:
        if facts.second is None:
            raise StudyError(
                "the model file does not say what its unit of time is",
                where=file,
                fix='say it in the study file: time_unit = "day" (or "hour", "minute", "second")',
            )
        return facts.second, ()
    said = TIME_UNITS[spec.time_unit]
    if facts.second is None or abs(facts.second - said) <= 1e-9 * said:
        return said, ()
    return said, (f"the unit of time is a {spec.time_unit}, as the study says; {file} says {facts.second:g} s",)


def _with_endpoints(model: Model, wanted: Iterable[str], file: str) -> Model:
    """Report what endpoints name beside what changes: constants, fixed quantities, speeds of reactions."""
    network = model.network
    more = (*network.constant_ids, *(name for name, _ in network.derived), *network.reactions)
    known = (*model.observables, *more)
    for name in wanted:
        if name not in known:
            raise StudyError(
                f"there is no quantity '{name}' in {file}", where="endpoint", fix=suggest_names(name, known)
            )
    extra = {name: name for name in wanted if name not in model.observables}
    return replace(model, observables={**model.observables, **extra})


def _observable(name: str, facts: FileFacts) -> Observable:
    return Observable(
        id=name,
        unit=facts.units.get(name, NOT_GIVEN),
        label=facts.labels.get(name, name),
        definition="a quantity of the model file",
        kind="model",
    )

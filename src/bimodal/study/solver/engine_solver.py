"""The shipped models on the shipped engine, behind the few methods a study needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bimodal import __version__
from bimodal.drugs import Molecule
from bimodal.engine import Schedule, Segments, Settings, SolverStatus, System, Trajectories, Visits, solve
from bimodal.errors import ModelError, StudyError
from bimodal.model import Model, ParameterTable, load_model
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.solver.derived_outputs import with_derived_outputs
from bimodal.study.solver.events import DoseInput, Events
from bimodal.study.solver.molecule import PARTNER_PORTS, molecule_parameters, port_name, refuse_species
from bimodal.study.solver.solver import Decisions, DoseVisits, Row, SegmentRequest, Solved

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EngineSolver:
    """A model of `bimodal.model` solved by `bimodal.engine`.

    Parameters
    ----------
    warnings
        What a reader must know of the model.

    Examples
    --------
    >>> "il2_plasma" in load_solver("human").observables
    True
    """

    model: Model
    settings: Settings
    registry: Registry = field(default_factory=load_registry)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [name for name in self.observables if name not in self.registry]
        if unknown:
            raise ModelError(
                f"the model gives '{unknown[0]}', which is not in the registry of observables",
                where=f"model '{self.model.name}'",
            )

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @property
    def species(self) -> str:
        """Whom the model is of."""
        return self.model.species

    @property
    def about(self) -> Mapping[str, Any]:
        """What the provenance of a run says beside the name: nothing of a built-in model."""
        return {}

    @property
    def table(self) -> ParameterTable:
        """Parameter table of the model."""
        return self.model.table

    @property
    def rows(self) -> Sequence[Row]:
        """Rows of the parameter table."""
        return self.model.table.rows

    @property
    def model_sha256(self) -> str:
        """Fingerprint of the model's mathematics."""
        return self.model.sha256

    @property
    def table_sha256(self) -> str:
        """Fingerprint of what a simulation uses of the parameter table."""
        return self.model.table.sha256

    @property
    def engine(self) -> str:
        """Name and version of the solver."""
        return f"bimodal {__version__} Rodas5P"

    @property
    def per_hour(self) -> float:
        """Units of the model's time in an hour."""
        return 1.0

    @property
    def rtol(self) -> float:
        """Relative tolerance of the solver."""
        return self.settings.rtol

    @property
    def atol(self) -> float | None:
        """Absolute tolerance of every state; None where it follows the size of the state."""
        return self.settings.atol

    def with_tolerances(self, rtol: float | None, atol: float | None) -> Self:
        """Return the same solver with other tolerances; None leaves one as it is."""
        settings = replace(
            self.settings,
            rtol=self.settings.rtol if rtol is None else rtol,
            atol=self.settings.atol if atol is None else atol,
        )
        return replace(self, settings=settings)

    @property
    def parameter_ids(self) -> tuple[str, ...]:
        """Parameters of the model, in the order in which they are solved for."""
        return self.model.parameter_ids

    @property
    def defaults(self) -> Mapping[str, float]:
        """Value of every parameter in the median patient."""
        return self.model.table.values()

    @property
    def perturbing(self) -> frozenset[str]:
        """Parameters that change what a body senses and none of its rates."""
        return self.model.perturbing

    def defines_body(self, parameter: str) -> bool:
        """Whether the rates or the starting values of a person are solved from a parameter."""
        return parameter in self.model.body_parameters

    @property
    def observables(self) -> tuple[str, ...]:
        """Registry ids the model gives, in the order of the solver's outputs."""
        return self.model.system.output_ids

    def ports(self, molecule: Molecule, *, place: int = 0) -> Mapping[str, DoseInput]:
        """Say where each route of a molecule, a partner as the one of that place, enters the model."""
        name = port_name(molecule, self.model.species, place=place)
        # where a model has no door for IL-2 of man, that is its own ligand
        port = self.model.ports.get(name) or (self.model.ports.get("native") if name == "foreign" else None)
        if port is None:
            raise ModelError(
                f"the model '{self.model.name}' has no way in for '{molecule.id}', a molecule of the sort '{name}'",
                fix="use another molecule or another model",
            )
        ports = {"iv_bolus": DoseInput("add", port.iv_bolus), "iv_infusion": DoseInput("set", port.iv_infusion)}
        states = {route: DoseInput("add", state) for route, state in (("sc", port.sc), ("ip", port.ip)) if state}
        return {**states, **ports}

    def molecule_parameters(
        self, molecule: Molecule, routes: Collection[str], *, place: int = 0
    ) -> Mapping[str, float]:
        """Say which parameters a molecule sets when given by these routes; see `bimodal.study.solver.molecule`."""
        refuse_species(molecule, self.model.species, foreign="foreign" in self.model.ports)
        places = sum(port in self.model.ports for port in PARTNER_PORTS)
        if molecule.ligand == "partner" and place and place >= places:
            raise StudyError(
                f"'{molecule.id}' is partner drug {place + 1} of this arm, and the model '{self.model.name}' has "
                f"{places or 'no'} {'place' if places == 1 else 'places'} for drugs with no IL-2 in them",
                fix="give fewer of them, or take a model with a place for each",
            )
        return molecule_parameters(molecule, self.defaults, routes, place=place)

    @property
    def segment_outputs(self) -> tuple[str, ...]:
        """Observables that can be read in segments: what the model gives, and sums and ratios of it."""
        return with_derived_outputs(self.model.system, self.registry).output_ids

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
        """Integrate N patients with parameters (N, P), at rest before the first event, and report at `times_h` (T,).

        With `body` (N, P), what they would be like unchanged, they keep the rates of that body and find their own rest.
        """
        if body is None:
            system, inputs = self.model.system, self.model.rest(parameters, workers=workers)
        else:
            system = self.model.changed.released
            inputs = self.model.changed_rest(body, parameters, workers=workers)
        if segments is not None:
            system = with_derived_outputs(system, self.registry)
        slots = [system.slot_add(p.symbol) if p.action == "add" else system.slot_set(p.symbol) for p in events.ports]
        found = solve(
            system,
            inputs,
            engine_schedule(events, events.times_h, slots, events.values),
            times_h,
            settings=self.settings,
            visits=engine_visits(visits, events, slots, visits.times_h) if visits is not None else None,
            segments=self._segments(segments, system, inputs, 1.0),
            workers=workers,
        )
        return solved(found, len(self.observables))

    def _segments(
        self, request: SegmentRequest | None, system: System, inputs: Array, per_hour: float
    ) -> Segments | None:
        """Say to the engine what to read; `per_hour` units of the model's time make an hour."""
        if request is None:
            return None
        levels = np.full((len(inputs), len(request.outputs)), np.nan)
        if request.above_start:
            start = solve(system, inputs, None, [0.0], settings=self.settings)
            for place, name in enumerate(request.outputs):
                if name in request.above_start:
                    levels[:, place] = start[name][:, 0]
        return Segments(request.edges_h * per_hour, request.outputs, levels if request.above_start else None)

    def sentence(self, status: int) -> str:
        """Say in words how an integration ended."""
        return SolverStatus(status).sentence


def engine_schedule(events: Events, times: Array, slots: Sequence[int], values: Array) -> Schedule:
    """Say to the engine what happens to whom.

    Parameters
    ----------
    times, slots, values
        (E,), (E,) and (N, E) of `events`, in the measures of the model.

    Examples
    --------
    >>> own = Events(np.array([0.0, 1.0]), (), np.ones((2, 2)), np.array([[True, False], [True, True]]))
    >>> engine_schedule(own, own.times_h, [0, 0], own.values).offsets.tolist()
    [0, 1, 3]
    """
    if events.own_h is not None:
        return _own_schedule(events, slots, values)
    every = Schedule.shared(times, slots, values)
    if events.happens is None:
        return every
    offsets = np.concatenate([[0], np.cumsum(events.happens.sum(axis=1))]).astype(np.int64)
    kept = events.happens.ravel()
    return Schedule(offsets, every.times[kept], every.slots[kept], every.values[kept])


def _own_schedule(events: Events, slots: Sequence[int], values: Array) -> Schedule:
    """Put the events of each patient in the order of the patient's own times; at one time rates before amounts."""
    assert events.own_h is not None
    happens = np.ones(values.shape, np.bool_) if events.happens is None else events.happens
    added = np.broadcast_to([port.action == "add" for port in events.ports], values.shape)
    order = np.lexsort((added, np.where(happens, events.own_h, np.inf)), axis=1)
    kept = np.take_along_axis(happens, order, axis=1)
    times, amounts = (np.take_along_axis(part, order, axis=1)[kept] for part in (events.own_h, values))
    offsets = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int64)
    return Schedule(offsets, times, np.asarray(slots, np.int64)[order][kept], amounts)


def engine_visits(visits: DoseVisits, events: Events, slots: Sequence[int], times: Array) -> Visits:
    """Say to the engine when to stop, what to ask there, and which slots that concerns.

    Parameters
    ----------
    slots
        Slot of the engine for each event.
    times
        (V,) the visits in the model's unit of time.

    Examples
    --------
    >>> nothing = Events(np.zeros(0), (), np.zeros((1, 0)))
    >>> engine_visits(DoseVisits(np.array([2.0]), frozenset()), nothing, [], np.array([2.0])).times.tolist()
    [2.0]
    """
    ruled = [port.symbol in visits.symbols for port in events.ports]
    if events.unruled is not None:
        # the same events in the same order as they are solved, each with whether a rule governs it
        flags = np.broadcast_to((np.array(ruled) & ~events.unruled).astype(np.float64), events.values.shape)
        each = engine_schedule(events, events.times_h, slots, flags).values > 0.0
        return Visits(times, visits.decide, visits.memory, governed=each)
    governed = frozenset(slot for slot, own in zip(slots, ruled, strict=True) if own)
    return Visits(times, visits.decide, visits.memory, governed)


def solved(found: Trajectories, observables: int, hours: float = 1.0) -> Solved:
    """Hand on what the engine found: the first outputs, which are the observables, and what was read in segments.

    Parameters
    ----------
    hours
        In the model's unit of time.
    """
    ledger, read = found.ledger, found.segments
    return Solved(
        np.ascontiguousarray(found.values[:, :, :observables]),
        found.status,
        Decisions(ledger.factor, ledger.reason) if ledger is not None else None,
        reasons=found.reasons,
        segments=read if read is None or hours == 1.0 else read.in_time_unit(hours),
    )


def load_solver(model: str) -> EngineSolver:
    """Load a model and make it ready to be solved.

    Examples
    --------
    >>> load_solver("human").rtol
    1e-06
    """
    return EngineSolver(load_model(model), Settings())

"""A small analytic model that stands in for the engine: fast, exact, and with failures on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from bimodal.cohort import load_cohort
from bimodal.engine import SegmentResults
from bimodal.study import RunOptions, StudySpec
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.endpoints.derive import derive
from bimodal.study.solver.engine_solver import EngineSolver, load_solver
from bimodal.study.solver.events import DoseInput, Events
from bimodal.study.solver.solver import SegmentRequest, Solved

CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
OBSERVABLES = tuple(
    row.id
    for row in map(load_registry().__getitem__, load_registry())
    if row.kind == "model"
    and (not row.optional or row.id == "cd25_blocked")
    and (not row.species or "human" in row.species)
)


@dataclass(frozen=True)
class FakeRow:
    id: str
    value: float
    cv: float
    distribution: str = "lognormal"
    unit: str = "1"
    status: str = "assumed"


@dataclass(frozen=True)
class FakeTable:
    rows: tuple[FakeRow, ...]


def fake_rows() -> tuple[FakeRow, ...]:
    rows = {"v_plasma": 2.85, "clearance": 7.7, "rate": 0.0, "il2_rest": 0.0002}
    rows.update({f"{cell}_count_rest": 100.0 for cell in CELLS})
    for cohort in ("healthy", "cgvhd"):
        rows.update({name: row.median for name, row in load_cohort(cohort).parameters.items()})
    return tuple(FakeRow(name, value, 0.2 if value else 0.0) for name, value in rows.items())


@dataclass
class FakeSolver:
    """One compartment: A' = rate - k A, a rise in Treg count with A; `calls` logs how many patients were solved."""

    table: FakeTable = field(default_factory=lambda: FakeTable(fake_rows()))
    fail_above_bsa: float = 1e9
    interrupt_after: int | None = None
    calls: list[int] = field(default_factory=list)
    engine: str = "fake 1"
    rtol: float = 1e-6
    atol: float | None = None
    model_sha256: str = hashlib.sha256(b"fake").hexdigest()
    table_sha256: str = hashlib.sha256(b"table").hexdigest()
    observables: tuple[str, ...] = OBSERVABLES
    name: str = "human"
    species: str = "human"
    registry: Registry = field(default_factory=load_registry)
    about: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[FakeRow, ...]:
        return self.table.rows

    @property
    def parameter_ids(self) -> tuple[str, ...]:
        return tuple(row.id for row in self.rows)

    @property
    def defaults(self) -> Mapping[str, float]:
        return {row.id: row.value for row in self.rows}

    def ports(self, molecule: Any, *, place: int = 0) -> Mapping[str, DoseInput]:
        return {"sc": DoseInput("add", "a"), "iv_bolus": DoseInput("add", "a"), "iv_infusion": DoseInput("set", "rate")}

    def molecule_parameters(self, molecule: Any, routes: Collection[str], *, place: int = 0) -> Mapping[str, float]:
        return {}

    @property
    def perturbing(self) -> frozenset[str]:
        return frozenset()

    def defines_body(self, parameter: str) -> bool:
        return False

    @property
    def segment_outputs(self) -> tuple[str, ...]:
        made = self.registry.computable(self.observables)
        return (*self.observables, *(n for n in made if self.registry[n].kind in ("sum", "ratio", "weighted")))

    def solve(
        self,
        parameters: np.ndarray,
        events: Events,
        times_h: np.ndarray,
        workers: int,
        visits: None = None,
        segments: SegmentRequest | None = None,
        body: None = None,
    ) -> Solved:
        if self.interrupt_after is not None and len(self.calls) >= self.interrupt_after:
            raise KeyboardInterrupt
        self.calls.append(len(parameters))
        values, status = self._values(parameters, events, times_h)
        return Solved(values, status, segments=segments and self._read(parameters, events, segments))

    def _values(
        self, parameters: np.ndarray, events: Events, times_h: np.ndarray, *, after: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        p = {name: parameters[:, k] for k, name in enumerate(self.parameter_ids)}
        amount = _amounts(p["clearance"] / p["v_plasma"], events, times_h, after=after)
        level = 1000.0 * (p["il2_rest"][:, None] + amount / p["v_plasma"][:, None])
        values = np.empty((*amount.shape, len(self.observables)))
        for k, name in enumerate(self.observables):
            cell = name.removesuffix("_count")
            if name == "il2_plasma":
                values[:, :, k] = level
            elif name.endswith("_count"):
                gain = 1.0 if cell == "treg" else 0.01
                values[:, :, k] = p[f"{cell}_count_rest"][:, None] * (1.0 + gain * amount / (1.0 + amount))
            else:
                values[:, :, k] = level / (level + 10.0)
        status = np.where(p["v_plasma"] > self.fail_above_bsa, 3, 0).astype(np.int8)
        return values, status

    def _outputs(self, names: Sequence[str], values: np.ndarray) -> np.ndarray:
        given = {name: values[:, :, k] for k, name in enumerate(self.observables)}
        return np.stack([derive(name, given.__getitem__, 0) for name in names], axis=2)

    def _read(self, parameters: np.ndarray, events: Events, wanted: SegmentRequest) -> SegmentResults:
        """Look at five moments between events: of a curve without a peak inside, the ends are exact."""
        share = np.linspace(0.0, 1.0, 5)
        # five points hold an exponential between these times, a loss of some per hour
        soon = np.add.outer(events.times_h, [0.0, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0]).ravel()
        inside = soon[(soon > wanted.edges_h[0]) & (soon < wanted.edges_h[-1])]
        near = np.abs(wanted.edges_h[None, :] - inside[:, None]).min(axis=1, initial=np.inf) < 1e-6
        edges = np.unique([*wanted.edges_h, *np.unique(inside[~near].round(6))])
        times = (edges[:-1, None] + share * np.diff(edges)[:, None]).ravel()
        outputs = wanted.outputs
        before = self._outputs(outputs, self._values(parameters, events, times)[0])
        begins = self._outputs(outputs, self._values(parameters, events, edges[:-1], after=True)[0])
        shape = (len(parameters), len(edges) - 1, len(share), len(outputs))
        curve, times = before.reshape(shape), times.reshape(shape[1:3])
        curve[:, :, 0] = begins
        start = self._outputs(outputs, self._values(parameters, events, np.zeros(1))[0])
        rise = np.maximum(curve - start[:, :, None], 0.0)
        boole = np.diff(edges)[:, None, None] * np.array([7.0, 32.0, 12.0, 32.0, 7.0])[:, None] / 90.0

        def area(y: np.ndarray) -> np.ndarray:
            return (boole * y).sum(axis=2)

        def when(index: np.ndarray) -> np.ndarray:
            return np.take_along_axis(times[None, :, :, None], index[:, :, None, :], axis=2)[:, :, 0]

        return SegmentResults(
            edges, wanted.outputs,
            high=curve.max(axis=2), high_time=when(curve.argmax(axis=2)),
            low=curve.min(axis=2), low_time=when(curve.argmin(axis=2)),
            integral=area(curve), first=curve[:, :, 0], last=curve[:, :, -1],
            time_above=area((rise > 0.0).astype(float)), area_above=area(rise),
        ).merged(wanted.edges_h)  # fmt: skip

    def with_tolerances(self, rtol: float | None, atol: float | None) -> FakeSolver:
        assert rtol is None
        assert atol is None
        return self

    def sentence(self, status: int) -> str:
        return {0: "Done.", 3: "The step size fell below what the numbers can resolve."}[status]


def _amounts(k: np.ndarray, events: Events, times_h: np.ndarray, *, after: bool = False) -> np.ndarray:
    """Amount at ascending times; at the time of an event what was there before it, or `after` it."""
    out = np.empty((len(k), len(times_h)))
    amount, rate, now, done = np.zeros_like(k), np.zeros_like(k), 0.0, 0
    for event, when in enumerate([*events.times_h.tolist(), np.inf]):
        stop = int(np.searchsorted(times_h, when, "left" if after else "right"))
        out[:, done:stop] = _step(amount, rate, k, times_h[done:stop] - now)
        done = stop
        if when < np.inf:
            amount, now = _step(amount, rate, k, np.array([when - now]))[:, 0], when
            if events.ports[event].action == "add":
                amount = amount + events.values[:, event]
            else:
                rate = events.values[:, event]
    return out


def _step(amount: np.ndarray, rate: np.ndarray, k: np.ndarray, dt: np.ndarray) -> np.ndarray:
    decay = np.exp(-k[:, None] * dt)
    return amount[:, None] * decay + (rate / k)[:, None] * (1.0 - decay)


@pytest.fixture(scope="session")
def human() -> EngineSolver:
    """The shipped human, loaded once for all that only read it."""
    return load_solver("human")


@pytest.fixture
def solver() -> FakeSolver:
    return FakeSolver()


def two_arms() -> StudySpec:
    return StudySpec.model_validate(
        {
            "name": "two-arms",
            "population": {"cohort": "healthy", "patients": 23},
            "arm": [
                {"name": "low", "drug": "aldesleukin", "regimen": "1 MIU/m2 SC daily for 5 days"},
                {"name": "untreated", "drug": "aldesleukin", "regimen": "none"},
            ],
            "endpoint": [
                {"id": "treg_fold", "days": [0, 4]},
                {"id": "cmax"},
                {"id": "doses_given"},
                {"id": "auc_tau"},
            ],
        }
    )


@pytest.fixture
def spec() -> StudySpec:
    return two_arms()


@pytest.fixture
def options(tmp_path):
    base = RunOptions(out=tmp_path / "out", chunk=10)
    return lambda **changes: replace(base, **changes)

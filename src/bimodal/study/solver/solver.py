"""What runs a model for a study: the shipped engine, or anything else with the same few methods."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints import Registry
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.solver.events import DoseInput, Events

if TYPE_CHECKING:
    from bimodal.engine import Actions, SegmentResults, Visit

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DoseVisits:
    """When patients are seen, what decides there, and which events it governs.

    Parameters
    ----------
    times_h
        (V,) hours, ascending, or (N, V) of each patient; a visit at the time of an event comes before it.
    symbols
        What the governed events act on; events on anything else happen as planned.
    decide
        A pure function of what is seen; None only stops there, as a replay does.
    memory
        What a rule remembers of a patient before the first visit.
    """

    times_h: Array
    symbols: frozenset[str]
    decide: Callable[[Visit], Actions] | None = None
    memory: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class SegmentRequest:
    """Pieces of a run in which observables are read along the whole trajectory, whatever is saved.

    Parameters
    ----------
    edges_h
        (S + 1,) hours, ascending.
    outputs
        Observables the model gives, or that are made from such alone; no folds.
    above_start
        Those of which time and area above the patient's own value at time 0, before any dose, are wanted as well.
    """

    edges_h: Array
    outputs: tuple[str, ...]
    above_start: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Decisions:
    """What was decided at the visits.

    Parameters
    ----------
    factor
        (N, V) on the doses of each visit; NaN where a patient was not seen any more.
    reason
        (N, V) number of the rule that decided; 0 as planned, -1 where a patient was not seen any more.
    """

    factor: Array
    reason: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Solved:
    """Trajectories of some patients.

    Parameters
    ----------
    values
        (N, T, O) in the order of the solver's observables; NaN for a failed patient.
    status
        (N,) how each integration ended: 0 and 1 are results, everything above is a failure.
    decided
        What was decided at visits, if there were any.
    ledger
        What was given under the visit rules of an arm; None where it has none.
    segments
        What was read along the whole trajectories, time in hours, if it was asked for.
    reasons
        Of patients that failed, where it is known: which quantity it was, and when.

    Examples
    --------
    >>> Solved(np.zeros((2, 3, 1)), np.array([0, 3], np.int8)).failed.tolist()
    [False, True]
    """

    values: Array
    status: npt.NDArray[np.int8]
    decided: Decisions | None = None
    ledger: DoseLedger | None = None
    segments: SegmentResults | None = None
    reasons: Mapping[int, str] = field(default_factory=dict[int, str])

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """Which patients have no result."""
        return self.status >= FIRST_FAILURE


FIRST_FAILURE = 2


class Row(Protocol):
    """A row of a parameter table, as far as a study reads it."""

    @property
    def id(self) -> str:
        """Parameter id."""
        ...

    @property
    def value(self) -> float:
        """Value of the median patient."""
        ...

    @property
    def status(self) -> str:
        """``measured``, ``fitted`` or ``assumed``."""
        ...


class Solver(Protocol):
    """A model ready to be solved; every method is pure, and a patient's result depends on that patient alone."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def species(self) -> str:
        """Whom the model is of: ``human``, ``mouse``, or ``not given`` for a model file."""
        ...

    @property
    def registry(self) -> Registry:
        """What its observables are: those of the package, or the quantities of a model file."""
        ...

    @property
    def about(self) -> Mapping[str, Any]:
        """What the provenance of a run says of a model file; nothing for a built-in model."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of a model file; nothing for a built-in model."""
        ...

    @property
    def table(self) -> Any:
        """Parameter table, for the cohort to sample from."""
        ...

    @property
    def rows(self) -> Sequence[Row]:
        """Rows of the parameter table."""
        ...

    @property
    def model_sha256(self) -> str:
        """Fingerprint of the model's mathematics."""
        ...

    @property
    def table_sha256(self) -> str:
        """Fingerprint of the parameter table."""
        ...

    @property
    def engine(self) -> str:
        """Name and version of the solver."""
        ...

    @property
    def atol(self) -> float | None:
        """Absolute tolerance of every state; None where it follows the size of the state."""
        ...

    def with_tolerances(self, rtol: float | None, atol: float | None) -> Solver:
        """Return the same solver with other tolerances; None leaves one as it is."""
        ...

    @property
    def rtol(self) -> float:
        """Relative tolerance of the solver."""
        ...

    @property
    def parameter_ids(self) -> tuple[str, ...]:
        """Order of the columns of `parameters`."""
        ...

    @property
    def defaults(self) -> Mapping[str, float]:
        """Value of every parameter in the median patient."""
        ...

    @property
    def observables(self) -> tuple[str, ...]:
        """Registry ids the model gives, in the order of the outputs."""
        ...

    def ports(self, molecule: Any, *, place: int = 0) -> Mapping[str, DoseInput]:
        """Where each route of a molecule, a partner as the one of that place, enters the model."""
        ...

    def molecule_parameters(self, molecule: Any, routes: Collection[str], *, place: int = 0) -> Mapping[str, float]:
        """Parameters a molecule given by these routes sets in every patient."""
        ...

    @property
    def perturbing(self) -> frozenset[str]:
        """Parameters that change what a body senses and none of its rates: with one set it finds another rest."""
        ...

    def defines_body(self, parameter: str) -> bool:
        """Whether the rates or the starting values of a person are solved from a parameter."""
        ...

    @property
    def segment_outputs(self) -> tuple[str, ...]:
        """Registry ids that can be read in segments."""
        ...

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
        """Integrate N patients, parameters (N, P), and report at `times_h` (T,); let visits decide about doses.

        With `body` (N, P), what they would be like unchanged, they keep the rates of that body and find their own rest.
        """
        ...

    def sentence(self, status: int) -> str:
        """Say in words how an integration ended."""
        ...

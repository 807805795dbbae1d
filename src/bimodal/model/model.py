"""Models: built-in ones with a sourced parameter table, and those in a user's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.engine import TIME, System
from bimodal.errors import ModelError
from bimodal.expr import evaluate
from bimodal.files.read import FileKind
from bimodal.model.antimony_text import to_sbml
from bimodal.model.balance import Moiety, find_moieties
from bimodal.model.changed_body import ChangedBody
from bimodal.model.flat import flat_network
from bimodal.model.guard import MAX_LENGTH
from bimodal.model.manifest import read_manifest
from bimodal.model.network import Network
from bimodal.model.parameters import ParameterRow, ParameterTable
from bimodal.model.rest import Rest, load_rest
from bimodal.model.sbml_reader import read_sbml

#: Endings by which a name is a file: SBML, and Antimony text.
_SBML_ENDINGS = (".xml", ".sbml")
_ANTIMONY_ENDINGS = (".ant", ".txt")
_FILE = FileKind("the model file", ModelError, max_bytes=MAX_LENGTH)
#: Relative tolerance a model file is run with: it is small, so it can be as exact as that.
FILE_RTOL = 1e-8

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Port:
    """Where doses of one kind of ligand enter a model.

    Parameters
    ----------
    iv_bolus, sc, ip
        State that receives a dose in nmol; None where that route does not exist.
    iv_infusion
        Constant that holds the present infusion rate in nmol/h.
    """

    iv_bolus: str
    iv_infusion: str
    sc: str | None = None
    ip: str | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its parameter table, its ports for doses and its observables.

    Parameters
    ----------
    name, title, species
        What it is called and of whom it is.
    network
        The mathematics.
    table
        Its parameters.
    ports
        By ligand: ``native`` or ``engineered``.
    observables
        Observable id -> quantity of the network, in the unit of the registry.
    settable
        Constants events may change.
    nonnegative
        States that must not go negative: amounts, counts and shares.
    receptors_at_rest
        Finds the starting values of receptors whose resting state has no closed form; None where the text has it.
    perturbing
        Parameters that change what a body senses and none of its rates: see :meth:`changed_rest`.
    body
        Model in which a changed body finds its rest, where this one has more that does not rest; None is itself.
    gaps
        Whether an observable that follows from states, as the logarithm of one, may be missing where it is no number.
    """

    name: str
    title: str
    species: str
    network: Network
    table: ParameterTable
    ports: Mapping[str, Port]
    observables: Mapping[str, str]
    settable: tuple[str, ...]
    nonnegative: tuple[str, ...] = ()
    receptors_at_rest: Rest | None = None
    perturbing: frozenset[str] = frozenset()
    body: Model | None = None
    gaps: bool = False

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.table.statuses().items())
        return f"model {self.name}: {self.title}; {len(self.network.state_ids)} states, parameters: {counts}"

    @cached_property
    def system(self) -> System:
        """What the engine solves; outputs are the observables."""
        follow = [name for name, quantity in self.observables.items() if quantity not in self.network.state_ids]
        return self.network.system(
            self.observables.items(),
            settable=self.settable,
            nonnegative=self.nonnegative,
            observers=follow if self.gaps else (),
        )

    @cached_property
    def moieties(self) -> tuple[Moiety, ...]:
        """Sums of species that reactions only move about."""
        return find_moieties(self.network)

    @cached_property
    def missing_at_start(self) -> tuple[str, ...]:
        """Observables that are not finite numbers at time 0, with the values of the table."""
        system = self.system
        values: dict[str, npt.ArrayLike] = {**self.table.values(), TIME: 0.0}
        for name, node in system.derived:
            values[name] = evaluate(system.graph, [node], values)[0]
        values |= dict(zip(system.state_ids, evaluate(system.graph, system.initial, values), strict=True))
        found = evaluate(system.graph, [node for _, node in system.outputs], values)
        return tuple(name for name, v in zip(system.output_ids, found, strict=True) if not np.isfinite(v))

    @property
    def sha256(self) -> str:
        """Fingerprint of the mathematics, without the parameter values."""
        return self.system.sha256

    @cached_property
    def parameter_ids(self) -> tuple[str, ...]:
        """Rows of the table that the system takes, in its order."""
        if self.receptors_at_rest is None:
            return self.system.parameter_ids
        found = frozenset(self.receptors_at_rest.starts)
        return tuple(name for name in self.system.parameter_ids if name not in found)

    def rest(self, parameters: FloatArray, *, workers: int = 1) -> FloatArray:
        """Return what the system takes for patients who are at rest with their own IL-2 before anything is given.

        Parameters
        ----------
        parameters
            (N, P) in the order of ``parameter_ids``.
        workers
            Threads.

        Returns
        -------
        ndarray
            (N, P') in the order of ``system.parameter_ids``: `parameters` itself for a model whose text has its
            resting state in closed form. Starting values are NaN for a patient whose receptors find no rest.

        Examples
        --------
        >>> model = load_model("human")
        >>> row = np.array([[model.table.values()[name] for name in model.parameter_ids]])
        >>> model.rest(row) is row
        True
        """
        if self.receptors_at_rest is None:
            return parameters
        known = dict(zip(self.parameter_ids, np.asarray(parameters, np.float64).T, strict=True))
        known |= self.receptors_at_rest.values(known, workers=workers)
        return np.column_stack([known[name] for name in self.system.parameter_ids])

    @cached_property
    def body_parameters(self) -> frozenset[str]:
        """Parameters from which rates and starting values are solved."""
        derived = [node for _, node in self.system.derived]
        return frozenset(self.parameter_ids) & self.system.graph.symbols([*derived, *self.system.initial])

    @cached_property
    def changed(self) -> ChangedBody:
        """The same model for people in whom something is changed for good."""
        return ChangedBody(self.system)

    def changed_rest(self, body: FloatArray, parameters: FloatArray, *, workers: int = 1) -> FloatArray:
        """Return what ``changed.released`` takes for people whose body was changed before anything is given.

        Loss, influx, synthesis and secretion are those that keep the unchanged body at rest; with them the changed one
        runs until it rests.

        Parameters
        ----------
        body, parameters
            (N, P) in the order of ``parameter_ids``, before and after the change.
        workers
            Threads.

        Returns
        -------
        ndarray
            (N, P'); NaN starting values for a person who finds no rest.
        """
        inputs = self.rest(body, workers=workers)
        changed = inputs.copy()
        for column, name in enumerate(self.parameter_ids):
            changed[:, self.system.parameter_index[name]] = parameters[:, column]
        if self.body is None:
            found = self.changed.settled(inputs, changed, workers=workers)
        else:
            found = self.changed.solved(inputs) | self.body.changed.settled(
                *(self._of_body(each) for each in (inputs, changed)), workers=workers
            )
        return np.column_stack([changed, *found.values()])

    def _of_body(self, inputs: FloatArray) -> FloatArray:
        assert self.body is not None
        return inputs[:, [self.system.parameter_index[name] for name in self.body.system.parameter_ids]]


def model_text(name: str) -> str:
    """Return the Antimony text of a built-in model, modules first."""
    return read_manifest(name).text()


def load_model(name: str | Path) -> Model:
    """Load a built-in model by name, or a model from an SBML or Antimony file by path.

    A file has no sources: every constant of it becomes a parameter with the file as its source, status ``assumed`` and
    no spread. Everything in it that changes is an observable under its own id, species in the measure their id has.
    It has no ports, so no dose can be given to it.

    Parameters
    ----------
    name
        ``human``, ``human_mass_action``, ``human_oncology``, ``human_cycle``, ``receptor_cell``, or a path that ends in
        .xml, .sbml, .ant or .txt.

    Raises
    ------
    ModelError
        There is no such model, its files disagree, or it uses what is not supported.

    Examples
    --------
    >>> load_model("human").species
    'human'
    """
    path = Path(name)
    if path.suffix.lower() in (*_SBML_ENDINGS, *_ANTIMONY_ENDINGS):
        return _from_file(path)
    return _built_in(str(name))


def model_inputs(table: ParameterTable, rest: Rest | None) -> dict[str, float]:
    """Return the constants a built-in model takes: its table, and starting values that `rest` finds."""
    return table.values() | dict.fromkeys(rest.starts if rest else (), 0.0)


def _from_file(path: Path) -> Model:
    text = _FILE.text(path)
    if path.suffix.lower() in _ANTIMONY_ENDINGS:
        text = to_sbml(text, "", file=path.name)
    network = read_sbml(text, file=path.name)
    rows = (
        ParameterRow(c.id, c.value, c.unit, None, "fixed", "the model file", c.id, "assumed", "")
        for c in network.constants
    )
    return Model(
        name=path.stem,
        title=network.name or path.stem,
        species="not given",
        network=network,
        table=ParameterTable(tuple(rows)),
        ports={},
        observables={quantity: quantity for quantity in network.quantities},
        settable=(),
        gaps=True,
    )


@cache
def _built_in(name: str) -> Model:
    # a model never changes
    return fresh_model(name)


def fresh_model(name: str) -> Model:
    """Read a built-in model anew, with a graph of its own.

    Systems made of one model share its graph, and compiling one adds to it: the last bits of another one may then
    depend on what was made before. Of a fresh model they depend on the model alone.

    Raises
    ------
    ModelError
        There is no such model.

    Examples
    --------
    >>> fresh_model("tumour_alone").sha256 == load_model("tumour_alone").sha256
    True
    """
    manifest = read_manifest(name)
    table = manifest.table()
    rest = None if manifest.level is None else load_rest(manifest.level)
    network = flat_network(manifest.plain(), name, file=f"{name}.ant", values=model_inputs(table, rest))
    return Model(
        name=name,
        title=manifest.title,
        species=manifest.species,
        network=network,
        table=table,
        ports={ligand: Port(**symbols) for ligand, symbols in manifest.ports.items()},
        observables=manifest.observables,
        settable=manifest.settable,
        nonnegative=tuple(name for name in network.state_ids if name not in manifest.signed),
        receptors_at_rest=rest,
        perturbing=manifest.perturbing & frozenset(table.values()),
        body=None if manifest.body is None else _built_in(manifest.body),
    )

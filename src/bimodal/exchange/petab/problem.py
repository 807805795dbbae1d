"""A PEtab problem, version 1 or 2, with everything in it read and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.errors import PetabError
from bimodal.exchange.petab.entities import Entities, load_network
from bimodal.exchange.petab.experiments import Experiment, condition_cells, read_conditions, read_experiments
from bimodal.exchange.petab.files import PetabFiles, find_files
from bimodal.exchange.petab.measurements import PetabMeasurement, read_measurements
from bimodal.exchange.petab.observables import PetabObservable, observable_texts, read_observables
from bimodal.exchange.petab.parameters import PetabParameter, read_parameters
from bimodal.exchange.petab.tables import identifier, table_rows
from bimodal.model.network import Network


@dataclass(frozen=True, eq=False)
class PetabProblem:
    """A model, what was done to it, what was measured, and what is to be estimated.

    Parameters
    ----------
    files
        Where it was read from.
    network
        The model; formulas of the tables are in its graph.
    parameters
        Rows of the parameter table, fixed ones among them.
    observables
        What is observed.
    experiments
        By id.
    measurements
        In the order of the table.

    Examples
    --------
    >>> read_petab(Path("nowhere.yaml"))
    Traceback (most recent call last):
    ...
    bimodal.errors.PetabError: the PEtab file cannot be read: No such file or directory
      where: nowhere.yaml
    """

    files: PetabFiles
    network: Network
    parameters: tuple[PetabParameter, ...]
    observables: tuple[PetabObservable, ...]
    experiments: Mapping[str, Experiment]
    measurements: tuple[PetabMeasurement, ...]
    entities: Entities

    @property
    def version(self) -> int:
        """1 or 2."""
        return self.files.version

    @cached_property
    def nominal(self) -> npt.NDArray[np.float64]:
        """(P,) values of the table.

        Raises
        ------
        PetabError
            A parameter has none.
        """
        for parameter in self.parameters:
            if np.isnan(parameter.nominal):
                parameter.place.fail("nominalValue", f"'{parameter.id}' has no value")
        return np.array([parameter.nominal for parameter in self.parameters])

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file of the problem, by name."""
        paths = [self.files.path, self.files.model, *(path for paths in self.files.tables.values() for path in paths)]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def read_petab(path: Path) -> PetabProblem:
    """Read a PEtab problem from its YAML file.

    Parameters
    ----------
    path
        The YAML file, version 1 or 2; all its files lie in its folder.

    Raises
    ------
    PetabError
        A file is wrong, with file, line and column, or uses what is not supported.
    ModelError
        The model uses what is not supported.

    Notes
    -----
    After the PEtab data format specification, versions 1 and 2: Schmiester et al. 2021, PLoS Comput Biol 17(1):
    e1008646.
    """
    files = find_files(path)
    tables, version = files.tables, files.version
    parameters = read_parameters(tables["parameter"], version)
    rows = observable_texts(tables["observable"])
    cells = condition_cells(tables["condition"], version)
    targets = {target for condition in cells.values() for target in condition}
    ids = frozenset(parameter.id for parameter in parameters)
    mapped = _mapped(files)
    network = load_network(files.model, {mapped.get(name, name) for name in ids | targets})
    entities = Entities(
        network,
        ids,
        frozenset(name for name in targets if mapped.get(name, name) not in network.units or name in network.numbers),
        mapped,
        {name: (row["observableFormula"], place) for name, (row, place) in rows.items()},
    )
    for parameter in parameters:
        own = mapped.get(parameter.id, parameter.id)
        if own in network.state_ids or own in network.rules or own in network.reactions:
            parameter.place.fail("parameterId", f"'{parameter.id}' of the model has no constant value")
    observables = read_observables(rows, entities, version)
    conditions = read_conditions(cells, entities, version)
    experiments = read_experiments(tables["experiment"], conditions) if version == 2 else {}
    measurements = read_measurements(tables["measurement"], observables, experiments, conditions, entities, version)
    used = {measurement.experiment for measurement in measurements}
    return PetabProblem(
        files,
        network,
        parameters,
        observables,
        {name: experiment for name, experiment in experiments.items() if name in used},
        measurements,
        entities,
    )


def _mapped(files: PetabFiles) -> dict[str, str]:
    found: dict[str, str] = {}
    for row, place in table_rows(files.tables["mapping"], needed=("petabEntityId", "modelEntityId")):
        name, own = identifier(row, "petabEntityId", place), row["modelEntityId"]
        if own and own != name:
            found[name] = own
    if len(set(found.values())) < len(found):
        raise PetabError("two ids stand for one quantity of the model", where=str(files.tables["mapping"][0]))
    return found

"""The measurement table of a PEtab problem."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import PetabError
from bimodal.exchange.petab.entities import Entities
from bimodal.exchange.petab.experiments import Changes, Experiment, Period, experiment_of_row
from bimodal.exchange.petab.observables import PetabObservable
from bimodal.exchange.petab.tables import Row, a_number, identifier, parts, table_rows
from bimodal.files.faults import Faults
from bimodal.files.suggest import suggest_names
from bimodal.files.table import Place

_MOST = 1_000_000


@dataclass(frozen=True)
class PetabMeasurement:
    """One measured value.

    Parameters
    ----------
    time
        In the model's unit; infinity is when the model rests.
    overrides
        What stands for the placeholders of observable and noise, in their order: a number or an id.
    row
        The cells of its line, for tables made from it.
    """

    observable: str
    experiment: str
    time: float
    value: float
    overrides: tuple[float | str, ...]
    row: Row
    place: Place


def read_measurements(
    paths: Sequence[Path],
    observables: Sequence[PetabObservable],
    experiments: dict[str, Experiment],
    conditions: Mapping[str, Changes],
    entities: Entities,
    version: int,
) -> tuple[PetabMeasurement, ...]:
    """Read the measurement tables.

    Parameters
    ----------
    experiments
        Of version 2; those of version 1 are found here and put in.

    Raises
    ------
    PetabError
        A row cannot be read or names what is unknown; all faults are listed together.
    """
    faults, known = Faults(), {observable.id: observable for observable in observables}
    found: list[PetabMeasurement] = []
    needed = ("observableId", "time", "measurement", *(("simulationConditionId",) if version == 1 else ()))
    for row, place in table_rows(paths, needed=needed):
        if len(found) >= _MOST:
            raise PetabError(f"there are more than {_MOST:,} measurements", where=str(place))
        with faults.kept():
            if row["observableId"] not in known:
                name = row["observableId"]
                place.fail("observableId", f"there is no observable '{name[:40]}'", suggest_names(name, known))
            experiment = _experiment(row, place, experiments, conditions, version)
            time = a_number(row["time"], "time", place, finite=False)
            start = experiment.periods[1 if math.isinf(experiment.periods[0].start) else 0].start
            if time < start:
                place.fail("time", f"the time {time:g} lies before the start of the experiment at {start:g}")
            value = a_number(row["measurement"], "measurement", place)
            observable = known[row["observableId"]]
            if observable.transformation != "lin" and value <= 0.0:
                place.fail("measurement", f"{value:g} has no logarithm", "its observable is one on a logarithmic scale")
            overrides = (
                *_overrides(row, "observableParameters", observable.placeholders, entities, place),
                *_overrides(row, "noiseParameters", observable.noise_placeholders, entities, place),
            )
            found.append(PetabMeasurement(observable.id, experiment.id, time, value, overrides, row, place))
    faults.raise_any()
    if not found:
        raise PetabError("there is no measurement", where=", ".join(map(str, paths)))
    return tuple(found)


def _experiment(
    row: Row, place: Place, experiments: dict[str, Experiment], conditions: Mapping[str, Changes], version: int
) -> Experiment:
    if version == 1:
        found = experiment_of_row(row, conditions, place)
        return experiments.setdefault(found.id, found)
    name = row.get("experimentId", "")
    if not name:
        return experiments.setdefault("", Experiment("", (Period(0.0, ()),)))
    if name not in experiments:
        place.fail("experimentId", f"there is no experiment '{name[:40]}'", suggest_names(name, experiments))
    return experiments[name]


def _overrides(
    row: Row, column: str, placeholders: tuple[str, ...], entities: Entities, place: Place
) -> tuple[float | str, ...]:
    given = parts(row.get(column, ""))
    if len(given) != len(placeholders):
        what = f"{len(given)} values stand for {len(placeholders)} placeholders"
        place.fail(column, what, f"one value or id for each of: {', '.join(placeholders) or 'none'}")
    found: list[float | str] = []
    for text in given:
        try:
            number = float(text.replace("_", "?"))  # Python reads 1_0 as 10
        except ValueError:
            name = identifier({column: text}, column, place)
            entities.read(name, place, column)  # says what is unknown
            found.append(name)
            continue
        if not math.isfinite(number):
            place.fail(column, f"'{text[:40]}' is not a finite number")
        found.append(number)
    return tuple(found)

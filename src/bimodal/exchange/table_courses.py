"""Runs a model file under the doses of a table: each subject is one run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from bimodal.dosing import EventTable, ScheduledDose, read_event_table
from bimodal.drugs import Molecule, load_molecule
from bimodal.errors import BimodalError, StudyError
from bimodal.model import load_model
from bimodal.study.plan.amounts import dose_amounts
from bimodal.study.solver.events import build_events
from bimodal.study.solver.file_facts import read_facts
from bimodal.study.solver.file_solver import FileSolver, load_file_solver
from bimodal.study.spec.load import check_study
from bimodal.study.spec.model_file import TIME_UNITS
from bimodal.study.spec.ports import AmountUnit

FloatArray = npt.NDArray[np.float64]
TimeUnit = Literal["second", "minute", "hour", "day"]
_ROUTES = ("sc", "iv_bolus", "iv_infusion")


@dataclass(frozen=True, eq=False)
class SubjectCourse:
    """What came out for one subject of a dose table.

    Parameters
    ----------
    doses, held
        Doses that were given, and those of 0 that were not.
    values
        By quantity: (T,); NaN throughout if the run failed.
    sentence
        How the integration ended.
    """

    subject: str
    doses: int
    held: int
    values: Mapping[str, FloatArray]
    failed: bool
    sentence: str


@dataclass(frozen=True, eq=False)
class TableCourses:
    """What came out of a model file for every subject of a dose table.

    Parameters
    ----------
    times
        (T,) in the model's own unit of time; a value at a dose time is the one before the dose.
    subjects
        In the order of the table.
    notes
        How the table was read into the model: unit of time, unit of amount, where doses enter.
    warnings
        What a reader must know, such as infusions that overlap.
    """

    model: str
    times: FloatArray
    subjects: tuple[SubjectCourse, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def failed(self) -> int:
        """How many subjects have no result."""
        return sum(one.failed for one in self.subjects)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data; numbers of a failed run are null."""
        return {
            "model": self.model,
            "patients": len(self.subjects),
            "failed": self.failed,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "times": self.times.tolist(),
            "subjects": [
                {
                    "subject": one.subject,
                    "status": one.sentence,
                    "failed": int(one.failed),
                    "doses": one.doses,
                    "doses_held": one.held,
                    "quantities": {
                        name: [float(v) if math.isfinite(v) else None for v in column.tolist()]
                        for name, column in one.values.items()
                    },
                }
                for one in self.subjects
            ],
        }

    def to_csv(self) -> str:
        """Return a table with one line per subject and time; a failed subject has blanks."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["subject", "time", *(self.subjects[0].values if self.subjects else ())])
        for one in self.subjects:
            for row in np.column_stack([self.times, *one.values.values()]).tolist():
                rows.writerow([one.subject, *("" if math.isnan(number) else number for number in row)])
        return text.getvalue()


def table_courses(
    model: str | Path,
    table: str | Path | EventTable,
    *,
    times: Sequence[float] | FloatArray,
    into: str | Mapping[str, str] | None = None,
    unit: str | None = None,
    drug: str | None = None,
    time_unit: TimeUnit | None = None,
    parameters: Mapping[str, float] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    workers: int = 1,
) -> TableCourses:
    r"""Simulate an SBML or Antimony file for every subject of a dose table, each with their own doses and no others.

    Parameters
    ----------
    model
        The file.
    table
        Path of a CSV, or what :func:`bimodal.dosing.read_event_table` made of one (which takes its unit, route and
        unit of time).
    times
        Reported times, in the model's own unit of time; ascending, from 0 on.
    into
        Where doses enter: one quantity for all routes, or by route (``sc``, ``iv_bolus``, ``iv_infusion``) as
        ``[ports]`` of a study; None is the model's only state.
    unit
        Unit of amount of that quantity; None is that of the table's doses.
    drug
        Molecule by name or file, for doses in IU or a mass into a model in moles.
    time_unit
        Unit of time of a file that declares none; without it the model's unit is taken to be hours, and a note says so.
    parameters
        Constants to hold at another value.
    rtol, atol
        Tolerances, as in :func:`bimodal.exchange.time_course`.

    Raises
    ------
    BimodalError
        The table or the model cannot be read, or the doses cannot enter it.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "m.ant").write_text("model m\n A = 0; A' = -0.1*A\nend")
    >>> _ = (folder / "d.csv").write_text("id,time,amt,unit\nx,0,5,nmol\ny,0,8,nmol\n")
    >>> found = table_courses(folder / "m.ant", folder / "d.csv", times=[10.0])
    >>> [round(float(one.values["A"][0]), 4) for one in found.subjects]
    [1.8394, 2.943]
    """
    when = _times(times)
    doses = table if isinstance(table, EventTable) else read_event_table(table)
    molecule = load_molecule(drug) if drug is not None else None
    solver, notes = _solver(str(model), doses, into=into, unit=unit, time_unit=time_unit)
    solver = solver.with_tolerances(rtol, atol)
    values = _values(solver, parameters or {}, str(model))
    who = [_course(solver, name, own, molecule, values, when, workers) for name, own in doses.items()]
    return TableCourses(solver.name, when, tuple(who), notes, (*doses.warnings, *solver.warnings))


def _times(times: Sequence[float] | FloatArray) -> FloatArray:
    when = np.asarray(times, np.float64)
    if when.ndim != 1 or not len(when) or not np.isfinite(when).all() or when[0] < 0.0 or (np.diff(when) <= 0.0).any():
        raise StudyError(
            "the reported times must be one or more numbers from 0 on, ascending",
            where="times",
            fix="such as 0, 24, 48",
        )
    return when


def _solver(
    model: str, doses: EventTable, *, into: str | Mapping[str, str] | None, unit: str | None, time_unit: TimeUnit | None
) -> tuple[FileSolver, tuple[str, ...]]:
    notes: list[str] = []
    if time_unit is not None and time_unit not in TIME_UNITS:
        raise StudyError(f"'{time_unit}' is no unit of time", where="time unit", fix=f"one of {', '.join(TIME_UNITS)}")
    network = load_model(model).network
    if time_unit is None and read_facts(network.sbml).second is None:
        time_unit = "hour"
        notes.append("the model file does not say its unit of time: one hour is taken, as in the table")
    routes = {dose.route for own in doses.values() for dose in own if dose.amount > 0.0} or {"iv_bolus"}
    if into is None:
        into = _only_state(network.quantities, network.state_ids)
        notes.append(f"doses enter '{into}', the only state of the model")
    if not isinstance(into, str) and not set(into) <= set(_ROUTES):
        raise StudyError("doses enter by sc, iv_bolus or iv_infusion", where="into", fix="such as iv_infusion = rate")
    given = dict.fromkeys(sorted(routes), into) if isinstance(into, str) else dict(into)
    lacking = sorted(routes - set(given))
    if lacking:
        raise StudyError(
            f"the table has doses by the route {lacking[0]}, and nothing says where they enter the model",
            where="into",
            fix=f"add {lacking[0]}=QUANTITY",
        )
    if unit is None:
        unit = _unit_of(doses)
        notes.append(f"amounts are in {unit}, as the table gives them")
    if unit not in get_args(AmountUnit):
        raise StudyError(
            f"'{unit}' is no unit of amount", where="unit", fix=f"one of {', '.join(get_args(AmountUnit))}"
        )
    said = {"model": model, "horizon": 1.0, "ports": {"unit": unit, **given}}
    raw = {"name": "table", **({} if time_unit is None else {"time_unit": time_unit}), **said}
    spec = check_study({**raw, "arm": [{"name": "table", "regimen": "none"}]}, where="the call")
    return load_file_solver(spec), tuple(notes)


def _only_state(quantities: Sequence[str], states: Sequence[str]) -> str:
    known = [name for name in quantities if {name, f"amount({name})"} & set(states)]
    if len(known) == 1:
        return known[0]
    some = ", ".join(known[:12]) or "it has none"
    raise StudyError("nothing says where doses enter the model", where="into", fix=f"name one of its states: {some}")


def _unit_of(doses: EventTable) -> str:
    units = {str(dose.unit) for own in doses.values() for dose in own}
    if len(units) == 1 and (only := next(iter(units))) in get_args(AmountUnit):
        return only
    raise StudyError(
        f"doses are in {', '.join(sorted(units))}, and nothing says in which unit the model counts",
        where="unit",
        fix="give the unit of amount of the model, such as nmol",
    )


def _values(solver: FileSolver, parameters: Mapping[str, float], model: str) -> FloatArray:
    known = dict(solver.defaults)
    for name, value in parameters.items():
        if name not in known:
            some = ", ".join(list(known)[:20]) or "it has none"
            raise StudyError(f"the model has no constant '{name}'", where=model, fix=f"constants: {some}")
        known[name] = value
    return np.array([[known[name] for name in solver.parameter_ids]])


def _course(
    solver: FileSolver,
    subject: str,
    doses: Sequence[ScheduledDose],
    molecule: Molecule | None,
    values: FloatArray,
    times: FloatArray,
    workers: int,
) -> SubjectCourse:
    given = [dose for dose in doses if dose.amount > 0.0]
    try:
        amounts = [float(dose_amounts(dose, solver.unit or "nmol", molecule, {})) for dose in given]
        events = build_events(given, np.array([amounts]).reshape(1, len(given)), solver.ports(molecule))
    except BimodalError as fault:
        fault.where = fault.where or f"subject {subject}"
        raise
    hours = times * solver.second / TIME_UNITS["hour"]
    found = solver.solve(values, events, hours, workers)
    failed = bool(found.failed[0])
    row = np.full(found.values[0].shape, np.nan) if failed else found.values[0]
    columns = dict(zip(solver.observables, row.T, strict=True))
    return SubjectCourse(
        subject, len(given), len(doses) - len(given), columns, failed, solver.sentence(int(found.status[0]))
    )

"""``bimodal simulate --model FILE --table doses.csv``: a model file under the doses of each subject of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bimodal.cli import options as o
from bimodal.errors import StudyError

if TYPE_CHECKING:
    from bimodal.exchange import TableCourses

_SHOWN_TIMES = 4
_SHOWN_ROWS = 40
_MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Reading:
    """How a dose table is read where it says nothing itself."""

    unit: str | None
    route: str
    time: str

    def spec(self, path: Path) -> dict[str, Any]:
        """Return what an arm of a study says of a table."""
        unit = {} if self.unit is None else {"unit": self.unit}
        return {"file": str(path), "route": self._of("route", ("sc", "iv")), "time_unit": self._time(), **unit}

    def _of(self, name: str, known: tuple[str, ...]) -> Any:
        value = getattr(self, name)
        if value not in known:
            raise StudyError(f"'{value}' is none of {' and '.join(known)}", where=f"--table-{name}")
        return value

    def _time(self) -> Any:
        return self._of("time", ("h", "day"))


def reported_times(times: str | None, until: float, points: int) -> list[float]:
    """Give the times to report, in the unit of the model."""
    if times is not None:
        try:
            return [float(part) for part in times.split(",") if part.strip()]
        except ValueError:
            raise StudyError(f"'{times}' is not a list of times", where="--times", fix="for example 24,48") from None
    if not (math.isfinite(until) and until > 0.0):
        raise StudyError(f"a run cannot end at time {until:g}", where="--until", fix="give an end above 0")
    if not 2 <= points <= _MOST_POINTS:
        raise StudyError(f"a run cannot have {points} points", where="--points", fix=f"give 2 to {_MOST_POINTS}")
    step = until / (points - 1)
    return [k * step for k in range(points - 1)] + [until]


def simulate_table(
    model: Path,
    tables: Sequence[Path],
    *,
    reading: Reading,
    into: Sequence[str],
    amount_unit: str | None,
    drugs: Sequence[str],
    times: Sequence[float],
    parameters: Mapping[str, float],
    tolerances: tuple[float | None, float | None],
    out: Path | None,
    json_file: Path | None,
    quiet: bool,
) -> int:
    """Run and show a model file for every subject of a table; 1 if a subject has no result."""
    if len(tables) > 1 or len(drugs) > 1:
        raise StudyError(
            "a model file takes one table of one drug", where="--table", fix="put all subjects into one table"
        )
    from bimodal.dosing import read_event_table
    from bimodal.exchange import table_courses

    said = reading.spec(tables[0])
    doses = read_event_table(tables[0], unit=reading.unit, route=said["route"], time_unit=said["time_unit"])
    found = table_courses(
        model,
        doses,
        times=times,
        into=_ports(into),
        unit=amount_unit,
        drug=drugs[0] if drugs else None,
        parameters=parameters,
        rtol=tolerances[0],
        atol=tolerances[1],
        workers=o.default_workers(),
    )
    return _show(found, out=out, json_file=json_file, quiet=quiet)


def _ports(into: Sequence[str]) -> str | dict[str, str] | None:
    if not into:
        return None
    if len(into) == 1 and "=" not in into[0]:
        return into[0]
    ports: dict[str, str] = {}
    for text in into:
        route, equals, name = (part.strip() for part in text.partition("="))
        if not equals or not name or route in ports:
            raise StudyError(
                f"'{text}' does not say where one route enters", where="--into", fix="for example iv_infusion=rate"
            )
        ports[route] = name
    return ports


def _show(found: TableCourses, *, out: Path | None, json_file: Path | None, quiet: bool) -> int:
    from bimodal.cli.console import err, table
    from bimodal.cli.console import out as console
    from bimodal.files.file_name import file_name
    from bimodal.files.write import write_text

    o.write_json(found.to_json(), json_file)
    kept = None if out is None else write_text(out / f"{file_name(found.model)}.csv", found.to_csv())
    for one in found.subjects:
        if one.failed:
            err().print(f"subject {one.subject}: the run failed: {one.sentence}", style="bold red", markup=False)
    for warning in found.warnings:
        err().print(f"warning: {warning}", style="yellow", markup=False)
    if not quiet and str(json_file) != "-":
        columns, rows = _rows(found)
        title = f"{found.model}, {len(found.subjects)} subjects, {found.failed} failed"
        console().print(table(title, columns, rows[:_SHOWN_ROWS], right=range(2, len(columns))))
        if len(rows) > _SHOWN_ROWS:
            console().print(f"{len(rows) - _SHOWN_ROWS} more rows: --out and --json have all", markup=False)
        for note in found.notes:
            console().print(note, markup=False)
        if kept is not None:
            console().print(f"table  {kept}", markup=False)
    return 1 if found.failed else 0


def _rows(found: TableCourses) -> tuple[list[str], list[list[str]]]:
    """Give a few times as they are, and of many the ends and the extremes."""
    few = len(found.times) <= _SHOWN_TIMES
    heads = [f"at {time:g}" for time in found.times.tolist()] if few else ["start", "end", "lowest", "highest"]
    rows: list[list[str]] = []
    for one in found.subjects:
        doses = f"{one.doses}" + (f" + {one.held} held" if one.held else "")
        for name, column in one.values.items():
            values = column.tolist()
            known = [value for value in values if math.isfinite(value)]
            ends = [values[0], values[-1], min(known, default=math.nan), max(known, default=math.nan)]
            shown = ["failed" if one.failed else _number(value) for value in (values if few else ends)]
            rows.append([one.subject, name, doses, *shown])
    return ["subject", "quantity", "doses", *heads], rows


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else "missing"

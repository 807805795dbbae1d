"""Writes the tables of a run as files, with a dictionary of columns and the units of every parameter beside them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bimodal import INTENDED_USE
from bimodal.errors import OutputError
from bimodal.files.write import write_text
from bimodal.results.columns import ExportColumn
from bimodal.results.export_tables import Table, export_tables
from bimodal.results.find_results import find_results
from bimodal.study import Registry
from bimodal.study.run.reopened import reopen_plan, reopened_result
from bimodal.study.store.parquet_rows import write_rows
from bimodal.study.store.written_whole import written_whole

if TYPE_CHECKING:
    import pandas

Form = Literal["csv", "parquet", "adam-like"]
_ADAM = {"patients": "adsl", "events": "adtte", "values": "adlb", "doses": "adex"}
_ABOUT = {
    "patients": "one row per patient and arm",
    "events": "one row per patient and time to an event",
    "values": "one row per patient, observable and day",
    "doses": "one row per patient and planned dose; doses of a dose table are in that table, and not here",
}
_PARQUET = "FORMAT parquet, COMPRESSION zstd"


def export_run(
    results: str | Path,
    folder: Path,
    *,
    form: Form,
    observables: Sequence[str] = (),
    every_day: bool = False,
    force: bool = False,
) -> list[Path]:
    """Write the tables of a finished run into a folder.

    Parameters
    ----------
    results
        A results folder, or the name of a study with exactly one under ``results``.
    form
        ``csv``; ``parquet``; or ``adam-like``: CSV named in the manner of CDISC ADaM (ADSL, ADTTE, ADLB, ADEX).
    observables, every_day
        As :func:`bimodal.results.export_tables.export_tables`.

    Returns
    -------
    list of Path
        What was written: the tables, ``dictionary.csv``, ``units.csv`` and ``README.txt``.

    Raises
    ------
    OutputError
        No finished run, one that cannot be opened again, or files that are there already.
    """
    run = find_results(results)
    run.finished()
    plan = reopen_plan(run.path)
    result = reopened_result(plan, run.path)
    tables = export_tables(result, plan, observables=observables, every_day=every_day)
    adam, ending = form == "adam-like", "parquet" if form == "parquet" else "csv"
    paths = {name: folder / f"{_ADAM[name] if adam else name}.{ending}" for name in tables}
    beside = [folder / name for name in ("dictionary.csv", "units.csv", "README.txt")]
    there = [path for path in (*paths.values(), *beside) if path.exists()]
    if there and not force:
        raise OutputError("the file is there already", where=str(there[0]), fix="choose another --out, or add --force")
    for name, (columns, table) in tables.items():
        renamed = table.rename(columns={column.name: column.adam for column in columns}) if adam else table
        _write(paths[name], renamed)
    write_text(beside[0], _csv(["table", "column", "label", "unit"], _dictionary(tables, paths, adam)))
    write_text(beside[1], _csv(["parameter", "label", "unit", "definition"], _units(tables, result.registry)))
    write_text(beside[2], _readme(result.summary, paths))
    return [*paths.values(), *beside]


def _write(path: Path, table: pandas.DataFrame) -> None:
    if path.suffix == ".csv":
        write_text(path, table.to_csv(index=False, lineterminator="\n"))
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            write_rows(file, {str(name): table[name].to_numpy() for name in table}, options=_PARQUET)
    except OSError as fault:
        raise OutputError(f"{path.name} cannot be written: {fault.strerror}", where=str(path.parent)) from None


def _dictionary(tables: dict[str, Table], paths: dict[str, Path], adam: bool) -> list[list[str]]:
    def name(column: ExportColumn) -> str:
        return column.adam if adam else column.name

    return [
        [paths[table].name, name(column), column.label, column.unit]
        for table, (columns, _) in tables.items()
        for column in columns
    ]


def _units(tables: dict[str, Table], registry: Registry) -> list[list[str]]:
    ids = [str(one) for one in dict.fromkeys(tables["values"][1]["parameter"])]
    rows = [[one, registry[one].label, registry[one].unit, registry[one].definition] for one in ids]
    if "events" in tables:
        table = tables["events"][1][["parameter", "label"]].drop_duplicates()
        rows += [[str(code), str(label), "day", str(label)] for code, label in table.to_numpy()]
    return rows


def _readme(summary: dict[str, Any], paths: dict[str, Path]) -> str:
    lines = [
        f"Simulated results of the study '{summary['study']}', bimodal {summary['bimodal']}, seed {summary['seed']}.",
        "Every row is of a virtual patient. " + INTENDED_USE,
        "",
        *(f"{path.name}: {_ABOUT[name]}" for name, path in paths.items()),
        "dictionary.csv: what every column is, and its unit",
        "units.csv: unit and definition of every parameter of the values and events",
        "",
        "An empty field is a value that is not there: the simulation failed, or it does not apply.",
        "The same virtual people are in every arm (SUBJID, person), unless an arm has a cohort of its own.",
        *_weighted(summary),
        "The tables follow the manner of CDISC ADaM, and are no conformant data set.",
        f"run {summary['provenance'].get('run', '')}",
    ]
    return "\n".join(lines) + "\n"


def _weighted(summary: dict[str, Any]) -> list[str]:
    found = summary.get("weights")
    if found is None:
        return []
    return [
        f"Weighted population: effective sample size {found['effective']:.1f} of {found['patients']:,}. A person has "
        "the same weight in every arm, and it has to be used: without it the rows are not those people."
    ]


def _csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue()

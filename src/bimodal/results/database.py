"""A results folder as a DuckDB database in memory, that reads the files of the run and can reach nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bimodal.results.find_results import RunFolder
from bimodal.results.observable_sql import in_sql, quoted, text
from bimodal.study import load_registry
from bimodal.study.run.reopened import reopen
from bimodal.study.run.tables import contrasts_table, patients_table, summary_table, targets_table
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.store.literal_name import literal_name
from bimodal.study.store.sealed_files import SealedFile, sealed_files
from bimodal.study.store.store import distinct_columns

if TYPE_CHECKING:
    import duckdb
    import pandas

_KEYS = ("arm", "patient", "time_h", "status")
#: What each table of the database is.
TABLES = {
    "arms": "one row per arm: drug, regimen, patients, failed",
    "patients": "one row per arm and patient: covariates; response, progression and survival where a trial is read",
    "values": "one row per arm, patient, day and observable (folds included); NULL for a failed patient",
    "trajectories": "one row per arm, patient and day, a column for each observable as stored",
    "ledger": "one row per arm, patient and dose of arms with visit rules: planned, given, why; course begun by a rule",
    "endpoints": "what summary.json says of each arm: value and interval of every endpoint and day",
    "targets": "what was published beside what was simulated",
    "contrasts": "arms set against each other",
    "weights": "published numbers the patients are weighted to: asked, unweighted, reached; column weight of patients",
    "observables": "what the ids mean: unit, label, definition",
}
_EMPTY = {
    "endpoints": "arm VARCHAR, endpoint VARCHAR, day DOUBLE, statistic VARCHAR, value DOUBLE",
    "targets": "target VARCHAR, endpoint VARCHAR, published DOUBLE, simulated DOUBLE, within BOOLEAN",
    "weights": "id VARCHAR, arm VARCHAR, day DOUBLE, statistic VARCHAR, asked DOUBLE, unweighted DOUBLE, "
    "reached DOUBLE",
    "contrasts": "first_arm VARCHAR, second_arm VARCHAR, endpoint VARCHAR, day DOUBLE",
    "ledger": "arm VARCHAR, patient BIGINT, dose INTEGER, cycle INTEGER, day DOUBLE, planned DOUBLE, given DOUBLE, "
    "factor DOUBLE, why VARCHAR, course VARCHAR",
}


@dataclass(frozen=True)
class Limits:
    """What a query may use.

    Parameters
    ----------
    seconds
        It is stopped after so long.
    memory_mb
        It is refused beyond; nothing is spilled to disk.

    Examples
    --------
    >>> Limits(seconds=5).memory_mb
    1000
    """

    seconds: float = 60.0
    memory_mb: int = 1000
    threads: int = 2


@contextmanager
def open_database(
    run: RunFolder, *, limits: Limits | None = None, wanted: Collection[str] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables of a run; beyond the files of the run no file, network or setting can be reached.

    Parameters
    ----------
    wanted
        Tables that take time to make (`patients`) are made only if they are named here.
    """
    import duckdb

    limits = limits or Limits()
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": limits.threads,
        "memory_limit": f"{limits.memory_mb}MB",
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "preserve_insertion_order": True,
        "enable_external_file_cache": False,
    }
    with ExitStack() as files, duckdb.connect(":memory:", config=config) as connection:
        reached = [*_stored(connection, run, files)]
        _from_summary(connection, run)
        if "patients" in wanted:
            run.finished()
            _table(connection, "patients", patients_table(reopen(run.path)))
        connection.execute(f"SET allowed_paths = [{', '.join(map(text, reached))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def _stored(connection: duckdb.DuckDBPyConnection, run: RunFolder, files: ExitStack) -> Iterator[str]:
    names = " UNION ALL ".join(f"SELECT {number} AS number, {text(arm)} AS arm" for number, arm in enumerate(run.arms))
    connection.execute(f"CREATE TABLE _arms AS {names}")
    columns = distinct_columns(run.observables, _KEYS)
    trajectories = _opened(sealed_files(run.path / "trajectories", run.run), files)
    if trajectories:
        connection.execute(f"CREATE VIEW _rows AS {_read(trajectories)}")
    else:
        empty = ", ".join(f"{quoted(name)} DOUBLE" for name in columns)
        connection.execute(f"CREATE TABLE _rows (arm INTEGER, patient BIGINT, time_h DOUBLE, status TINYINT, {empty})")
    _values(connection, run, dict(zip(run.observables, columns, strict=True)))
    ledger = _opened(sealed_files(run.path / "ledger", run.run), files)
    if ledger:
        given = "n.arm, l.patient, l.dose, l.cycle, l.time_h / 24.0 AS day, l.planned, l.given, l.factor, l.why"
        rows = _read(ledger, by_name=True)
        names = [row[0] for row in connection.execute(f"DESCRIBE {rows}").fetchall()]
        course = "coalesce(l.course, '')" if "course" in names else "''"
        known = f"SELECT {given}, {course} AS course FROM ({rows}) l JOIN _arms n ON n.number = l.arm"
        planned = f"CASE WHEN course = '' THEN {_number('planned')} ELSE 0.0 END AS planned"
        cleaned = ", ".join([planned, *(f"{_number(name)} AS {name}" for name in ("given", "factor"))])
        # a course that never began has no doses to show
        connection.execute(
            f"CREATE VIEW ledger AS SELECT arm, patient, dose, cycle, day, {cleaned}, why, course FROM ({known}) "
            "WHERE NOT isnan(day)"
        )
    else:
        connection.execute(f"CREATE TABLE ledger ({_EMPTY['ledger']})")
    for name, _ in (*trajectories, *ledger):
        yield name


def _values(connection: duckdb.DuckDBPyConnection, run: RunFolder, columns: dict[str, str]) -> None:
    registry = load_registry()
    shipped = all(name in registry for name in columns)
    ids = [name for name in registry.computable(columns) if registry[name].per == "time"] if shipped else list(columns)
    joined = "_rows t JOIN _arms n ON n.number = t.arm"
    rows = ((name, in_sql(registry, name, columns) if shipped else f"t.{quoted(columns[name])}") for name in ids)
    made = {name: one for name, one in rows if one is not None}
    first = "JOIN _rows b ON b.arm = t.arm AND b.patient = t.patient AND b.time_h = 0.0"
    who = "n.arm, t.patient, t.time_h / 24.0 AS day"
    parts = [
        f"SELECT {who}, {text(name)} AS id, {_number(one)} AS value FROM {joined}"
        + (f" {first}" if 'b."' in one else "")
        for name, one in made.items()
    ]
    connection.execute(f"CREATE VIEW values AS {' UNION ALL '.join(parts)}")
    names = distinct_columns(columns, ("arm", "patient", "day", "failed"))
    plain = ", ".join(
        f"{_number(f't.{quoted(columns[c])}')} AS {quoted(n)}" for n, c in zip(names, columns, strict=True)
    )
    failed = f"t.status >= {FIRST_FAILURE} AS failed"
    connection.execute(f"CREATE VIEW trajectories AS SELECT {who}, {failed}, {plain} FROM {joined}")
    about = (
        [(registry[n].id, registry[n].unit, registry[n].label, registry[n].definition) for n in made]
        if shipped
        else [(name, "", name, "a quantity of the model file") for name in made]
    )
    connection.execute("CREATE TABLE observables (id VARCHAR, unit VARCHAR, label VARCHAR, definition VARCHAR)")
    connection.executemany("INSERT INTO observables VALUES (?, ?, ?, ?)", about)


def _from_summary(connection: duckdb.DuckDBPyConnection, run: RunFolder) -> None:
    import pandas

    summary = run.summary or {"arms": [], "targets": [], "provenance": {}}
    cohort = summary["provenance"].get("cohort")
    arms = [
        {
            "arm": name,
            "drug": said.get("drug", drug or ""),
            "regimen": regimen,
            "cohort": said.get("cohort", cohort),
            "patients": said.get("n", run.card.get("patients")),
            "failed": said.get("failed"),
            "doses": said.get("doses"),
        }
        for (name, drug, regimen, *_), said in zip(
            run.card["arms"], summary["arms"] or [{} for _ in run.card["arms"]], strict=True
        )
    ]
    _table(connection, "arms", pandas.DataFrame(arms))
    for name, make in (("endpoints", summary_table), ("targets", targets_table), ("contrasts", contrasts_table)):
        _table(connection, name, make(summary))
    _table(connection, "weights", pandas.DataFrame(summary.get("weights", {}).get("targets", [])))


def _table(connection: duckdb.DuckDBPyConnection, name: str, frame: pandas.DataFrame) -> None:
    if not len(frame):
        connection.execute(f"CREATE TABLE {name} ({_EMPTY[name]})")
        return
    plain = frame.map(lambda value: json.dumps(value) if isinstance(value, list | dict | tuple) else value)
    connection.register("_frame", plain)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _frame")
    connection.unregister("_frame")


def _opened(found: Sequence[SealedFile], files: ExitStack) -> list[tuple[str, SealedFile]]:
    return [(_name(one.path, files), one) for one in found]


def _name(path: Path, files: ExitStack) -> str:
    plain = str(path.resolve())
    if not set("*?[]{}\\") & set(plain):
        return plain
    # to DuckDB such letters are a pattern: the file stays open, and is reached by its number
    return literal_name(files.enter_context(path.open("rb")), path)


def _read(found: Sequence[tuple[str, SealedFile]], *, by_name: bool = False) -> str:
    """Read files as one table; `by_name` where some have columns that others lack."""
    how = f"hive_partitioning = false{', union_by_name = true' if by_name else ''}"
    whole = [name for name, one in found if one.whole]
    parts = [f"SELECT * FROM read_parquet([{', '.join(map(text, whole))}], {how})"] if whole else []
    parts += [
        f"SELECT * FROM read_parquet({text(name)}, {how}) WHERE patient >= {one.first}"
        for name, one in found
        if not one.whole
    ]
    return f" UNION ALL {'BY NAME ' if by_name else ''}".join(parts)


def _number(expression: str) -> str:
    return f"CASE WHEN isfinite({expression}) THEN {expression} END"


def described(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Give every table with its columns, in the order of `TABLES`."""
    there = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    return [
        {
            "table": name,
            "what": what,
            "columns": [
                {"name": column, "type": kind}
                for column, kind, *_ in connection.execute(f"DESCRIBE {quoted(name)}").fetchall()
            ],
        }
        for name, what in TABLES.items()
        if name in there
    ]

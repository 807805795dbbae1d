"""One read-only SELECT over a results folder."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bimodal.errors import BimodalError, QueryError
from bimodal.results.database import Limits, described, open_database
from bimodal.results.find_results import RunFolder, find_results
from bimodal.study.store.sealed_files import left_out
from bimodal.study.store.store import distinct_columns

if TYPE_CHECKING:
    import duckdb

_MOST_SQL = 100_000
_FIRST, _MOST_AT_ONCE, _BATCH_BYTES = 20, 10_000, 20_000_000


@dataclass(frozen=True)
class Answer:
    """Rows of a query.

    Parameters
    ----------
    columns, types
        Name and type of each column; a name that comes twice, as of a join, has ``~2`` behind it.
    more
        Whether there are more rows than were asked for.
    left_out
        Files of the folder that were not read, because they are not as the run wrote them.

    Examples
    --------
    >>> Answer(("n",), ("INTEGER",), [(3,)], False).records()
    [{'n': 3}]
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool
    left_out: int = 0

    def records(self) -> list[dict[str, Any]]:
        """Give every row as a dictionary."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def query(results: str | Path, sql: str, *, most: int | None = None, limits: Limits | None = None) -> Answer:
    """Ask a results folder a question in SQL; nothing is written, and no other file is reached.

    Parameters
    ----------
    results
        A results folder, or the name of a study with exactly one under ``results``.
    sql
        One SELECT of DuckDB over the tables `arms`, `patients`, `values`, `trajectories`, `ledger`, `endpoints`,
        `targets`, `contrasts`, `weights` and `observables` (docs/queries.md).
    most
        Rows that are given back; None is all.

    Raises
    ------
    QueryError
        The SQL is wrong, is no single SELECT, reaches for something outside, or takes too long.
    """
    return ask(find_results(results), sql, most=most, limits=limits)


def ask(run: RunFolder, sql: str, *, most: int | None = None, limits: Limits | None = None) -> Answer:
    """Ask an open results folder, as :func:`query` does."""
    limits, named = limits or Limits(), _tables_of(_checked(sql))
    damaged = sum(left_out(run.path / place, run.run) for place in ("trajectories", "ledger"))
    with open_database(run, limits=limits, wanted=named) as connection, _bounded(connection, limits) as late:
        found = connection.execute(sql)
        columns = [(str(name), str(kind)) for name, kind, *_ in found.description or ()]
        rows, used, batch = list[tuple[Any, ...]](), 0, _FIRST
        while most is None or len(rows) <= most:
            size = batch if most is None else min(batch, most + 1 - len(rows))
            part = found.fetchmany(size)
            rows += part
            used += sum(map(_size, part))
            # rows may be long: no batch is larger than a few of those before let expect
            batch = max(1, min(_MOST_AT_ONCE, _BATCH_BYTES * len(rows) // max(1, used)))
            if used > limits.memory_mb * 1_000_000:
                raise QueryError(
                    f"the answer is larger than {limits.memory_mb:,} MB, at {len(rows):,} rows",
                    fix="ask for fewer arms, days or ids, or for their medians; or raise --memory",
                )
            if late.is_set():
                raise _too_late(limits)
            if len(part) < size:
                break
        more = most is not None and len(rows) > most
        return Answer(
            distinct_columns((name for name, _ in columns), ()),
            tuple(kind for _, kind in columns),
            rows[:most] if more else rows,
            more,
            damaged,
        )


def tables(results: str | Path) -> list[dict[str, Any]]:
    """Say which tables a results folder has, and their columns."""
    run = find_results(results)
    with open_database(run, wanted=() if run.summary is None else ("patients",)) as connection:
        return described(connection)


def _checked(sql: str) -> str:
    import duckdb

    if len(sql) > _MOST_SQL:
        raise QueryError(f"the query has more than {_MOST_SQL:,} letters")
    if any("\ud800" <= letter <= "\udfff" for letter in sql):
        raise QueryError("the query is not UTF-8 text")
    try:
        with duckdb.connect(":memory:") as connection:
            found = connection.extract_statements(sql)
    except duckdb.Error as fault:
        raise _said(fault) from None
    if len(found) != 1:
        raise QueryError(
            f"a query is one statement, and this is {len(found)}", fix='for example: "select * from endpoints"'
        )
    kind = found[0].type.name
    if kind == "MULTI":
        raise QueryError("PIVOT must name its values", fix="for example: pivot values on id in ('treg_fold') ...")
    if kind != "SELECT":
        raise QueryError(
            f"{kind} is not allowed: a query only reads", fix="write one SELECT; to keep its rows add --csv FILE"
        )
    return sql


def _tables_of(sql: str) -> frozenset[str]:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        try:
            return frozenset(name.lower() for name in connection.get_table_names(sql))
        except duckdb.Error:
            # what cannot be told apart before it is run: every table is made
            return frozenset({"patients"})


@contextmanager
def _bounded(connection: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[threading.Event]:
    """Stop a query after its time; Ctrl-C stops it at once."""
    import duckdb

    late = threading.Event()

    def stop() -> None:
        late.set()
        connection.interrupt()

    timer = threading.Timer(limits.seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield late
    except duckdb.OutOfMemoryException:
        raise QueryError(
            f"the query needs more than {limits.memory_mb:,} MB of memory", fix="ask for fewer arms, days or ids"
        ) from None
    except (duckdb.Error, RuntimeError) as fault:
        if isinstance(fault, duckdb.InterruptException) or str(fault) == "Query interrupted":
            if not late.is_set():
                raise KeyboardInterrupt from None
            raise _too_late(limits) from None
        raise (_said(fault) if isinstance(fault, duckdb.Error) else fault) from None
    finally:
        timer.cancel()


def _too_late(limits: Limits) -> QueryError:
    return QueryError(
        f"the query took more than {limits.seconds:g} s and was stopped", fix="ask for less, or add --seconds"
    )


def _size(row: tuple[Any, ...]) -> int:
    """Give about the bytes of a row; what is nested counts by its text."""
    nested = (list, tuple, dict)
    return sys.getsizeof(row) + sum(len(str(v)) if isinstance(v, nested) else sys.getsizeof(v) for v in row)


def _said(fault: Exception) -> BimodalError:
    lines = [line.rstrip() for line in str(fault).strip().splitlines() if line.strip()]
    first = lines[0] if lines else "unknown fault"
    if "file system operations are disabled" in first or "configuration has been locked" in first:
        return QueryError(
            "a query reads only the files of its results folder, and changes no setting",
            fix="bimodal query FOLDER --tables lists what can be read",
        )
    kind, _, what = first.partition(": ")
    told = what if kind.endswith("Error") and what else first
    return QueryError("\n  ".join([told, *lines[1:]]), fix="bimodal query FOLDER --tables lists tables and columns")

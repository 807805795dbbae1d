"""Fitted values go into the parameter table; nothing else in the file changes."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from bimodal.errors import ParameterTableError
from bimodal.files.fingerprint import json_sha256
from bimodal.files.read import FileKind
from bimodal.files.write import write_bytes
from bimodal.fit.result import FitResult
from bimodal.model.parameters import COLUMNS, ParameterTable

#: Digits a fitted value is written with.
DIGITS = 6
_FILE = FileKind("the parameter table", ParameterTableError, max_bytes=20_000_000)


def write_back(
    path: Path,
    result: FitResult,
    *,
    command: str,
    ids: Mapping[str, str] | Sequence[str] | None = None,
    notes: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> str:
    """Write the estimates of a fit into a parameter table as rows of status ``fitted``.

    Only value, source, place, status and note of the named rows change; every other byte of the file stays. The
    new file is read as a table before the old one is replaced, in one move.

    Parameters
    ----------
    command
        What a person types to fit again; it holds ``bimodal fit``.
    ids
        Fitted ids to write, or fitted id -> id of its row; None writes all under their own names.
    notes
        Row id -> text to add to the note of the row, such as how the parameter scales.

    Raises
    ------
    ParameterTableError
        The file cannot be read, an id was not fitted or has no row, two ids go into one row, the command is not one
        of ``bimodal fit``, or the new values break a rule of the table.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> write_back(Path("nowhere.csv"), None, command="bimodal fit x")
    Traceback (most recent call last):
    ...
    bimodal.errors.ParameterTableError: the parameter table cannot be read: No such file or directory
      where: nowhere.csv
    """
    content = _FILE.content(path)
    text = _FILE.decode(content, str(path))
    before = content.decode("utf-8")  # a byte-order mark stays in the file
    if "bimodal fit" not in command:
        raise ParameterTableError(f"'{command}' does not rerun a fit", fix="for example 'bimodal fit human'")
    ParameterTable.read(text, str(path))
    after = _rewritten(before, result, command, _rows_of(result, ids), notes or {}, str(path))
    ParameterTable.read(after.removeprefix("\ufeff"), f"{path} as it would become")
    if not dry_run and after != before:
        write_bytes(path, after.encode("utf-8"))
    lines = difflib.unified_diff(_lines(before), _lines(after), str(path), f"{path} (fitted)", n=0)
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def data_short(result: FitResult) -> str:
    """Return the short common fingerprint of the data of a fit, as it stands in the table."""
    return json_sha256(result.data)[:12]


def _rows_of(result: FitResult, ids: Mapping[str, str] | Sequence[str] | None) -> dict[str, str]:
    if isinstance(ids, Mapping):
        pairs = dict(ids)
    else:
        pairs = {name: name for name in (result.estimates if ids is None else ids)}
    for name in pairs:
        if name not in result.estimates:
            raise ParameterTableError(f"'{name}' was not fitted", where=f"fit '{result.name}'")
    by_row = {row: name for name, row in pairs.items()}
    if len(by_row) < len(pairs):
        raise ParameterTableError("two fitted parameters are to go into one row", where=f"fit '{result.name}'")
    return by_row


def _rewritten(
    text: str, result: FitResult, command: str, by_row: dict[str, str], notes: Mapping[str, str], where: str
) -> str:
    lines = _lines(text)
    reader = csv.reader(lines)
    left, out, begin = dict(by_row), list[str](), 0
    for cells in reader:
        raw, begin = "".join(lines[begin : reader.line_num]), reader.line_num
        row_id = cells[0].strip() if cells else ""
        if row_id in left and len(cells) == len(COLUMNS):
            raw = (
                _row(dict(zip(COLUMNS, cells, strict=True)), result, left.pop(row_id), command, notes.get(row_id))
                + (raw[len(raw.rstrip("\r\n")) :])
            )
        out.append(raw)
    if left:
        raise ParameterTableError(
            f"the table has no row '{next(iter(left))}'", where=where, fix="add the row with its unit first"
        )
    return "".join(out)


def _row(cells: dict[str, str], result: FitResult, name: str, command: str, extra: str | None) -> str:
    estimate = result.estimates[name]
    note = f"{command}: {estimate.error_text}"
    note += f"; prior: {estimate.prior}" if estimate.prior else ""
    cells["value"] = f"{estimate.value:.{DIGITS}g}"
    cells["source"] = f"this project, fit {result.name}"
    cells["where_in_source"] = f"{command}; data sha256 {data_short(result)}"
    cells["status"] = "fitted"
    cells["note"] = note + (f"; {extra}" if extra else "")
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([cells[key] for key in COLUMNS])
    return buffer.getvalue()


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))

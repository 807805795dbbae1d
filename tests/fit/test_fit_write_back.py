"""Only the named rows of a table change, and the shipped table is checked against the fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fit_problems import decay, total

from bimodal.errors import BimodalError, OutputError, ParameterTableError
from bimodal.fit import FitParameter, FitResult, ParameterPrior, check_table, run_fit, write_back
from bimodal.model import ParameterTable
from bimodal.model.parameters import COLUMNS

COMMAND = "bimodal fit decay"
ROWS = (
    'volume,2.85,L,0.2,lognormal,"A Book, 1990","p. 3, ""table 1""",measured,keeps its  spaces ',
    "amount,1,nM,0.30,lognormal,guess,none,assumed,scales with body surface",
    'k,1e0,1,,fixed,"two\nlines",here,assumed,',
    " rate ,2,1/h,,fixed,guess,none,assumed,",
)


def result() -> FitResult:
    return run_fit(decay())


def make(folder: Path, newline: str = "\n", end: bool = True, bom: bool = False) -> Path:
    text = newline.join([",".join(COLUMNS), *ROWS]) + (newline if end else "")
    path = folder / "t.csv"
    path.write_bytes(("\ufeff" * bom + text).encode())
    return path


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("bom", [True, False])
def test_other_bytes_stay(tmp_path: Path, newline: str, end: bool, bom: bool) -> None:
    path = make(tmp_path, newline, end, bom)
    before = path.read_bytes().decode()
    diff = write_back(path, result(), command=COMMAND)
    after = path.read_bytes().decode()
    for kept in (",".join(COLUMNS), ROWS[0], ROWS[2]):
        assert kept in after
    assert after.count(newline) == before.count(newline)
    assert after.endswith(newline) == end
    assert after.startswith("\ufeff") == bom
    assert sum(line.startswith(("-", "+")) for line in diff.splitlines()) == 2 + 4
    table = ParameterTable.read(after.removeprefix("\ufeff"), "t.csv")
    assert table.ids == ("volume", "amount", "k", "rate")
    row = table.by_id["amount"]
    assert (row.value, row.unit, row.cv, row.status) == (3.0, "nM", 0.3, "fitted")
    assert row.source == "this project, fit decay"
    assert row.where_in_source.startswith("bimodal fit decay; data sha256 ")
    assert row.note.startswith("bimodal fit decay: se ")


def test_a_dry_run_shows_and_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path)
    before = path.read_bytes()
    diff = write_back(path, result(), command=COMMAND, dry_run=True)
    assert path.read_bytes() == before
    assert diff == write_back(path, result(), command=COMMAND)
    assert write_back(path, result(), command=COMMAND) == ""


def test_ids_can_be_chosen_and_renamed_and_notes_kept(tmp_path: Path) -> None:
    path = make(tmp_path)
    notes = {"k": "scales with body surface, as before"}
    write_back(path, result(), command=COMMAND, ids={"rate": "k"}, notes=notes)
    table = ParameterTable.read(path.read_text(), "t.csv")
    assert table.by_id["k"].value == 0.5
    assert table.by_id["k"].note.endswith("scales with body surface, as before")
    assert table.by_id["rate"].status == "assumed"
    write_back(path, result(), command=COMMAND, ids=["rate"])
    assert ParameterTable.read(path.read_text(), "t.csv").by_id["amount"].status == "assumed"
    assert write_back(path, result(), command=COMMAND, ids=[]) == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ids": ["speed"]}, "'speed' was not fitted"),
        ({"ids": {"rate": "speed"}}, "no row 'speed'"),
        ({"ids": {"rate": "k", "amount": "k"}}, "into one row"),
        ({"ids": ["rate"], "command": ""}, "does not rerun a fit"),
        ({"command": "make"}, "does not rerun a fit"),
    ],
)
def test_refusals(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    path = make(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ParameterTableError, match=message):
        write_back(path, result(), **{"command": COMMAND, **options})
    assert path.read_bytes() == before


def test_values_the_table_forbids_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = make(tmp_path)
    path.write_text(path.read_text().replace("0.30,lognormal", "0.30,logitnormal").replace("amount,1,", "amount,0.5,"))
    before = path.read_bytes()
    with pytest.raises(ParameterTableError, match="not between 0 and 1") as fault:
        write_back(path, result(), command=COMMAND)
    assert "as it would become" in str(fault.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "not UTF-8"), (b"", "columns"), (b"id,value\n", "columns"), (None, "cannot be read")],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ParameterTableError, match=message):
        write_back(path, result(), command=COMMAND)


def test_a_write_that_fails_leaves_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bimodal.files.write.os.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_back(path, result(), command=COMMAND)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]


def test_notes_say_what_is_not_known(tmp_path: Path) -> None:
    lines = [",".join(COLUMNS), *(f"{name},1,1,,fixed,guess,none,assumed," for name in "abc")]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    write_back(tmp_path / "t.csv", run_fit(total()), command="bimodal fit total")
    rows = ParameterTable.read((tmp_path / "t.csv").read_text(), "t.csv").by_id
    assert rows["a"].note == "bimodal fit total: not identified"
    informed = run_fit(total(ParameterPrior(mean=0.0, sd=0.1, source="A Book, p. 3")))
    write_back(tmp_path / "t.csv", informed, command="bimodal fit total")
    rows = ParameterTable.read((tmp_path / "t.csv").read_text(), "t.csv").by_id
    assert rows["a"].note.endswith("prior: A Book, p. 3")
    narrow = (FitParameter("amount", 1.0, 0.1, 2.0), FitParameter("rate", 1.0, 0.1, 2.0))
    assert "at its upper bound" in write_back(
        make(tmp_path), run_fit(decay(parameters=narrow)), command=COMMAND, dry_run=True
    )


def test_the_shipped_table_is_checked(tmp_path: Path) -> None:
    path, found = make(tmp_path), result()

    def table() -> ParameterTable:
        return ParameterTable.read(path.read_text(), "t.csv")

    assert [row.id for row in check_table(table(), found, 1e-3)] == ["amount", "amount", "rate", "rate"]
    write_back(path, found, command=COMMAND)
    assert check_table(table(), found, 1e-5) == ()
    path.write_text(path.read_text().replace("amount,3,", "amount,3.1,"))
    assert [row.what for row in check_table(table(), found, 1e-3)] == ["the table says 3.1, the fit 3"]
    assert check_table(table(), found, 0.05) == ()
    other = run_fit(decay(data={"later": "1" * 64}))
    assert {row.what for row in check_table(table(), other, 0.05)} == {"was fitted to other data than these"}
    gone = check_table(table(), found, 0.05, rows={"rate": "speed"})
    assert [(row.id, row.what) for row in gone] == [("speed", "the table has no such row")]
    with pytest.raises(BimodalError, match="tolerance of 0"):
        check_table(table(), found, 0.0)
    with pytest.raises(BimodalError, match="'speed' was not fitted"):
        check_table(table(), found, 1e-3, rows={"speed": "rate"})

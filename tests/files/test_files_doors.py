"""Every CSV of a user is opened by one reader: what spreadsheets and R write is read, or refused with its remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from bimodal.cohort.subjects import read_subjects
from bimodal.dosing import read_event_table
from bimodal.errors import BimodalError
from bimodal.files.spellings import spelling_key
from bimodal.fit.from_file.read_measurements import read_measurements
from bimodal.timing import read_series


@dataclass(frozen=True)
class Door:
    """A kind of table: how it is read, its header, a row with a number in it, and a count of what was read."""

    read: Callable[[Path], int]
    header: str
    row: str
    number: str


_TABLE = SimpleNamespace(rows=())
DOORS = {
    "doses": Door(lambda p: len(read_event_table(p, unit="MIU", route="sc")["1"]), "ID,TIME,AMT", "1,{k},1.5", "1.5"),
    "fit": Door(
        lambda p: len(read_measurements(p, {"x": "1"})[0]), "arm,observable,day,value,sd_log", "a,x,{k},3.5,0.1", "3.5"
    ),
    "timing": Door(
        lambda p: read_series(p)[0].n, "datetime,kind,value,unit", "2026-01-{k:02}T08:00+01,crp,3.5,mg/L", "3.5"
    ),
    "subjects": Door(lambda p: len(read_subjects(p, _TABLE).labels), "id,weight_kg,height_cm", "s{k},72.5,180", "72.5"),
}
each_door = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


def written(path: Path, door: Door, change: Callable[[str], str] = str, *, end: str = "\n", start: str = "") -> Path:
    lines = [door.header, *(door.row.format(k=k) for k in range(1, 4))]
    path.write_bytes((start + end.join(change(line) for line in lines) + end).encode())
    return path


@each_door
@pytest.mark.parametrize(
    ("start", "end", "change"),
    [
        ("\ufeff", "\r\n", str),
        ("", "\r\n", str),
        ("", "\r", str),
        ("", "\n\n", str),
        ("\n", "\n", str),
        ("", "\n", lambda line: f"{line},"),
        ("", "\n", lambda line: f"{line},,"),
        ("", "\n", lambda line: line.replace(",", " , ")),
        ("", "\n", lambda line: line.replace(",", ",\t")),
    ],
    ids=["bom", "crlf", "cr", "blank lines", "blank first", "separator at the end", "two at the end", "blanks", "tabs"],
)
def test_what_programs_write_around_the_numbers_is_read(tmp_path, door, start, end, change):
    assert door.read(written(tmp_path / "t.csv", door, change, start=start, end=end)) == 3


@each_door
@pytest.mark.parametrize(
    ("change", "start", "says", "remedy"),
    [
        (lambda line: line.replace(",", ";").replace(".", ","), "", "not separated by commas", "decimal points"),
        (lambda line: line.replace(",", "\t"), "", "not separated by commas", "save it with commas"),
        (lambda line: line.replace(",", "|"), "", "not separated by commas", "save it with commas"),
        (str, "# made by hand\n", "the first line does not name the columns: it is a comment", "take it out"),
        (str, "sep=,\n", "the first line does not name the columns", "take it out"),
    ],
    ids=["semicolons", "tabs", "bars", "comment", "sep"],
)
def test_what_cannot_be_read_is_refused_once_with_its_remedy(tmp_path, door, change, start, says, remedy):
    path = written(tmp_path / "t.csv", door, change, start=start)
    with pytest.raises(BimodalError, match=says) as caught:
        door.read(path)
    assert "line 1" in str(caught.value) or "row 1" in str(caught.value)
    assert remedy in str(caught.value)


@each_door
@pytest.mark.parametrize("quoted", [True, False])
def test_every_decimal_comma_is_named_with_its_line(tmp_path, door, quoted):
    wrong = door.number.replace(".", ",")
    path = written(tmp_path / "t.csv", door, lambda line: line.replace(door.number, f'"{wrong}"' if quoted else wrong))
    with pytest.raises(BimodalError, match="2 more faults:") as caught:
        door.read(path)
    text = str(caught.value)
    assert all(f" {line}, column" in text for line in (2, 3, 4))
    every = [caught.value, *caught.value.others]
    said = [f"{fault.what} {fault.fix or ''}" for fault in every]
    assert all("decimal point" in words or "decimal comma must become a point" in words for words in said)
    assert "decimal" in text
    assert text.count("try:") <= len({fault.fix for fault in every})  # a remedy they share is said once


@each_door
def test_of_very_many_faults_twenty_are_listed_and_the_rest_counted(tmp_path, door):
    lines = [door.header, *(door.row.format(k=k).replace(door.number, "much") for k in range(1, 26))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(BimodalError, match="24 more faults:") as caught:
        door.read(tmp_path / "t.csv")
    assert str(caught.value).count("'much'") == 20
    assert "and 5 that are not listed" in str(caught.value)


@each_door
def test_all_faults_of_the_header_are_named_together(tmp_path, door):
    (tmp_path / "t.csv").write_text(f"{door.header},nonsense,{door.header.split(',')[0]}\n")
    with pytest.raises(BimodalError, match="1 more fault:") as caught:
        door.read(tmp_path / "t.csv")
    assert "unknown column 'nonsense'" in str(caught.value)
    assert "appears twice" in str(caught.value)


def test_faults_of_different_kinds_in_one_row_and_many(tmp_path):
    (tmp_path / "t.csv").write_text(
        "arm,observable,day,value,sd_log\n"
        'a,y,soon,"3,5",0.1\n'
        "a,x,2,3.5\n"
        "a,x,3,3.5,-1\n"
        "a,x,4,3.5,0.1\n"
    )  # fmt: skip
    with pytest.raises(BimodalError, match="4 more faults:") as caught:
        read_measurements(tmp_path / "t.csv", {"x": "1"})
    for says in ("unknown observable 'y'", "'soon' is not", "'3,5' is not", "4 fields, the header 5", "sd_log is -1"):
        assert says in str(caught.value)


@pytest.mark.parametrize("second", ["1.0", "01", "+1", "1e0"])
@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda p: read_event_table(p, unit="MIU"), "id,time,amt\n1,0,1\n{id},0,1\n"),
        (lambda p: read_subjects(p, _TABLE), "id,weight_kg,height_cm\n1,72,180\n{id},72,180\n"),
        (
            read_series,
            "patient_id,datetime,kind,value,unit\n1,2026-01-05T08:00Z,crp,5,mg/L\n{id},2026-01-05T08:00Z,crp,5,mg/L\n",
        ),
    ],
    ids=["doses", "subjects", "timing"],
)
def test_one_subject_written_in_two_ways_is_said(tmp_path, read, text, second):
    (tmp_path / "t.csv").write_text(text.format(id=second))
    with pytest.raises(BimodalError, match=rf"'{second.replace('+', '[+]')}' is written '1' in (line|row) 2"):
        read(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text(text.format(id="2"))
    read(tmp_path / "t.csv")


@pytest.mark.parametrize("second", ["p01", "P 01", "Ｐ01"])
def test_names_that_differ_by_case_or_white_space_alone_are_said(tmp_path, second):
    text = "id,time,amt\nP01,0,1\n{id},0,1\n"
    (tmp_path / "t.csv").write_text(text.format(id=second))
    with pytest.raises(BimodalError, match="is written 'P01' in line 2: one or two"):
        read_event_table(tmp_path / "t.csv", unit="MIU")
    (tmp_path / "t.csv").write_text(text.format(id="P01 "))
    assert list(read_event_table(tmp_path / "t.csv", unit="MIU")) == ["P01"]


def test_spellings_of_different_names_stay_apart():
    names = ["1", "10", "100", "0.1", "-1", "P1", "P10", "1e3", "a", "b", "1a"]
    assert len({spelling_key(name) for name in names}) == len(names)
    assert spelling_key("1000") == spelling_key("1e3")


def test_a_dose_that_is_there_twice_is_said(tmp_path):
    (tmp_path / "t.csv").write_text("id,time,amt\n1,0,1\n1,24,1\n1,0,1\n2,0,1\n")
    table = read_event_table(tmp_path / "t.csv", unit="MIU", route="sc")
    assert table.warnings == ("subject 1: line 4 repeats line 2; both doses are given",)
    assert [len(doses) for doses in table.doses.values()] == [3, 1]


@pytest.mark.parametrize("other", ["High dose", "high  dose", "highdose"])
def test_arms_of_a_study_that_differ_by_case_or_white_space_alone_are_said(other):
    from bimodal.study import parse_study

    text = 'name = "x"\n[population]\ncohort = "healthy"\n' + "".join(
        f'[[arm]]\nname = "{name}"\nregimen = "none"\n' for name in ("high dose", other)
    )
    with pytest.raises(BimodalError, match="one or two"):
        parse_study(text, where="x.toml")
    assert len(parse_study(text.replace(f'"{other}"', '"low dose"'), where="x.toml").arm) == 2

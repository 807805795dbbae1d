"""CSV of a user is rows with their lines, or a refusal."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimodal.errors import BimodalError, DosingError
from bimodal.files.read import FileKind
from bimodal.files.table import Place, read_lines, read_rows

KIND = FileKind("the toy table", DosingError)
COLUMNS = ("day", "dose", "note")


def rows(text: str, **more: object) -> list[tuple[dict[str, str], Place]]:
    options = {"columns": COLUMNS, "needed": ("day", "dose"), **more}
    return list(read_rows(text, KIND, where="toy.csv", **options))  # type: ignore[arg-type]


def test_rows_are_text_by_column_with_the_line_on_which_they_begin() -> None:
    text = '\r\nDay, dose,"note"\r\n1,2,\r\n,,\r\n\r\n 3 ,4,"two\nlines, one cell"\r\n5,6,x'
    assert [(row, place.line) for row, place in rows(text)] == [
        ({"day": "1", "dose": "2", "note": ""}, 3),
        ({"day": "3", "dose": "4", "note": "two\nlines, one cell"}, 6),
        ({"day": "5", "dose": "6", "note": "x"}, 8),
    ]


@pytest.mark.parametrize(
    ("text", "what", "where", "fix"),
    [
        ("", "the toy table is empty", "toy.csv", "columns are day, dose, note"),
        ("\n , \n", "the toy table is empty", "toy.csv", "columns are"),
        ("day;dose\n1;2\n", "not separated by commas", "toy.csv, line 1", "commas and decimal points"),
        ("day\tdose\n", "not separated by commas", "toy.csv, line 1", "commas"),
        ("day,dsoe\n", "unknown column 'dsoe'", "toy.csv, line 1, column 2", "did you mean 'dose'? columns are day"),
        ("day,dose,day\n", "the column 'day' appears twice", "toy.csv, line 1, column 1", None),
        ("\nday,note\n", "column 'dose' is missing", "toy.csv, line 2", "columns are"),
        ("day,dose\n1\n", "the line has 1 fields, the header 2", "toy.csv, line 2, column 'day'", "decimal comma"),
        ("day,dose\n1,2,5\n", "the line has 3 fields, the header 2", "toy.csv, line 2, column 'dose'", "decimal comma"),
        ('day,dose\n1,2\n"3,4\n5,6\n', "the toy table is not CSV", "toy.csv, line 3", None),
        ('day,dose\n"1"x,2\n', "the toy table is not CSV", "toy.csv, line 2", None),
        ("day,dose\n1," + "2" * 1_001, "longer than 1,000 characters", "toy.csv, line 2", None),
        ("day,dose\n1," + "2" * 200_000, "field larger than field limit", "toy.csv, line 2", None),
    ],
)
def test_a_fault_names_file_line_and_column(text: str, what: str, where: str, fix: str | None) -> None:
    with pytest.raises(DosingError) as caught:
        rows(text)
    assert what in caught.value.what
    assert caught.value.where == where
    assert (fix or "") in (caught.value.fix or "")
    assert (fix is None) == (caught.value.fix is None)


def test_a_table_may_have_its_own_word_names_and_refusals() -> None:
    def no_note(header: list[str], place: Place) -> None:
        if "note" in header:
            place.fail("note", "no notes here")

    with pytest.raises(DosingError) as caught:
        rows("DAY ,dose,NOTE,x\n", refuse=no_note, word="row")
    assert caught.value.where == "toy.csv, row 1, column 'note'"
    with pytest.raises(DosingError, match="unknown column 'Day'"):
        rows("Day,dose\n", clean=str)
    assert rows("day,dose\n") == []


def test_a_place_raises_the_error_of_its_owner() -> None:
    with pytest.raises(BimodalError) as caught:
        Place("a.csv", 3).fail(None, "this is wrong", "mend it")
    assert (type(caught.value), caught.value.where, caught.value.fix) == (BimodalError, "a.csv, line 3", "mend it")


@given(st.lists(st.lists(st.text("ab,\"\n\r é'", max_size=6), min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_is_written_is_read(cells: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(cells)
    found = [row for row, _ in read_lines(text.getvalue(), KIND, where="toy.csv")]
    assert found == [[a.strip(), b.strip()] for a, b in cells if a.strip() or b.strip()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.binary(max_size=80) | st.text('dayose,;"\n\r\t \0é1.', max_size=80).map(lambda text: text.encode()),
    st.booleans(),
)
def test_any_bytes_are_rows_or_a_refusal(tmp_path: Path, content: bytes, headed: bool) -> None:
    path = tmp_path / "toy.csv"
    path.write_bytes(b"day,dose\n" * headed + content)
    where = str(path)
    try:
        for row, place in read_rows(KIND.text(path), KIND, where=str(path), columns=COLUMNS, needed=("day",)):
            assert set(row) <= set(COLUMNS)
            assert place.line > 1
    except DosingError as fault:
        where = str(fault.where)
    assert str(path) in where

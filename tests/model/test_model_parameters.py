"""Parameter tables: everything that is missing or impossible is said, with its line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import ParameterTableError
from bimodal.model import ParameterTable, load_model
from bimodal.model.files import data_names, read_data
from bimodal.model.parameters import COLUMNS

GOOD = {
    "id": "k",
    "value": "2.5",
    "unit": "1/h",
    "cv": "0.3",
    "distribution": "lognormal",
    "source": "A Book, 1990",
    "where_in_source": "p. 3",
    "status": "measured",
    "note": "",
}


def table(*changes: dict[str, str]) -> str:
    rows = [",".join(f'"{cell}"' for cell in {**GOOD, **change}.values()) for change in changes]
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"


def read(text: str) -> ParameterTable:
    return ParameterTable.read(text, "t.csv")


def test_a_good_table() -> None:
    found = read(table({}, {"id": "f", "value": "0.5", "distribution": "logitnormal"}))
    assert found.ids == ("k", "f")
    assert found.values() == {"k": 2.5, "f": 0.5}
    assert found.by_id["k"].cv == 0.3
    assert found.statuses() == {"measured": 2, "fitted": 0, "assumed": 0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": ""}, "'source' of 'k' is blank"),
        ({"source": "   "}, "'source' of 'k' is blank"),
        ({"where_in_source": ""}, "'where_in_source' of 'k' is blank"),
        ({"unit": ""}, "'unit' of 'k' is blank"),
        ({"id": ""}, "'id' of 'the row' is blank"),
        ({"value": ""}, "'' is no number"),
        ({"value": "two"}, "'two' is no number"),
        ({"value": "1,5"}, "'1,5' is no number"),
        ({"value": "nan"}, "not finite"),
        ({"value": "-inf"}, "not finite"),
        ({"value": "1e999"}, "not finite"),
        ({"cv": "nan"}, "not finite"),
        ({"cv": "x"}, "'x' is no number"),
        ({"cv": "-0.1"}, "cv of 'k' is negative"),
        ({"cv": ""}, "distribution 'lognormal' and cv ''"),
        ({"cv": "0"}, "distribution 'lognormal' and cv '0'"),
        ({"distribution": "fixed"}, "distribution 'fixed' and cv '0.3'"),
        ({"distribution": "normal"}, "'normal' is no distribution"),
        ({"distribution": "Lognormal"}, "'Lognormal' is no distribution"),
        ({"status": "guessed"}, "'guessed' is no status"),
        ({"status": ""}, "'' is no status"),
        ({"status": "fitted"}, "fitted but names no fit"),
        ({"status": "fitted", "note": "by hand"}, "fitted but names no fit"),
        ({"value": "0"}, "lognormal but not positive"),
        ({"value": "-1"}, "lognormal but not positive"),
        ({"value": "1", "distribution": "logitnormal"}, "logitnormal but not between 0 and 1"),
        ({"value": "0", "distribution": "logitnormal"}, "logitnormal but not between 0 and 1"),
    ],
)
def test_impossible_rows(change: dict[str, str], message: str) -> None:
    with pytest.raises(ParameterTableError, match=message) as caught:
        read(table({"id": "first"}, change))
    assert "line 3" in str(caught.value)
    assert "t.csv" in str(caught.value)


def test_a_fitted_row_with_its_fit() -> None:
    assert read(table({"status": "fitted", "note": "bimodal fit human"})).statuses()["fitted"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns"),
        ("\n\n", "columns"),
        ("id,value\nk,2\n", "columns"),
        (",".join(reversed(COLUMNS)) + "\n", "columns"),
        (",".join([*COLUMNS, "more"]) + "\n", "columns"),
        (",".join(COLUMNS).upper() + "\n", "columns"),
        (",".join(COLUMNS) + "\n", "empty"),
        (table({}).rstrip() + ",extra\n", "number of cells"),
        (",".join(COLUMNS) + "\nk,2,1/h\n", "number of cells"),
        (table({}, {}), "'k' is there twice"),
        (table({}, {"id": " k "}), "'k' is there twice"),
        (",".join(COLUMNS) + '\nk,2,1/h,,fixed,"a\r b\rc', "columns|CSV|cells|blank"),
        (",".join(COLUMNS) + "\nk\rl,2\n", "CSV"),
        (",".join(COLUMNS) + "\n" + "k" * 200_000 + ",2\n", "CSV"),
        ("\x00\x01\x02", "CSV|columns"),
    ],
)
def test_impossible_tables(text: str, message: str) -> None:
    with pytest.raises(ParameterTableError, match=message):
        read(text)


@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=200) | st.text(max_size=60).map(lambda t: ",".join(COLUMNS) + "\n" + t))
def test_any_text_is_a_table_or_a_clear_refusal(text: str) -> None:
    with suppress(ParameterTableError):
        assert read(text).rows


def test_the_fingerprint_is_of_what_is_used() -> None:
    base = read(table({}))
    assert read(table({"note": "other", "source": "Other"})).sha256 == base.sha256
    for change in ({"value": "2.6"}, {"cv": "0.31"}, {"unit": "1/min"}, {"id": "q"}):
        assert read(table(change)).sha256 != base.sha256


NO_TABLES = ("assay_subsets", "receptor_cell_types")


@pytest.mark.parametrize("name", [name for name in data_names(".csv") if name not in NO_TABLES])
def test_shipped_tables_can_be_read(name: str) -> None:
    assert read(read_data(f"{name}.csv")).rows


def test_the_human_table_has_no_row_without_standing() -> None:
    found = load_model("human").table
    assert sum(found.statuses().values()) == len(found.rows)
    for row in found.rows:
        if row.status == "measured":
            assert "starting value" not in row.note, row.id

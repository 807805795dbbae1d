import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import EvidenceError
from bimodal.evidence import list_studies, load_targets
from bimodal.evidence.targets import COLUMNS, parse_targets
from bimodal.evidence.when import Moment, Window, parse_when

GOOD = {
    "id": "X1",
    "study": "some-2020",
    "arms": "low|high",
    "endpoint": "treg_fold",
    "label": "Treg",
    "time": "day 28",
    "statistic": "median",
    "kind": "at_least",
    "published": "8",
    "lower": "8",
    "upper": "15",
    "unit": "1",
    "denominator": "",
    "quality": "page",
    "role": "validation",
    "source": "somebody 2020",
    "note": "limit: why",
}


def table(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list[str](COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_a_good_row_is_read() -> None:
    (row,) = parse_targets(table(GOOD), "mine.csv")
    assert row.arms == ("low", "high")
    assert row.time == Moment(day=28)
    assert (row.published, row.lower, row.upper, row.denominator) == (8.0, 8.0, 15.0, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": ""}, "column id"),
        ({"id": "no id"}, "column id"),
        ({"study": "Koreth 2011"}, "column study"),
        ({"arms": ""}, "arm name"),
        ({"arms": "a||b"}, "arm name"),
        ({"arms": "a|a"}, "arm name"),
        ({"endpoint": ""}, "only a context target"),
        ({"endpoint": "Treg fold"}, "column endpoint"),
        ({"label": ""}, "column label"),
        ({"time": "week 4"}, "column time"),
        ({"time": "day -1"}, "column time"),
        ({"time": "56-0 peak"}, "end after it starts"),
        ({"time": "0-56 highest"}, "column time"),
        ({"statistic": "mode"}, "column statistic"),
        ({"kind": "about"}, "column kind"),
        ({"published": ""}, "column published"),
        ({"published": "eight"}, "column published"),
        ({"published": "nan"}, "column published"),
        ({"published": "9"}, "the bound itself"),
        ({"lower": "inf"}, "column lower"),
        ({"lower": "16"}, "above upper"),
        ({"upper": ""}, "plausibility limit"),
        ({"note": ""}, "the note must say why"),
        ({"unit": " "}, "column unit"),
        ({"quality": "sure"}, "column quality"),
        ({"role": "test"}, "column role"),
        ({"source": "  "}, "column source"),
        ({"denominator": "12"}, "proportion only"),
        ({"kind": "band", "upper": ""}, "needs lower and upper"),
        ({"kind": "direction", "published": "2"}, "must be 1"),
        ({"kind": "point", "published": "0"}, "use a band"),
        ({"statistic": "proportion", "kind": "band", "published": "8"}, "between 0 and 1"),
        ({"statistic": "proportion", "kind": "point", "published": "0.5", "lower": "0", "upper": "1"}, "denominator"),
        (
            {
                "statistic": "proportion",
                "kind": "point",
                "published": "0.5",
                "denominator": "10",
                "lower": "0.4",
                "upper": "0.6",
            },
            "Wilson",
        ),
        ({"denominator": "0", "statistic": "proportion"}, "column denominator"),
    ],
)
def test_every_wrong_field_names_its_line(changes: dict[str, str], message: str) -> None:
    with pytest.raises(EvidenceError, match=message) as caught:
        parse_targets(table(GOOD | {"id": "X0"}, GOOD | changes), "mine.csv")
    assert "mine.csv, line 3" in str(caught.value)


def test_a_doubled_id_is_refused() -> None:
    with pytest.raises(EvidenceError, match="twice, first on line 2"):
        parse_targets(table(GOOD, GOOD), "mine.csv")


@pytest.mark.parametrize("text", ["", "id,study\n", table(GOOD).replace("quality", "qualities")])
def test_wrong_columns_are_refused(text: str) -> None:
    with pytest.raises(EvidenceError, match="columns"):
        parse_targets(text, "mine.csv")


@pytest.mark.parametrize("line", ["X2,some-2020", '"X2', "a" * 200_000])
def test_a_broken_line_is_refused(line: str) -> None:
    with pytest.raises(EvidenceError, match="line"):
        parse_targets(table(GOOD) + line, "mine.csv")


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=30))
def test_no_time_text_raises_anything_else(text: str) -> None:
    try:
        moment = parse_when(text)
    except ValueError:
        return
    assert moment is None or isinstance(moment, Moment | Window)


@settings(deadline=None, max_examples=100)
@given(
    start=st.integers(0, 500),
    length=st.integers(1, 500),
    reduce=st.sampled_from(["peak", "min", "mean", "change"]),
)
def test_times_have_the_form_of_the_summary(start: int, length: int, reduce: str) -> None:
    window = parse_when(f" {start}-{start + length} {reduce}")
    assert window is not None
    assert window.model_dump() == {"from": start, "to": start + length, "reduce": reduce}
    moment = parse_when(f"day {start}.5 ")
    assert moment is not None
    assert moment.model_dump() == {"day": start + 0.5}
    assert Window.model_validate(window.model_dump()) == window


def test_koreth_has_its_rows_with_their_ids() -> None:
    rows = {row.id: row for row in load_targets("koreth-2011")}
    assert list(rows) == ["B01", "B02", "B03", "B04", "B05", "B06", "B07"]
    assert [name for name, row in rows.items() if row.role == "context"] == ["B01", "B02", "B07"]
    assert all(row.endpoint is None for row in rows.values() if row.role == "context")
    assert [name for name, row in rows.items() if row.quality == "recalled"] == ["B06", "B07"]
    assert all(row.arms == ("0.3 MIU/m2", "1 MIU/m2", "3 MIU/m2") for row in rows.values())
    b03, b04, b05, b06 = (rows[name] for name in ("B03", "B04", "B05", "B06"))
    assert (b03.endpoint, b03.time, b03.kind, b03.lower, b03.upper) == ("treg_fold", Moment(day=28), "at_least", 8, 15)
    assert (b04.endpoint, b04.lower) == ("treg_tconv_ratio_fold", 5)
    assert b04.time is not None
    assert b04.time.model_dump() == {"from": 0, "to": 56, "reduce": "peak"}
    assert (b05.endpoint, b05.time, b05.kind, b05.lower, b05.upper) == ("tconv_fold", Moment(day=56), "band", 0.8, 1.25)
    assert (b06.kind, b06.published, b06.endpoint) == ("direction", -1, "treg_fold")


def test_a_study_without_results_has_none() -> None:
    assert load_targets("nobody-1900") == ()
    assert {row.study for row in load_targets()} <= set(list_studies())

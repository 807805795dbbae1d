import csv
import io
import math
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import EvidenceError
from bimodal.evidence import band, list_studies, load_targets, study_roles, wilson
from bimodal.evidence.targets import COLUMNS, parse_targets
from bimodal.evidence.when import Moment, Reduce, Window, parse_when

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
        ({"time": "hour"}, "column time"),
        ({"time": "hour 1e3"}, "column time"),
        ({"time": "hour -2"}, "column time"),
        ({"time": "hours 2"}, "column time"),
        ({"time": "8-2 h mean"}, "end after it starts"),
        ({"time": "2-8 h"}, "column time"),
        ({"time": "2-8 min mean"}, "column time"),
        ({"time": "2-8 h h mean"}, "column time"),
        ({"time": "day inf"}, "column time"),
        ({"time": "day 9" + "9" * 400}, "column time"),
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
        ({"kind": "direction", "published": "1", "lower": "0.5"}, "the other end is blank"),
        ({"kind": "direction", "published": "-1", "lower": "", "upper": "0.5"}, "the sign of published"),
        ({"kind": "ordering", "published": "1", "lower": "0.5", "upper": "", "note": ""}, "why the least size"),
        ({"kind": "ratio", "lower": "0", "upper": "2"}, "above 0"),
        ({"kind": "ratio", "lower": "0.5", "upper": ""}, "above 0"),
        ({"kind": "ratio", "arms": "low"}, "two arms"),
        ({"kind": "ratio", "note": ""}, "why the bounds"),
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
    reduce=st.sampled_from(get_args(Reduce)),
)
def test_times_have_the_form_of_the_summary(start: int, length: int, reduce: str) -> None:
    window = parse_when(f" {start}-{start + length} {reduce}")
    assert window is not None
    assert window.model_dump() == {"from": start, "to": start + length, "reduce": reduce}
    moment = parse_when(f"day {start}.5 ")
    assert moment is not None
    assert moment.model_dump() == {"day": start + 0.5}
    assert Window.model_validate(window.model_dump()) == window


@settings(deadline=None, max_examples=100)
@given(start=st.integers(0, 500), length=st.integers(1, 500), reduce=st.sampled_from(get_args(Reduce)))
def test_hours_become_days(start: int, length: int, reduce: str) -> None:
    window = parse_when(f"{start}-{start + length} h {reduce}")
    assert window is not None
    assert window.model_dump() == {"from": start / 24, "to": (start + length) / 24, "reduce": reduce}
    assert parse_when(f"hour {start}") == Moment(day=start / 24)


def test_a_reduction_has_its_unit() -> None:
    units = {how: Window.model_validate({"from": 0, "to": 1, "reduce": how}).unit("pM") for how in get_args(Reduce)}
    changed = {"ratio": "1", "percent": "%", "area": "pM.h"}
    assert units == dict.fromkeys(get_args(Reduce), "pM") | changed


def test_every_scored_row_has_a_finite_width_on_the_log_scale() -> None:
    scored = [row for row in load_targets() if row.quality == "page" and row.role != "context"]
    assert len(scored) >= 15
    for row in scored:
        ends = band(row)
        if ends is None:
            assert row.kind in ("ordering", "direction"), row.id
            continue
        if row.statistic == "proportion" and row.published == 0.0:
            assert ends[0] == 0.0, row.id  # nobody of so many: Wilson has no lower end
            continue
        assert 0 < ends[0] < ends[1] < math.inf, row.id
        assert ends[0] <= row.published <= ends[1], row.id


def test_a_lower_bound_on_treg_has_the_stated_plausibility_limits() -> None:
    limits = {"treg_fold": 15.0, "treg_percent_cd4": 35.0, "treg_tconv_ratio_fold": 10.3, "treg_organs_fold": 60.0}
    bounds = [row for row in load_targets() if row.kind == "at_least" and str(row.endpoint).startswith("treg")]
    assert {row.id for row in bounds} == {"B03", "B04", "M01"}
    for row in bounds:
        assert row.upper is not None
        assert row.upper <= limits[str(row.endpoint)]
        assert "limit" in row.note
    start = 21 / (21 + 400)
    assert limits["treg_tconv_ratio_fold"] == pytest.approx((0.35 / 0.65) / (start / (1 - start)), rel=0.01)


def test_every_proportion_names_its_people_and_its_wilson_interval() -> None:
    rows = [row for row in load_targets() if row.statistic == "proportion" and row.kind != "ordering"]
    assert len(rows) >= 8
    for row in rows:
        assert row.denominator is not None, row.id
        if row.kind == "band":
            assert row.note, row.id  # a band of our own says why
            continue
        assert (row.lower, row.upper) == pytest.approx(
            wilson(round(row.published * row.denominator), row.denominator), abs=2e-3
        )
        assert f"n = {row.denominator}" in row.label or f"of {row.denominator}" in row.label, row.id


def test_calibration_and_validation_share_no_study() -> None:
    by_role = {
        role: {row.study for row in load_targets() if row.role == role} for role in ("calibration", "validation")
    }
    assert by_role["calibration"] & by_role["validation"] == set()
    for role, studies in by_role.items():
        assert studies <= {name for name, own in study_roles().items() if own == role}


def test_clinical_answers_are_context_without_an_observable() -> None:
    words = ("response", "SRI", "remission", "vasculitis", "cryoglobulin", "adverse", "tolerated", "glucocorticoid")
    with_a_tumour = {"atkins-1999", "fyfe-1995", "rosenberg-1998", "nci-dose-delivery", "yang-2003", "infusion-1994"}
    for row in load_targets():
        if row.study not in with_a_tumour and any(word in row.label for word in words):
            assert (row.role, row.endpoint) == ("context", None), row.id


def test_converted_concentrations_are_those_of_the_sources() -> None:
    rows = {row.id: row for row in load_targets()}
    # published in Cetus U/mL (6 IU) or IU/mL; 18 MIU are 1.1 mg of 15,300 g/mol
    pm = 1e12 / (18e6 / 1.1) / 15300
    for name, iu in {"D05": 650 * 6, "D06": 41 * 6, "D16": 627, "D17": 1130, "D07": 0.02 * 650 * 6}.items():
        assert rows[name].published == pytest.approx(iu * pm, rel=1e-3), name
    for name in ("D01", "D02", "D05", "D06"):
        low, high = band(rows[name]) or (0.0, 0.0)
        assert (low, high) == pytest.approx((rows[name].published / 1.1, rows[name].published * 1.1), rel=1e-3)


def test_koreth_has_its_rows_with_their_ids() -> None:
    rows = {row.id: row for row in load_targets("koreth-2011")}
    assert list(rows) == ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B06-trough"]
    assert [name for name, row in rows.items() if row.role == "context"] == ["B01", "B02", "B07"]
    assert all(row.endpoint is None for row in rows.values() if row.role == "context")
    assert [name for name, row in rows.items() if row.quality == "recalled"] == ["B06", "B07", "B06-trough"]
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


def test_what_the_opened_studies_ask_for() -> None:
    rows = {row.id: row for row in load_targets()}
    assert {"trough": band(rows["B46"]), "cd25": band(rows["B46-cd25"]), "tconv": band(rows["B46-tconv"])} == {
        "trough": (1.15, 1.5),
        "cd25": (1.05, 1.5),
        "tconv": (0.9, 1.12),
    }
    assert [(rows[name].published, rows[name].denominator) for name in ("A32", "A33", "A34")] == [
        (0.21, 156),
        (0.13, 150),
        (0.1, 94),
    ]
    assert band(rows["A32-difference"]) == (0.03, 0.13)
    for name in ("H14", "H15"):
        low, high = band(rows[name]) or (0.0, 0.0)
        rise = rows[name].published - 1.0
        assert (low - 1.0, high - 1.0) == pytest.approx((rise / 1.5, rise * 1.5), abs=5e-4)


def test_what_is_left_of_the_gained_cells_follows_from_their_half_lives() -> None:
    rows = {row.id: row for row in load_targets("kovacs-2005")}
    for kept, half_life in (("H22-early", "H22"), ("H22-kept", "H22-later")):
        when, weeks = rows[kept].time, rows[half_life].published
        assert isinstance(when, Window)
        left = [2 ** (-(when.to - when.start) / 7 / w) for w in (weeks / 1.5, weeks, weeks * 1.5)]
        assert [rows[kept].lower, rows[kept].published, rows[kept].upper] == pytest.approx(left, abs=2e-4)


def test_the_bands_of_the_infusions_hold_one_standard_deviation_of_a_log_normal() -> None:
    rows = {row.id: row for row in load_targets("caligiuri-1993")}
    for name, sd in (("H06", 25), ("H07", 64), ("H08", 381)):
        mean = rows[name].published
        spread = math.sqrt(math.log(1 + (sd / mean) ** 2))
        middle = math.log(mean) - spread**2 / 2
        ends = (math.exp(middle - spread), math.exp(middle + spread))
        assert band(rows[name]) == pytest.approx(ends, rel=3e-3)
        assert f"({sd} pM)" in rows[name].note

"""Tables of samples, as people and enemies write them."""

import contextlib
import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.errors import TimingError
from bimodal.timing import read_series
from bimodal.timing.config import TimingConfig, load_config

HEADER = "patient_id,datetime,kind,value,unit,flag\n"
ROW = "P1,2026-01-05T08:00+01:00,crp,4.2,mg/L,\n"


def read(tmp_path, text, config=None):
    file = tmp_path / "crp.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_series(file, config)


def test_a_plain_table(tmp_path):
    rows = (
        ROW + "P1,2026-01-06T08:30+01:00,CRP,0.3,mg/L,<LOD\nP1,2026-01-07T08:00Z,dose,18,MIU,\n"
        "P2,2026-01-05T08:00Z,il6,7,pg/mL,\nP2,2026-01-06T08:00Z,crp,9,mg/L,\n"
    )
    one, two = read(tmp_path, HEADER + rows)
    assert one.hours.tolist() == [0.0, 24.5]
    assert one.values.tolist() == [4.2, 0.3]
    assert one.censored.tolist() == [False, True]
    assert one.clock_hours.tolist() == [8.0, 8.5]
    assert one.weekdays.tolist() == [0, 1]
    assert one.rows == (2, 3)
    assert [(event.kind, event.hours, event.value) for event in one.events] == [("dose", 49.0, 18.0)]
    assert (two.label, two.events[0].hours, len(two.sha256)) == ("series 2", -24.0, 64)


def test_mg_per_dl_is_converted_aloud(tmp_path):
    (series,) = read(tmp_path, HEADER + ROW.replace("mg/L", "mg/dL"))
    assert series.values.tolist() == [42.0]
    assert "mg/dL" in series.notes[0]


def test_daylight_saving_moves_no_sample(tmp_path):
    text = HEADER + "P1,2026-03-28T08:00+01:00,crp,4,mg/L,\nP1,2026-03-29T08:00+02:00,crp,5,mg/L,\n"
    (series,) = read(tmp_path, text)
    assert series.hours.tolist() == [0.0, 23.0]
    assert series.clock_hours.tolist() == [8.0, 8.0]


def test_a_byte_order_mark_blank_rows_and_other_line_ends(tmp_path):
    (series,) = read(tmp_path, b"\xef\xbb\xbf" + (HEADER + "\n" + ROW + ",,,,,\n").replace("\n", "\r\n").encode())
    assert series.n == 1


def test_reversed_rows_are_sorted_and_repeats_dropped_aloud(tmp_path):
    text = HEADER + "P1,2026-01-06T07:00Z,crp,5,mg/L,\nP1,2026-01-06T08:00+01:00,crp,5,mg/L,\n" + ROW
    (series,) = read(tmp_path, text)
    assert series.hours.tolist() == [0.0, 24.0]
    assert len(series.notes) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (HEADER, "no CRP sample"),
        (HEADER + ROW.replace("+01:00", ""), "row 2, column 'datetime'"),
        (HEADER + ROW.replace("2026-01-05T08:00+01:00", "2026-01-05"), "ISO 8601"),
        (HEADER + ROW.replace("2026-01-05T08:00+01:00", "05/01/2026 08:00"), "ISO 8601"),
        (HEADER + ROW.replace("01-05", "02-30"), "calendar"),
        (HEADER + ROW.replace("+01:00", "+23:00"), "offset"),
        (HEADER + ROW.replace("2026", "0206"), "year"),
        (HEADER + ROW.replace("4.2", '"4,2"'), "comma"),
        (HEADER + ROW.replace("4.2", "4,2"), "decimal comma"),
        (HEADER.replace(",", ";") + ROW.replace(",", ";"), "not separated by commas"),
        (HEADER + ROW.replace("4.2", "-4.2"), "greater than zero"),
        (HEADER + ROW.replace("4.2", "0"), "<LOD"),
        (HEADER + ROW.replace("4.2", "high"), "'high' is not a number"),
        (HEADER + ROW.replace("4.2", "<0.3"), "<LOD as flag"),
        (HEADER + ROW.replace("4.2", "nan"), "not a number"),
        (HEADER + ROW.replace("4.2", "٤"), "not a number"),
        (HEADER + ROW.replace("4.2", "1e999"), "too large"),
        (HEADER + ROW.replace("4.2", "4200"), "cannot be right"),
        (HEADER + ROW.replace("4.2", ""), "missing"),
        (HEADER + ROW.replace("mg/L", "g/L"), "mg/L or mg/dL"),
        (HEADER + ROW.replace("mg/L", ""), "unit is missing"),
        (HEADER + ROW + ROW.replace("01-05", "01-06").replace("mg/L", "mg/dL"), "row 3, column 'unit'"),
        (HEADER + ROW + ROW.replace("4.2", "5"), "another value at the same time"),
        (HEADER + ROW.replace("crp", "cpr"), "did you mean 'crp'"),
        (HEADER + ROW.replace("mg/L,", "mg/L,high"), "flag"),
        (HEADER + ROW.replace("4.2,mg/L,", ",mg/L,<LOD"), "limit_mg_per_l"),
        (HEADER + ROW.replace("crp,4.2", "cd8,"), "needs a value"),
        (HEADER + ROW.replace("crp,4.2", "cd8,-1"), "negative"),
        (HEADER + ROW.replace("P1", ""), "patient is missing"),
        (HEADER.replace("value", "valu") + ROW, "did you mean 'value'"),
        (HEADER.replace("unit,", "") + ROW.replace("mg/L,", ""), "'unit'"),
        (HEADER.replace("flag", "unit") + ROW, "twice"),
        (HEADER + ROW.replace("P1", "x" * 300), "characters"),
        (b"\xff\xfe" + (HEADER + ROW).encode("utf-16-le"), "UTF-8"),
        (HEADER.encode() + b"P1,\0\n", "not text"),
        (HEADER + '"P1,2026', "CSV"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_row(tmp_path, text, words):
    with pytest.raises(TimingError) as fault:
        read(tmp_path, text)
    assert words in str(fault.value)
    assert "crp.csv" in str(fault.value)


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "Surname",
        "first name",
        "MRN",
        "record_number",
        "dob",
        "date-of-birth",
        "NHS number",
        "email",
        "Initials",
    ],
)
def test_columns_that_say_who_the_patient_is_are_refused(tmp_path, column):
    with pytest.raises(TimingError, match="who the patient is"):
        read(tmp_path, f"{column},{HEADER}x,{ROW}")


@pytest.mark.parametrize("code", ["Anna Smith", '"Smith, Anna"', "1961-05-04", "4010 232 137", "a@b.org"])
def test_a_code_that_looks_like_a_person_is_refused_and_not_repeated(tmp_path, code):
    with pytest.raises(TimingError) as fault:
        read(tmp_path, HEADER + ROW + ROW.replace("P1", code))
    assert code.strip('"') not in str(fault.value)
    assert "row 3" in str(fault.value)


@pytest.mark.parametrize("code", ["P01", "patient 1", "arm A 7", "007"])
def test_a_plain_code_is_taken(tmp_path, code):
    assert read(tmp_path, HEADER + ROW.replace("P1", code))[0].label == "series 1"


def test_a_hundred_thousand_rows(tmp_path):
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows = "".join(
        f"P{k % 1000},{(start + dt.timedelta(hours=k)).isoformat()},crp,{1 + k % 7},mg/L,\n" for k in range(100_000)
    )
    series = read(tmp_path, HEADER + rows)
    assert len(series) == 1000
    assert sum(one.n for one in series) == 100_000
    with pytest.raises(TimingError, match="row 100002"):
        read(tmp_path, HEADER + rows + "P1,then,crp,1,mg/L,\n")


@settings(max_examples=60)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_cause_anything_but_a_clear_refusal(tmp_path_factory, content, headed):
    folder = tmp_path_factory.mktemp("fuzz")
    with contextlib.suppress(TimingError):
        read(folder, (HEADER.encode() if headed else b"") + content)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 5000), st.floats(0.01, 900.0)), min_size=1, max_size=12, unique_by=lambda pair: pair[0]
    ),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_is_written_is_read_whatever_the_offset(tmp_path_factory, pairs, minutes):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    start = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    rows = "".join(
        f"P1,{(start + dt.timedelta(hours=hour)).astimezone(zone).isoformat()},crp,{value!r},mg/L,\n"
        for hour, value in pairs
    )
    (series,) = read(tmp_path_factory.mktemp("round"), HEADER + rows)
    ordered = sorted(pairs)
    assert series.values.tolist() == [value for _, value in ordered]
    assert series.hours == pytest.approx(np.array([hour - ordered[0][0] for hour, _ in ordered]))


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05 08:00:00+01",
        "2026-01-05T08:00:00+0100",
        "2026-01-05 08:00:00 +0100",
        "2026-01-05 08:00:00.000000000+01:00",
        '"2026-01-05T08:00:00,000+01"',
        "2026-01-05t07:00z",
        "2026-01-05 07:00 Z",
        "2026-01-05 02:30-04:30",
    ],
)
def test_every_way_iso_8601_and_databases_write_a_time_is_read(tmp_path, text):
    rows = ROW.replace("2026-01-05T08:00+01:00", text) + "P1,2026-01-06T07:00Z,crp,5,mg/L,\n"
    (series,) = read(tmp_path, HEADER + rows)
    assert series.hours.tolist() == [0.0, 24.0]


@pytest.mark.parametrize(
    "text", ["2026-01-05 08:00:00  +01", "2026-01-05 08:00 +1", "2026-01-05 08:00 CET", "2026-01-05 08+01"]
)
def test_what_is_no_time_with_an_offset_is_refused(tmp_path, text):
    with pytest.raises(TimingError, match=r"offset|8601"):
        read(tmp_path, HEADER + ROW.replace("2026-01-05T08:00+01:00", text))


def test_settings_beside_the_table(tmp_path):
    file = tmp_path / "timing.toml"
    file.write_text('assay_cv = 0.1\nlimit_mg_per_l = 0.3\nlaboratory = "north"\nknown_events = "pulse"\n')
    text = HEADER + ROW + "P1,2026-01-06T08:00Z,crp,,mg/L,<LOD\nP1,2026-01-06T12:00Z,infection,,,\n"
    (series,) = read(tmp_path, text, file)
    assert series.values.tolist() == [4.2, 0.3]
    assert series.assay_sd == pytest.approx(0.09975, abs=1e-5)
    assert series.laboratories == ("north", "north")
    assert series.pulses == (series.events[0].hours,)
    with pytest.raises(TimingError, match="without a flag"):
        read(tmp_path, HEADER + ROW.replace("4.2", "0.2"), file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("assay_cv = 3", "assay_cv"),
        ("assay_sd = 0.1", "assay_sd"),
        ("prior_cycle = 1.0", "prior_cycle"),
        ("assay_cv = ", "TOML"),
        ('known_events = "drop"', "cut"),
        ("assay_cv = nan", "assay_cv"),
    ],
)
def test_wrong_settings_are_refused_by_key(tmp_path, text, words):
    file = tmp_path / "timing.toml"
    file.write_text(text)
    with pytest.raises(TimingError) as fault:
        load_config(file)
    assert words in str(fault.value)
    assert "timing.toml" in str(fault.value)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(TimingError, match=r"cannot be read"):
        read_series(tmp_path / "none.csv")
    with pytest.raises(TimingError, match=r"cannot be read"):
        load_config(tmp_path / "none.toml")
    assert TimingConfig().prior.cycle == 0.5


@pytest.mark.parametrize("kind", ["dose", "surgery", "infection", "steroid"])
def test_what_came_before_the_first_sample_and_leaves_none_is_said_with_its_date(tmp_path, kind):
    path = tmp_path / "crp.csv"
    head, sample = "datetime,kind,value,unit\n", "2026-01-{:02}T08:00+01:00,crp,5,mg/L\n"
    samples = "".join(sample.format(day) for day in range(5, 20))
    path.write_text(head + samples + f"2026-01-02T08:00+01:00,{kind},,\n")
    with pytest.raises(TimingError, match=rf"a {kind} on 2026-01-02 lies before the first CRP sample") as caught:
        read_series(path)
    assert caught.value.where == "crp.csv, row 17, column 'datetime'"
    assert "take its row out" in caught.value.fix
    if kind != "dose":
        assert read_series(path, TimingConfig(known_events="pulse"))[0].n == 15
    path.write_text(head + samples + f"2026-01-05T08:00+01:00,{kind},,\n")
    assert read_series(path)[0].n == 15  # at the very time of a sample: that one was taken before it

"""Tables in the layouts people have give the series that was written, a question or a fault: never another series."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cli import main
from bimodal.errors import TimingError
from bimodal.timing import read_series
from bimodal.timing.layouts import read_layout
from bimodal.timing.said import Said
from cpu import bounded

ZONES = ("+01:00", "-05:30", "Z", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def tables(draw):
    """Write samples of some patients in one of the layouts; give the text, what is to be said, and the samples."""
    zone = draw(st.sampled_from(ZONES))
    clock = Said(zone=zone).clock()
    patients = draw(st.integers(1, 3))
    layout = draw(st.sampled_from(["documented", "rows", "columns", "prefixed"]))
    minutes = st.integers(0, 300 * 24 * 60)
    samples = {}
    for k in range(patients):
        times = sorted(draw(st.lists(minutes, min_size=2, max_size=8, unique=True)))
        local = [(START + timedelta(minutes=one)).astimezone(clock) for one in times]
        # a time that the clock shows twice cannot be written without its offset
        kept = [one for one in local if one.utcoffset() == one.replace(fold=1 - one.fold).utcoffset()]
        values = draw(st.lists(st.integers(1, 9_999), min_size=len(kept), max_size=len(kept)))
        samples[f"P{k + 1:02}"] = [(t, v / 100, draw(st.booleans())) for t, v in zip(kept, values, strict=True)]
    samples = {who: own for who, own in samples.items() if own}
    separator = draw(st.sampled_from([",", ";", "\t"]))
    comma = draw(st.booleans())
    order = draw(st.sampled_from(["iso", "day-first", "month-first"]))
    unit = draw(st.sampled_from(["mg/L", "mg/dL"]))

    def number(value, below):
        text = f"{value:.2f}".replace(".", "," if comma else ".")
        text = f"<{text}" if below and layout != "documented" else text
        return f'"{text}"' if comma and separator == "," else text

    def time(one):
        date = {"iso": "%Y-%m-%d", "day-first": "%d.%m.%Y", "month-first": "%m/%d/%Y"}[order]
        return one.strftime(date), one.strftime("%H:%M")

    said = {"zone": zone, "dates": "" if order == "iso" else order}
    if layout == "documented":
        head = ["patient_id", "datetime", "kind", "value", "unit", "flag"]
        rows = [
            [who, " ".join(time(t)), "crp", number(v, b), unit, "<LOD" if b else ""]
            for who, own in samples.items()
            for t, v, b in own
        ]
    elif layout == "rows":
        head = ["Patient", "Datum", "Uhrzeit", f"CRP ({unit})"]
        rows = [[who, *time(t), number(v, b)] for who, own in samples.items() for t, v, b in own]
    else:
        head = ["date", *(f"CRP {who} [{unit}]" if layout == "prefixed" else who for who in samples)]
        rows = [
            [" ".join(time(t)), *(number(v, b) if other == who else "" for other in samples)]
            for who, own in samples.items()
            for t, v, b in own
        ]
        if layout == "columns":
            said |= {"columns": "patients", "unit": unit}
    return "\n".join(separator.join(row) for row in [head, *rows]) + "\n", Said(**said), samples, unit


@settings(max_examples=150)
@given(made=tables())
def test_any_series_in_any_layout_is_read_as_it_was_written(made, tmp_path_factory):
    text, said, samples, unit = made
    if not samples:
        return
    layout = read_layout(text.encode(), "crp.csv", said=said)
    found = layout.answered()
    assert len(found) == len(samples)
    for series, own in zip(found, samples.values(), strict=True):
        hours = [(t.astimezone(UTC) - own[0][0].astimezone(UTC)).total_seconds() / 3600 for t, _, _ in own]
        assert series.hours.tolist() == pytest.approx(hours, abs=1e-9)
        factor = 10.0 if unit == "mg/dL" else 1.0
        assert series.values.tolist() == pytest.approx([v * factor for _, v, _ in own])
        assert series.censored.tolist() == [b for _, _, b in own]
        assert series.clock_hours.tolist() == pytest.approx([t.hour + t.minute / 60 for t, _, _ in own])
    # the converted table is as documented: the strict reader finds the same in it
    file = tmp_path_factory.mktemp("t") / "converted.csv"
    file.write_text(layout.csv())
    for one, other in zip(found, read_series(file), strict=True):
        assert np.array_equal(one.hours, other.hours)
        assert np.array_equal(one.values, other.values)
        assert np.array_equal(one.censored, other.censored)


def read(text, **said):
    return read_layout(text.encode(), "crp.csv", said=Said(**said))


def test_the_documented_table_stays_as_it_is():
    text = "patient_id,datetime,kind,value,unit,flag\nP01,2026-01-05T08:10+01:00,crp,14.2,mg/L,\n"
    layout = read(text)
    assert layout.csv() == text
    assert layout.table.notes == ()


@pytest.mark.parametrize(
    ("text", "said", "about"),
    [
        ("date,CRP (mg/L)\n01/02/2026 08:10,4.2\n", {"zone": "Z"}, {"dates"}),
        ("date;CRP (mg/L)\n01.02.2026 08:10;4,2\n", {"zone": "Z"}, {"dates"}),
        ("date,CRP (mg/L)\n2026-02-01 08:10,4.2\n", {}, {"zone"}),
        ("date,CRP\n2026-02-01 08:10Z,4.2\n", {}, {"unit"}),
        ("date;CRP (mg/L)\n2026-02-01 08:10Z;1,000\n", {}, {"decimal"}),
        ("date,P01,P02\n2026-02-01 08:10Z,4.2,3.1\n", {}, {"columns", "unit"}),
        ("date,CA 125\n2026-02-01 08:10Z,4.2\n", {}, {"columns", "unit"}),
    ],
)
def test_what_has_two_readings_is_asked(text, said, about):
    layout = read(text, **said)
    assert {one.about for one in layout.questions} == about
    assert layout.series is None
    with pytest.raises(TimingError) as fault:
        layout.answered()
    assert all(f"--{one}" in str(fault.value) for one in about)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("13.02.26 08:10;4,2", "two digits"),
        ("13.02.2026;4,2", "no time of day"),
        ("2026-02-13;4,2", "no time of day"),
        ("30.02.2026 08:10;4,2", "does not exist"),
        ("29.03.2026 02:30;4,2", "put forward"),
        ("25.10.2026 02:30;4,2", "twice that night"),
        ("13.02.2026 08:10 PM;4,2", "not a date"),
        ("46027,34;4,2", "not a date"),
        ("13. Feb 2026 08:10;4,2", "not a date"),
        ("13.02.2026 08:10;1.234,5", "comma"),
        ("13.02.2026 08:10;1.000", "'1.000' has a decimal point, a decimal comma in row 2"),
        ("13.02.2026 08:10;< 1.000", "decimal point"),
        ("13.02.2026 08:10;>200", "not a number"),
        ("13.02.2026 08:10;14,2 mg/L", "comma"),
        ("13.02.2026 08:10;0", "greater than zero"),
        ("13.02.2026 08:10;4,2;7", "3 cells"),
        ("02/13/2026 08:10;4,2", "the month stands first here"),
    ],
)
def test_what_cannot_be_meant_is_a_fault_of_its_row(row, words):
    good = "Datum;CRP (mg/L)\n14.02.2026 08:10;4,2\n"
    with pytest.raises(TimingError) as fault:
        read(good + row + "\n", zone="Europe/Berlin")
    assert words in str(fault.value)
    assert "row 3" in str(fault.value)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("date;CRP (mg/L);CRP (mg/dL)", "more than one column"),
        ("date;CRP P01 (mg/L);CRP P02 (mg/dL)", "different units"),
        ("date;CRP P01;CRP P01", "one patient"),
        ("CRP (mg/L)", "date and time"),
        ("date;leukocytes", "unknown column 'leukocytes'"),
        ("date;CRP (nmol/L)", "unknown column"),
        ("date;CRP comment", "unknown column"),
        ("date;;CRP (mg/L)", "no name"),
        ("date;CRP (mg/L);kind;value", "use one layout"),
    ],
)
def test_a_header_that_is_not_clear_is_refused(head, words):
    with pytest.raises(TimingError) as fault:
        read(head + "\n" + ";".join(["1"] * (head.count(";") + 1)) + "\n")
    assert words in str(fault.value)
    assert "row 1" in str(fault.value)


def test_a_stated_separator_is_taken():
    assert read("sep=;\ndate;CRP (mg/L)\n2026-02-01 08:10Z;4,2\n").rows()[0][2] == "4.2"


def test_dates_of_the_zone_follow_its_summer_time():
    rows = read("date;CRP (mg/L)\n28.03.2026 08:00;1\n29.03.2026 08:00;2\n", zone="Europe/Berlin").answered()[0]
    assert rows.hours.tolist() == [0.0, 23.0]
    assert ZoneInfo("Europe/Berlin")


def test_the_command_reads_a_german_table_and_says_how(tmp_path, capsys):
    file = tmp_path / "crp.csv"
    file.write_text("Datum;Uhrzeit;CRP (mg/L)\n25.01.2026;08:10;14,2\n26.01.2026;08:10;<0,3\n")
    assert main(["timing", "assess", str(file)]) == 2
    assert "--zone Europe/Berlin" in capsys.readouterr().err
    assert main(["timing", "assess", str(file), "--zone", "Europe/Berlin"]) == 0
    said = capsys.readouterr().out
    assert "columns  separated by semicolons" in said
    assert "INSUFFICIENT_DATA" in said
    assert "no place for doses" in said


def test_a_long_header_costs_no_more_than_its_length():
    names = ";".join(f"CRP P{k:03}{' ' * 180}x" for k in range(200))
    with bounded(20), pytest.raises(TimingError):
        read(f"date;{names}\n2026-02-01 08:10Z;4,2\n")


def test_a_row_in_another_unit_than_the_head_of_its_column_is_named():
    rows = ["2026-01-01T08:00Z,5,mg/L", "2026-01-02T08:00Z,6,mg/dL", "2026-01-03T08:00Z,7,mg/L"]
    text = "\n".join(["date,CRP [mg/L],unit", *rows]) + "\n"
    with pytest.raises(TimingError, match="the unit is mg/L in the head of the column, and another here") as fault:
        read_layout(text.encode(), "crp.csv", said=Said())
    assert "crp.csv, row 3, column 'unit'" in str(fault.value)

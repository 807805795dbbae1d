import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimodal.dosing import read_event_table
from bimodal.errors import DosingError
from bimodal.units import DoseUnit


def table(folder, text, **options):
    file = folder / "doses.csv"
    file.write_text(text, "utf-8")
    return read_event_table(file, **{"unit": "MIU", **options})


def test_bolus_infusion_and_additional_doses(tmp_path):
    doses = table(tmp_path, "time,amt,rate,ii,addl\n0,12,0,0,0\n24,12,2,8,2\n")["1"]
    assert [(d.time_h, d.duration_h, d.route, d.amount, d.index) for d in doses] == [
        (0.0, 0.0, "iv_bolus", 12.0, 0),
        (24.0, 6.0, "iv_infusion", 12.0, 1),
        (32.0, 6.0, "iv_infusion", 12.0, 2),
        (40.0, 6.0, "iv_infusion", 12.0, 3),
    ]


def test_subjects_routes_units_and_observations(tmp_path):
    text = (
        "ID,TIME,AMT,EVID,CMT,UNIT,DV,MDV,SS\r\n"
        "b,0,1,1,sc,MIU/m2,.,1,0\r\n"
        "b,1,.,0,.,.,3.2,0,.\r\n"
        "\r\n"
        "a,0,600000,1,central,IU/kg,.,1,\r\n"
    )
    events = table(tmp_path, text, unit=None)
    assert list(events) == ["b", "a"]
    assert len(events) == 2
    assert [(d.route, d.unit) for d in events["b"]] == [("sc", DoseUnit("MIU", "m2"))]
    assert [(d.route, d.unit) for d in events["a"]] == [("iv_bolus", DoseUnit("IU", "kg"))]


def test_days_as_unit_of_time(tmp_path):
    doses = table(tmp_path, "time,amt,rate,ii,addl\n1,12,24,7,1\n", time_unit="day")["1"]
    assert [(d.time_h, d.duration_h) for d in doses] == [(24.0, 12.0), (192.0, 12.0)]


def test_observations_without_evid(tmp_path):
    assert len(table(tmp_path, "time,amt,dv\n0,5,.\n1,0,3\n2,.,3\n")["1"]) == 1


def test_a_dose_of_zero_was_held_and_na_is_missing(tmp_path):
    """Held doses and tables written by R: a 0 is a line of the record without input, NA is a blank."""
    text = "id,time,amt,rate,ii,addl,evid,dv\n1,0,5,NA,NA,NA,1,NA\n1,8,0,NA,8,1,1,NA\n"
    text += "1,9,NA,NA,NA,NA,0,3.5\n1,24,5,2,NA,NA,1,.\n"
    doses = table(tmp_path, text)["1"]
    assert [(d.time_h, d.amount, d.duration_h) for d in doses] == [
        (0.0, 5.0, 0.0),
        (8.0, 0.0, 0.0),
        (16.0, 0.0, 0.0),
        (24.0, 5.0, 2.5),
    ]
    assert [d.amount for d in table(tmp_path, "time,amt\n0,0\n1,2\n")["1"]] == [0.0, 2.0]


def test_a_held_infusion_is_not_refused_for_its_length(tmp_path):
    assert table(tmp_path, "time,amt,rate\n0,0,4\n8,4,4\n")["1"][0].duration_h == 0.0


def test_coincident_doses_keep_the_order_of_lines(tmp_path):
    doses = table(tmp_path, "time,amt,rate,ii,addl\n8,1,0,0,0\n0,2,1,8,1\n8,3,0,0,0\n", unit="nmol")["1"]
    assert [(d.time_h, d.amount) for d in doses] == [(0.0, 2.0), (8.0, 1.0), (8.0, 2.0), (8.0, 3.0)]


def test_back_to_back_infusions_do_not_overlap(tmp_path):
    assert table(tmp_path, "time,amt,rate,ii,addl\n0,8,1,8,5\n").warnings == ()
    warned = table(tmp_path, "id,time,amt,rate\n7,0,8,1\n7,4,8,1\n").warnings
    assert warned == ("subject 7: 1 infusion starts while another runs, first at 4 h (day 0.1667); their rates add",)


@pytest.mark.parametrize(
    ("header", "line", "column", "says"),
    [
        ("time,amt,ss", "0,1,1", "ss", "steady-state"),
        ("time,amt,ii,addl,ss", "0,1,12,0,2", "ss", "steady-state"),
        ("time,amt,rate", "0,1,-1", "rate", "modelled"),
        ("time,amt,rate", "0,1,-5", "rate", "negative"),
        ("time,amt,rate", "0,1,1e300", "rate", "under one second"),
        ("time,amt,rate", "0,1,inf", "rate", "finite"),
        ("time,amt,rate", "0,1,1e-30", "rate", "100 years"),
        ("time,amt,rate,route", "0,1,1,sc", "rate", "subcutaneous"),
        ("time,amt", "0,-1", "amt", "negative"),
        ("time,amt", "0,NA", "amt", "missing"),
        ("time,amt", "0,", "amt", "missing"),
        ("time,amt", "0,nan", "amt", "finite"),
        ("time,amt", "0,1e400", "amt", "too large"),
        ("time,amt", "0,1e20", "amt", "not supported"),
        ("time,amt", "0,1_000", "amt", "finite"),
        ("time,amt", "0,１", "amt", "finite"),
        ("time,amt", "-1,1", "time", "zero or later"),
        ("time,amt", ",1", "time", "zero or later"),
        ("time,amt", "1e9,1", "time", "100 years"),
        ("time,amt,ii,addl", "0,1,0,3", "ii", "interval"),
        ("time,amt,ii,addl", "0,1,-8,3", "ii", "negative"),
        ("time,amt,ii,addl", "0,1,8,0", "addl", "does nothing"),
        ("time,amt,ii,addl", "0,1,8,1.5", "addl", "whole"),
        ("time,amt,ii,addl", "0,1,8,-1", "addl", "whole"),
        ("time,amt,ii,addl", "0,1,8,1e9", "addl", "not supported"),
        ("time,amt,evid", "0,1,4", "evid", "event type 4"),
        ("time,amt,evid", "0,1,7", "evid", "0 (observation) or 1"),
        ("time,amt,evid", "0,1,0", "amt", "observation"),
        ("time,amt,evid", "0,.,1", "amt", "missing"),
        ("time,amt,evid", "0,NA,1", "amt", "missing"),
        ("time,amt,cmt", "0,1,2", "cmt", "compartment number"),
        ("time,amt,route", "0,1,im", "route", "unknown route"),
        ("time,amt,unit", "0,1,U", "unit", "ambiguous"),
        ("id,time,amt", ",0,1", "id", "missing"),
        ("time,amt", "0,1,2", "amt", "3 fields"),
        ("time,amt,rate", "0,1", "amt", "2 fields"),
    ],
)
def test_a_fault_names_file_line_and_column(tmp_path, header, line, column, says):
    with pytest.raises(DosingError) as caught:
        table(tmp_path, f"{header}\n\n{line}\n")
    message = str(caught.value)
    assert says in message
    assert f"doses.csv, line 3, column '{column}'" in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("time,amt\n", "no dose"),
        ("amt\n1\n", "missing"),
        ("time,amt,addll\n0,1,2\n", "did you mean 'addl'"),
        ("time,amt,amt\n0,1,2\n", "twice"),
        ("time,amt,cmt,route\n0,1,sc,sc\n", "both"),
        ('time,amt\n0,"1\n', "not CSV"),
        ("time,amt\n0,1\0\n", "not text"),
        ("time,amt,ii,addl\n0,1,1,60000\n0,1,1,60000\n", "one subject"),
    ],
)
def test_bad_tables(tmp_path, text, says):
    with pytest.raises(DosingError, match=says) as caught:
        table(tmp_path, text)
    assert "doses.csv" in str(caught.value)


def test_bad_files_and_options(tmp_path):
    for target in (tmp_path / "no.csv", tmp_path):
        with pytest.raises(DosingError, match="cannot be read"):
            read_event_table(target, unit="MIU")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(DosingError, match="UTF-8"):
        read_event_table(tmp_path / "b.csv", unit="MIU")
    with pytest.raises(DosingError, match="unit of amt is not given"):
        table(tmp_path, "time,amt\n0,1\n", unit=None)
    with pytest.raises(DosingError, match="route must be"):
        table(tmp_path, "time,amt\n0,1\n", route="im")


rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "2"]),
        st.integers(0, 20),
        st.integers(1, 9),
        st.sampled_from([0, 1, 2, 4]),
        st.integers(1, 8),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, st.randoms(use_true_random=False))
def test_coincident_and_back_to_back_doses(tmp_path, lines, shuffler: random.Random):
    """Doses, their totals and their order in time do not depend on the order of lines; ties keep it."""
    header = "id,time,amt,rate,ii,addl"

    def write(order):
        body = [f"{i},{t},{a},{r},{ii if n else 0},{n}" for i, t, a, r, ii, n in order]
        return table(tmp_path, "\n".join([header, *body]))

    events = write(lines)
    for subject, doses in events.items():
        expected = [
            (float(t + k * ii), a / r if r else 0.0, float(a))
            for i, t, a, r, ii, n in lines
            if i == subject
            for k in range(n + 1)
        ]
        assert [(d.time_h, d.duration_h, d.amount) for d in doses] == sorted(expected, key=lambda row: row[0])
    shuffled = list(lines)
    shuffler.shuffle(shuffled)
    again = write(shuffled)
    for subject, doses in events.items():
        key = sorted((d.time_h, d.duration_h, d.amount) for d in doses)
        assert key == sorted((d.time_h, d.duration_h, d.amount) for d in again[subject])


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from('time,amtrateiddlss.0129-e\n" \r\x00U'), max_size=60))
def test_any_text_gives_a_table_or_a_dosing_error(tmp_path, text):
    for start in ("", "time,amt,rate,ii,addl\n", "id,time,amt,evid,ss\n"):
        message = "doses.csv"
        try:
            table(tmp_path, start + text)
        except DosingError as error:
            message = str(error)
        assert "doses.csv" in message


@pytest.mark.parametrize("nothing", ["NA", "na", ".", ""])
def test_what_r_and_nonmem_write_for_nothing_is_missing(tmp_path, nothing):
    file = tmp_path / "doses.csv"
    file.write_text(f"ID,TIME,AMT,DV\n1,0,1.5,{nothing}\n1,4,{nothing},3.1\n1,24,1.5,{nothing}\n")
    table = read_event_table(file, unit="MIU", route="sc")
    assert [(dose.time_h, dose.amount) for dose in table["1"]] == [(0.0, 1.5), (24.0, 1.5)]

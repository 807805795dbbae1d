"""Dose tables run through a model file: every subject has their own doses, against sums in closed form."""

from __future__ import annotations

import math

import pytest

from bimodal.dosing import read_event_table
from bimodal.errors import BimodalError
from bimodal.exchange import table_courses

K = 0.1
STATE = "model one\n A = 0; k = 0.1; A' = -k*A;\nend"
SPECIES = """model one
  unit time_unit = 3600 second;
  compartment body = 4; species C in body; substanceOnly species depot in body; C = 0; depot = 0;
  k = 0.1; ka = 0.5; rate = 0;
  loss: C -> ; k*C*body; enter: -> C; rate; absorb: depot -> C; ka*depot;
end"""
THREE = """ID,TIME,AMT,RATE,II,ADDL,EVID,ROUTE,UNIT
1,0,1000,4000,8,6,1,iv,nmol
2,0,500,2000,6,8,1,iv,nmol
3,0,500,1000,6,8,1,iv,nmol
"""


def infused(at, start, amount, rate):
    """Amount left of one infusion in one compartment."""
    length = amount / rate
    stop = min(at, start + length)
    return 0.0 if at <= start else rate / K * (1 - math.exp(-K * (stop - start))) * math.exp(-K * (at - stop))


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    return write


def at(found, quantity="A"):
    return {one.subject: one.values[quantity].tolist() for one in found.subjects}


def test_three_subjects_of_infusions_by_the_sum_over_doses(write):
    found = table_courses(write("m.ant", STATE), write("d.csv", THREE), times=[48.0, 50.0])
    assert at(found) == {
        "1": pytest.approx([819.451, 1499.961], abs=6e-4),
        "2": pytest.approx([610.782, 914.592], abs=6e-4),
        "3": pytest.approx([618.513, 926.168], abs=6e-4),
    }
    for name, (amount, rate, interval, more) in {"1": (1000, 4000, 8, 6), "3": (500, 1000, 6, 8)}.items():
        own = [interval * k for k in range(more + 1)]
        exact = [sum(infused(time, start, amount, rate) for start in own) for time in (48.0, 50.0)]
        assert at(found)[name] == pytest.approx(exact, rel=1e-6)
    assert any("one hour is taken" in note for note in found.notes)


def test_injections_at_odd_times_beside_infusions_that_overlap(write):
    table = write(
        "d.csv",
        "id,time,amt,rate,ii,addl,route,unit\n"
        "b,0.7,40,.,.,.,sc,nmol\nb,13.1,0,.,.,.,sc,nmol\nb,29.9,25,.,.,.,sc,nmol\na,1,60,5,6,3,iv,nmol\n",
    )
    model, when = write("m.ant", SPECIES), [0.0, 13.1, 20.0, 40.0]
    with pytest.raises(BimodalError, match="iv_infusion, and nothing says where"):
        table_courses(model, table, times=when, into={"sc": "depot"})
    found = table_courses(model, table, times=when, into={"sc": "depot", "iv_infusion": "rate"}, workers=2)
    assert [one.subject for one in found.subjects] == ["b", "a"]
    assert [(one.doses, one.held) for one in found.subjects] == [(2, 1), (4, 0)]

    def absorbed(t, start, amount, ka=0.5):
        late = t - start
        return amount * ka / (ka - K) * (math.exp(-K * late) - math.exp(-ka * late)) if late > 0 else 0.0

    exact = [(absorbed(t, 0.7, 40) + absorbed(t, 29.9, 25)) / 4 for t in when]
    assert at(found, "C")["b"] == pytest.approx(exact, rel=1e-6, abs=1e-9)
    exact = [sum(infused(t, 1 + 6 * k, 60, 5) for k in range(4)) / 4 for t in when]
    assert at(found, "C")["a"] == pytest.approx(exact, rel=1e-6, abs=1e-9)
    assert any("while another runs" in text for text in found.warnings)
    # the same infusion straight into the species, as a compartment receives it elsewhere
    direct = table_courses(model, table, times=when, into={"sc": "depot", "iv_infusion": "C"})
    assert at(direct, "C")["a"] == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_days_of_the_table_in_a_model_of_hours(write):
    table = write("d.csv", "time,amt,rate,ii,addl\n0,12,24,1,2\n0.5,4,.,.,.\n")
    doses = read_event_table(table, unit="nmol", time_unit="day")
    found = table_courses(write("m.ant", STATE), doses, times=[36.0, 60.0])
    exact = [
        sum(infused(t, 24 * k, 12, 1) for k in range(3)) + (4 * math.exp(-K * (t - 12)) if t > 12 else 0)
        for t in (36, 60)
    ]
    assert at(found)["1"] == pytest.approx(exact, rel=1e-6)


def test_a_subject_does_not_depend_on_the_others(write):
    model = write("m.ant", STATE)
    lines = THREE.splitlines(keepends=True)
    alone = table_courses(model, write("one.csv", lines[0] + lines[3]), times=[50.0])
    together = table_courses(model, write("d.csv", THREE), times=[50.0])
    assert at(alone)["3"] == at(together)["3"]


def test_a_subject_that_fails_is_counted(write):
    model = write("m.ant", "model burst\n unit time_unit = 3600 second;\n A = 0; A' = A^2 - A;\nend")
    table = write("d.csv", "id,time,amt,unit\ncalm,0,0.5,nmol\nhot,0,5,nmol\n")
    found = table_courses(model, table, times=[0.0, 4.0])
    assert [one.failed for one in found.subjects] == [False, True]
    assert found.to_json()["failed"] == 1
    assert found.to_json()["subjects"][1]["quantities"]["A"] == [None, None]


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (THREE, {"into": "B"}, "'B'"),
        (THREE, {"into": {"im": "A"}}, "doses enter by"),
        (THREE, {"unit": "IU"}, "no unit of amount"),
        (THREE, {"parameters": {"kk": 1.0}}, "no constant 'kk'"),
        (THREE, {"times": [2.0, 1.0]}, "ascending"),
        (THREE, {"time_unit": "week"}, "no unit of time"),
        (THREE.replace("nmol", "MIU"), {}, "in which unit the model counts"),
        (THREE.replace("nmol", "MIU"), {"unit": "nmol"}, "unless the molecule is known"),
        (THREE.replace("nmol", "nmol/kg"), {"unit": "nmol", "drug": "aldesleukin"}, "weight"),
    ],
)
def test_what_cannot_enter_the_model_is_refused_in_words(write, table, options, says):
    with pytest.raises(BimodalError, match=says):
        table_courses(write("m.ant", STATE), write("d.csv", table), **{"times": [1.0], **options})


def test_doses_in_iu_of_a_named_drug_enter_in_moles(write):
    found = table_courses(
        write("m.ant", STATE),
        write("d.csv", "id,time,amt,unit\na,0,1,MIU\nb,0,15.3,ug\n"),
        times=[10.0],
        unit="nmol",
        drug="aldesleukin",
    )
    one_miu = 1e6 / (18e6 / 1.1) * 1e6 / 15300.0  # nmol
    assert at(found)["a"] == pytest.approx([one_miu * math.exp(-1.0)], rel=1e-6)
    assert at(found)["b"] == pytest.approx([math.exp(-1.0)], rel=1e-6)

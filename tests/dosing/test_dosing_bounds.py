"""The parts of regimens and rules at their bounds: what lies just inside is kept, what lies just outside is refused."""

import math

import pytest

from bimodal.dosing import (
    AtMost,
    Condition,
    Escalate,
    Every,
    Gap,
    GiveOnly,
    NextLevel,
    OnDays,
    Phase,
    Reduce,
    Repeat,
    Route,
    Span,
    Start,
    Step,
    StopAfter,
    StopAtRandom,
    ThresholdTest,
    Titrate,
    Window,
    expand,
    parse_regimen,
    parse_rule,
)
from bimodal.dosing.clinical import clinical_sign
from bimodal.dosing.events import MAX_DOSES, read_event_table
from bimodal.dosing.limits import MAX_AMOUNT, MAX_DAY, MAX_HOURS
from bimodal.dosing.overlap import overlap_warnings
from bimodal.errors import DosingError, RegimenError
from bimodal.units import DoseUnit

MIU = DoseUnit("MIU")
SC = Route("sc")
DAY = Span(1.0, "day")
WHEN = Condition(((ThresholdTest("x", ">", 1.0),),))


def titrate(low=1.0, high=2.0, percent=25.0, least=50.0, most=200.0, of=1):
    return Titrate("x", low, high, "", percent, least, most, Window(1, of))


@pytest.mark.parametrize(
    ("make", "inside", "outside"),
    [
        (lambda x: Span(x, "h"), [1 / 3600 + 1e-9, MAX_HOURS], [0.0, -1.0, 1 / 3601, MAX_HOURS * 1.0001, math.inf]),
        (lambda x: Span(1.0, x), ["min", "h", "day", "week"], ["s", "month"]),
        (lambda x: Gap(x, DAY), ["off", "rest"], ["pause"]),
        (Repeat, [2, 100_000], [0, 1, 100_001]),
        (lambda x: Repeat(2, on_day=x), [2, 36_525], [0, 1, 36_526]),
        (Route, ["sc", "ip", "iv_bolus", "civ"], ["oral", "iv_infusion"]),
        (lambda x: OnDays((x,)), [1, MAX_DAY], [0, MAX_DAY + 1]),
        (OnDays, [(1, 2)], [(), (2, 2), (2, 1)]),
        (lambda x: OnDays((5,), x), [None, 5, MAX_DAY], [4, MAX_DAY + 1]),
        (lambda x: OnDays((1,), 7, x), [1, 48, 1440], [0, 7, 1441, 2880]),
        (lambda x: Phase(x, MIU, SC), [1e-300, MAX_AMOUNT], [0.0, -1.0, MAX_AMOUNT * 1.001, math.nan]),
        (lambda x: Phase(1.0, MIU, SC, Every(DAY), x), [1, MAX_DOSES, DAY], [0, MAX_DOSES + 1, None]),
        (lambda x: Window(x, 3), [1, 3], [0, 4]),
        (lambda x: Window(1, x), [1, 50], [0, 51]),
        (lambda x: Window(1, 1, 3.0, x), [3.0, 4.0, None], [2.9]),
        (lambda x: Window(1, 1, x, 3.0), [0.0, 3.0], [None, 3.1]),
        (lambda x: Window(every_days=x), [0.1, None], [0.0, -1.0, math.nan]),
        (lambda x: Start(x, WHEN), ["a", "second-line", "a" * 64], ["2nd", "if", "Until", "a" * 65, ""]),
        (lambda x: Start("a", WHEN, x), [1, 20], [0, 21]),
        (lambda x: Start("a", WHEN, x, True), [1], [2]),
        (lambda x: Reduce(x, WHEN), [0.001, 99.999], [0.0, 100.0]),
        (lambda x: StopAtRandom("cycle", x), [0.001, 100.0], [0.0, 100.001]),
        (lambda x: Escalate(x, WHEN), [100.001, 1000.0], [100.0, 1000.1]),
        (lambda x: Step(True, x, 200.0, WHEN), [0.001, 999.0], [0.0, 1000.0]),
        (lambda x: Step(False, x, 50.0, WHEN), [0.001, 99.0], [0.0, 100.0]),
        (lambda x: Step(True, 25.0, x, WHEN), [0.001, 1000.0], [0.0, 1000.1]),
        (lambda x: NextLevel(True, x, WHEN), [(150.0,), (150.0, 1000.0)], [(), (0.0,), (2.0, 2.0), (2.0, 1.0)]),
        (lambda x: NextLevel(False, x, WHEN), [(75.0, 50.0)], [(50.0, 50.0), (50.0, 75.0), (1001.0,)]),
        (lambda x: NextLevel(True, tuple(range(1, x + 1)), WHEN), [1, 20], [0, 21]),
        (lambda x: titrate(low=x), [0.001, 1.999], [0.0, 2.0]),
        (lambda x: titrate(percent=x), [0.001, 999.0], [0.0, 1000.0]),
        (lambda x: titrate(least=x), [0.001, 100.0], [0.0, 100.1]),
        (lambda x: titrate(most=x), [100.0, 1000.0], [99.9, 1000.1]),
        (lambda x: titrate(of=x), [1], [2]),
        (AtMost, [1, 100_000], [0, 100_001, math.nan]),
        (lambda x: StopAfter("course", x), [1, 100_000], [0, 100_001]),
        (lambda x: GiveOnly(x, False, WHEN), [1, 100_000], [0, 100_001]),
    ],
)
def test_what_lies_inside_is_kept_and_what_lies_outside_is_refused(make, inside, outside):
    for value in inside:
        make(value)
    for value in outside:
        with pytest.raises(DosingError):
            make(value)


@pytest.mark.parametrize(
    ("rule", "factor"),
    [
        ("reduce by 25 % if x > 1", 0.75),
        ("escalate to 150 % if x > 1", 1.5),
        ("escalate by 25 % up to 200 % if x > 1", 1.25),
        ("reduce by 25 % down to 50 % if x > 1", 0.75),
        ("titrate x to 2-3 by 25 % between 25 and 300 %", 1.25),
    ],
)
def test_what_a_dose_is_multiplied_by(rule, factor):
    assert parse_rule(rule).factor == factor


def test_a_titration_looks_below_and_above_its_band():
    rule = parse_rule("titrate x to 2-3 pM by 25 % between 25 and 300 % every 7 days")
    assert (str(rule.below), str(rule.above)) == ("x < 2 pM", "x > 3 pM")
    assert rule.when == Condition(((rule.below,), (rule.above,)), window=Window(every_days=7.0))


def test_which_cycles_a_rule_is_about():
    one, onwards = GiveOnly(2, False, WHEN), GiveOnly(2, True, WHEN)
    assert [one.concerns(cycle) for cycle in (1, 2, 3)] == [False, True, False]
    assert [onwards.concerns(cycle) for cycle in (1, 2, 3)] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 MIU continuous for 5 days", "'infusion'"),
        ("9 MIU/day CIV q8h on days 1-4", "has no interval"),
        ("1 MIU SC daily x2, repeat on 15", "'day'"),
        ("1 MIU SC then 1 MIU SC on days 5, 6 of 7 for 4 days", "no dose falls into this duration"),
        ("1 MIU SC every 1 min x60000 then 1 MIU SC every 1 min x60000", "over 100000 doses in all"),
        ("1 MIU SC every 1 min x50000 then 1 MIU SC every 1 min x50001", "over 100000 doses in all"),
        ("1 MIU SC every 1 min x100001", "100000"),
        ("1 MIU SC daily x0", "the number of doses must be"),
        ("1 MIU SC weekly x3000 then 1 MIU SC weekly x3000", "over 100 years"),
    ],
)
def test_a_regimen_out_of_bounds_is_refused(text, said):
    with pytest.raises((RegimenError, DosingError), match=said):
        expand(parse_regimen(text))


@pytest.mark.parametrize(
    ("duration", "given"),
    [
        ("4 days", 0),
        ("4.5 days", 1),
        ("4.6 days", 2),
        ("5 days", 2),
        ("5.4 days", 3),
        ("7 days", 4),
        ("11.5 days", 5),
        ("12 days", 6),
    ],
)
def test_doses_on_days_are_those_that_begin_within_the_duration(duration, given):
    text = f"1 MIU SC then 1 MIU SC bid on days 5, 6 of 7 for {duration}"
    if given:
        assert len(expand(parse_regimen(text)).doses) == 1 + given
    else:
        with pytest.raises(RegimenError, match="no dose falls"):
            expand(parse_regimen(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titrate x to 2 by 25 % between 25 and 300 %", "'-' and the upper end of the band"),
        ("escalate to -5 % if x > 1", "the dose must be greater than zero"),
        ("hold if x > 3 from day 1e999 on", "an elapsed day, 0 or later"),
        ("hold if x > 1 at least 2 of 3 visits", "'of last' and a number of visits"),
    ],
)
def test_a_rule_that_breaks_off_is_told_what_was_expected(text, said):
    with pytest.raises(RegimenError, match=said):
        parse_rule(text)


def test_a_regimen_of_as_many_doses_as_are_supported_is_read():
    assert len(parse_regimen("1 MIU SC every 1 min x50000 then 1 MIU SC every 1 min x50000").phases) == 2


def test_a_horizon_of_half_a_day_leaves_out_what_begins_there():
    schedule = expand(parse_regimen("1 MIU SC q6h x4"), horizon_days=0.5)
    assert [dose.time_h for dose in schedule.doses] == [0.0, 6.0]
    assert schedule.end_h == 12.0
    assert schedule.warnings == ("2 of 4 doses start at or after day 0.5, the horizon, and are left out",)
    for horizon in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(DosingError, match="the horizon must be a positive number of days"):
            expand(parse_regimen("1 MIU SC q6h x4"), horizon_days=horizon)


@pytest.mark.parametrize(
    ("name", "sign"),
    [("serum_creatinine", "serum creatinine"), ("Max.Fever", "temperature"), ("treg_fold", None), ("feverish", None)],
)
def test_a_name_of_a_clinical_sign_is_known(name, sign):
    assert clinical_sign(name) == sign


@pytest.mark.parametrize(
    ("read", "text", "hint"),
    [
        (parse_regimen, "1 MIU SC daily x2, off 1 day, off 1 day", "give their sum"),
        (
            parse_regimen,
            "1 MIU SC every 2 months x2",
            "a month has no fixed length\n.*\n.*\n  try:   give weeks or days",
        ),
        (parse_regimen, "9 MIU/m2/day CIV x5", "write 'CIV for 5 days'"),
        (parse_regimen, "9 MIU/m2/day CIV daily for 5 days", "write 'CIV for 5 days' or 'CIV on days 1-5'"),
        (parse_regimen, "off 3 days", "gaps and repeats follow a dose, after a comma"),
        (parse_rule, "hold if x >> 1", "this is no comparison\n.*\n.*\n  try:   write >=, >, <= or <"),
        (parse_rule, "give cyle 2 only if x > 1", "did you mean 'cycle'?"),
    ],
)
def test_who_is_refused_is_told_what_to_write(read, text, hint):
    with pytest.raises(RegimenError, match=hint):
        read(text)


def test_an_observation_with_an_amount_is_told_what_to_change(tmp_path):
    file = tmp_path / "doses.csv"
    file.write_text("time,amt,evid\n0,1,1\n24,1,0\n", encoding="utf-8")
    with pytest.raises(DosingError, match="try:   set evid to 1, or amt to 0"):
        read_event_table(file, unit="MIU", route="sc")


def test_a_table_gives_no_more_doses_than_a_regimen_may(tmp_path):
    file = tmp_path / "doses.csv"
    file.write_text(f"id,time,amt,ii,addl\n1,0,1,1,{MAX_DOSES - 1}\n2,0,1,0,0\n", encoding="utf-8")
    assert len(read_event_table(file, unit="MIU", route="sc").doses["1"]) == MAX_DOSES
    file.write_text(f"id,time,amt,ii,addl\n1,0,1,1,{MAX_DOSES - 2}\n1,0,1,1,1\n", encoding="utf-8")
    with pytest.raises(DosingError, match="doses for one subject"):
        read_event_table(file, unit="MIU", route="sc")


def test_a_table_gives_no_more_doses_to_all_subjects_than_it_may(tmp_path, monkeypatch):
    monkeypatch.setattr("bimodal.dosing.events.MAX_TABLE_DOSES", 5)
    file = tmp_path / "doses.csv"
    file.write_text("id,time,amt,ii,addl\n1,0,1,1,2\n2,0,1,1,1\n", encoding="utf-8")
    assert len(read_event_table(file, unit="MIU", route="sc").doses) == 2
    file.write_text("id,time,amt,ii,addl\n1,0,1,1,2\n2,0,1,1,2\n", encoding="utf-8")
    with pytest.raises(DosingError, match="this makes over 5 doses in the table") as fault:
        read_event_table(file, unit="MIU", route="sc")
    assert "line 3, column 'addl'" in str(fault.value)


@pytest.mark.parametrize("words", ["IP", "ip", "intraperitoneal", "intraperitoneally"])
def test_a_dose_into_the_belly_is_read(words):
    assert parse_regimen(f"1 ug {words} daily x2").phases[0].route == Route("ip")


@pytest.mark.parametrize("period", ["7", "7 days", "7 day"])
def test_a_period_is_so_many_days_however_it_is_said(period):
    assert str(parse_regimen(f"1 MIU SC on days 1, 2 of {period}")) == "1 MIU SC on days 1, 2 of 7"


def test_the_next_cycle_waits_for_the_end_of_the_last_infusion():
    assert expand(parse_regimen("1 MIU IV over 24 h qod x2, repeat on day 4")).cycle_starts_h == (0.0, 72.0)
    with pytest.raises(RegimenError, match="protocol day 4 is too early: the cycle before lasts into protocol day 4"):
        parse_regimen("1 MIU IV over 25 h qod x2, repeat on day 4")


def test_infusions_back_to_back_do_not_overlap_and_others_are_counted():
    def warned(text):
        return overlap_warnings(expand(parse_regimen(text)).doses, whose="drug")

    assert warned("1 MIU IV over 8 h q8h x3") == ()
    assert warned("1 MIU SC q1h x5") == ()
    assert warned("1 MIU IV over 9 h q8h x2") == (
        "drug: 1 infusion starts while another runs, first at 8 h (day 0.3333); their rates add",
    )
    assert warned("1 MIU IV over 20 h q8h x4") == (
        "drug: 3 infusions start while another runs, first at 8 h (day 0.3333); their rates add",
    )

import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bimodal.dosing import Every, Gap, OnDays, Phase, Regimen, Repeat, Route, Span, expand, parse_regimen
from bimodal.errors import DosingError, RegimenError
from bimodal.units import DoseUnit


def days(text):
    return [dose.time_h / 24 for dose in expand(parse_regimen(text)).doses]


def test_koreth_daily():
    schedule = expand(parse_regimen("1 MIU/m2 SC daily for 56 days"))
    assert [dose.time_h for dose in schedule.doses] == [24.0 * day for day in range(56)]
    assert {(dose.amount, dose.unit, dose.route, dose.duration_h) for dose in schedule.doses} == {
        (1.0, DoseUnit("MIU", "m2"), "sc", 0.0)
    }
    assert [dose.index for dose in schedule.doses] == list(range(56))
    assert schedule.cycle_starts_h == (0.0,)
    assert schedule.end_h == 56 * 24
    assert schedule.warnings == ()


def test_high_dose_repeat_on_day_15():
    schedule = expand(parse_regimen("600000 IU/kg IV over 15 min q8h x14, repeat on day 15"))
    first = [8.0 * k for k in range(14)]
    assert [dose.time_h for dose in schedule.doses] == first + [14 * 24 + time for time in first]
    assert {(dose.route, dose.duration_h) for dose in schedule.doses} == {("iv_infusion", 0.25)}
    assert schedule.cycle_starts_h == (0.0, 336.0)
    assert [dose.cycle for dose in schedule.doses] == [0] * 14 + [1] * 14
    assert schedule.end_h == 336 + 112
    assert schedule.cycle_lines()[1] == "cycle 2: first dose at day 14 (protocol day 15), 14 doses"


def test_sle_cycles():
    schedule = expand(parse_regimen("1 MIU SC qod for 14 days, off 14 days, x3"))
    assert days("1 MIU SC qod for 14 days, off 14 days, x3") == [c + d for c in (0, 28, 56) for d in range(0, 14, 2)]
    assert schedule.cycle_starts_h == (0.0, 28 * 24.0, 56 * 24.0)
    assert schedule.end_h == 70 * 24


def test_every_third_day():
    assert days("0.26 MIU/m2 SC q3d for 60 days") == list(range(0, 60, 3))


def test_three_times_a_week():
    assert days("0.15 MIU/m2 SC tiw for 84 days") == [7 * week + day for week in range(12) for day in (0, 2, 4)]


def test_phases_on_days_of_a_week():
    schedule = expand(
        parse_regimen("250000 IU/kg SC on days 1-5 of 7 for 1 week then 125000 IU/kg SC on days 1-5 of 7 for 5 weeks")
    )
    expected = [7 * week + day for week in range(6) for day in range(5)]
    assert [dose.time_h / 24 for dose in schedule.doses] == expected
    assert [dose.amount for dose in schedule.doses] == [250000.0] * 5 + [125000.0] * 25
    assert schedule.cycle_starts_h == (0.0, 168.0)
    assert schedule.end_h == 42 * 24


def test_rest_counts_from_the_last_interval():
    schedule = expand(parse_regimen("600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2"))
    assert schedule.cycle_starts_h == (0.0, 14 * 8 + 9 * 24.0)
    assert len(schedule.doses) == 28


def test_none_is_untreated():
    schedule = expand(parse_regimen("none"))
    assert (schedule.doses, schedule.cycle_starts_h, schedule.end_h, schedule.warnings) == ((), (), 0.0, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 MIU SC", [0]),
        ("1 MIU SC once", [0]),
        ("1 MIU SC once, x3", [0, 1, 2]),
        ("1 MIU SC, rest 6 days, x3", [0, 7, 14]),
        ("1 MIU SC bid for 2 days", [0, 0.5, 1, 1.5]),
        ("1 MIU SC qid x5", [0, 0.25, 0.5, 0.75, 1]),
        ("1 MIU SC weekly x3", [0, 7, 14]),
        ("1 MIU SC q2w x3", [0, 14, 28]),
        ("1 MIU SC qod for 7 days, off 7 days, x2", [0, 2, 4, 6, 14, 16, 18, 20]),
        ("1 MIU SC qod for 7 days, rest 7 days, x2", [0, 2, 4, 6, 15, 17, 19, 21]),
        ("1 MIU SC qod for 7 days then 2 MIU SC daily x2", [0, 2, 4, 6, 7, 8]),
        ("1 MIU SC daily for 24 hours", [0]),
        ("1 MIU SC daily for 25 hours", [0, 1]),
        ("1 MIU SC on days 1-3, off 4 days, repeat", [0, 1, 2, 7, 8, 9]),
        ("1 MIU SC on days 1-3 of 7", [0, 1, 2]),
        ("1 MIU SC on days 1-3 of 7 x5", [0, 1, 2, 7, 8]),
        ("1 MIU SC on days 1-3 of 7 for 9 days", [0, 1, 2, 7, 8]),
        ("1 MIU SC on days 1, 4 of 7 x3, rest 1 day, x2", [0, 3, 7, 11, 14, 18]),
        ("1 MIU SC bid on days 1, 3 of 7 for 60 h", [0, 0.5, 2]),
        ("1 MIU SC once then 2 MIU SC on days 3-4, repeat on day 8", [0, 3, 4, 8, 9]),
        ("1 MIU SC daily x2, repeat on day 8 x3", [0, 1, 7, 8, 14, 15]),
        ("1 MIU SC daily x2, rest 2 days, repeat, off 10 days, x2", [0, 1, 4, 5, 16, 17, 20, 21]),
        ("1 MIU SC daily x2, repeat on day 8, repeat on day 29", [0, 1, 7, 8, 28, 29, 35, 36]),
        ("1 MIU SC daily x2, off 5 days, x2 then 2 MIU SC", [0, 1, 7, 8, 14]),
        ("1 MIU SC daily x2, off 5 days then 2 MIU SC", [0, 1, 7]),
    ],
)
def test_times(text, expected):
    assert days(text) == expected


def test_intervals_that_are_no_binary_fraction_stay_exact():
    schedule = expand(parse_regimen("1 MIU IV over 20 min every 20 min for 1 h then 1 MIU SC q0.1h x11"))
    assert [dose.time_h for dose in schedule.doses[:3]] == [0.0, 1 / 3, 2 / 3]
    assert schedule.doses[13].time_h == 2.0
    assert schedule.warnings == ()


def test_continuous_infusion():
    total = expand(parse_regimen("45 MIU/m2 total CIV for 5 days"))
    rate = expand(parse_regimen("9 MIU/m2/day CIV for 5 days"))
    assert total == rate
    assert [(d.amount, d.duration_h, d.route) for d in rate.doses] == [(45.0, 120.0, "iv_infusion")]
    assert rate.end_h == 120.0
    weekly = expand(parse_regimen("9 MIU/m2/day CIV on days 1-4 of 7 for 2 weeks"))
    assert [d.time_h / 24 for d in weekly.doses] == [0, 1, 2, 3, 7, 8, 9, 10]
    assert {(d.amount, d.duration_h) for d in weekly.doses} == {(9.0, 24.0)}
    assert weekly.warnings == ()


def test_overlapping_infusions_warn():
    schedule = expand(parse_regimen("1 MIU IV over 9 h q8h x3"))
    assert schedule.warnings == ("2 infusions start while another runs, first at 8 h (day 0.3333); their rates add",)
    assert schedule.end_h == 25.0
    assert expand(parse_regimen("1 MIU IV over 8 h q8h x3")).warnings == ()


def test_horizon_cuts_half_open():
    schedule = expand(parse_regimen("1 MIU SC daily for 5 days, off 2 days, x2"), horizon_days=7)
    assert len(schedule.doses) == 5
    assert schedule.cycle_starts_h == (0.0,)
    assert "5 of 10 doses" in schedule.warnings[0]
    assert expand(parse_regimen("1 MIU SC daily for 5 days"), 5.0).warnings == ()
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(DosingError, match="horizon"):
            expand(parse_regimen("none"), bad)


SC, UNIT, DAILY = Route("sc"), DoseUnit("MIU", "m2"), Every(Span(1.0, "day"))


@pytest.mark.parametrize(
    "build",
    [
        lambda: Phase(0.0, UNIT, SC),
        lambda: Phase(math.nan, UNIT, SC),
        lambda: Phase(1.0, UNIT, SC, DAILY),
        lambda: Phase(1.0, UNIT, SC, DAILY, 0),
        lambda: Phase(1.0, UNIT, SC, None, 3),
        lambda: Phase(1.0, UNIT, SC, DAILY, 3, per_day=True),
        lambda: Phase(1.0, UNIT, SC, OnDays((1, 2)), 3),
        lambda: Phase(1.0, UNIT, Route("civ"), None, 3),
        lambda: Phase(1.0, UNIT, Route("civ"), DAILY, 3, per_day=True),
        lambda: Phase(1.0, UNIT, Route("civ"), OnDays((1,))),
        lambda: Phase(1.0, UNIT, SC, modifiers=(Gap("off", Span(1, "day")), Gap("rest", Span(1, "day")))),
        lambda: Route("iv_infusion"),
        lambda: Route("sc", Span(1, "h")),
        lambda: Span(0.0, "h"),
        lambda: Span(1e9, "week"),
        lambda: OnDays(()),
        lambda: OnDays((2, 1)),
        lambda: OnDays((1,), per_day=7),
        lambda: OnDays((8,), 7),
        lambda: Repeat(1),
        lambda: Repeat(2, 1),
        lambda: expand(Regimen((Phase(1.0, UNIT, SC, OnDays((2,))),))),
        lambda: expand(Regimen((Phase(1.0, UNIT, SC, DAILY, 60000, modifiers=(Repeat(2),)),))),
        lambda: expand(Regimen((Phase(1.0, UNIT, SC, DAILY, 30000),) * 2)),
        lambda: expand(Regimen((Phase(1.0, UNIT, SC, DAILY, 20, modifiers=(Repeat(2, 15),)),))),
    ],
)
def test_impossible_parts(build):
    with pytest.raises(DosingError):
        build()


numbers = st.one_of(
    st.integers(1, 60).map(float), st.floats(0.01, 50, allow_nan=False), st.sampled_from([1e-4, 1e10, 0.3, 600000.0])
)
spans = st.builds(
    Span, st.one_of(st.integers(1, 30).map(float), st.floats(0.1, 30)), st.sampled_from(["min", "h", "day", "week"])
)
routes = st.one_of(st.just(Route("sc")), st.just(Route("iv_bolus")), spans.map(lambda s: Route("iv_infusion", s)))
units = st.builds(
    DoseUnit,
    st.sampled_from(["IU", "kIU", "MIU", "Cetus U", "Roche U", "mg", "ug conjugate", "nmol IL-2"]),
    st.sampled_from(["flat", "kg", "m2"]),
)


@st.composite
def on_days(draw, per_day):
    listed = {1} | draw(st.sets(st.integers(1, 28), max_size=8))
    period = draw(st.one_of(st.none(), st.integers(max(listed), 40)))
    return OnDays(tuple(sorted(listed)), period, draw(per_day))


@st.composite
def phases(draw):
    kind = draw(st.sampled_from(["once", "every", "days", "civ", "civ days"]))
    amount, unit, route = draw(numbers), draw(units), draw(routes)
    limits = st.one_of(st.integers(1, 20), spans)
    frequency, limit, per_day = None, None, False
    if kind == "every":
        frequency, limit = Every(draw(spans)), draw(limits)
    elif kind == "days":
        frequency = draw(on_days(st.sampled_from([1, 2, 3, 4, 6, 16, 24])))
    elif kind == "civ":
        route, limit, per_day = Route("civ"), draw(spans), draw(st.booleans())
    elif kind == "civ days":
        route, frequency, per_day = Route("civ"), draw(on_days(st.just(1))), True
    if isinstance(frequency, OnDays) and frequency.period is not None:
        limit = draw(st.one_of(st.none(), limits))
    modifiers = []
    for _ in range(draw(st.integers(0, 3))):
        gap = st.builds(Gap, st.sampled_from(["off", "rest"]), spans)
        repeat = st.builds(Repeat, st.integers(2, 4), st.one_of(st.none(), st.integers(2, 200)))
        after_gap = bool(modifiers) and isinstance(modifiers[-1], Gap)
        modifiers.append(draw(repeat if after_gap else st.one_of(gap, repeat)))
    return Phase(amount, unit, route, frequency, limit, per_day, tuple(modifiers))


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.lists(phases(), max_size=3).map(tuple).map(Regimen))
def test_round_trip_and_order(regimen):
    try:
        schedule = expand(regimen)
    except DosingError:
        # what cannot be given is refused in the text as well
        with pytest.raises(RegimenError):
            parse_regimen(str(regimen))
        return
    assume(len(schedule.doses) < 5000)
    again = parse_regimen(str(regimen))
    assert again == regimen
    assert str(again) == str(regimen)
    assert expand(again) == schedule
    times = [dose.time_h for dose in schedule.doses]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert times[:1] in ([], [0.0])
    assert [dose.index for dose in schedule.doses] == list(range(len(times)))
    assert len(schedule.cycle_starts_h) == len(schedule.cycle_lines())
    firsts = {}
    for dose in schedule.doses:
        firsts.setdefault(dose.cycle, dose.time_h)
    assert tuple(firsts.values()) == schedule.cycle_starts_h


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 48), st.integers(1, 200))
def test_a_duration_is_half_open(interval, duration):
    schedule = expand(parse_regimen(f"1 MIU SC q{interval}h for {duration} h"))
    assert [dose.time_h for dose in schedule.doses] == [float(t) for t in range(0, duration, interval)]


@settings(deadline=None, max_examples=60)
@given(st.sets(st.integers(2, 9), max_size=5), st.integers(9, 12), st.sampled_from([1, 2, 3, 4]), st.integers(1, 800))
def test_days_of_a_period_against_a_plain_count(more, period, per_day, hours):
    listed = sorted({1} | more)
    text = f"1 MIU SC q{24 // per_day}h on days {', '.join(map(str, listed))} of {period} for {hours} h"
    expected = [
        Fraction(24 * day) + Fraction(24 * part, per_day)
        for day in range(40)
        if day % period + 1 in listed
        for part in range(per_day)
    ]
    assert [dose.time_h for dose in expand(parse_regimen(text)).doses] == [float(t) for t in expected if t < hours]

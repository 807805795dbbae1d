import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.errors import RegimenError
from bimodal.units import DoseUnit
from cpu import bounded


def days(text):
    return [dose.time_h / 24 for dose in expand(parse_regimen(text)).doses]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1 MIU/m² sc QD for 56 days", "1 MIU/m2 SC daily for 56 days"),
        ("1 MIU/m2 subcutaneously once daily for 8 weeks", "1 MIU/m2 SC daily for 8 weeks"),
        ("5 µg/kg IV q24h x5", "5 ug/kg IV bolus q24h x5"),
        ("5 mcg/kg IV bolus every day x 5", "5 ug/kg IV bolus daily x5"),
        ("600000 iu/kg iv OVER 15 minutes TID for 14 doses", "600000 IU/kg IV over 15 min q8h x14"),
        ("1e6 Cetus U/m2 IV infusion over 6 hrs", "1000000 Cetus U/m2 IV over 6 h"),
        ("1 MIU SC every other day for 14 days, off 14 days, x3", "1 MIU SC qod for 14 days, off 14 days, repeat x3"),
        ("1 MIU SC three times a week for 2 weeks", "1 MIU SC tiw for 2 weeks"),
        ("1 MIU SC on days 1, 3, 5 of 7 for 2 weeks", "1 MIU SC tiw for 2 weeks"),
        ("1 MIU SC on days 1,3,5", "1 MIU SC on days 1, 3, 5"),
        ("1 MIU SC on days 1–3, 5 and 8 to 10", "1 MIU SC on days 1-3, 5, 8-10"),
        ("1 MIU SC on day 1 of 14", "1 MIU SC on day 1 of 14"),
        ("1 MIU SC twice daily on days 1-5", "1 MIU SC q12h on days 1-5"),
        ("1 MIU SC every 90 min on day 1", "1 MIU SC every 90 min on day 1"),
        ("1 MIU SC q2w ×4", "1 MIU SC q2w x4"),
        ("1 MIU SC q 3 days x4, repeat", "1 MIU SC q3d x4, repeat x2"),
        ("1 MIU SC once, rest 6 days, x2 THEN 2 MIU SC", "1 MIU SC, rest 6 days, repeat x2 then 2 MIU SC"),
        ("1 MIU SC qid x4, then 2 MIU SC weekly x2", "1 MIU SC q6h x4 then 2 MIU SC weekly x2"),
        ("9 MIU/m2/day continuous infusion for 5 days", "9 MIU/m2/day CIV for 5 days"),
        ("9 MIU/m2 per day continuous IV infusion on days 1-4", "9 MIU/m2/day CIV on days 1-4"),
        ("45 MIU/m2 in total CIV for 120 h", "45 MIU/m2 total CIV for 120 h"),
        (".5 mg conjugate/kg IV", "0.5 mg conjugate/kg IV bolus"),
        (" NONE\n", "none"),
    ],
)
def test_canonical_text(text, canonical):
    regimen = parse_regimen(text)
    assert str(regimen) == canonical
    assert parse_regimen(canonical) == regimen
    assert expand(parse_regimen(canonical)) == expand(regimen)


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "empty"),
        ("   ", 3, "empty"),
        ("1 MIU/m2 SC dialy for 56 days", 12, "did you mean 'daily'"),
        ("1 MIU/m2 SCC daily for 5 days", 9, "expected a route: SC, IP, IV"),
        ("1 MIU/m2 IM daily for 5 days", 9, "expected a route"),
        ("1 MUI SC", 2, "not a dose unit"),
        ("1 U/kg SC", 2, "ambiguous"),
        ("1 mIU SC", 2, "milli-IU"),
        ("1 MIU/lb SC", 6, "kg or m2"),
        ("1 SC daily x3", 2, "not a dose unit"),
        ("MIU SC", 0, "a number"),
        ("-1 MIU SC", 0, "greater than zero"),
        ("0 MIU SC", 0, "greater than zero"),
        ("0.0e9 MIU SC", 0, "greater than zero"),
        ("nan MIU SC", 0, "finite"),
        ("inf MIU SC", 0, "finite"),
        ("1e400 MIU SC", 0, "too large"),
        ("1e16 MIU SC", 0, "not supported"),
        ("１ MIU SC", 0, "digits 0 to 9"),
        ("² MIU SC", 0, "digits 0 to 9"),
        ("1.5.2 MIU SC", 3, "cannot read this number"),
        ("600,000 IU/kg IV", 3, "comma"),
        ("0,3 MIU SC", 1, "comma"),
        ("600 000 IU/kg IV", 4, "expected a dose unit"),
        ("1 MIU IV over 0 min", 14, "greater than zero"),
        ("1 MIU IV over 1e-9 min", 14, "under one second"),
        ("1 MIU IV over 15", 16, "unit of time"),
        ("1 MIU IV over 1,5 h", 15, "comma"),
        ("1 MIU IV infusion daily x3", 18, "'over'"),
        ("1 MIU SC every 0 h x3", 15, "greater than zero"),
        ("1 MIU SC q0h x3", 10, "greater than zero"),
        ("1 MIU SC q8 x3", 12, "unit of time"),
        ("1 MIU SC q8h x0", 14, "greater than zero"),
        ("1 MIU SC q8h x-3", 14, "greater than zero"),
        ("1 MIU SC q8h x1.5", 14, "whole number"),
        ("1 MIU SC q8h x100001", 14, "not supported"),
        ("1 MIU SC q8h", 12, "how long"),
        ("1 MIU SC tiw, x3", 12, "how long"),
        ("1 MIU SC daily for 5 days x3", 26, "either a count or a duration"),
        ("1 MIU SC q8h x14 for 5 days", 17, "either a count or a duration"),
        ("1 MIU SC for 5 days", 9, "needs a frequency"),
        ("1 MIU SC x5", 9, "needs a frequency"),
        ("1 MIU SC daily for 2 months", 21, "no fixed length"),
        ("1 MIU SC daily for 101 years", 23, "no fixed length"),
        ("1 MIU SC daily for 6000 weeks", 19, "100 years"),
        ("1 MIU SC every 1 min for 100 days", 0, "at most 100000"),
        ("1 MIU SC daily for 5 days,", 26, "expected off, rest, repeat"),
        ("1 MIU SC daily for 5 days repeat", 26, "expected ',' before 'repeat'"),
        ("1 MIU SC daily for 5 days, repaet", 27, "did you mean 'repeat'"),
        ("1 MIU SC daily for 5 days, repeat x1", 35, "repeats nothing"),
        ("1 MIU SC daily for 5 days, x0", 28, "greater than zero"),
        ("1 MIU SC daily for 5 days, off 0 days", 31, "greater than zero"),
        ("1 MIU SC daily for 5 days, off 2 days, rest 3 days", 39, "two gaps"),
        ("1 MIU SC daily for 20 days, repeat on day 15", 28, "too early"),
        ("1 MIU SC daily for 5 days, repeat on day 1", 27, "day 2 or later"),
        ("1 MIU SC daily for 5 days, off 20 days, repeat on day 15", 40, "too early"),
        ("1 MIU SC daily for 5 days, repeat x99999", 27, "at most 100000"),
        ("1 MIU SC daily for 5 days then", 30, "a number"),
        ("1 MIU SC daily for 5 days then none", 31, "expected a dose"),
        ("none, x2", 4, "stands alone"),
        ("off 3 days", 0, "expected a dose"),
        ("1 MIU SC on days 3-5", 0, "protocol day 1"),
        ("1 MIU SC on days 5-1", 17, "increase"),
        ("1 MIU SC on days 1, 1", 20, "increase"),
        ("1 MIU SC on days 1-999999999", 17, "not supported"),
        ("1 MIU SC on days 0-5", 17, "greater than zero"),
        ("1 MIU SC on days 1-5 of 3", 24, "outside the period"),
        ("1 MIU SC on days 1-5 for 2 weeks", 21, "ends by itself"),
        ("1 MIU SC qod on days 1-5", 9, "whole number of times"),
        ("1 MIU SC tiw on days 1-5", 9, "whole number of times"),
        ("1 MIU/m2/day SC daily for 5 days", 13, "only with CIV"),
        ("1 MIU/m2 total SC daily for 5 days", 9, "only with CIV"),
        ("1 MIU/m2 CIV for 5 days", 9, "per day, or of the whole infusion"),
        ("1 MIU/m2/day CIV", 16, "how long"),
        ("1 MIU/m2/day CIV x5", 17, "duration"),
        ("1 MIU/m2/day CIV daily for 5 days", 17, "no interval"),
        ("1 MIU/m2/day total CIV for 5 days", 13, "exclude"),
        ("1 MIU/m2 total CIV on days 1-5", 15, "per day"),
        ("1 MIU SC daily for 5 days; drop table", 25, "expected"),
    ],
)
def test_error_points_at_the_character(text, position, says):
    with pytest.raises(RegimenError) as caught:
        parse_regimen(text)
    lines = str(caught.value).splitlines()
    assert says in str(caught.value)
    assert caught.value.position == position
    assert lines[2].index("^") == position + 2


def test_long_text_is_refused_fast():
    for text in ("x" * 1_000_000, "1 MIU SC, " * 100_000, "9" * 1_000_000):
        with bounded(20), pytest.raises(RegimenError, match="too long") as caught:
            parse_regimen(text)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "piece",
    [
        "1 MIU SC on days 1-3660 of 3660 for 1 day then ",
        "1 MIU SC then ",
        "1 MIU SC q8h x9 then ",
        "9" * 30 + ".",
        "1 MIU SC, x2",
    ],
)
def test_dense_text_is_read_or_refused_fast(piece):
    with bounded(50), contextlib.suppress(RegimenError):
        parse_regimen((piece * (9990 // len(piece))).removesuffix(" then "))


def test_control_characters_do_not_shift_the_caret():
    with pytest.raises(RegimenError) as caught:
        parse_regimen("1 MIU\n\tSC dialy")
    assert str(caught.value).splitlines()[1] == "  1 MIU  SC dialy"


PIECES = st.sampled_from(
    (
        *("1", "0", "14", "1e9", "0.3", "-2", ",", "MIU", "MIU/m2", "IU/kg", "U", "ug", "/day", "SC", "IV", "over"),
        *("infusion", "bolus", "CIV", "total", "15", "min", "h", "days", "weeks", "q8h", "q", "qod", "tiw", "daily"),
        *("once", "every", "on", "of", "1-5", "3", "x", "x14", "x2", "for", "off", "rest", "repeat", "then", "none"),
        *("and", "×", "²", "１", "\n", "\x00", "é", "💉"),
    )
)


@settings(deadline=None, max_examples=400)
@given(
    st.one_of(
        st.text(max_size=60), st.lists(PIECES, max_size=15).map(" ".join), st.lists(PIECES, max_size=15).map("".join)
    )
)
def test_any_text_gives_a_regimen_or_a_regimen_error(text):
    fault = None
    try:
        regimen = parse_regimen(text)
    except RegimenError as error:
        fault = error
    if fault:
        assert 0 <= fault.position <= len(text)
        assert "^" in str(fault)
        return
    assert parse_regimen(str(regimen)) == regimen
    assert expand(parse_regimen(str(regimen))) == expand(regimen)


VALID = "600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2 then 1 MIU SC on days 1-5 of 7 for 4 weeks"


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(VALID)), st.integers(0, 12), st.text(max_size=4))
def test_a_damaged_regimen_gives_a_regimen_error_only(start, length, middle):
    with contextlib.suppress(RegimenError):
        expand(parse_regimen(VALID[:start] + middle + VALID[start + length :]))


def test_unit_of_the_dose():
    dose = expand(parse_regimen("2 Cetus U/m2 SC")).doses[0]
    assert dose.unit == DoseUnit("Cetus U", "m2")
    assert days("1 MIU SC") == [0.0]


def test_the_examples_of_the_guide_are_canonical_or_read():
    guide = (Path(__file__).parents[2] / "docs" / "regimens.md").read_text("utf-8").split("## Grammar")[0]
    examples = [line.strip() for line in guide.splitlines() if line.startswith("    ")]
    assert len(examples) == 6
    assert sum(str(parse_regimen(line)) == line for line in examples) == 5

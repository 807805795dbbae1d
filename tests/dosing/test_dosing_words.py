"""How often a dose is given, in the words of protocols; and hints that never change a dose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimodal.dosing import expand, parse_regimen
from bimodal.dosing.often import WORDS
from bimodal.errors import RegimenError


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("od for 3 days", [0, 1, 2]),
        ("OD x2", [0, 1]),
        ("QD for 2 days", [0, 1]),
        ("BID for 1 day", [0, 0.5]),
        ("TID x3", [0, 1 / 3, 2 / 3]),
        ("Q8H x3", [0, 1 / 3, 2 / 3]),
        ("Q3W x2", [0, 21]),
        ("twice weekly for 2 weeks", [0, 3, 7, 10]),
        ("twice a week x3", [0, 3, 7]),
        ("every second day x3", [0, 2, 4]),
        ("every third day for 9 days", [0, 3, 6]),
        ("every 3 days for 9 days", [0, 3, 6]),
        ("every 72 h for 9 days", [0, 3, 6]),
        ("every other week x3", [0, 14, 28]),
        ("on weekdays for 2 weeks", [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]),
        ("on Mon, Wed and Fri for 2 weeks", [0, 2, 4, 7, 9, 11]),
        ("on Fridays and Mondays for 2 weeks", [0, 3, 7, 10]),
        ("bid on Monday for 2 weeks", [0, 0.5, 7, 7.5]),
        ("on Tuesday, x2", [0, 7]),
    ],
)
def test_words_of_protocols_are_read(words, days):
    regimen = parse_regimen(f"1 MIU SC {words}")
    assert [dose.time_h / 24 for dose in expand(regimen).doses] == pytest.approx(days)
    assert parse_regimen(str(regimen)) == regimen


@pytest.mark.parametrize("word", ["biweekly", "BIW", "bimonthly", "triweekly"])
def test_a_word_with_two_readings_is_refused(word):
    with pytest.raises(RegimenError, match="two readings"):
        parse_regimen(f"1 MIU SC {word} for 4 weeks")


@pytest.mark.parametrize("word", ["qdo", "odd", "bd", "tds", "qds", "pd", "q", "qw", "semiweekly", "midweekly", "mwf"])
def test_no_hint_where_it_could_change_the_dose(word):
    with pytest.raises(RegimenError) as caught:
        parse_regimen(f"1 MIU SC {word} for 4 weeks")
    assert "did you mean" not in str(caught.value)


@given(st.text("abdeikloqtwxy", min_size=1, max_size=8))
def test_a_hint_differs_from_what_was_written_by_a_slip_only(word):
    try:
        parse_regimen(f"1 MIU SC {word} for 4 weeks")
    except RegimenError as fault:
        if fault.fix and fault.fix.startswith("did you mean"):
            hint = fault.fix.split("'")[1]
            assert hint in {*WORDS, "then", "for", "off", "rest", "repeat"}
            assert min(len(word), len(hint)) >= 4


@pytest.mark.parametrize("text", ["on Mon, Mon", "on Wed, Tue, Wed", "on Sun and Sat and Sun"])
def test_days_of_the_week_follow_each_other(text):
    with pytest.raises(RegimenError, match="within one week"):
        parse_regimen(f"1 MIU SC {text} for 2 weeks")


@pytest.mark.parametrize("unit", ["mon", "mo", "mnth", "m", "dya"])
def test_no_hint_from_one_unit_of_time_to_another(unit):
    with pytest.raises(RegimenError) as caught:
        parse_regimen(f"1 MIU SC daily for 5 {unit}")
    assert "did you mean" not in str(caught.value)

"""Files with rules of their own say all their faults at once too: protocols, phases and cohorts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from bimodal.cli.timing_trial import read_phases
from bimodal.cohort.loader import parse_cohort
from bimodal.errors import BimodalError, CohortError, TimingError
from bimodal.files.faults import Faults
from bimodal.timing.protocol import STATEMENT, read_protocol


def test_a_protocol_file(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('[protocol]\ntitel = "x"\n[window]\noffset = 3\n[more]\na = 1\n')
    with pytest.raises(TimingError, match="2 more faults") as caught:
        read_protocol(path)
    assert all(says in str(caught.value) for says in ("'titel' is no key", "'offset' is no key", "'more' is no table"))
    path.write_text(f'[protocol]\ntitle = ""\nstatement = "{STATEMENT}"\n[window]\nwidth_h = "48 h"\ndoses = 1.5\n')
    with pytest.raises(TimingError, match="4 more faults") as caught:
        read_protocol(path)
    for says in ("'title' is missing", "'reference' is missing", "no offset", "'width_h' is no number", "doses is no"):
        assert says in str(caught.value)


def test_a_file_of_phases(tmp_path: Path) -> None:
    path = tmp_path / "phases.txt"
    path.write_text("0.1\n0,2\n1.5\n0.9\n")
    with pytest.raises(TimingError, match="1 more fault") as caught:
        read_phases(path)
    assert "row 2" in str(caught.value)
    assert "write a decimal point" in str(caught.value)
    assert "row 3" in str(caught.value)


def test_a_cohort_file() -> None:
    text = files("bimodal.cohort").joinpath("data", "healthy.toml").read_text("utf-8")
    wrong = text.replace('unit = "kg"', 'unit = "lb"').replace("median = 0.5\n", "median = 1.5\n", 1)
    with pytest.raises(CohortError, match="2 more faults") as caught:
        parse_cohort(wrong.encode(), "mine.toml")
    for says in ("key female.weight_kg", "key male.weight_kg", "the fraction of women"):
        assert says in str(caught.value)


def test_faults_that_bring_others_are_counted_once() -> None:
    inner, outer = Faults(), Faults()
    for number in range(30):
        inner.add(BimodalError(f"fault {number}"))
    with outer.kept():
        inner.raise_any()
    outer.add(BimodalError("the last"))
    assert outer.count == 31
    with pytest.raises(BimodalError) as caught:
        outer.raise_any()
    assert (len(caught.value.others), caught.value.unlisted) == (19, 11)
    assert str(caught.value).startswith("fault 0\n30 more faults:")


def test_without_a_fault_nothing_is_raised() -> None:
    faults = Faults()
    with faults.kept():
        pass
    faults.raise_any()
    assert faults.count == 0

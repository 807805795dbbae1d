"""Tens of thousands of digits in a text are refused at once: a pattern that tries every split of them takes minutes."""

import time
from contextlib import suppress
from pathlib import Path

import pytest

from bimodal.drugs.varied import _as_cv
from bimodal.errors import BimodalError
from bimodal.files.share import read_share
from bimodal.predict.endpoints import parse_endpoints
from bimodal.study.spec.contrast import threshold

DIGITS = "7" * 60_000


@pytest.mark.parametrize(
    "read",
    [
        lambda: parse_endpoints([f"treg_fold@{DIGITS}x"]),
        lambda: read_share(f"{DIGITS}x"),
        lambda: read_share(f"{DIGITS} % of"),
        lambda: _as_cv(f"{DIGITS} a\nb"),
        lambda: threshold(f"{DIGITS} pM pM", "pM"),
    ],
)
def test_digits_are_read_once(read):
    began = time.process_time()
    with suppress(BimodalError, ValueError):
        read()
    assert time.process_time() - began < 1.0


def test_no_pattern_of_a_number_can_be_split_in_two_ways():
    ambiguous = (r"\d+\.?\d*", r"[0-9]+\.?[0-9]*")
    root = Path(__file__).parents[2] / "src" / "bimodal"
    found = {path.name for path in root.rglob("*.py") if any(one in path.read_text("utf-8") for one in ambiguous)}
    assert found == set()

"""The study of docs/oncology.md: growth in blood alone raises cells, holds doses, and raises no response."""

from __future__ import annotations

import re
from pathlib import Path

from bimodal.study import RunOptions, run_study
from bimodal.study.spec.load import parse_study

PAGE = Path(__file__).parents[2] / "docs" / "oncology.md"


def test_growth_in_blood_alone_raises_no_response(tmp_path: Path) -> None:
    part = PAGE.read_text("utf-8").split("## Blood is not outcome")[1].split("## ")[0]
    text = "\n".join(line[4:] for line in re.findall(r"^    .*$|^$", part, re.MULTILINE))
    spec = parse_study(text, where="docs/oncology.md")
    found = run_study(spec, options=RunOptions(patients=150, out=tmp_path / "out"))
    assert found is not None
    (as_it_is, more) = found.arms
    assert _value(found, more, "cd8_fold", 7) > 1.5 * _value(found, as_it_is, "cd8_fold", 7)
    assert _value(found, more, "doses_given") < _value(found, as_it_is, "doses_given")
    assert _value(found, more, "orr") <= _value(found, as_it_is, "orr") + 0.01


def _value(found, arm: str, observable: str, day: int | None = None) -> float:
    rows = next(one["endpoints"] for one in found.summary["arms"] if one["name"] == arm)
    return next(row["value"] for row in rows if row["id"] == observable and (day is None or row["day"] == day))

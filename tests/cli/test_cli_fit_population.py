from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bimodal.cli.fit_population import fit_population
from bimodal.fit.population_fits import PopulationFit


@dataclass(frozen=True)
class Found:
    number: float

    def text(self) -> str:
        return f"found {self.number:g}\n"

    def as_dict(self) -> dict[str, Any]:
        return {"number": self.number}


def one(different: list[str], written: list[Path]) -> PopulationFit:
    def write(path: Path, _found: Found, dry_run: bool) -> list[str]:
        if not dry_run:
            written.append(path)
        return ["a: 1 -> 2"]

    return PopulationFit(
        name="mine",
        title="one number to one target",
        table="mine.csv",
        run=lambda seed, workers: Found(seed + workers),
        mismatches=lambda _found, _tolerance: different,
        write=write,
    )


@pytest.mark.parametrize(
    ("different", "strict", "code"), [([], True, 0), (["a: shipped 1, found 2"], True, 1), (["a"], False, 0)]
)
def test_a_population_fit_reports_compares_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, different: list[str], strict: bool, code: int
) -> None:
    written: list[Path] = []
    for dry_run in (True, False):
        assert (
            fit_population(
                one(different, written),
                seed=3,
                workers=1,
                folder=tmp_path / "out",
                write=tmp_path / "t.csv",
                dry_run=dry_run,
                json_file=tmp_path / "f.json",
                strict=strict,
                quiet=False,
                tolerance=1e-2,
            )
            == code
        )
    assert written == [tmp_path / "t.csv"]
    report = (tmp_path / "out" / "report.txt").read_text("utf-8")
    assert "found 4" in report
    assert ("differs" in report) == bool(different)
    assert json.loads((tmp_path / "f.json").read_text("utf-8"))["fit"] == {"number": 4}
    assert "a: 1 -> 2" in capsys.readouterr().out

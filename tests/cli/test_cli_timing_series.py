"""`bimodal timing series`: what it refuses; that `assess` reads what it writes is in tests/study."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimodal.cli.main import main


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--patients", "0"], "no such series"),
        (["--samples", "151"], "no such series"),
        (["--first", "-1"], "no such series"),
        (["--set", "nonsense"], "sets nothing"),
    ],
)
def test_impossible_series_are_refused(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["timing", "series", str(tmp_path / "crp.csv"), *words]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "crp.csv").exists()

"""A fit refuses weights in words."""

from pathlib import Path

import pytest

from bimodal.errors import BimodalError
from bimodal.fit.from_file.problem_file import load_problem_file

TEXT = """name = "fit"
data = "data.csv"
population = {cohort = "healthy", patients = 1, match = [
  {id = "age_years", statistic = "mean", value = 40, source = "x"}]}
[[arm]]
name = "a"
drug = "aldesleukin"
regimen = "1 MIU SC once"
[[parameter]]
id = "clearance"
"""


def test_a_fit_refuses_to_weigh_patients(tmp_path: Path) -> None:
    path = tmp_path / "fit.toml"
    path.write_text(TEXT, "utf-8")
    with pytest.raises(BimodalError, match="a fit counts all patients the same"):
        load_problem_file(path)

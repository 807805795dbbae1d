"""One side of a comparison of two runs: a results folder, or a summary alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.files.as_json import read_json
from bimodal.files.read import FileKind
from bimodal.results.checked_summary import checked_summary
from bimodal.results.database import open_database
from bimodal.results.find_results import RunFolder, find_results
from bimodal.study.run.study_file import STUDY

Array = npt.NDArray[np.float64]
Key = tuple[str, float | None]
_SUMMARY = FileKind("the summary", OutputError, max_bytes=500_000_000)
_STUDY = FileKind("the study of the results folder", OutputError, max_bytes=50_000_000)
_TOLD = ("endpoints", "targets", "arms", "contrasts", "observables", "study", "seed", "patients", "match")
_HASHED = (*_TOLD, "times_h", "drawn", "run")


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """What is known of a run.

    Parameters
    ----------
    folder
        Its results folder; None where only a summary was given.
    """

    name: str
    summary: dict[str, Any]
    content: bytes
    folder: RunFolder | None

    @property
    def arms(self) -> Mapping[str, dict[str, Any]]:
        """What the summary says of each arm, by its name."""
        return {arm["name"]: arm for arm in self.summary["arms"]}

    @property
    def effective(self) -> float | None:
        """Effective sample size of a weighted population; None where all patients count the same."""
        return self.summary.get("weights", {}).get("effective")

    @property
    def people(self) -> tuple[Any, ...]:
        """What two runs must share for patient k of both to be the same person by common random numbers."""
        return self.summary["seed"], self.summary["provenance"].get("cohort")

    def people_of(self, arm: str) -> tuple[Any, ...]:
        """Give the same of one arm, which may have a cohort of its own."""
        return (*self.people, self.arms[arm].get("cohort"))

    def inputs(self, arms: Collection[str]) -> dict[str, dict[str, Any]]:
        """Give everything that went into the run, by who tells it: summary, card, study file, numbers.

        Parameters
        ----------
        arms
            Arms of which it is given.
        """
        summary, provenance = self.summary, self.summary["provenance"]
        found: dict[str, Any] = {key: summary.get(key) for key in ("bimodal", "study", "seed", "patients")}
        found |= {key: value for key, value in provenance.items() if key not in ("run", "results_sha256")}
        found |= {f"set {key}": value for key, value in found.pop("set", {}).items()}
        for name in arms:
            arm = self.arms[name]
            said = {key: arm.get(key) for key in ("drug", "regimen", "era", "rules", "thresholds", "partner", "cohort")}
            found |= {f"arm {name}: {key}": value for key, value in said.items() if value}
            found |= {f"arm {name}: set {key}": value for key, value in arm.get("set", {}).items()}
        card = {} if self.folder is None else self.folder.card
        told = {} if self.folder is None else self._study(self.folder)
        study = {key: value for key, value in told.get("study", {}).items() if key not in ("arm", "name")}
        return {
            "summary": found,
            "card": {f"run {key}": value for key, value in card.items() if key not in {*_HASHED, *found}},
            "study": {f"study file: {key}": value for key, value in study.items()},
            "numbers": told.get("numbers", {}),
        }

    @staticmethod
    def _study(folder: RunFolder) -> dict[str, Any]:
        path = folder.path / STUDY
        return read_json(path, _STUDY) if path.is_file() else {}

    def endpoints(self, arm: str) -> Mapping[Key, dict[str, Any]]:
        """Give the rows of an arm by id and day."""
        return {(row["id"], row["day"]): row for row in self.arms[arm]["endpoints"]}

    def values(self, arm: str, wanted: list[Key]) -> Mapping[Key, Array]:
        """Give the value of every patient of an arm for endpoints with a value in time, (N,); NaN for none.

        Only what stands in the files of the folder is given; the rest is left out.
        """
        timed = [(name, day) for name, day in wanted if day is not None]
        if self.folder is None or not timed:
            return {}
        found: dict[Key, Array] = {}
        with open_database(self.folder) as connection:
            for name, day in timed:
                rows = connection.execute(
                    "SELECT patient, value FROM values WHERE arm = ? AND id = ? AND abs(day - ?) < 1e-7 "
                    "ORDER BY patient",
                    [arm, name, day],
                ).fetchnumpy()
                if len(rows["patient"]):
                    found[(name, day)] = np.ma.filled(rows["value"].astype(np.float64), np.nan)
        return found


def compared_run(named: str | Path) -> ComparedRun:
    """Open one side: a results folder, the name of a study, or a ``summary.json``.

    Raises
    ------
    OutputError
        There is no finished run, or the file is no summary.
    """
    path = Path(named)
    if path.is_file():
        beside = path.name == "summary.json" and (path.parent / "run.json").is_file()
        folder = find_results(path.parent) if beside else None
    else:
        folder = find_results(named)
        folder.finished()
        path = folder.path / "summary.json"
    content = _SUMMARY.content(path)
    summary = checked_summary(read_json(path, _SUMMARY), where=str(path))
    return ComparedRun(str(named), summary, content, folder)

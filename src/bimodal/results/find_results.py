"""Finds the results folder a person means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimodal.errors import OutputError
from bimodal.files.as_json import read_json
from bimodal.files.read import FileKind
from bimodal.results.checked_summary import checked_summary

_CARD = FileKind("the card of the run", OutputError, max_bytes=50_000_000)
_SUMMARY = FileKind("the summary of the run", OutputError, max_bytes=500_000_000)
_RESULTS = Path("results")
_SHOWN = 5


@dataclass(frozen=True)
class RunFolder:
    """A results folder.

    Parameters
    ----------
    card
        Content of its ``run.json``: what makes the run this run.
    summary
        Content of its ``summary.json``; None of a run that is not finished.
    """

    path: Path
    card: dict[str, Any]
    summary: dict[str, Any] | None

    @property
    def run(self) -> str:
        """Fingerprint of the run."""
        return str(self.card["run"])

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the study."""
        return tuple(str(arm[0]) for arm in self.card["arms"])

    @property
    def observables(self) -> tuple[str, ...]:
        """Ids of what is stored of every patient."""
        return tuple(self.card["observables"])

    def finished(self) -> dict[str, Any]:
        """Give the summary, or say that there is none yet."""
        if self.summary is None:
            raise OutputError(
                "the run is not finished: it has no summary yet",
                where=str(self.path),
                fix="run the same study again: only what is missing is computed",
            )
        return self.summary


def find_results(named: str | Path) -> RunFolder:
    """Open a results folder by its path, or by the name of a study that has exactly one under ``results``.

    Raises
    ------
    OutputError
        There is no such folder, several, or one that holds no run.

    Examples
    --------
    >>> find_results("no-such-study")
    Traceback (most recent call last):
    ...
    bimodal.errors.OutputError: there are no results of 'no-such-study'
      where: results
      try:   name the results folder, or run the study first
    """
    path = Path(named)
    if (path / "run.json").is_file():
        return open_folder(path)
    if path.is_dir():
        raise OutputError("the folder holds no run of bimodal", where=str(path), fix="name a results folder")
    found = [one for one in sorted(_RESULTS.glob("*/run.json")) if _study(one) == str(named)]
    if not found:
        raise OutputError(
            f"there are no results of '{named}'",
            where=str(_RESULTS),
            fix="name the results folder, or run the study first",
        )
    if len(found) > 1:
        names = ", ".join(str(one.parent) for one in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise OutputError(f"there are {len(found)} results of '{named}'", fix=f"name one of: {names}{more}")
    return open_folder(found[0].parent)


def open_folder(path: Path) -> RunFolder:
    """Open a results folder by its path."""
    card, own = read_json(path / "run.json", _CARD), path / "summary.json"
    if not _is_card(card):
        raise OutputError(
            "the card of the run is not one of bimodal",
            where=str(path / "run.json"),
            fix="run the study again into another folder",
        )
    if not own.is_file():
        return RunFolder(path, card, None)
    summary = checked_summary(read_json(own, _SUMMARY), where=str(own))
    if len(summary["arms"]) != len(card["arms"]):
        raise OutputError(
            "the summary is of another run than the card of the folder",
            where=str(own),
            fix="run the study again: only what is missing is computed",
        )
    return RunFolder(path, card, summary)


def _is_card(card: dict[str, Any]) -> bool:
    arms, names = card.get("arms"), card.get("observables")
    return (
        "run" in card
        and isinstance(arms, list)
        and all(isinstance(arm, list) and len(arm) >= 3 and isinstance(arm[0], str) for arm in arms)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
    )


def _study(card: Path) -> str | None:
    try:
        return str(read_json(card, _CARD).get("study"))
    except OutputError:
        return None

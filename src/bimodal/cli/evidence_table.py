"""``bimodal list evidence``: published numbers beside what the shipped models gave for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bimodal.cli.console import out, table
from bimodal.cli.options import write_json

if TYPE_CHECKING:
    from bimodal.evidence import EvidenceRow, Tally

_ROLES = ("calibration", "validation")
_STYLES = {"outside": "bold red", "not evaluated": "bold red", "not run": "yellow", "inside": "green"}


def list_evidence(json_file: Path | None) -> int:
    """Print every target with its stored simulation, misses first, or write all of it as JSON."""
    from bimodal.evidence import load_simulated, tally
    from bimodal.study import load_evidence

    rows = load_evidence()
    counts = {role: tally(row for row in rows if row.target.role == role) for role in _ROLES}
    runs = {name: run.model_dump(mode="json", exclude={"targets"}) for name, run in load_simulated().studies.items()}
    write_json(
        {
            **{role: asdict(count) for role, count in counts.items()},
            "runs": runs,
            "targets": [row.record() for row in rows],
        },
        json_file,
    )
    if str(json_file) != "-":
        _print(rows, counts)
    return 0


def _print(rows: Sequence[EvidenceRow], counts: dict[str, Tally]) -> None:
    from rich.text import Text

    cells = [
        [
            row.target.id,
            row.target.study,
            _published(row),
            _number(row, row.simulated),
            Text(_verdict(row), _STYLES.get(row.verdict, "dim")),
            f"{row.target.role}, {row.target.quality}",
            row.target.source,
        ]
        for row in rows
        if row.verdict != "context"
    ]
    columns = ["id", "study", "published", "simulated", "verdict", "role", "source"]
    out().print(table("Published against simulated, misses first", columns, cells), "")
    for role, count in counts.items():
        out().print(f"{role}: {_sentence(count)}", markup=False)
    for text in _cautions(rows):
        out().print(text, style="yellow", markup=False)


def _sentence(count: Tally) -> str:
    words = f"{count.outside} of {count.scored} scored targets outside, {count.inside} inside"
    if count.not_evaluated:
        words += f", {count.not_evaluated} not evaluated"
    if count.not_run:
        words += f", {count.not_run} not run"
    if count.fold_error is None:
        return words
    return f"{words}; off by a factor of {count.fold_error:.2f}, the geometric mean over {count.compared}"


def _verdict(row: EvidenceRow) -> str:
    sets = "" if row.found is None or row.found.share_of_sets is None else f", {100 * row.found.share_of_sets:.0f} %"
    if row.verdict == "not scored" and row.within is not None:
        return f"not scored ({'inside' if row.within else 'outside'}{sets})"
    return f"{row.verdict}{sets}"


def _published(row: EvidenceRow) -> str:
    from bimodal.evidence import band

    target, ends = row.target, band(row.target)
    if ends is None:
        words = ("rises", "falls") if target.kind == "direction" else ("first arm higher", "first arm lower")
        return words[target.published < 0]
    return f"{_number(row, ends[0])} to {_number(row, ends[1])} {'' if target.unit == '1' else target.unit}".rstrip()


def _number(row: EvidenceRow, value: float | None) -> str:
    if value is None:
        return "-"
    share = row.target.statistic == "proportion" and row.target.unit == "1"
    return f"{100 * value:.3g} %" if share else f"{value:.3g}"


def _cautions(rows: Sequence[EvidenceRow]) -> list[str]:
    """Say what is not of the shipped model, and what was run with fewer patients than its file asks for."""
    runs = {row.target.study: row for row in rows if row.run is not None}
    earlier = [f"{name} ({', '.join(row.changed)})" for name, row in runs.items() if row.changed]
    fewer = [
        f"{name} ({row.run.patients} of {row.run.planned})"
        for name, row in runs.items()
        if row.run is not None and row.run.patients < row.run.planned
    ]
    said: list[str] = []
    if earlier:
        said.append(f"computed with an earlier model, changed since: {'; '.join(earlier)}; `bimodal run STUDY` is new")
    if fewer:
        said.append(f"run with fewer patients than the study file asks for: {', '.join(fewer)}")
    return said

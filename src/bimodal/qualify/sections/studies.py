"""Published studies: every one that has a number to simulate, run now, misses first."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bimodal.errors import BimodalError, OutputError
from bimodal.evidence import EvidenceRow, Target, list_studies, load_targets
from bimodal.evidence.band import band
from bimodal.files.as_json import read_json
from bimodal.files.fingerprint import json_sha256
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.qualify.figure import Figure, FigureStatus
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.study import RunOptions, load_evidence, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.runner import run_plan, shipped_solver

_TITLE = "Published studies"
_FILE = FileKind("the finished study", OutputError, max_bytes=20_000_000)
#: What is kept of a judged target; what was published is read from the table of targets.
_KEPT = (
    "id",
    "simulated",
    "simulated_lower",
    "simulated_upper",
    "simulated_interval",
    "within",
    "rule",
    "share_of_sets",
)
ROLES = ("validation", "calibration")


def compute(work: Work) -> Section:
    """Run every study, each kept when it is finished, and list its scored targets: validation first, misses first."""
    stored = {row.target.id: row for row in load_evidence()}
    figures: list[Figure] = []
    run = fewer = 0
    names = list_studies()
    for name in work.each(names, str):
        targets = [target for target in load_targets(name) if target.role != "context"]
        if not targets:
            continue
        try:
            found = _finished(name, work)
        except BimodalError as fault:
            figures += [_refused(target, fault.what) for target in targets if stored[target.id].scored]
            continue
        run += 1
        fewer += found["patients"] < found["planned"]
        by_id = {row["id"]: row for row in found["targets"]}
        figures += [_figure(target, by_id.get(target.id, {}), found, stored[target.id]) for target in targets
                    if stored[target.id].scored]  # fmt: skip
    figures.sort(key=_order)
    return Section.judged("studies", _TITLE, _sentence(figures, run), figures, _notes(fewer, run, work))


def help_with_studies(work: Work) -> None:
    """Finish studies from the last one on, for a process that is at work on them from the first."""
    for name in reversed(list_studies()):
        if any(target.role != "context" for target in load_targets(name)):
            if _kept(name, work) is not None:
                return  # there the two meet
            with suppress(BimodalError):
                _run(name, work)


def _finished(name: str, work: Work) -> dict[str, Any]:
    """Return what a study gave, from its part if that is of the same files and choices, else by running it."""
    kept = _kept(name, work)
    if kept is not None:
        work.elsewhere.append(kept["cpu_s"])
        return kept
    return _run(name, work)


def _kept(name: str, work: Work) -> dict[str, Any] | None:
    path = work.parts / f"{name}.json"
    if not path.is_file():
        return None
    try:
        kept = read_json(path, _FILE)
    except OutputError:
        return None
    seal = kept.pop("sha256", None)
    return kept if kept.get("key") == work.key and seal == json_sha256(kept) else None


def _run(name: str, work: Work) -> dict[str, Any]:
    began = time.process_time()
    spec, request = load_study(name), work.request
    options = RunOptions(seed=request.seed, workers=request.workers)
    planned = make_plan(spec, options, shipped_solver(spec)).population.count
    most = planned if request.most_patients is None else min(request.most_patients, planned)
    folder = work.parts / f"{name}.{os.getpid()}.run"
    shutil.rmtree(folder, ignore_errors=True)
    plan = make_plan(spec, replace(options, patients=most, out=folder), shipped_solver(spec))
    try:
        result = run_plan(plan)
        assert result is not None  # only a shard has none
        summary = result.summary
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept: dict[str, Any] = {
        "key": work.key,
        "patients": summary["patients"],
        "planned": planned,
        "failed": summary["failed"],
        "targets": [{key: row[key] for key in _KEPT if row.get(key) is not None} for row in summary["targets"]],
        "cpu_s": round(time.process_time() - began, 2),
    }
    write_text(work.parts / f"{name}.json", json.dumps({**kept, "sha256": json_sha256(kept)}) + "\n")
    return kept


def _figure(target: Target, found: Mapping[str, Any], run: Mapping[str, Any], stored: EvidenceRow) -> Figure:
    within = found.get("within")
    status: FigureStatus = "not run" if within is None else "passed" if within else "missed"
    notes = [target.id, f"{run['patients']} of {run['planned']} patients" if run["patients"] < run["planned"] else "",
             f"{run['failed']} failed" if run["failed"] else "", _as_stored(stored)]  # fmt: skip
    # a share is written as its rule is, in per cent
    share = target.statistic == "proportion" and target.unit == "1"
    scale = 100.0 if share else 1.0
    return Figure(
        id=target.id,
        what=f"{target.study}: {target.label}",
        value=_times(found.get("simulated"), scale),
        unit="%" if share else target.unit,
        status=status,
        goal=found.get("rule", ""),
        # of a sign there is no number to be near to
        reference=None if band(target) is None else _times(target.published, scale),
        lower=_times(found.get("simulated_lower"), scale),
        upper=_times(found.get("simulated_upper"), scale),
        interval=found.get("simulated_interval", ""),
        group=target.role,
        note="; ".join(note for note in notes if note),
        command=f"bimodal run {target.study}" + (f" -n {run['patients']}" if run["patients"] < run["planned"] else ""),
    )


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale


def _as_stored(row: EvidenceRow) -> str:
    """Say what the shipped run of all patients gave, and of which model that was."""
    if row.run is None or row.simulated is None:
        return ""
    verdict = {True: "inside", False: "outside", None: "not judged"}[row.within]
    changed = ", computed with an earlier model" if row.changed else ""
    share = row.target.statistic == "proportion" and row.target.unit == "1"
    found = f"{100.0 * row.simulated:.3g} %" if share else f"{row.simulated:.3g}"
    return f"stored run of {row.run.patients}: {found}, {verdict} (commit {row.run.commit[:7]}{changed})"


def _refused(target: Target, why: str) -> Figure:
    return Figure(
        id=target.id,
        what=f"{target.study}: {target.label}",
        value=None,
        unit=target.unit,
        status="not run",
        reference=target.published,
        group=target.role,
        note=why,
    )


def _order(row: Figure) -> tuple[int, int, float]:
    rank = ("missed", "not run", "passed", "shown").index(row.status)
    return ROLES.index(row.group), rank, -(fold_error(row) or 0.0) if row.status == "missed" else 0.0


def fold_error(row: Figure) -> float | None:
    """Return by which factor a simulated number is off; None of a sign, or where a number is 0 or less."""
    value, published = row.value, row.reference
    if not isinstance(value, int | float) or not isinstance(published, int | float):
        return None
    return None if min(value, published) <= 0.0 else max(value / published, published / value)


def _sentence(figures: list[Figure], run: int) -> str:
    parts: list[str] = []
    for role in ROLES:
        rows = [row for row in figures if row.group == role]
        inside, missed = (sum(row.status == status for row in rows) for status in ("passed", "missed"))
        lacking = len(rows) - inside - missed
        left = f", {lacking} not run" if lacking else ""
        parts.append(f"{role}: {inside} of {len(rows)} inside, {missed} outside{left}")
    return f"{run} studies. Scored targets, {'; '.join(parts)}."


def _notes(fewer: int, run: int, work: Work) -> list[str]:
    notes = [
        "Only targets read on a page are scored; what was used for calibration shows a fit and no prediction.",
        "Bounds and rules were written with the targets (docs/evidence.md).",
    ]
    if fewer:
        quick = "Quick: " if work.quick else ""
        notes.insert(
            0,
            f"{quick}{fewer} of {run} studies ran with at most {work.request.most_patients} virtual patients in each "
            "arm, so a verdict may differ by chance from that of the stored run of all patients, which stands beside "
            "it.",
        )
    return notes

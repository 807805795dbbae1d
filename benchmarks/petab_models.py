"""Published problems in PEtab: our simulations and likelihood at the nominal parameters beside the stored ones.

    python benchmarks/petab_models.py PATH/TO/Benchmark-Models-PEtab/Benchmark-Models [--only NAME,NAME] [--all]

The collection (github.com/Benchmarking-Initiative/Benchmark-Models-PEtab) is not part of this repository. A problem
counts as reproduced where every simulated value is within ``CLOSE`` of the stored one, relative to it or to a
thousandth of the largest of its observable, and the likelihood of our simulations is within ``LIKELIHOOD`` of that of
the stored ones, with the same widths. Writes ``benchmarks/results/petab_models.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.exchange.petab import read_petab
from bimodal.exchange.petab.evaluation import PetabEvaluation, evaluate_petab
from bimodal.exchange.petab.likelihood import scattered
from provenance import provenance

RESULTS = Path(__file__).parent / "results"
CLOSE, LIKELIHOOD = 1e-3, 1e-2
TEN = (
    "Weber_BMC2015", "Boehm_JProteomeRes2014", "Giordano_Nature2020", "Bruno_JExpBot2016",
    "Raia_CancerResearch2011",
    "Bachmann_MSB2011", "Brannmark_JBC2010", "Crauste_CellSystems2017", "Elowitz_Nature2000",
    "Borghans_BiophysChem1997",
)  # fmt: skip
#: Stored files that are wrong themselves, and what shows it; the first is listed beside the ten.
WRONG = {
    "Zheng_PNAS2012": "the stored simulations are the measurements",
    "Sneyd_PNAS2002": "the stored simulations of Ca_dose_response__5 and __6 stand at each other's place",
    "Perelson_Science1996": "the stored simulations are of other parameters: libRoadRunner gives ours",
}
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """A problem: ours beside what is stored, and what that means."""

    problem: str
    measurements: int
    parameters: int
    log_likelihood: float | None
    stored_log_likelihood: float | None
    largest: float | None
    median: float | None
    log_prior: float
    seconds: float
    verdict: str
    wrong: str = ""


def run_problem(folder: Path) -> Outcome:
    """Simulate one problem and compare it."""
    path = next(
        one
        for one in sorted(folder.glob("*.yaml"))
        if one.stem in (folder.name, "problem") or len(list(folder.glob("*.yaml"))) == 1
    )
    began = time.process_time()
    try:
        found = evaluate_petab(read_petab(path))
    except BimodalError as fault:
        return Outcome(
            folder.name, 0, 0, None, None, None, None, 0.0, time.process_time() - began, f"refused: {fault.what}"
        )
    seconds = time.process_time() - began
    stored = stored_simulations(folder, found)
    ours = found.compared.simulated[0]
    measured = np.array([one.value for one in found.problem.measurements])
    names = np.array([one.observable for one in found.problem.measurements])
    off, theirs = np.full(len(ours), np.nan), 0.0
    for observable in found.problem.observables:
        own = names == observable.id
        if own.any() and np.isfinite(stored[own]).any():
            size = np.maximum(np.abs(stored[own]), 1e-3 * np.nanmax(np.abs(stored[own])))
            apart = np.abs(ours[own] - stored[own])
            off[own] = np.divide(apart, size, out=np.where(apart > 0.0, np.inf, 0.0), where=size > 0.0)
            noise = found.compared.noise[0, own]
            with np.errstate(all="ignore"):
                own_likelihood = scattered(
                    stored[own], measured[own], noise, observable.transformation, observable.distribution
                )
            theirs += float(own_likelihood[1].sum())
    known = np.isfinite(stored)
    as_measured = np.isclose(stored[known], measured[known], rtol=1e-9).mean() if known.any() else 0.0
    return Outcome(
        folder.name,
        len(ours),
        sum(parameter.estimate for parameter in found.problem.parameters),
        found.log_likelihood,
        theirs if known.all() else None,
        float(np.nanmax(off)) if known.any() else None,
        float(np.nanmedian(off)) if known.any() else None,
        found.log_prior,
        seconds,
        _verdict(found, theirs, off, known, as_measured),
        WRONG.get(folder.name, ""),
    )


def _verdict(found: PetabEvaluation, theirs: float, off: FloatArray, known: npt.NDArray[np.bool_], same: float) -> str:
    if found.failures:
        return f"failed: {found.failures[0]}"
    if not known.any():
        return "no stored simulations"
    if same > 0.9:
        return "the stored simulations are the measurements"
    if not known.all():
        return f"{int((~known).sum())} measurements have no stored simulation"
    close = bool((off <= CLOSE).all()) and abs(found.log_likelihood - theirs) <= LIKELIHOOD
    return "reproduced" if close else "differs"


def stored_simulations(folder: Path, found: PetabEvaluation) -> FloatArray:
    """Return the stored value of each measurement, NaN where there is none.

    Tables spell observables and columns in several ways. Where both tables have the same observables and times line by
    line they are taken so; else lines are found by observable, conditions and time.
    """
    measurements = found.problem.measurements
    stored = np.full(len(measurements), np.nan)
    files = [one for one in folder.glob("*.tsv") if one.name.lower().startswith("simul")]
    if not files:
        return stored
    rows = list(csv.DictReader(files[0].read_text(encoding="utf-8-sig").splitlines(), delimiter="\t"))
    column = "simulation" if "simulation" in rows[0] else "measurement"
    ours = [_short(one.row) for one in measurements]
    if len(rows) == len(ours) and all(_same(a, _short(b)) for a, b in zip(ours, rows, strict=True)):
        return np.array([float(row[column]) for row in rows])
    by_key: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for row in rows:
        by_key[_full(row)].append(float(row[column]))
    for place, one in enumerate(measurements):
        waiting = by_key.get(_full(one.row), [])
        if waiting:
            stored[place] = waiting.pop(0) if len(waiting) > 1 else waiting[0]
    return stored


def _short(row: dict[str, str]) -> tuple[str, float, str]:
    names = ("simulationConditionId", "simulationCondition", "experimentId")
    condition = next((row[name] for name in names if row.get(name)), "")
    return row["observableId"].removeprefix("observable_"), float(row["time"]), condition


def _same(a: tuple[str, float, str], b: tuple[str, float, str]) -> bool:
    return a[0] == b[0] and a[2] == b[2] and math.isclose(a[1], b[1], rel_tol=1e-6, abs_tol=1e-9)


def _full(row: dict[str, str]) -> tuple[Any, ...]:
    before = row.get("preequilibrationConditionId") or row.get("preequilibrationCondition") or ""
    name, when, condition = _short(row)
    return name, before, condition, float(f"{when:.6g}"), row.get("observableParameters") or ""


def markdown(found: Sequence[Outcome], facts: dict[str, Any]) -> str:
    """Return the table."""
    ten = sum(one.verdict == "reproduced" for one in found if one.problem in TEN)
    lines = [
        "# Published problems in PEtab",
        "",
        f"`{facts['command']}`, commit {facts['commit']}. {ten} of the {len(TEN)} asked for are reproduced.",
        "",
        "Likelihoods at the nominal parameters, of our simulations and of the stored ones with the same widths; the "
        "differences of simulated values are relative.",
        "",
        "| problem | values | estimated | log-likelihood | of the stored | largest difference | median | seconds | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        numbers = (one.log_likelihood, one.stored_log_likelihood)
        shown = " | ".join("-" if number is None else f"{number:.6f}" for number in numbers)
        apart = " | ".join("-" if number is None else f"{number:.1e}" for number in (one.largest, one.median))
        counts = f"{one.measurements} | {one.parameters}"
        lines.append(f"| {one.problem} | {counts} | {shown} | {apart} | {one.seconds:.1f} | {_words(one)} |")
    return "\n".join(lines) + "\n"


def _words(one: Outcome) -> str:
    return one.verdict if one.wrong in ("", one.verdict) else f"{one.verdict}: {one.wrong}"


def main() -> int:
    """Run the problems."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    names = options.only.split(",") if options.only else [*TEN, next(iter(WRONG))]
    if options.all:
        names += sorted(one.name for one in options.folder.iterdir() if one.is_dir() and one.name not in names)
    found: list[Outcome] = []
    for name in names:
        found.append(run_problem(options.folder / name))
        sys.stderr.write(f"{found[-1]}\n")
    words = " ".join(word for word in sys.argv[2:] if not word.startswith("--out") and word != str(options.out))
    facts = {**provenance(), "command": f"python benchmarks/petab_models.py PATH {words}".strip()}
    text = markdown(found, facts)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "petab_models.md").write_text(text, encoding="utf-8")
    (options.out / "petab_models.json").write_text(
        json.dumps({**facts, "problems": [asdict(one) for one in found]}, indent=1) + "\n", encoding="utf-8"
    )
    sys.stdout.write(text)
    return int(any(one.verdict != "reproduced" for one in found if one.problem in TEN))


if __name__ == "__main__":
    raise SystemExit(main())

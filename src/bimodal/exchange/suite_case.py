"""One case of the SBML semantic test suite: simulated, and compared with its results file."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bimodal.engine import Settings
from bimodal.errors import BimodalError, ModelError
from bimodal.exchange.network_run import run_network
from bimodal.model.sbml_reader import read_sbml

#: Tighter than any case asks for, so that a mismatch is one of meaning.
SETTINGS = Settings(rtol=1e-9, atol_factor=1e-6, max_steps=3_000_000)
#: What can become of a case.
KINDS = ("passed", "refused", "failed", "mismatch", "crashed")


@dataclass(frozen=True)
class Outcome:
    """What became of a case: ``kind`` is passed, refused, failed, mismatch or crashed; ``reason`` says why."""

    case: str
    file: str
    kind: str
    reason: str
    tags: tuple[str, ...]


def _settings(path: Path) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tags(folder: Path) -> tuple[str, ...]:
    text = next(folder.glob("*-model.m")).read_text(encoding="utf-8", errors="replace")
    lines = re.findall(r"^\s*(?:componentTags|testTags):(.*)$", text, re.MULTILINE)
    return tuple(sorted({tag.strip() for line in lines for tag in line.split(",") if tag.strip()}))


def _expected(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(cell.strip() for cell in row)]
    return rows[0], np.array([[float(cell) for cell in row] for row in rows[1:]])


def run_file(path: Path, folder: Path, tags: tuple[str, ...]) -> Outcome:
    """Simulate one file of a case and compare."""

    def outcome(kind: str, reason: str = "") -> Outcome:
        return Outcome(folder.name, path.name, kind, reason, tags)

    try:
        wanted = _settings(folder / f"{folder.name}-settings.txt")
        if "steps" not in wanted or "FluxBalanceSteadyState" in tags:
            return outcome("refused", "the case is no time course")
        header, table = _expected(folder / f"{folder.name}-results.csv")
        network = read_sbml(path.read_text(encoding="utf-8"), file=path.name)
        amounts, concentrations = set(_names(wanted["amount"])), set(_names(wanted["concentration"]))
        outputs = []
        for name in header[1:]:
            if name in amounts and name in network.species:
                outputs.append((name, network.amount(name)))
            elif name in concentrations:
                outputs.append((name, network.concentration(name)))
            else:
                outputs.append((name, network.expression(name)))
        run = run_network(network, outputs, table[:, 0], settings=SETTINGS)
    except BimodalError as fault:
        return outcome("refused", fault.what)
    except Exception as fault:  # a crash is a result of this script
        return outcome("crashed", f"{type(fault).__name__}: {fault}")
    if run.status.failed:
        return outcome("failed", run.sentence)
    absolute, relative = float(wanted["absolute"]), float(wanted["relative"])
    got, expected = np.stack([run.values[name] for name in header[1:]], axis=1), table[:, 1:]
    with np.errstate(invalid="ignore"):  # infinite less infinite
        right = np.abs(got - expected) <= absolute + relative * np.abs(expected)
    right |= (got == expected) | (np.isnan(got) & np.isnan(expected))
    if right.all():
        return outcome("passed")
    row, column = (int(i) for i in np.argwhere(~right)[0])
    return outcome(
        "mismatch",
        f"{header[1 + column]} at {table[row, 0]:g}: {got[row, column]:.10g}, expected {expected[row, column]:.10g}",
    )


def run_case(folder: Path, *, every_level: bool = False) -> list[Outcome]:
    """Run the highest level of a case, or every level."""
    files = sorted(folder.glob(f"{folder.name}-sbml-l*v*.xml"))
    tags = _tags(folder)
    return [run_file(path, folder, tags) for path in (files if every_level else files[-1:])]


def suite_cases(root: Path) -> list[Path]:
    """Give the folders of all cases, in order; `root` is the suite or its folder of semantic cases.

    Raises
    ------
    ModelError
        There is no case.

    Examples
    --------
    >>> suite_cases(Path("nowhere"))
    Traceback (most recent call last):
    ...
    bimodal.errors.ModelError: there is no case of the SBML test suite
      where: nowhere
      try:   give its folder cases/semantic
    """
    for folder in (root, root / "semantic", root / "cases" / "semantic"):
        found = sorted(one for one in folder.glob("[0-9]" * 5) if one.is_dir()) if folder.is_dir() else []
        if found:
            return found
    raise ModelError("there is no case of the SBML test suite", where=str(root), fix="give its folder cases/semantic")

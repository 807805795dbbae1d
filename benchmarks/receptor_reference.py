"""Holds the receptor level L2 against the authors' own compiled model: all states, dose x time, uptake, EC50.

    python benchmarks/receptor_reference.py PATH

PATH holds tables of runs of meyer-lab/gcSolver (commit 6480e7a) at posterior medians: ``farhat_cpp_fullstate_*.csv``,
``farhat_cpp_dose_time_WT_IL2_IL15.csv``, ``farhat_cpp_IL2_uptake.csv``, ``farhat_cpp_EC50_60min.csv``. A reduced copy
is ``tests/model/data/receptor_reference``. Writes ``benchmarks/results/receptor_reference.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from bimodal.engine import Settings, Trajectories, solve
from bimodal.files.write import write_text
from bimodal.model.receptor_cell import ReceptorCell, load_receptor_cell
from receptor_tables import SUBSETS

RESULTS = Path(__file__).parent / "results"
#: Tighter than a study asks for, so that what remains is a difference of meaning (or of the reference's own rounding).
SETTINGS = Settings(rtol=1e-9)

FULL = {"farhat_cpp_fullstate_T-reg_IL2_1nM.csv": "treg", "farhat_cpp_fullstate_CD8p_IL2_1nM.csv": "cd8"}
DOSE_TIME, UPTAKE, EC50 = (f"farhat_cpp_{name}.csv" for name in ("dose_time_WT_IL2_IL15", "IL2_uptake", "EC50_60min"))

LIGANDS = {"IL2": "il2", "IL15": "il15"}

#: The 28 states the authors keep for each membrane, in their order; None for the complexes of IL-7, 9, 4 and 21.
_COMPLEXES = ("la", "lb", "lab", "lag", "lbg", "labg")
SURFACE: tuple[str | None, ...] = (
    *(f"free_{chain}_surface" for chain in ("alpha", "beta", "gamma")),
    *(f"with_il2_{complex_}" for complex_ in _COMPLEXES),
    "free_il15_alpha_surface",
    *(f"with_il15_{complex_}" for complex_ in _COMPLEXES),
    *(state for chain in ("il7_alpha", "il9", "il4_alpha", "il21") for state in (f"free_{chain}_surface", None, None)),
)


def inside(state: str | None) -> str | None:
    """Return the endosomal counterpart of a state of the surface."""
    if state is None:
        return None
    return state.replace("_surface", "_inside") if state.endswith("_surface") else f"{state}_in"


#: All 62 in their order: surface, endosome, free ligand of the endosome.
STATES = (*SURFACE, *map(inside, SURFACE), "with_il2_conc_in", "with_il15_conc_in", *[None] * 4)


@dataclass(frozen=True)
class Comparison:
    """How far one column of a table is from ours: worst difference under the table's rule, and where."""

    table: str
    column: str
    numbers: int
    worst: float
    where: str


@cache
def dish() -> ReceptorCell:
    """Return the model, once."""
    return load_receptor_cell()


def simulate(
    settings: Iterable[tuple[str, Mapping[str, float]]], hours: Iterable[float], changes: Mapping[str, float]
) -> Trajectories:
    """Run one cell per setting (cell type, ligand concentrations in nM), with ``changes`` to every one."""
    system = dish().system
    rows = [list(dish().parameters(cell, {**ligands, **changes}).values()) for cell, ligands in settings]
    run = solve(system, rows, None, np.asarray(list(hours)), settings=SETTINGS)
    if run.status.any():
        raise SystemExit(f"{int((run.status > 0).sum())} of {len(rows)} cells were not solved")
    return run


def read(path: Path) -> list[dict[str, str]]:
    """Read a CSV table; lines that begin with # are remarks."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


def full_state(path: Path, cell: str, changes: Mapping[str, float] | None = None) -> list[Comparison]:
    """Compare all 62 states. Rule: difference over the column's maximum; a column of zeros must be zero."""
    rows = read(path)
    theirs = np.array([[float(row[f"y{i}"]) for i in range(len(STATES))] for row in rows])
    minutes = np.array([float(row["time_min"]) for row in rows])
    run = simulate([(cell, {"il2": 1.0})], minutes / 60.0, changes or {})
    found = []
    for i, state in enumerate(STATES):
        ours = np.zeros(len(rows)) if state is None else run[state][0]
        if state is not None and len(SURFACE) <= i < 2 * len(SURFACE):
            ours = ours / dish().table.values()["area_ratio"]  # they count per area of the surface
        size = np.abs(theirs[:, i]).max()
        gap = np.abs(ours - theirs[:, i]) / (size or 1.0)
        worst = int(gap.argmax())
        where = f"{state or 'not ours, zero in theirs'}, {minutes[worst]:g} min"
        found.append(Comparison(path.name, f"y{i}", len(rows), float(gap[worst]), where))
    return found


def by_rows(path: Path, columns: Mapping[str, str], changes: Mapping[str, float] | None = None) -> list[Comparison]:
    """Compare a table with one condition and time per row. Rule: difference over the reference, number by number.

    Where the reference is zero ours must be zero. ``columns`` is their column -> our quantity; a blank one is the
    complex with all chains, summed over both ligands.
    """
    rows = read(path)
    key = "conc_nM" if "conc_nM" in rows[0] else "IL2_nM"
    asked = [(SUBSETS[row["cell"]], LIGANDS[row.get("ligand", "IL2")], float(row[key])) for row in rows]
    conditions = list(dict.fromkeys(asked))
    minutes = sorted({float(row["time_min"]) for row in rows})
    run = simulate(
        [(cell, {ligand: conc}) for cell, ligand, conc in conditions], np.array(minutes) / 60.0, changes or {}
    )
    place = {condition: i for i, condition in enumerate(conditions)}
    at = ([place[condition] for condition in asked], [minutes.index(float(row["time_min"])) for row in rows])
    found = []
    for column, quantity in columns.items():
        values = run[quantity] if quantity else run["with_il2_labg"] + run["with_il15_labg"]
        ours = values[at] / (60.0 if quantity.endswith("carried") else 1.0)
        theirs = np.array([float(row[column]) for row in rows])
        gap = np.abs(ours - theirs) / np.where(theirs == 0.0, 1.0, np.abs(theirs))
        worst = int(gap.argmax())
        cell, ligand, conc = asked[worst]
        where = f"{cell}, {ligand} {conc:g} nM, {float(rows[worst]['time_min']):g} min: {ours[worst]:.8g}"
        found.append(Comparison(path.name, column, len(rows), float(gap[worst]), where))
    return found


def dose_time(path: Path, changes: Mapping[str, float] | None = None) -> list[Comparison]:
    """Compare the table of signal and surface over dose and time."""
    columns = {
        "active_complexes_total": "active",
        "surface_full_complex": "",
        "surface_free_IL2Ra": "free_alpha_surface",
        "surface_IL2Rb_total": "surface_beta",
    }
    return by_rows(path, columns, changes)


def uptake(path: Path, changes: Mapping[str, float] | None = None) -> list[Comparison]:
    """Compare the table of IL-2 carried through the membrane."""
    columns = {
        "uptake_molecules_per_min_per_cell": "il2_carried",
        "active_complexes": "il2_active",
        "surface_free_IL2Ra": "free_alpha_surface",
        "surface_IL2Rb": "surface_beta",
    }
    return by_rows(path, columns, changes)


def ec50(path: Path, changes: Mapping[str, float] | None = None) -> list[Comparison]:
    """Compare the concentrations of half the largest signal at 60 min, interpolated in the logarithm between doses."""
    rows = read(path)
    doses = 84.0 / 3.0 ** np.arange(11, -1, -1)
    asked = [(SUBSETS[row["cell"]], LIGANDS[row["ligand"]]) for row in rows]
    run = simulate([(cell, {ligand: dose}) for cell, ligand in asked for dose in doses], [0.0, 1.0], changes or {})
    signal = run["active"][:, 1].reshape(len(rows), len(doses))
    half = signal.max(axis=1) / 2.0
    found = []
    for column, ours in (
        ("EC50_nM_60min", [_crossing(np.log(doses), s, h) for s, h in zip(signal, half, strict=True)]),
        ("max_active", 2.0 * half),
    ):
        theirs = np.array([float(row[column]) for row in rows])
        gap = np.abs(np.asarray(ours) / theirs - 1.0)
        worst = int(gap.argmax())
        where = f"{' '.join(asked[worst])}: {ours[worst]:.8g}"
        found.append(Comparison(path.name, column, len(rows), float(gap[worst]), where))
    return found


def _crossing(logs: np.ndarray, signal: np.ndarray, level: float) -> float:
    first = int((signal >= level).argmax())
    return float(np.exp(np.interp(level, signal[first - 1 : first + 1], logs[first - 1 : first + 1])))


def compare(folder: Path, changes: Mapping[str, float] | None = None) -> dict[str, list[Comparison]]:
    """Compare every table of a folder; ``changes`` are constants to alter, to see that a wrong model is found out."""
    found = {name: full_state(folder / name, cell, changes) for name, cell in FULL.items()}
    found[DOSE_TIME] = dose_time(folder / DOSE_TIME, changes)
    found[UPTAKE] = uptake(folder / UPTAKE, changes)
    found[EC50] = ec50(folder / EC50, changes)
    return found


LIMITS = {**dict.fromkeys(FULL, 1e-6), DOSE_TIME: 1e-4, UPTAKE: 1e-4, EC50: 1e-4}
RULES = {
    **dict.fromkeys(FULL, "difference over the column's maximum"),
    **dict.fromkeys((DOSE_TIME, UPTAKE, EC50), "difference over the reference, number by number"),
}


def main() -> None:
    """Compare and write the results."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("path", type=Path)
    words.add_argument("--out", type=Path, default=RESULTS)
    given = words.parse_args()
    found = compare(given.path)
    worst = {name: max(columns, key=lambda column: column.worst) for name, columns in found.items()}
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    tables = {
        name: {
            "sha256": hashlib.sha256((given.path / name).read_bytes()).hexdigest(),
            "rule": RULES[name],
            "limit": LIMITS[name],
            "passed": worst[name].worst <= LIMITS[name],
            "columns": [asdict(column) for column in columns],
        }
        for name, columns in found.items()
    }
    record = {
        "command": "python benchmarks/receptor_reference.py PATH",
        "reference": "meyer-lab/gcSolver commit 6480e7a (MIT), SciPy LSODA at rtol 1e-9, atol 1e-9",
        "commit": commit,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "rtol": SETTINGS.rtol,
        "tables": tables,
    }
    lines = [
        "# The receptor level L2 against the authors' compiled model",
        "",
        f"Reference: {record['reference']}. Ours at rtol {SETTINGS.rtol:g}, commit {commit[:12]}.",
        "",
        "| table | rule | limit | worst | column | where | |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, column in worst.items():
        verdict = "passed" if tables[name]["passed"] else "MISSED"
        cells = (name, RULES[name], f"{LIMITS[name]:g}", f"{column.worst:.1e}", column.column, column.where, verdict)
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "The worst of every column of the last three:",
        "",
        "| table | column | worst | where |",
        "|---|---|---|---|",
    ]
    for name in (DOSE_TIME, UPTAKE, EC50):
        lines += [f"| {name} | {c.column} | {c.worst:.1e} | {c.where} |" for c in found[name]]
    text = "\n".join(lines) + "\n"
    print(text)
    write_text(given.out / "receptor_reference.json", json.dumps(record, indent=2) + "\n")
    write_text(given.out / "receptor_reference.md", text)


if __name__ == "__main__":
    main()

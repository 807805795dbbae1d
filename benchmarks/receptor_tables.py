"""Derive the small tables of pSTAT5 and receptor data that the package ships from the public data folder.

    python benchmarks/receptor_tables.py PATH_OF_DATA [--out src/bimodal/evidence/data]

PATH_OF_DATA holds ``receptor/`` and ``reference/`` (meyer-lab/gc-cytokines, gcSolver.jl, MIT; Farhat 2021).
Nothing is changed but the layout: one row per curve, one column per concentration. Of the bivalent molecules
(``receptor/2019-07-mutein-timecourse.csv``, gcSolver.jl) only the EC50 is kept.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from collections import defaultdict
from pathlib import Path

import numpy as np

from bimodal.fit.receptors.assay_curves import ec50
from bimodal.fit.receptors.muteins import crosses_once

SUBSETS = {
    "T-reg": "treg",
    "Mem Treg": "treg_memory",
    "Naive Treg": "treg_naive",
    "T-helper": "tconv",
    "Mem Th": "tconv_memory",
    "Naive Th": "tconv_naive",
    "CD8+": "cd8",
    "Mem CD8+": "cd8_memory",
    "Naive CD8+": "cd8_naive",
    "NK": "nk",
}
#: Subsets and bivalent molecules as the table of their plates calls them.
BIVALENT_SUBSETS = {
    "T-regulatory cells (naïve and memory combined)": "treg",
    "Memory T-regulatory cells (CD45RA-)": "treg_memory",
    "Naïve T-regulatory cells (CD45RA+)": "treg_naive",
    "Non-Treg T helper cells (Foxp3-) (naïve and memory combined)": "tconv",
    "Memory Non-Treg T helper cells (Foxp3-CD45RA-)": "tconv_memory",
    "Naïve Non-Treg T helper cells (Foxp3-CD45RA+)": "tconv_naive",
    "Cytotoxic T cells (CD3+CD8+)": "cd8",
    "NK cells": "nk",
}
#: As the authors' own code has them: dimeric wild type, weaker for beta-gamma, weaker for CD25, both.
BIVALENT = {
    "IL2-060": "wt-fc-n-bivalent",
    "IL2-062": "h16n-fc-n-bivalent",
    "IL2-088": "r38q-fc-n-bivalent",
    "IL2-097": "r38q-h16n-fc-n-bivalent",
}
#: Names of the muteins in the authors' own analysis code (gcSolver.jl, python import of the plates).
MUTEINS = {
    "IL2-060 monomeric": "wt-fc-n",
    "Cterm IL-2 monomeric WT": "wt-fc-c",
    "Cterm IL-2 monomeric V91K": "v91k-fc-c",
    "IL2-109 monomeric": "r38q-fc-n",
    "IL2-110 monomeric": "f42q-fc-n",
    "Cterm N88D monomeric": "n88d-fc-c",
}


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_curves(path: Path, curves: dict[tuple[str, ...], dict[float, float]], keys: list[str]) -> None:
    """Write one row per curve; an empty cell is a missing well."""
    doses = sorted({dose for curve in curves.values() for dose in curve})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*keys, *(f"{dose:.6g}" for dose in doses)])
        for key in sorted(curves):
            writer.writerow([*key, *(f"{curves[key][d]:.6g}" if d in curves[key] else "" for d in doses)])


def rounded(dose: str) -> float:
    """Bring the printed concentration (nM) of a dilution series to one spelling."""
    return float(f"{float(dose):.4g}")


def pstat5(data: Path, out: Path) -> None:
    """Native IL-2 and IL-15 on ten subsets, two plates each."""
    curves: dict[tuple[str, ...], dict[float, float]] = defaultdict(dict)
    for row in read(data / "reference" / "tidy_pSTAT5_PBMC_IL2_IL15.csv"):
        key = (SUBSETS[row["cell"]], row["ligand"].lower(), row["replicate"], f"{float(row['time_min']):g}")
        curves[key][rounded(row["conc_nM"])] = float(row["median_pSTAT5_RFU"])
    write_curves(out / "pstat5_pbmc.csv", curves, ["subset", "ligand", "replicate", "minutes"])


def muteins(data: Path, out: Path) -> None:
    """Monomeric IL-2-Fc muteins on eight subsets, one plate each."""
    curves: dict[tuple[str, ...], dict[float, float]] = defaultdict(dict)
    for row in read(data / "receptor" / "Monomeric_mutein_pSTAT_data.csv"):
        key = (SUBSETS[row["Cells"]], MUTEINS[row["Ligand"]], "1", f"{float(row['Time']):g}")
        curves[key][rounded(row["Concentration"])] = float(row["RFU"])
    write_curves(out / "pstat5_muteins.csv", curves, ["subset", "ligand", "replicate", "minutes"])


def bivalent(data: Path, out: Path) -> None:
    """EC50 of bivalent molecules, read off each curve; empty where it does not cross its half-way level once."""
    rows: list[tuple[str, str, str, str, str]] = []
    for row in read(data / "receptor" / "2019-07-mutein-timecourse.csv"):
        if row["Cells"] not in BIVALENT_SUBSETS:
            continue
        wells = {float(key): float(value) for key, value in row.items() if key[0].isdigit()}
        doses = np.array(sorted(wells))
        curve = np.array([wells[dose] for dose in doses])
        found = f"{float(ec50(doses, curve)):.4g}" if crosses_once(curve) else ""
        minutes = f"{60 * float(row['Time']):g}"
        rows.append((BIVALENT_SUBSETS[row["Cells"]], BIVALENT[row["Ligand"]], row["Replicate"], minutes, found))
    with (out / "ec50_bivalent.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["subset", "ligand", "plate", "minutes", "ec50_nM"])
        writer.writerows(sorted(rows))


def surface(data: Path, out: Path) -> None:
    """Surface beta on YT-1 cells after IL-2 (Ring 2012) and surface gamma (Mitra; 1,000 nM), percent of the start."""
    rows: list[tuple[str, str, str, str, float]] = []
    for file, alpha in (("IL2Ra+_surface_IL2RB_datasets.csv", "yes"), ("IL2Ra-_surface_IL2RB_datasets.csv", "no")):
        table = read(data / "receptor" / file)
        times = [float(row.get("time") or row["times"]) for row in table]
        for ligand in ("IL2", "IL15"):
            for nm in ("1", "500"):
                column = [float(row[f"{ligand} - {nm}nM"]) for row in table]
                rows += [
                    ("beta", alpha, ligand.lower(), nm, t, 100 * v / column[0])
                    for t, v in zip(times, column, strict=True)
                ]
    rows += [
        ("gamma", "no", "il2", "1000", float(r["min"]), float(r["gc"]))
        for r in read(data / "receptor" / "mitra_surface_gc_depletion.csv")
    ]
    with (out / "surface_loss.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["chain", "cd25", "ligand", "nM", "minutes", "percent"])
        writer.writerows([*row[:4], f"{row[4]:g}", f"{row[5]:.4g}"] for row in rows)


def spread(data: Path, out: Path) -> None:
    """Between-cell coefficient of variation of receptor numbers, mean over days and plates."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in read(data / "receptor" / "receptor_moments.csv"):
        found[row["Cell Type"], row["Receptor"]].append(float(row["Variance"]) ** 0.5 / float(row["Mean"]))
    with (out / "receptor_spread.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["cell", "receptor", "cv", "n"])
        writer.writerows([*key, f"{statistics.mean(cvs):.4g}", len(cvs)] for key, cvs in sorted(found.items()))


def main() -> None:
    """Write all five tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("src/bimodal/evidence/data"))
    options = parser.parse_args()
    for derive in (pstat5, muteins, bivalent, surface, spread):
        derive(options.data, options.out)


if __name__ == "__main__":
    main()

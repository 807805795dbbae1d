"""Measure how well EC50 of muteins are predicted from affinities alone, by cell, and write the shipped table.

    python benchmarks/mutein_skill.py [--out src/bimodal/evidence/data/mutein_skill.csv]

Warnings of `bimodal response`, `compare` and runs print these figures; a test fails when they no longer hold.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from bimodal.fit.receptors.muteins import predict_muteins
from bimodal.fit.receptors.receptors import receptor_data

COLUMNS = ["cell", "curves", "rank_correlation", "error", "constant"]


def main() -> None:
    """Predict with the shipped parameters and write one row per sort of cell."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("src/bimodal/evidence/data/mutein_skill.csv"))
    options = parser.parse_args()
    rows = [
        [one.cell, one.curves, f"{one.rank_correlation:.2f}", f"{one.error:.2f}", f"{one.constant:.2f}"]
        for one in predict_muteins(receptor_data(), {}).skill()
    ]
    with options.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *rows])
    print("\n".join(",".join(map(str, row)) for row in rows))


if __name__ == "__main__":
    main()

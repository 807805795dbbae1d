"""Many random patients with twice the shipped variability on both kinds of regimen: how each of them ended.

Run ``python benchmarks/robustness.py [--patients 100000]``; writes ``benchmarks/results/robustness.json``.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np

from bimodal.cohort.streams import normal
from bimodal.engine import Schedule, SolverStatus, solve
from bimodal.files.write import write_text
from bimodal.model import load_model

REGIMENS = ("SC daily x 56", "15-min infusion q8h x 14, rest 9 days, x 4")
SEED = 1


def sampled(table, patients: np.ndarray) -> np.ndarray:
    """Return (N, P) parameters: every spread of the table doubled on its own scale."""
    columns = []
    for row in table.rows:
        if row.cv is None:
            columns.append(np.full(len(patients), row.value))
            continue
        z = normal(SEED, patients, "robustness", row.id)[:, 0]
        if row.distribution == "lognormal":
            columns.append(row.value * np.exp(2.0 * np.sqrt(np.log1p(row.cv**2)) * z))
        else:  # logitnormal
            logit = np.log(row.value / (1.0 - row.value)) + 2.0 * row.cv / (1.0 - row.value) * z
            columns.append(1.0 / (1.0 + np.exp(-logit)))
    return np.stack(columns, axis=1)


def schedule(system, regimen: str, n: int) -> Schedule:
    """Return the events of n patients."""
    if regimen == REGIMENS[0]:
        return Schedule.shared(np.arange(56) * 24.0, [system.slot_add("il2_depot")] * 56, np.full((n, 56), 7.4))
    slot, amount = system.slot_set("il2_infusion"), 180.0  # nmol, 600,000 IU/kg at 75 kg
    starts = np.concatenate([cycle * (14 * 8.0 + 216.0) + 8.0 * np.arange(14) for cycle in range(4)])
    times = np.stack([starts, starts + 0.25], axis=1).ravel()
    values = np.tile([amount / 0.25, 0.0], len(starts))
    return Schedule.shared(times, [slot] * len(times), np.tile(values, (n, 1)))


def main() -> None:
    """Run and write the histogram of endings."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--patients", type=int, default=100_000)
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--out", type=Path, default=Path(__file__).with_name("results") / "robustness.json")
    given = words.parse_args()
    human = load_model("human")
    system, days = human.system, np.arange(0, 85) * 24.0
    found = {}
    for regimen in REGIMENS:
        endings: Counter[str] = Counter()
        silent = 0
        for low in range(0, given.patients, 2000):
            patients = np.arange(low, min(low + 2000, given.patients))
            run = solve(
                system, sampled(human.table, patients), schedule(system, regimen, len(patients)), days,
                workers=given.workers,
            )  # fmt: skip
            endings.update(SolverStatus(code).name for code in run.status.tolist())
            finite = np.isfinite(run.values).all(axis=(1, 2))
            silent += int((finite == (run.status > SolverStatus.DONE_BY_FALLBACK)).sum())
        found[regimen] = {"endings": dict(endings), "unreported_failures": silent}
        print(regimen, found[regimen])
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    record = {
        "command": f"python benchmarks/robustness.py --patients {given.patients}",
        "commit": commit,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seed": SEED,
        "patients": given.patients,
        "regimens": found,
    }
    write_text(given.out, json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()

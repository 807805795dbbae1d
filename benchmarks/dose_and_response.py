"""Do complete responders get more doses? The observed correlation (A30, Rosenberg 1998), and what it is in the model.

    python benchmarks/dose_and_response.py [--patients 4000] [--out benchmarks/results]

Patients of the study ``rosenberg-1998`` by third of the doses they were given, and by third of their largest rebound of
lymphocytes: complete responses in each. Then the same patients with every dose given to all and nobody dying of it:
what is left of a difference between the same groups belongs to the patients and not to the doses.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.files.write import write_text
from bimodal.study import RunOptions, StudyResult, load_study, run_study
from bimodal.study.endpoints.trial import Response

RESULTS = Path(__file__).parent / "results"


def _run(patients: int, folder: Path, *, rules: bool) -> StudyResult:
    spec = load_study("rosenberg-1998")
    if not rules:
        arms = tuple(arm.model_copy(update={"era": None, "set": {"tox_death_rate": 0.0}}) for arm in spec.arm)
        spec = spec.model_copy(update={"arm": arms, "name": "rosenberg-1998-all-doses"})
    found = run_study(spec, options=RunOptions(patients=patients, out=folder))
    assert found is not None
    return found


def _thirds(marker: np.ndarray, complete: np.ndarray) -> list[dict[str, float]]:
    edges = np.quantile(marker, [1 / 3, 2 / 3])
    group = np.digitize(marker, edges)
    return [
        {
            "marker": float(np.median(marker[group == g])),
            "n": int((group == g).sum()),
            "cr": float(complete[group == g].mean()),
        }
        for g in range(3)
        if (group == g).any()
    ]


def main() -> int:
    """Run both, print the table, write JSON and Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--patients", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        held = _run(options.patients, Path(folder) / "held", rules=True)
        full = _run(options.patients, Path(folder) / "full", rules=False)
        arms: dict[str, Any] = {}
        for arm in held.arms:
            doses = held.readings.course(arm, "doses_given")
            rebound = held.values(arm, "lymphocytes_fold")[:, held.days <= 42.0].max(axis=1)
            own = held.outcomes(arm).best == Response.CR
            same = full.outcomes(arm).best == Response.CR
            arms[arm] = {
                "by_doses": _thirds(doses, own),
                "same_people_all_doses": _thirds(doses, same),
                "by_rebound": _thirds(rebound, own),
                "doses_of_complete_responders": float(np.mean(doses[own])),
                "doses_of_others": float(np.mean(doses[~own])),
            }
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    command = f"python benchmarks/dose_and_response.py --patients {options.patients}"
    about = {"commit": commit.stdout.strip(), "command": command, "machine": platform.machine(), "seed": 1}
    write_text(options.out / "dose_and_response.json", json.dumps({**about, "arms": arms}, indent=1) + "\n")
    page = _page(about, arms)
    write_text(options.out / "dose_and_response.md", page)
    print(page)
    return 0


def _page(about: dict[str, Any], arms: dict[str, Any]) -> str:
    lines = [
        "# Doses given and complete response",
        "",
        f"Commit {about['commit']}, `{about['command']}`, seed 1. Complete responders in thirds of the patients.",
        "",
        "| arm | thirds by | lowest | middle | highest |",
        "|---|---|---|---|---|",
    ]
    names = {
        "by_doses": "doses given",
        "same_people_all_doses": "doses given, but every dose given to all and no treatment deaths",
        "by_rebound": "largest rebound of lymphocytes",
    }
    for arm, found in arms.items():
        for key, words in names.items():
            cells = [f"{100 * third['cr']:.1f} % ({third['marker']:.3g}; n = {third['n']})" for third in found[key]]
            lines.append(f"| {arm} | {words} | " + " | ".join(cells + ["-"] * (3 - len(cells))) + " |")
        lines.append(
            f"| {arm} | mean doses | complete responders {found['doses_of_complete_responders']:.1f} | "
            f"others {found['doses_of_others']:.1f} | |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())

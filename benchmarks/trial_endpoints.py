"""What reading a trial costs, what the reader's error alone does, and how much trials of one size differ by chance.

python benchmarks/trial_endpoints.py [--out benchmarks/results]
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from pathlib import Path

import numpy as np

from bimodal.study.endpoints.trial import Response, ScanPlan, between_trials, trial_outcomes, trial_statistic

PATIENTS, SEED = 5000, 1
CRITERIA = ("WHO", "RECIST 1.1")
SIZES = (20, 50, 100, 200, 300)
RATE = 0.07


def followed(rate: np.ndarray, plan: ScanPlan, days: np.ndarray) -> tuple[object, float]:
    """Follow tumours that grow or shrink at a rate per day; give the outcomes and the CPU seconds."""
    cells = 3e10 * np.exp(np.clip(rate[:, None] * days, -60.0, 8.0))
    hazard = np.tile(days / 400.0, (len(rate), 1))
    start = time.process_time()
    out = trial_outcomes(
        days,
        tumour_cells=cells,
        death_hazard_integral=hazard,
        tox_hazard_integral=0.01 * hazard,
        patients=np.arange(len(rate)),
        seed=SEED,
        plan=plan,
    )
    return out, time.process_time() - start


def main() -> None:
    """Run and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    out = parser.parse_args().out
    days = np.arange(0.0, 1681.0)
    rate = np.random.default_rng(SEED).normal(0.0, 0.01, PATIENTS)
    speed, still = {}, {}
    for criterion in CRITERIA:
        plan = ScanPlan(criterion=criterion, schedule="every 4 weeks")
        found, seconds = followed(rate, plan, days)
        names = ("orr", "cr_rate", "dor_months", "pfs_months", "os_months", "os_rate_24_months")
        trial_statistic("os_months", found)  # the first call loads lifelines
        start = time.process_time()
        for name in names:
            trial_statistic(name, found)
        speed[criterion] = {
            "scans": len(plan.visits(1680.0)) - 1,
            "outcomes_cpu_s": round(seconds, 2),
            "six_statistics_cpu_s": round(time.process_time() - start, 2),
        }
        eight = ScanPlan(criterion=criterion, schedule="every 8 weeks")
        stable, _ = followed(np.zeros(PATIENTS), eight, np.arange(0.0, 337.0))
        seen = stable.evaluated & ~np.isnan(stable.sums[:, 1])
        still[criterion] = {
            "patients": int(seen.sum()),
            "progression_at_the_first_scan": round(float((stable.progression_day[seen] == 56.0).mean()), 4),
            "response_within_48_weeks": round(float((stable.best[seen] >= Response.PR).mean()), 4),
        }
    chance = {str(n): [round(end, 3) for end in between_trials(RATE, n)] for n in SIZES}
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    result = {
        "command": "python benchmarks/trial_endpoints.py",
        "commit": commit,
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "seed": SEED,
        "patients": PATIENTS,
        "speed": speed,
        "tumours_that_stand_still": still,
        "rate_between_trials": {"rate": RATE, "level": 0.95, "by_patients": chance},
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "trial_endpoints.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (out / "trial_endpoints.md").write_text(_page(result), encoding="utf-8")
    print(_page(result))


def _page(result: dict) -> str:
    lines = [
        "# Reading a trial",
        "",
        f"`{result['command']}`, {result['patients']:,} patients, seed {result['seed']}, {result['machine']}, "
        f"commit {result['commit'][:12]}.",
        "",
        "| criterion | scans | outcomes, CPU s | six statistics, CPU s |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['scans']} | {row['outcomes_cpu_s']} | {row['six_statistics_cpu_s']} |"
        for name, row in result["speed"].items()
    ]
    lines += [
        "",
        "Tumours that stand still, scanned every 8 weeks: what the reader's error alone does.",
        "",
        "| criterion | patients scanned | progression at the first scan | response within 48 weeks |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['patients']:,} | {100 * row['progression_at_the_first_scan']:.1f} % | "
        f"{100 * row['response_within_48_weeks']:.1f} % |"
        for name, row in result["tumours_that_stand_still"].items()
    ]
    spread = result["rate_between_trials"]
    lines += [
        "",
        f"Observed rate in 95 % of trials where the true rate is {100 * spread['rate']:.0f} %.",
        "",
        "| patients of a trial | lower | upper |",
        "|---|---|---|",
    ]
    lines += [f"| {n} | {100 * low:.1f} % | {100 * high:.1f} % |" for n, (low, high) in spread["by_patients"].items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

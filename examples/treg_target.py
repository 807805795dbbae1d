"""Hold the Treg of each patient in a band: how many stay in it, and what that costs beside one dose for all."""

import sys
from pathlib import Path

import numpy as np

import bimodal as bm

BANDS = {"titrated": (2.0, 4.0), "titrated to a narrow band": (2.0, 3.0), "fixed": (2.0, 4.0)}
PLANNED_MIU = 0.5

patients = {"patients": int(sys.argv[1])} if len(sys.argv) > 1 else {}
result = bm.run_study(Path(__file__).with_name("treg_target.toml"), out="results/treg-target", **patients)
days = result.spec.endpoint[0].days
weeks = [day for day in days if day >= 56.0]

for arm, (low, high) in BANDS.items():
    # what the patients have, not what was measured; held: in the band at four of five weekly visits from day 56 on
    folds = np.stack([result.readings.on_day(arm, "treg_fold", day) for day in weeks], axis=1)
    inside = (folds >= low) & (folds <= high)
    held = (inside.mean(axis=1) >= 0.8).mean()
    toxic = np.quantile(result.readings.on_day(arm, "tox_index", 168.0), [0.5, 0.95]).round(3)
    print(f"{arm}: held in {low:g}-{high:g} fold: {held:.0%} of patients; {inside.mean():.0%} of visits in it")
    print(f"  toxicity index on day 168: median {toxic[0]}, 95th percentile {toxic[1]}")
    if arm in result.readings.ledgers:
        factor = result.readings.ledgers[arm].factor
        given = PLANNED_MIU * factor.sum(axis=1)
        print(f"  {(factor > 0.0).sum(axis=1).mean():.0f} doses, {np.median(given):.0f} MIU (mean {given.mean():.0f})")
        print(f"  last dose {np.quantile(factor[:, -1], [0.05, 0.5, 0.95]).round(2)} times the planned one")
    else:
        print(f"  168 doses, {168 * PLANNED_MIU:.0f} MIU")

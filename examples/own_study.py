"""Run a study file, then read its results three ways: summary, values per patient, files on disk."""

import json
from pathlib import Path

import duckdb
import numpy as np

import bimodal as bm

result = bm.run_study(Path(__file__).with_name("own_study.toml"), out="results")

# the summary: what `summary.json` holds
summary = json.loads((result.folder / "summary.json").read_text("utf-8"))
for arm in summary["arms"]:
    for row in arm["endpoints"]:
        when = "" if row["day"] is None else f" day {row['day']:g}"
        span = f"{row['lower']:.3g} to {row['upper']:.3g}, {row['interval']}"
        print(f"{arm['name']}: {row['id']}{when} = {row['value']:.3g} ({span})")

# values per patient
folds = result.values("aldesleukin", "treg_fold")
print(f"{np.mean(np.nanmax(folds, axis=1) > 1.5):.0%} of patients had more than 1.5 times their Treg at some time")

# the files: any reader of Parquet opens them
rows = (result.folder / "trajectories" / "*.parquet").as_posix()
count, highest = duckdb.sql(f"select count(*), max(treg_count) from '{rows}'").fetchall()[0]
print(f"{count:,} rows on disk; highest Treg count {highest:.0f} per uL")

"""Tabulates the registered predictions of high doses: the value, and its range over equally good parameter sets."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bimodal.predict.file import list_predictions, read_prediction
from bimodal.predict.prediction import PredictedEndpoint, Prediction

COLUMNS = ("orr", "cr_rate", "dor_months", "os_months", "os_rate_60_months", "treatment_death_rate", "doses_given")
RESULTS = Path(__file__).parent / "results"


def cell(row: PredictedEndpoint) -> str:
    """Write a value with its range; shares in per cent."""
    value = row.median if row.statistic is None else row.value
    if value is None:
        return row.note or "-"
    scale, digits = (100.0, 1) if row.statistic == "proportion" else (1.0, 1)
    low, high = row.ensemble_lower, row.ensemble_upper
    ends = "" if low is None or high is None else f" [{scale * low:.{digits}f} to {scale * high:.{digits}f}]"
    return f"{scale * value:.{digits}f}{ends}"


def line(found: Prediction) -> str:
    """Write one prediction as a line of the table."""
    rows = {row.id: row for row in found.arms[0].endpoints}
    return f"| `{found.id}` | {' | '.join(cell(rows[name]) for name in COLUMNS)} |"


def main(folder: str = "predictions", results: Path = RESULTS) -> None:
    """Write the table and the same as JSON, from the package's predictions and those of a folder."""
    found = [read_prediction(path) for path in list_predictions(Path(folder)).values()]
    found = [one for one in found if one.ensemble is not None]
    if not found:
        raise SystemExit("no prediction with parameter sets is registered: see benchmarks/predictions-oncology.toml")
    about = found[0].ensemble
    assert about is not None
    heads = "response %, complete %, response months, survival months, alive at 5 years %, treatment death %, doses"
    names = " | ".join(part.strip() for part in heads.split(","))
    text = (
        "# Registered predictions of high doses\n\n"
        f"`python benchmarks/predictions_oncology.py`, from the registered files; {found[0].patients} people each,\n"
        f"{about.words} in brackets ({about.patients} people each, so a part of the range is\n"
        "chance). Before checkpoint inhibitors; WHO criteria; one course. Shares in per cent.\n\n"
        f"| prediction | {names} |\n|---|{'---|' * len(COLUMNS)}\n"
    )
    text += "\n".join(line(one) for one in found) + "\n"
    (results / "predictions_oncology.md").write_text(text, "utf-8")
    data = {
        one.id: {
            "sha256": one.sha256,
            **{row.id: row.model_dump(mode="json") for row in one.arms[0].endpoints if row.id in COLUMNS},
        }
        for one in found
    }
    (results / "predictions_oncology.json").write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main(*sys.argv[1:2])

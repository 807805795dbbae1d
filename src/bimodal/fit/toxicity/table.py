"""Puts what the toxicity fit found into its table, and says where a table holds something else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from bimodal.dosing import load_era
from bimodal.errors import BimodalError
from bimodal.files.write import write_bytes
from bimodal.fit.toxicity.toxicity import ToxicityFit
from bimodal.model.parameters import COLUMNS, ParameterTable

COMMAND = "bimodal fit toxicity"
_DIGITS = 6
#: What each fitted number was fitted to.
_NOTES: Mapping[str, str] = {
    "tox_fast_weight": "index 1 is the hold threshold of registration-1990: doses delivered (A13, A14)",
    "tox_late_weight": "over tox_fast_weight: 7.5 MIU twice a day for 5 days (H17) just at the limit of outpatients, "
    "which lies between 1.25 and 1.75 MIU/m2 a day (F42)",
    "tox_death_rate": "treatment deaths (A12, A17)",
    "tox_grade_step": "hypotension of grade 3/4 (F01, F02) and grade 4 (F30, uncertain); the same for every term",
    "tox_hypotension_cut": "hypotension of grade 3/4 (F01, F02)",
    "tox_cls_cut": "as hypotension: capillary leak has no published row here",
    "tox_creatinine_cut": "any grade (F26, recalled)",
    "tox_platelets_cut": "any grade (F24, recalled)",
    "tox_constitutional_cut": "chills of any grade (F19, recalled)",
}
_SPREAD_NOTE = "spread: how steeply grade 3/4 hypotension fell between eras (F01, F02); the same for every term"


def write_toxicity(path: Path, found: ToxicityFit, *, dry_run: bool = False) -> list[str]:
    """Write fitted values and spreads into a parameter table, and thresholds into the eras of the same package.

    Parameters
    ----------
    path
        The table, such as ``oncology.csv``. A copy that lies in no package has no eras: thresholds are then only said.
    """
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    changed: list[str] = []
    for row in rows:
        name, before = row["id"], dict(row)
        if name in found.values:
            row["value"] = f"{found.values[name]:.{_DIGITS}g}"
        elif name in found.spreads:
            row["cv"] = f"{found.spreads[name]:.{_DIGITS}g}"
        else:
            continue
        row |= {"source": "this project, fit toxicity", "where_in_source": COMMAND, "status": "fitted"}
        row["note"] = f"{COMMAND}: {_NOTES.get(name, _SPREAD_NOTE)}"
        if row != before:
            changed.append(
                f"{name}: {before['value']} cv {before['cv'] or '-'} -> {row['value']} cv {row['cv'] or '-'}"
            )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([[row[column] for column in COLUMNS] for row in rows])
    ParameterTable.read(out.getvalue(), path.name)
    if changed and not dry_run:
        write_bytes(path, out.getvalue().encode())
    return changed + _write_eras(path.resolve().parent.parent.parent / "dosing/data/eras.toml", found, dry_run=dry_run)


def _write_eras(path: Path, found: ToxicityFit, *, dry_run: bool) -> list[str]:
    if not path.is_file():
        return [
            f"era {era}: {level:.4g}, not written: no eras lie beside this table"
            for era, level in found.thresholds.items()
            if _differs(load_era(era).thresholds["hold_threshold"].value, level)
        ]
    text, changed = path.read_text(encoding="utf-8"), list[str]()
    for era, level in found.thresholds.items():
        # the file is kept as it is, comments too: only the number after the heading of its threshold is new
        place = re.search(
            rf'^id = "{re.escape(era)}"\n(?:(?!\[\[era\]\]).*\n)*?\[era\.thresholds\.hold_threshold\]\nvalue = (.*)$',
            text,
            re.M,
        )
        if place is None:
            raise BimodalError(f"'{path.name}' has no hold_threshold of the era '{era}'")
        if _differs(float(place[1]), level):
            changed.append(f"era {era}: {place[1]} -> {float(f'{level:.4g}')}")
            text = f"{text[: place.start(1)]}{float(f'{level:.4g}')}{text[place.end(1) :]}"
    if changed and not dry_run:
        write_bytes(path, text.encode())
    return changed


def _differs(shipped: float, level: float) -> bool:
    return f"{shipped:.4g}" != f"{level:.4g}"


def toxicity_mismatches(table: ParameterTable, found: ToxicityFit, tolerance: float) -> list[str]:
    """Say where a table or the shipped eras hold something else than the fit finds; empty if all agree.

    Parameters
    ----------
    tolerance
        Relative difference that still counts as the same.
    """
    pairs = [(name, table.by_id[name].value, value) for name, value in found.values.items()]
    pairs += [(f"cv of {name}", table.by_id[name].cv or 0.0, value) for name, value in found.spreads.items()]
    pairs += [
        (f"era {era}", load_era(era).thresholds["hold_threshold"].value, value)
        for era, value in found.thresholds.items()
    ]
    return [
        f"{name}: shipped {shipped:g}, found {value:g}"
        for name, shipped, value in pairs
        if abs(shipped - value) > tolerance * abs(value)
    ]

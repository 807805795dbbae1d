"""The ensemble of about equally good parameter sets: read, written, and put into the terms of cohorts and tables."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bimodal.files.read import FileKind
from bimodal.files.table import Place, read_rows
from bimodal.files.write import write_text
from bimodal.fit.oncology.parameters import IDS
from bimodal.fit.oncology.population import SPREADS

NAME = "oncology_ensemble.csv"
_DIGITS = 6
_FILE = FileKind("the ensemble")


@dataclass(frozen=True)
class OncologySet:
    """One parameter set of the ensemble, in natural units, and what it costs."""

    cost: float
    misfit: float
    values: Mapping[str, float]


def load_ensemble(path: Path | None = None) -> tuple[OncologySet, ...]:
    """Read the shipped ensemble, or another; the best set comes first.

    Examples
    --------
    >>> sets = load_ensemble()
    >>> sets[0].cost == min(one.cost for one in sets)
    True
    """
    shipped = files("bimodal.fit.oncology").joinpath("data", NAME)
    text = shipped.read_text(encoding="utf-8") if path is None else _FILE.text(path)
    where = NAME if path is None else str(path)
    rows = read_rows(text, _FILE, where=where, columns=_columns(), needed=_columns(), clean=str)
    return tuple(_set(row, place) for row, place in rows)


def _set(row: Mapping[str, str], place: Place) -> OncologySet:
    numbers: dict[str, float] = {}
    for name, text in row.items():
        try:
            numbers[name] = float(text)
        except ValueError:
            place.fail(name, f"'{text[:40]}' is not a number")
    return OncologySet(numbers["cost"], numbers["misfit"], {name: numbers[name] for name in IDS})


def ensemble_text(sets: Sequence[OncologySet]) -> str:
    """Write an ensemble as CSV text."""
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\n")
    out.writerow(_columns())
    for one in sets:
        out.writerow(_number(value) for value in (one.cost, one.misfit, *(one.values[name] for name in IDS)))
    return buffer.getvalue()


def write_ensemble(path: Path, sets: Sequence[OncologySet], *, dry_run: bool = False) -> list[str]:
    """Write an ensemble and say what changes.

    Returns
    -------
    list of str
        A line where the file changes, nothing where it holds the same.
    """
    text = ensemble_text(sets)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    if not dry_run:
        write_text(path, text)
    return [f"{path.name}: {len(sets)} parameter sets"]


def table_values(values: Mapping[str, float]) -> dict[str, float]:
    """Give the rows of ``tumour_site.csv`` that a parameter set fixes for everybody."""
    return {
        "tumour_signal_slope": values["signal_slope"],
        "tumour_kill_max": values["kill_max"] / 24.0,
        "tumour_burden_half": values["burden_half"],
        "tumour_hazard_half": values["hazard_half"],
        "tumour_persisting_fraction": values["persisting_fraction"],
        "tumour_treg_half": values["treg_half"],
        "tumour_remains_time": 24.0 * values["remains_time"],
    }


def cohort_values(values: Mapping[str, float], cancer: str) -> dict[str, tuple[float, float]]:
    """Give the median and coefficient of variation of every quantity a cohort file sets.

    Parameters
    ----------
    cancer
        ``melanoma`` or ``renal``.

    Returns
    -------
    dict
        Row of the parameter table -> median and cv; log-normal but for the evasive fraction, which is logit-normal
        and belongs to the partly recognised class.
    """
    evasive = values["evasive_median"]
    return {
        "tumour_doubling_time": (24.0 * values[f"doubling_{cancer}"], _cv(values[f"growth_spread_{cancer}"])),
        "tumour_cells_rest": (3e10, _cv(SPREADS["tumour_cells_rest"])),
        "tumour_hazard_half": (values["hazard_half"], _cv(SPREADS["tumour_hazard_half"])),
        "tumour_remains_time": (24.0 * values["remains_time"], _cv(SPREADS["tumour_remains_time"])),
        "tumour_treg_density": (1.0, _cv(SPREADS["tumour_treg_density"])),
        "tumour_persistence_time": (24.0 * values[f"persistence_{cancer}"], 0.0),
        "tumour_bystander": (values[f"bystander_{cancer}"], 0.0),
        "tumour_kill": (values["kill"] / 24.0, _cv(values["kill_spread"])),
        "tumour_evasive_fraction": (evasive, values["evasive_spread"] * (1.0 - evasive)),
    }


def class_shares(values: Mapping[str, float]) -> dict[str, float]:
    """Give the share of each class of tumours."""
    return {"partly": 1.0 - values["clean"], "wholly": values["clean"]}


def _cv(spread: float) -> float:
    return math.sqrt(math.expm1(spread * spread))


def _columns() -> tuple[str, ...]:
    return ("cost", "misfit", *IDS)


def _number(value: float) -> str:
    return f"{value:.{_DIGITS}g}"

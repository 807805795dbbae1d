"""Geometric mean fold error over the scored targets of the studies, with a bootstrap over studies."""

from __future__ import annotations

import math

import numpy as np

from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.sections.studies import ROLES, fold_error

_TITLE = "Geometric mean fold error"
#: Twofold is what pharmacometrics calls a useful prediction; the bands of single targets are narrower.
_MOST = 2.0
_DRAWS = 4000


def compute(work: Work) -> Section:
    """Average the factors of calibration and validation apart."""
    studies = work.done.get("studies")
    if studies is None or not studies.figures:
        return Section.missing(
            "fold-error", _TITLE, "the section of studies was not run", "bimodal qualify --only studies"
        )
    figures: list[Figure] = []
    for role in ROLES:
        rows = [(row.what.partition(":")[0], fold_error(row)) for row in studies.figures if row.group == role]
        found = [(study, math.log(error)) for study, error in rows if error is not None]
        if not found:
            continue
        value, low, high, count = mean_factor(found, work.request.seed)
        figures.append(
            within(
                value,
                _MOST,
                id=role,
                what=f"{role}: {len(found)} targets of {count} studies",
                lower=low,
                upper=high,
                interval="95 %, bootstrap over studies",
                group="geometric mean of the factor between the two",
            )
        )
        near = sum(error <= math.log(1.5) for _, error in found)
        figures.append(
            Figure(
                id=f"{role}-near",
                what=f"{role}: share within 1.5-fold",
                value=near / len(found),
                group="share of targets",
            )
        )
    said = "; ".join(f"{row.id} {row.value:.2f} ({row.lower:.2f} to {row.upper:.2f})" for row in figures if row.lower)
    notes = [
        "Over scored targets with a band and two numbers above 0; signs and orderings have no factor. A bound counts "
        "as the number itself, so a value beyond it in the allowed direction adds to the error.",
        "The interval resamples studies, as targets of one study err together.",
    ]
    return Section.judged("fold-error", _TITLE, f"Geometric mean fold error: {said}.", figures, notes)


def mean_factor(found: list[tuple[str, float]], seed: int) -> tuple[float, float, float, int]:
    """Return the geometric mean of factors given as (study, log), its 95 % interval over studies, and their number.

    Examples
    --------
    >>> mean_factor([("a", 0.0), ("b", 0.0)], 1)
    (1.0, 1.0, 1.0, 2)
    """
    by_study: dict[str, list[float]] = {}
    for study, error in found:
        by_study.setdefault(study, []).append(error)
    sums = np.array([[sum(errors), len(errors)] for errors in by_study.values()])
    drawn = np.random.default_rng(seed).integers(0, len(sums), (_DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1)
    low, high = np.exp(np.percentile(means[:, 0] / means[:, 1], [2.5, 97.5])).tolist()
    return math.exp(sums[:, 0].sum() / sums[:, 1].sum()), low, high, len(sums)

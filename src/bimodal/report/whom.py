"""Whom a run is of: virtual patients, or parameter sets that take their place and are called what they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bimodal.cohort.parameter_sets import list_parameter_sets

#: What is written of patients -> what is meant where they are parameter sets; longer phrases first.
_WORDS = {
    "The bands are the spread between patients, not the uncertainty of the model": (
        "The bands are what the parameter sets leave open, not a spread between animals"
    ),
    "virtual patients": "parameter sets",
    "the same patient's": "the same parameter set's",
    "the patient's": "the parameter set's",
    "median patient": "median parameter set",
    "failed patient": "failed parameter set",
    "Failed patients": "Failed parameter sets",
    "patients": "parameter sets",
    "people": "parameter sets",
}
_ANY = re.compile("|".join(map(re.escape, _WORDS)))


def are_sets(summary: Mapping[str, Any]) -> bool:
    """Tell whether the patients of a run are parameter sets.

    Examples
    --------
    >>> are_sets({"provenance": {"cohort": "mouse-sets"}}), are_sets({"provenance": {"cohort": "healthy"}})
    (True, False)
    """
    return summary.get("provenance", {}).get("cohort") in list_parameter_sets()


def weighted_as(summary: Mapping[str, Any]) -> str:
    """Say that the patients of a run do not all count the same, and how many of equal weight they are worth.

    Examples
    --------
    >>> weighted_as({"weights": {"effective": 41.26, "patients": 200}})
    'weighted population: effective sample size 41.3 of 200'
    >>> weighted_as({})
    ''
    """
    found = summary.get("weights")
    if found is None:
        return ""
    return f"weighted population: effective sample size {found['effective']:.1f} of {found['patients']:,}"


def of_whom(summary: Mapping[str, Any], text: str) -> str:
    """Call those of a run what they are, in words of this package written of patients.

    Examples
    --------
    >>> of_whom({"provenance": {"cohort": "mouse-sets"}}, "200 virtual patients per arm")
    '200 parameter sets per arm'
    """
    return _ANY.sub(lambda found: _WORDS[found[0]], text) if are_sets(summary) else text

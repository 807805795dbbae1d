"""Names observables by the registry, and by their ids where the registry is silent."""

from __future__ import annotations

from typing import Any

from bimodal.errors import BimodalError
from bimodal.report.source import ResultSource
from bimodal.report.text import clean, unit_text


def observable_label(result: ResultSource, observable: str) -> str:
    """Give the registry's label of an observable, or its id.

    Examples
    --------
    >>> class NoRegistry:
    ...     registry = {}
    >>> observable_label(NoRegistry(), "treg_fold")
    'treg_fold'
    """
    return clean(getattr(_entry(result, observable), "label", None) or observable)


def observable_unit(result: ResultSource, observable: str) -> str:
    """Give the registry's unit of an observable, empty for a pure number or an unknown id.

    Examples
    --------
    >>> class NoRegistry:
    ...     registry = {}
    >>> observable_unit(NoRegistry(), "treg_fold")
    ''
    """
    return unit_text(getattr(_entry(result, observable), "unit", None))


def _entry(result: ResultSource, observable: str) -> Any:
    try:
        return result.registry[observable]
    except (KeyError, TypeError, BimodalError):
        return None

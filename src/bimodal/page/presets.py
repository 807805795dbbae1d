"""What a page opens with where no study says it: scenarios of each model, to be set against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: By model and drug of the first scenario: name, cohort, regimen, days of follow-up.
_NATIVE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "human": (
        ("Low dose", "1 MIU/m2 SC daily for 56 days"),
        ("Low dose, three times a week", "1 MIU/m2 SC tiw for 56 days"),
    ),
    "human_oncology": (("High dose", "600000 IU/kg IV over 15 min q8h x14, rest 9 days, repeat x2"),),
}


def opening_scenarios(
    models: Sequence[tuple[str, str]],
    drugs: Sequence[Mapping[str, Any]],
    values: Mapping[str, float],
    follow_up_days: float | None = None,
) -> list[dict[str, Any]]:
    """Give the scenarios a page opens with.

    Parameters
    ----------
    models
        Each with its usual cohort.
    drugs
        As the bundle has them; the first is given.
    values
        Parameters set in every scenario.

    Examples
    --------
    >>> drug = {"id": "aldesleukin", "name": "Aldesleukin", "class": "native", "usual": "1 MIU/m2 SC daily for 28 days"}
    >>> [one["name"] for one in opening_scenarios([("human", "healthy")], [drug], {})]
    ['Low dose', 'Low dose, three times a week']
    """
    found: list[dict[str, Any]] = []
    for model, cohort in models:
        native = drugs[0]["class"] == "native" and model in _NATIVE
        chosen = _NATIVE[model] if native else ((str(drugs[0]["name"]), str(drugs[0]["usual"])),)
        for name, regimen in chosen:
            one: dict[str, Any] = {
                "name": name,
                "model": model,
                "cohort": cohort,
                "drug": drugs[0]["id"],
                "regimen": regimen,
            }
            if values:
                one["set"] = dict(values)
            if follow_up_days is not None:
                one["follow_up_days"] = follow_up_days
            found.append(one)
    return found

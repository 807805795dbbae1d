"""What the view *Evidence* shows: published numbers beside simulated ones, and registered predictions."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bimodal.evidence import EvidenceRow, list_studies, load_simulated, study_roles
from bimodal.evidence.band import band
from bimodal.page.packed import pack_bytes
from bimodal.predict.observed import Observation
from bimodal.predict.outcomes import Outcome, prediction_outcomes
from bimodal.study import StudySpec, load_evidence, load_study

_ABOUT = ("id", "study", "arms", "label", "time", "statistic", "kind", "published", "unit", "quality", "role", "source",
          "simulated_interval", "verdict", "within")  # fmt: skip
_SIMULATED = ("simulated", "simulated_lower", "simulated_upper", "share_of_sets", "fold_error")
_UNTREATED = "aldesleukin"
_SHORT = 12
_NUMBERS = ("value", "predicted", "lower", "upper")
_WORDS = ("arm", "endpoint", "day", "statistic", "n", "unit", "inside", "rule", "source")


def evidence_data(*, notes: bool = False) -> dict[str, Any]:
    """Lay out the evidence for a page: names to filter by as they are, the rest compressed.

    Parameters
    ----------
    notes
        With the rule and the note of every number and the title of every paper: a quarter more, which a file that
        travels does without.

    Examples
    --------
    >>> found = evidence_data()
    >>> "koreth-2011" in found["studies"], "human" in found["models"], len(found["packed"]) < 60_000
    (True, True, True)
    """
    rows = load_evidence()
    models = {row.run.model for row in rows if row.run is not None}
    text = json.dumps(evidence_content(rows, notes=notes), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return {"studies": list_studies(), "models": sorted(models), "packed": pack_bytes(text.encode())}


def evidence_content(rows: tuple[EvidenceRow, ...], *, notes: bool = False) -> dict[str, Any]:
    """Lay out what is compressed: numbers of studies, misses first, studies by name, predictions.

    Numbers stand in columns, each with a place for every row, as these compress better than rows do.
    """
    about = {row.target.study: row for row in rows}
    plain = [_row(row, notes) for row in rows]
    return {
        "rows": {key: [row[key] for row in plain] for key in plain[0]},
        "studies": {name: _study(name, about.get(name), notes) for name in list_studies()},
        "predictions": [_prediction(one) for one in prediction_outcomes(None)],
    }


def _row(row: EvidenceRow, notes: bool) -> dict[str, Any]:
    record, ends = row.record(), band(row.target)
    kept = (*_ABOUT, *(("rule", "note") if notes else ()))
    return {
        **{key: record[key] for key in kept},
        **{key: _brief(record[key]) for key in _SIMULATED},
        "band": None if ends is None else [*map(_brief, ends)],
    }


def _study(name: str, row: EvidenceRow | None, notes: bool) -> dict[str, Any]:
    spec, run = load_study(name), load_simulated().studies.get(name)
    found: dict[str, Any] = {
        "citation": spec.publication.citation if notes and spec.publication is not None else "",
        "species": "" if spec.publication is None else spec.publication.species,
        "role": study_roles().get(name, ""),
        "cohort": spec.population.cohort or "",
        "arms": _arms(spec),
        "refused": load_simulated().refused.get(name, ""),
        "changed": [] if row is None else list(row.changed),
    }
    if run is not None:
        kept = ("model", "patients", "planned", "failed", "seed", "commit", "bimodal")
        found |= {key: getattr(run, key) for key in kept}
        found |= {"model_sha256": run.model_sha256[:_SHORT], "run": run.run[:_SHORT]}
    return found


def _arms(spec: StudySpec) -> list[dict[str, Any]]:
    """List the arms a page can open: those of regimens, without conditions or multiplied parameters."""
    found: list[dict[str, Any]] = []
    for arm in spec.arm:
        if arm.table is not None or arm.conditions or arm.scale or spec.conditions:
            continue
        one: dict[str, Any] = {"name": arm.name, "drug": arm.drug or _UNTREATED, "regimen": arm.regimen}
        if arm.partner:
            one["partner"] = [{"drug": partner.drug, "regimen": partner.regimen} for partner in arm.partner]
        if values := {**spec.set, **arm.set}:
            one["set"] = values
        if arm.cohort:
            one["cohort"] = arm.cohort
        if spec.horizon is not None:
            one["horizon_days"] = spec.horizon
        elif spec.follow_up_days is not None:
            one["follow_up_days"] = spec.follow_up_days
        if arm.rules or arm.era:
            one["rules"] = True
        found.append(one)
    return found


def _prediction(outcome: Outcome) -> dict[str, Any]:
    made = outcome.prediction
    return {
        "id": made.id,
        "name": made.name,
        "date": made.date,
        "dated_by": made.dated_by,
        "why": made.why,
        "patients": made.patients,
        "model": outcome.model,
        "model_sha256": str(made.provenance["model_sha256"])[:_SHORT],
        "same": outcome.same_mathematics,
        "sha256": made.sha256[:_SHORT],
        "outside": outcome.outside,
        "arms": [
            {
                "name": arm.name,
                "drug": arm.drug,
                "regimen": arm.regimen,
                "values": [
                    [one.id, one.day, one.unit, _brief(one.median if one.statistic is None else one.value)]
                    for one in arm.endpoints
                ],
            }
            for arm in made.arms
        ],
        "observed": None if outcome.judged is None else [_observed(one) for one in outcome.judged],
    }


def _observed(one: Observation) -> dict[str, Any]:
    plain = asdict(one)
    return {key: _brief(plain[key]) if key in _NUMBERS else plain[key] for key in (*_NUMBERS, *_WORDS)}


def _brief(value: float | None) -> float | None:
    """Keep three digits: a page shows no more."""
    return None if value is None else float(f"{value:.3g}")

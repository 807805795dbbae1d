"""The summary of a run, as `summary.json` holds it: schema 1."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from bimodal import INTENDED_USE, __version__
from bimodal.study.contrast.contrasts import contrasts
from bimodal.study.endpoints.bootstrap import bootstrap_median
from bimodal.study.endpoints.spread import INTERVAL, SETS_INTERVAL, median_row
from bimodal.study.immune_cycle.hypothesis import timing_cautions, timing_summary
from bimodal.study.plan.arm import ArmPlan
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.plan.plan import Plan
from bimodal.study.readings.delivered import delivered
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.trial import TrialReader
from bimodal.study.readings.trial_rows import arm_outcomes, trial_rows
from bimodal.study.run.failures import failures
from bimodal.study.solver.molecule_spread import spread_sentence
from bimodal.study.spec.spec import EndpointSpec
from bimodal.study.store.fingerprint import rows_sha256
from bimodal.study.verdict.comparison import compare
from bimodal.study.verdict.outside import outside_warnings
from bimodal.study.verdict.visits import visits_of

SCHEMA = 1


def summarise(plan: Plan, readings: Readings) -> dict[str, Any]:
    """Make the summary of a finished run.

    It holds no time, host, path, worker or chunk, so that two runs of the same study give the same bytes anywhere.
    """
    failed = {arm.name: readings.failed(arm.name) for arm in plan.arms}
    trial = TrialReader.of(plan.spec, readings, plan.options.seed)
    statuses = Counter(row.status for row in plan.solver.rows)
    model, visits = plan.solver.name, visits_of(plan)
    weights = readings.weighting
    return {
        "schema": SCHEMA,
        "bimodal": __version__,
        "study": plan.spec.name,
        "seed": plan.options.seed,
        "patients": plan.population.count,
        "failed": sum(failed.values()),
        "warnings": [
            *timing_cautions(plan),
            *([] if weights is None else weights["warnings"]),
            *plan.warnings,
            *outside_warnings(plan),
            *_unvaried(plan),
            *_standing(plan, statuses),
            *_failures(plan, readings),
            *_left(plan, readings),
            *_jitter(plan),
        ],
        "intended_use": INTENDED_USE,
        "provenance": {
            "run": plan.run,
            "model_sha256": plan.solver.model_sha256,
            "parameters_sha256": plan.parameters_sha256,
            "results_sha256": rows_sha256(
                readings.arms,
                readings.times_h.tolist(),
                readings.observables,
                {arm: readings.whole(arm) for arm in readings.arms},
            ),
            "engine": plan.solver.engine,
            **plan.tolerances,
            "cohort": plan.population.name,
            "horizon_days": plan.horizon,
            "parameters": {name: statuses[name] for name in ("measured", "fitted", "assumed")},
            "set": dict(plan.spec.set),
            **_model(plan, model),
        },
        **({} if weights is None else {"weights": dict(weights)}),
        "arms": [_of_sets(plan, _arm(arm, plan, readings, trial)) for arm in plan.arms],
        "targets": [
            compare(target, readings, trial, visits, sets=bool(plan.population.sets)) for target in plan.targets
        ],
        **contrasts(plan, trial),
        **_design(plan, trial),
        **timing_summary(plan, trial),
    }


def _design(plan: Plan, trial: TrialReader) -> dict[str, Any]:
    """Give the block ``design``; nothing for a study without one."""
    if plan.spec.design is None:
        return {}
    # its statistics take a second to load, and few studies have a design
    from bimodal.study.design.design_block import design_block

    return {"design": design_block(plan, trial)}


def summary_text(summary: dict[str, Any]) -> str:
    """Write a summary as the text of ``summary.json``.

    Returns
    -------
    str
        Sorted keys, shortest round-trip numbers, a newline at the end; no NaN.

    Examples
    --------
    >>> print(summary_text({"b": 0.1, "a": None}), end="")
    {
      "a": null,
      "b": 0.1
    }
    """
    return json.dumps(summary, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``summary.json``.

    Examples
    --------
    >>> summary_schema()["properties"]["schema"]["const"]
    1
    """
    return json.loads(files("bimodal.study").joinpath("data", "summary.schema.json").read_text("utf-8"))


def _arm(arm: ArmPlan, plan: Plan, readings: Readings, trial: TrialReader) -> dict[str, Any]:
    return {
        "name": arm.name,
        "drug": arm.molecule.id if arm.molecule is not None else "",
        "regimen": arm.regimen,
        "set": dict(arm.set),
        "doses": len(arm.schedule.doses),
        **arm.extras,
        **({"pk_spread": plan.pk_spreads[arm.name]} if arm.name in plan.pk_spreads else {}),
        **_delivered(arm, readings),
        "n": readings.n(arm.name),
        "failed": readings.failed(arm.name),
        **({} if readings.left_h is None else {"left": readings.left(plan.horizon)}),
        **({"failures": failures(plan, readings, plan.arms.index(arm))} if readings.failed(arm.name) else {}),
        **arm_outcomes(plan.spec.endpoint, readings.registry, arm.name, trial),
        "endpoints": [row for endpoint in plan.spec.endpoint for row in _endpoint(endpoint, arm.name, trial)],
    }


def _of_sets(plan: Plan, arm: dict[str, Any]) -> dict[str, Any]:
    """Say that the range of an endpoint is one of parameter sets, where the patients are such sets."""
    if not plan.population.sets:
        return arm
    rows = [{**row, "interval": SETS_INTERVAL} if row["interval"] == INTERVAL else row for row in arm["endpoints"]]
    return {**arm, "endpoints": rows}


def _delivered(arm: ArmPlan, readings: Readings) -> dict[str, Any]:
    if arm.name not in readings.ledgers:
        return {}
    return {"doses_delivered": delivered(readings.ledgers[arm.name], readings.weights)}


def _endpoint(endpoint: EndpointSpec, arm: str, trial: TrialReader) -> list[dict[str, Any]]:
    readings = trial.readings
    entry = readings.registry[endpoint.id]
    if entry.kind == "trial":
        return trial_rows(endpoint, arm, trial)
    days: Sequence[float | None] = [None] if entry.per == "course" else sorted(endpoint.days or ())
    rows: list[dict[str, Any]] = []
    for day in days:
        values = readings.course(arm, entry.id) if day is None else readings.on_day(arm, entry.id, day)
        note = readings.note(arm, entry.id)
        row = {"id": entry.id, "day": day, **median_row(values, readings.weights), "unit": entry.unit}
        if endpoint.bootstrap is not None:
            row["bootstrap"] = bootstrap_median(values, endpoint.bootstrap, trial.seed, readings.weights)
        rows.append(row if note is None else {**row, "note": note})
    return rows


def _model(plan: Plan, name: str) -> Mapping[str, Any]:
    if plan.spec.model_is_file:
        return plan.solver.about
    choice = choose_model(plan.spec)
    why = {"model_why": choice.why} if choice.why and choice.name == name else {}
    return {"model": name, **why}


def _standing(plan: Plan, statuses: Mapping[str, int]) -> list[str]:
    total = sum(statuses.values())
    if plan.spec.model_is_file:
        return [f"the parameters of this file have no sources here: nothing says where its {total} constants come from"]
    if statuses["fitted"] > 0:
        return []
    return [f"the model is not calibrated yet: {statuses['assumed']} of {total} parameters are assumed, none is fitted"]


def _unvaried(plan: Plan) -> list[str]:
    """Say of which drugs every patient has the same pharmacokinetics: intervals of levels are too narrow then."""
    if plan.spec.model_is_file:
        return []
    texts = [
        spread_sentence(drug.molecule, spread)
        for arm in plan.arms
        for drug in arm.everything
        if drug.molecule and (spread := plan.pk_spread(drug)) and not any(one.cv > 0.0 for one in spread)
    ]
    return list(dict.fromkeys(texts))


def _jitter(plan: Plan) -> list[str]:
    """Say of which arms no dose moves though people come early and late, and what is not read there."""
    jitter = plan.conduct.jitter_days
    if not jitter:
        return []
    texts: list[str] = []
    for index, arm in enumerate(plan.arms):
        stays = plan.stays(index)
        if stays is None or not arm.schedule.doses:
            continue
        if stays.moves:
            texts.append(
                f"arm '{arm.name}': people come up to {jitter} {'day' if jitter == 1 else 'days'} early or late for "
                "their doses, so numbers of pharmacokinetics are left out"
            )
        else:
            texts.append(
                f"arm '{arm.name}': doses lie at most {2 * jitter} days apart, so they are given as planned, and only "
                "what is read comes early or late"
            )
    return texts


def _left(plan: Plan, readings: Readings) -> list[str]:
    left = readings.left(plan.horizon)
    if not left:
        return []
    return [
        f"{left} of {plan.population.count} patients of an arm leave the study: later days are of those still there"
    ]


def _failures(plan: Plan, readings: Readings) -> list[str]:
    texts: list[str] = []
    for arm in plan.arms:
        total = readings.n(arm.name)
        counts = Counter(int(code) for code in readings.status[arm.name])
        for code, count in sorted(counts.items()):
            if code != 0:
                texts.append(f"arm '{arm.name}': {count} of {total} patients: {plan.solver.sentence(code)}")
    return texts

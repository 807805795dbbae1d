"""The sections of the report page: what was simulated, how it compares, what to be careful about, where it is from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bimodal.report.labels import observable_label
from bimodal.report.markup import cell, definitions, items, paragraph, section, table, text
from bimodal.report.published import TargetComparison, Verdict, comparisons
from bimodal.report.source import ResultSource
from bimodal.report.text import clean, number, number_range, unit_text
from bimodal.report.whom import are_sets, of_whom, weighted_as
from bimodal.study.spec.publication_notes import publication_notes
from bimodal.study.verdict.share_of_sets import HOLDS

_MARKS = {Verdict.OUTSIDE: "◆", Verdict.NOT_EVALUATED: "×", Verdict.INSIDE: "●", Verdict.NOT_SCORED: "□"}
_CLASSES = {verdict: f"verdict {verdict.value.replace(' ', '-')}" for verdict in _MARKS}
_COLUMNS = 4  # arms side by side in one table
_NO_UNIT = "not given"  # of a quantity whose model file declares no unit
_STATUSES = ("measured", "fitted", "assumed")


def headline(result: ResultSource) -> str:
    """Say in one sentence how simulation and publication compare, misses first."""
    summary = result.summary
    counts = Counter(row.verdict for row in comparisons(result))
    scored = counts[Verdict.OUTSIDE] + counts[Verdict.INSIDE] + counts[Verdict.NOT_EVALUATED]
    patients = (
        f"{number(summary.get('patients'), 12)} virtual patients per arm, {number(summary.get('failed'), 12)} failed."
    )
    patients = of_whom(summary, patients)
    weighted = weighted_as(summary)
    if weighted:
        patients += f" {weighted[:1].upper()}{weighted[1:]}: every number is weighted."
    if not scored:
        return text(f"{patients} No published target was scored.")
    answer = f"Of {scored} scored published target{'s' if scored > 1 else ''}, "
    if are_sets(summary):
        held, not_held = counts[Verdict.INSIDE], counts[Verdict.OUTSIDE]
        answer += f"{held} hold{'s' if held == 1 else ''} in at least {100.0 * HOLDS:g} % of the sets, "
        answer += f"{not_held} do{'es' if not_held == 1 else ''} not"
    else:
        answer += f"{counts[Verdict.OUTSIDE]} outside the published range, {counts[Verdict.INSIDE]} inside"
    if counts[Verdict.NOT_EVALUATED]:
        answer += f", {counts[Verdict.NOT_EVALUATED]} not evaluated"
    return text(f"{answer}. {patients}")


def publication_line(result: ResultSource) -> str:
    """Cite the publication that a study reproduces, where it does."""
    publication = getattr(result.spec, "publication", None)
    citation = clean(getattr(publication, "citation", "") or "")
    if not citation:
        return "A simulated study; no publication stands behind it."
    role = clean(getattr(publication, "role", "") or "")
    return text(f"Simulation of {citation.rstrip('.')}." + (f" Role of this study: {role}." if role else ""))


def arms_section(result: ResultSource) -> str:
    """Tell what was simulated: arms, regimens, cohort, patients and failures."""
    spec, rows = result.spec, []
    for record in result.summary.get("arms", ()):
        n, failed = record.get("n"), record.get("failed")
        rows.append(
            [
                cell(record.get("name", ""), head=True),
                cell(record.get("drug") or "–", detail=_beside(record)),
                cell(record.get("regimen") or "–", detail=_conditions(record)),
                cell(number(n, 12), kind="number"),
                cell(number(failed, 12), kind="number outside" if failed else "number"),
            ]
        )
    population = getattr(spec, "population", None)
    provenance = result.summary.get("provenance", {})
    who = provenance.get("cohort") or getattr(population, "cohort", None) or "not stated"
    model = provenance.get("model") or getattr(spec, "model", "not stated")
    changed = _set_by_hand(result)
    facts = [
        ("cohort", who),
        ("model", Path(model).name if getattr(spec, "model_is_file", False) else model),
        *([("why this model", provenance["model_why"])] if provenance.get("model_why") else []),
        *_of_the_file(provenance),
        (of_whom(result.summary, "patients per arm"), number(result.summary.get("patients"), 12)),
        ("seed", result.summary.get("seed", "")),
        *([("changed by hand", changed)] if changed else []),
        *([("pharmacokinetics that vary", varied)] if (varied := _pk_spread(result)) else []),
        ("time", f"day 0 to {number(float(result.days[-1]))}, elapsed days since the first scheduled dose"),
    ]
    heads = [("arm", ""), ("drug", ""), ("regimen", ""), ("n", "number"), ("failed", "number")]
    note = "A failed patient has no value anywhere: counted here and in every figure, left out of every statistic. "
    if any(arm.get("failures") for arm in result.summary.get("arms", ())):
        note += "How patients failed stands in the next section."
    note = of_whom(result.summary, note)
    return section("What was simulated", table(heads, rows), paragraph(note, "soft"), definitions(facts))


def _beside(record: Mapping[str, Any]) -> str:
    return "; ".join(f"with {row['drug']}, {row['regimen']}" for row in record.get("partner", ()))


def _conditions(record: Mapping[str, Any]) -> str:
    names = record.get("conditions", ())
    return f"condition{'s' if len(names) > 1 else ''}: {', '.join(names)}" if names else ""


def _pk_spread(result: ResultSource) -> str:
    arms: dict[str, list[str]] = {}
    for arm in result.summary.get("arms", ()):
        rows = arm.get("pk_spread", ())
        said = ", ".join(f"{row['parameter']} {100.0 * row['cv']:.3g} % ({row['source']})" for row in rows)
        if said:
            arms.setdefault(said, []).append(arm.get("name", ""))
    return "; ".join(f"{' and '.join(names)}: cv of {said}" for said, names in arms.items())


def _set_by_hand(result: ResultSource) -> str:
    changed = [(result.summary.get("provenance", {}).get("set") or {}, "")]
    changed += [(arm.get("set") or {}, f" in arm '{arm.get('name', '')}'") for arm in result.summary.get("arms", ())]
    return ", ".join(f"{name} = {value:g}{where}" for values, where in changed for name, value in values.items())


def _of_the_file(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    if "model_file" not in provenance:
        return []
    ports = ", ".join(f"{key} {value}" for key, value in provenance.get("ports", {}).items())
    return [
        ("unit of time of the file", f"{number(provenance.get('time_unit_seconds'), 12)} seconds"),
        ("doses enter at", ports or "nowhere"),
    ]


def glance_section(result: ResultSource) -> str:
    """Set published against simulated, misses first."""
    rows = [row for row in comparisons(result) if row.verdict is not Verdict.NOT_SIMULATED]
    heads = [("endpoint", ""), ("published", ""), ("simulated", ""), ("verdict", ""), ("role", ""), ("source", "")]
    note = (
        "Misses first. Only targets read on a page of the publication are scored; a target recalled without its page, "
        "or given as context, is shown and not scored. A fit may use calibration targets, never validation targets."
    )
    if not rows:
        known = "Nothing that was published is simulated: see the context below."
        none = "This study has no published targets."
        return section("Results at a glance", paragraph(known if comparisons(result) else none))
    return section("Results at a glance", table(heads, [_glance_row(row) for row in rows], note))


def _glance_row(row: TargetComparison) -> Sequence[str]:
    unit = f" {row.unit}" if row.unit else ""
    where = " · ".join(part for part in (row.statistic, row.time_text, ", ".join(row.arms)) if part)
    simulated = row.simulated_text + (unit if row.simulated is not None else "")
    kind = (row.interval or "kind of interval not stated") if row.simulated_lower is not None else ""
    return [
        cell(f"{row.id}  {row.label}", head=True, detail=where),
        cell(row.published_text + unit),
        cell(simulated, kind="simulated", detail=kind),
        cell(f"{_MARKS[row.verdict]} {row.verdict_text}", kind=_CLASSES[row.verdict], detail=row.rule),
        cell(row.role, detail=row.quality),
        cell(row.source, detail=row.note),
    ]


def warnings_section(result: ResultSource) -> str:
    """List every warning of the run but those of the study on itself, which have a section of their own."""
    own = publication_notes(getattr(result.spec, "publication", None))
    return section("Warnings", items((one for one in result.summary.get("warnings", ()) if one not in own), "warnings"))


def endpoints_section(result: ResultSource) -> str:
    """Tabulate every endpoint, arms side by side."""
    arms = [arm for arm in result.summary.get("arms", ()) if arm.get("endpoints")]
    groups = (arms[start : start + _COLUMNS] for start in range(0, len(arms), _COLUMNS))
    return section("Endpoints of every arm", *(_endpoints_table(result, group) for group in groups))


def _endpoints_table(result: ResultSource, arms: Sequence[Mapping[str, Any]]) -> str:
    found = {
        (str(endpoint.get("id", "")), endpoint.get("day"), arm.get("name")): endpoint
        for arm in arms
        for endpoint in arm["endpoints"]
    }
    rows = [
        [
            cell(
                observable_label(result, name), head=True, detail=_kinds(found[key] for key in found if key[:2] == row)
            ),
            cell("" if row[1] is None else number(row[1]), kind="number"),
            *(cell(_endpoint_value(found.get((*row, arm.get("name")), {}))) for arm in arms),
        ]
        for row in dict.fromkeys(key[:2] for key in found)
        for name in [row[0]]
    ]
    heads = [("endpoint", ""), ("day", "number"), *((clean(arm.get("name", "")), "") for arm in arms)]
    return table(heads, rows)


def _kinds(endpoints: Iterable[Mapping[str, Any]]) -> str:
    blank = {_NO_UNIT: ", unit not given"}
    kinds = (
        f"{endpoint.get('statistic', '')}, {endpoint.get('interval', '')}{blank.get(endpoint.get('unit', ''), '')}"
        for endpoint in endpoints
    )
    return "; ".join(dict.fromkeys(kinds))


def _endpoint_value(endpoint: Mapping[str, Any]) -> str:
    unit = "" if endpoint.get("unit") == _NO_UNIT else unit_text(endpoint.get("unit"))
    value = number_range(endpoint.get("value"), endpoint.get("lower"), endpoint.get("upper"))
    smallest, largest = endpoint.get("ensemble_lower"), endpoint.get("ensemble_upper")
    sets = (
        "" if smallest is None or largest is None else f"; {number(smallest)} to {number(largest)} over parameter sets"
    )
    return f"{value} {unit}".strip() + sets


def context_section(result: ResultSource) -> str:
    """List what the publication reports and this model does not simulate."""
    rows = [row for row in comparisons(result) if row.verdict is Verdict.NOT_SIMULATED]
    note = "Reported by the publication and not simulated: this model says nothing about them."
    heads = [("endpoint", ""), ("published", ""), ("source", "")]
    cells = [
        [
            cell(f"{row.id}  {row.label}", head=True, detail=row.time_text),
            cell(f"{row.published_text} {row.unit}".strip()),
            cell(row.source, detail=f"{row.quality}. {row.note}" if row.note else row.quality),
        ]
        for row in rows
    ]
    return section("Context, not simulated", table(heads, cells, note) if rows else "")


def parameters_section(result: ResultSource) -> str:
    """Count the parameters by where their values come from, where the run says so."""
    counts = parameter_counts(result.summary.get("provenance", {}))
    if not counts:
        return ""
    if "model_file" in result.summary.get("provenance", {}):
        said = f"{sum(counts.values()):,} constants of the model file; nothing here says where their values come from."
        return section("Parameters", paragraph(said))
    words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    note = (
        "Measured: read from a publication. Fitted: by a rerunnable fit to calibration studies. Assumed: a judgement."
    )
    return section("Parameters", paragraph(f"{words}, of {sum(counts.values()):,} in all."), paragraph(note, "soft"))


def parameter_counts(provenance: Mapping[str, Any]) -> dict[str, int]:
    """Read the optional counts of parameter rows by status off the block `provenance` of `summary.json`.

    Examples
    --------
    >>> parameter_counts({"parameters": {"assumed": 40, "measured": 12}})
    {'measured': 12, 'assumed': 40}
    """
    counts = provenance.get("parameters")
    if not isinstance(counts, Mapping):
        return {}
    return {status: counts[status] for status in _STATUSES if isinstance(counts.get(status), int)}


def provenance_section(result: ResultSource) -> str:
    """Name everything needed to get the same numbers again."""
    elsewhere = {"parameters", "set", "cohort", "model", "model_why", "ports", "time_unit_seconds"}
    record = {key: value for key, value in result.summary.get("provenance", {}).items() if key not in elsewhere}
    facts = [("bimodal", result.summary.get("bimodal", "")), ("summary schema", result.summary.get("schema", ""))]
    facts += [(key.replace("_", " "), record[key]) for key in sorted(record)]
    return section("Provenance", definitions(facts))

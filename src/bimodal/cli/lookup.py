"""``bimodal list`` and ``bimodal show``: look things up, with their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.text import Text

from bimodal.cli import options as o
from bimodal.cli.console import out, table
from bimodal.cli.evidence_table import list_evidence
from bimodal.cli.fitting_table import FittingTable
from bimodal.errors import BimodalError
from bimodal.files.suggest import did_you_mean

if TYPE_CHECKING:
    from bimodal.api.listing import Listing
    from bimodal.dosing import Era
    from bimodal.study import StudySpec

T = TypeVar("T")


def list_things(
    kind: Annotated[
        str, typer.Argument(help="studies, drugs, cohorts, models, endpoints, targets, evidence, eras or fits.")
    ],
    json_file: o.JsonFile = None,
) -> int:
    """List the built-in studies, drugs, cohorts, models, endpoints, targets, eras or fits.

    `evidence` sets every target beside what the shipped models gave for it, misses first; --json writes that list.
    """
    if kind == "evidence":
        return list_evidence(json_file)
    if json_file is not None:
        raise BimodalError(f"{kind} cannot be written as JSON", where="--json", fix="bimodal list evidence --json FILE")
    lists = {
        "studies": _studies,
        "drugs": _drugs,
        "cohorts": _cohorts,
        "models": _models,
        "endpoints": _endpoints,
        "targets": _targets,
        "eras": _eras,
        "fits": _fits,
    }
    _pick(lists, kind)()
    return 0


def show(
    words: Annotated[
        list[str], typer.Argument(metavar="[KIND] NAME", help="For example: drug aldesleukin, or just aldesleukin.")
    ],
) -> int:
    """Show one item with all its numbers and their sources: study, drug, cohort, model, parameter or endpoint."""
    kinds: dict[str, tuple[Callable[[], list[str]], Callable[[str], None]]] = {
        "study": (_study_names, _show_study),
        "drug": (_drug_names, _show_drug),
        "cohort": (_cohort_names, _show_cohort),
        "model": (_model_names, _show_model),
        "endpoint": (_endpoint_names, _show_endpoint),
        "era": (_era_names, _show_era),
        "parameter": (_parameter_names, _show_parameter),
    }
    if len(words) == 2:
        _pick(kinds, words[0].removesuffix("s"))[1](words[1])
        return 0
    if len(words) > 2:
        raise BimodalError("too many words", fix="bimodal show drug aldesleukin")
    name = words[0]
    names: list[str] = []
    for known, print_it in kinds.values():
        own = known()
        if name in own:
            print_it(name)
            return 0
        names += own
    near = did_you_mean(name, names, most=3, cutoff=0.5).strip()
    raise BimodalError(
        f"nothing is called '{name}'",
        fix=near or "bimodal list studies | drugs | cohorts | models | endpoints",
    )


def _pick(choices: dict[str, T], word: str) -> T:
    if word not in choices:
        raise BimodalError(f"'{word}' cannot be looked up", fix=f"one of: {', '.join(choices)}")
    return choices[word]


def _fits() -> None:
    from bimodal.fit.calibration import list_calibrations, load_calibration
    from bimodal.fit.population_fits import POPULATION_FITS

    rows = [[name, load_calibration(name).title] for name in list_calibrations()]
    rows += [[name, make().title] for name, make in POPULATION_FITS.items()]
    out().print(table("", ["fit", "what is fitted"], rows))


def _studies() -> None:
    from bimodal.api.studies import studies

    _print_listing(studies)


def _drugs() -> None:
    from bimodal.api.drugs import drugs

    _print_listing(drugs)
    out().print(
        "IV, SC: regimens by that route; IU: doses in IU; what others lack: bimodal show drug NAME",
        style="dim",
    )


def _cohorts() -> None:
    from bimodal.api.cohorts import cohorts

    _print_listing(cohorts)


def _print_listing(listing: Listing[Any]) -> None:
    out().print(table("", listing.columns, listing.rows()))


def _models() -> None:
    from bimodal.model.model_facts import model_facts

    found = [model_facts(name) for name in _model_names()]
    out().print(
        table(
            "",
            ["model", "species", "states", "parameters", "what"],
            [[m.name, m.species, str(m.states), str(m.parameters), m.title] for m in found],
            right=[2, 3],
        )
    )


def _eras() -> None:
    from bimodal.dosing import load_era

    eras = [load_era(name) for name in _era_names()]
    rows = [[era.id, era.title, "; ".join(era.rules), _levels(era)] for era in eras]
    out().print(table("", ["era", "what", "rules", "thresholds"], rows))


def _levels(era: Era) -> str:
    return ", ".join(f"{name} {one.value:g}" for name, one in era.thresholds.items())


def _endpoints() -> None:
    from bimodal.study import load_registry

    rows = [[e.id, e.unit, e.per, e.label] for e in load_registry().observables.values()]
    out().print(table("", ["endpoint", "unit", "per", "what"], rows))


def _targets() -> None:
    from bimodal.evidence import load_targets

    rows = [[t.id, t.study, t.endpoint or "-", t.kind, t.quality, t.role, t.source] for t in load_targets()]
    out().print(table("", ["id", "study", "endpoint", "kind", "quality", "role", "source"], rows))


def _study_names() -> list[str]:
    from bimodal.evidence import list_studies

    return list_studies()


def _drug_names() -> list[str]:
    from bimodal.drugs import list_molecules

    return list_molecules()


def _cohort_names() -> list[str]:
    from bimodal.cohort import list_cohorts

    return list_cohorts()


def _model_names() -> list[str]:
    from bimodal.model.manifest import list_models

    return list_models()


def _endpoint_names() -> list[str]:
    from bimodal.study import load_registry

    return list(load_registry().observables)


def _era_names() -> list[str]:
    from bimodal.dosing import list_eras

    return list_eras()


def _parameter_names() -> list[str]:
    from bimodal.model import load_model

    return list(load_model("human").table.ids)


def _show_study(name: str) -> None:
    from bimodal.dosing import expand, parse_regimen
    from bimodal.evidence import load_targets
    from bimodal.study import load_study

    spec = load_study(name)
    console = out()
    console.print(spec.name, style="bold", markup=False)
    if spec.publication is not None:
        console.print(spec.publication.citation, markup=False)
        console.print(f"role: {spec.publication.role}", markup=False)
    who = spec.population.cohort or spec.population.subjects
    console.print(f"model {spec.model}, cohort {who}, {spec.population.patients} patients per arm", markup=False)
    rows = []
    for arm in spec.arm:
        if arm.table is not None:
            rows.append([arm.name, arm.drug, f"table {arm.table.file}", "", ""])
            continue
        schedule = expand(parse_regimen(arm.regimen), spec.horizon)
        cycles = ", ".join(f"{hour / 24:g}" for hour in schedule.cycle_starts_h)
        rows.append([arm.name, arm.drug, arm.regimen, str(len(schedule.doses)), cycles])
    console.print(table("Arms", ["arm", "drug", "regimen", "doses", "cycles begin on day"], rows, right=[3]), "")
    _show_rules_and_partners(spec)
    targets = [[t.id, t.label, t.kind, t.quality, t.role, t.source] for t in load_targets(name)]
    if targets:
        console.print(table("Published", ["id", "what", "kind", "quality", "role", "source"], targets))


def _show_rules_and_partners(spec: StudySpec) -> None:
    console = out()
    for arm in spec.arm:
        for partner in arm.partner:
            how = "with" if partner.name is None else f"'{partner.name}', begun by a rule:"
            console.print(f"{arm.name}: {how} {partner.drug}, {partner.regimen}", markup=False)
        levels = ", ".join(f"{name} = {value:g}" for name, value in arm.thresholds.items())
        era = f"those of {arm.era} (bimodal show era {arm.era})" if arm.era is not None else ""
        said = "; ".join(text for text in (*arm.rules, levels, era) if text)
        if said:
            console.print(f"{arm.name}: visit rules: {said}", markup=False)


def _show_era(name: str) -> None:
    from bimodal.dosing import load_era

    era = load_era(name)
    console = out()
    console.print(era.title, style="bold", markup=False)
    console.print(era.source, markup=False)
    console.print(era.note, markup=False)
    for number, rule in enumerate(era.rules, start=1):
        console.print(f"{number}. {rule}", markup=False)
    rows = [
        [
            key,
            f"{level.value:g}",
            "" if level.unit == "1" else level.unit,
            level.status,
            _sourced(level.source, "", level.note),
        ]
        for key, level in era.thresholds.items()
    ]
    console.print(table("", ["threshold", "value", "unit", "status", "source, note"], rows, right=[1]))


def _show_drug(name: str) -> None:
    from bimodal.drugs import Kd, Potency, load_molecule, uses
    from bimodal.drugs.uses import ROUTES
    from bimodal.model import load_model
    from bimodal.study.solver.molecule_spread import pk_spread, spread_sentence

    molecule = load_molecule(name)
    rows: list[list[str | Text]] = []
    for key, number in molecule.quantities():
        if isinstance(number, Potency):
            text = f"{number.activity:g} {number.activity_unit} in {number.mass_mg:g} mg"
        else:
            text = f"{number.value:g} {'' if number.unit == '1' else number.unit}".rstrip()
        if isinstance(number, Kd) and number.native is not None:
            text += f"\nnative {number.native:g}"
        rows.append([key, text, number.status, _sourced(number.source, number.where_in_source, number.note)])
    affinity = molecule.affinity
    if affinity is not None:
        source = _sourced(affinity.source or "", affinity.where_in_source, affinity.note)
        rows += [[f"affinity.{key}", "none", "", source] for key in ("alpha", "betagamma") if getattr(affinity, key)]
    if molecule.pk.human is not None:
        rows.append(["pk.human", "no numbers", "", molecule.pk.human])
    console = out()
    kind = {"partner": "partner drug", "cells": "cells"}.get(molecule.ligand, f"{molecule.ligand} ligand")
    heads = ", bivalent" if molecule.valency == 2 else ""
    console.print(f"{molecule.name} ({kind}, {molecule.species}{heads})", style="bold", markup=False)
    if molecule.ligand == "native":
        console.print(
            "binding and pharmacokinetics, with their spread between patients, of the model's own IL-2: "
            "bimodal show model human",
            markup=False,
        )
    if molecule.base is not None:
        console.print(f"tables that its file does not have come from {molecule.base}", markup=False)
    console.print(table("", ["number", "value", "status", "source, where in it, note"], rows), "")
    counts = Counter(number.status for _, number in molecule.quantities())
    console.print("numbers: " + ", ".join(f"{count} {status}" for status, count in counts.items()), markup=False)
    spread = pk_spread(molecule, load_model("human").table.by_id, ROUTES) if molecule.pk.human is None else ()
    if spread:
        console.print(spread_sentence(molecule, spread), markup=False)
        for source in dict.fromkeys(one.source for one in spread if one.cv > 0.0):
            console.print(f"  {source}", style="dim", markup=False)
    if molecule.note:
        console.print(molecule.note, markup=False, soft_wrap=False)
    used = [[use.what, "yes" if use.ready else "no", use.why] for use in uses(molecule)]
    console.print(table("", ["can be used for", "", "why not, or what to know"], used))


def _sourced(source: str, where: str, note: str) -> Text:
    text = Text("; ".join(part for part in (source, where) if part))
    return text.append(f"\n{note}", style="dim") if note else text


def _show_cohort(name: str) -> None:
    from bimodal.cohort import load_cohort

    cohort = load_cohort(name)
    rows = [
        [
            key,
            f"{q.median:g} {'' if q.unit == '1' else q.unit}",
            "" if not q.cv else f"{100 * q.cv:.3g} %",
            q.status,
            q.source,
            q.note,
        ]
        for key, q in cohort.quantities().items()
    ]
    console = out()
    console.print(cohort.title, style="bold", markup=False)
    console.print(cohort.note.strip(), markup=False)
    console.print(table("", ["quantity", "median", "cv", "status", "source", "note"], rows))


def _show_model(name: str) -> None:
    from bimodal.model import load_model

    model = load_model(name)
    counts = model.table.statuses()
    console = out()
    console.print(model.title, style="bold", markup=False)
    console.print(f"{len(model.network.state_ids)} states: {', '.join(model.network.state_ids)}", markup=False)
    summary = ", ".join(f"{count} {status}" for status, count in counts.items())
    console.print(f"{len(model.table.rows)} parameters: {summary}", markup=False)
    console.print(_parameters([row.id for row in model.table.rows], name))


def _show_parameter(name: str) -> None:
    out().print(_parameters([name]))


def _parameters(names: list[str], model: str = "human") -> FittingTable:
    from bimodal.model import load_model

    by_id = load_model(model).table.by_id
    unknown = [name for name in names if name not in by_id]
    if unknown:
        raise BimodalError(f"the model has no parameter '{unknown[0]}'", fix="bimodal show model human")
    rows = []
    for row in (by_id[name] for name in names):
        spread = "" if row.cv is None else f"{100 * row.cv:.3g} %"
        unit = "" if row.unit == "1" else row.unit
        rows.append(
            [row.id, f"{row.value:g}", unit, spread, row.status, f"{row.source}; {row.where_in_source}", row.note]
        )
    return table("", ["parameter", "value", "unit", "cv", "status", "source", "note"], rows, right=[1])


def _show_endpoint(name: str) -> None:
    from bimodal.study import load_registry

    entry = load_registry()[name]
    rows = [[key, str(getattr(entry, key))] for key in ("id", "unit", "label", "definition")]
    rows.insert(2, ["species", ", ".join(entry.species) or "any"])
    out().print(table("", ["", ""], rows))

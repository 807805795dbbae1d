"""A study as a COMBINE archive: one SBML document for each arm, and SED-ML that says what is run and shown."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from bimodal import INTENDED_USE, __version__
from bimodal.errors import ModelError, OmexError
from bimodal.exchange.arm_sbml import arm_sbml
from bimodal.exchange.dose_changes import dose_changes
from bimodal.exchange.observable_text import ObservableText
from bimodal.exchange.sedml import SedmlArm, clean_text, sedml_text, xml_text
from bimodal.fit.median_person import median_person
from bimodal.study.plan.plan import Plan
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.solver.file_facts import NOT_GIVEN

_COMBINE = "http://identifiers.org/combine.specifications/"
_MANIFEST = f"{_COMBINE}omex-manifest"
#: Zip has no time before 1980: every member gets that one, so that the same study gives the same bytes.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_RTOL, _ATOL = 1e-8, 1e-12
_FEWEST_STEPS, _MOST_STEPS = 200, 5000
_SHOWN = 8


@dataclass(frozen=True)
class OmexArchive:
    """The bytes of an archive, and what of the study is not in it."""

    content: bytes
    warnings: tuple[str, ...]


def omex_archive(plan: Plan, command: str) -> OmexArchive:
    """Write the median person of a study, arm by arm, for other simulators.

    Parameters
    ----------
    command
        By which it is written; the archive says so.

    Raises
    ------
    OmexError
        People or doses are given one by one in a table, a body is changed for good, or nothing can be read off.
    ModelError
        A dose enters what SBML has no id for.

    References
    ----------
    F.T. Bergmann et al., COMBINE archive and OMEX format: one file to share all information to reproduce a modeling
    project, BMC Bioinformatics 2014;15:369.
    """
    solver = _solver(plan)
    _refuse(plan)
    person = median_person(plan)
    texts, formulas, warnings = _formulas(person, solver)
    labels = {name: _label(solver, name) for name in formulas}
    documents: dict[str, str] = {}
    arms: list[SedmlArm] = []
    for place, arm in enumerate(person.arms):
        people = person.people(place, 0, 1)
        if people.body is not None:
            raise OmexError(
                "what is changed for good in this arm moves the body to another rest, which is found by running it",
                where=f"study '{plan.spec.name}', arm '{arm.name}'",
                fix="take it out of 'set', 'scale' or 'conditions'",
            )
        row = solver.model.rest(np.asarray(people.parameters))[0]
        values = dict(zip(solver.model.system.parameter_ids, row.tolist(), strict=True))
        file = f"arm{place + 1}.xml"
        documents[file], ids = arm_sbml(
            solver.model,
            values,
            dose_changes(solver, people.events),
            starts=texts.starts,
            formulas=formulas,
            labels=labels,
        )
        arms.append(SedmlArm(f"arm{place + 1}", arm.name, file, _version(documents[file]), ids))
    warnings = (*_limits(plan), *warnings)
    said = (f"Written by bimodal {__version__}: {command}", *warnings, INTENDED_USE)
    sedml = sedml_text(
        plan.spec.name,
        arms,
        labels,
        end=plan.horizon * 24.0 * solver.per_hour,
        steps=_steps(plan.horizon),
        rtol=_RTOL,
        atol=_ATOL,
        notes=said,
    )
    formats = {file: f"{_COMBINE}sbml.level-3.version-{arm.version}" for file, arm in zip(documents, arms, strict=True)}
    members = {
        "manifest.xml": _manifest(formats),
        "simulation.sedml": sedml,
        "metadata.rdf": _metadata(plan.spec.name, said),
        **documents,
    }
    return OmexArchive(_zipped(members), warnings)


def _solver(plan: Plan) -> EngineSolver:
    if not isinstance(plan.solver, EngineSolver):
        raise OmexError("the model of this study cannot be exported", where=f"study '{plan.spec.name}'")
    return plan.solver


def _refuse(plan: Plan) -> None:
    where = f"study '{plan.spec.name}'"
    if plan.population.subjects is not None:
        raise OmexError(
            "an archive holds the median person, and this study has people of a table or of parameter sets",
            where=where,
            fix="name a cohort in [population]",
        )
    for arm in plan.arms:
        if arm.subjects is not None:
            raise OmexError(
                "an archive holds the median person, and the doses of this arm are given subject by subject in a table",
                where=f"{where}, arm '{arm.name}'",
                fix="give the arm a regimen",
            )
        if arm.cohort is not None and plan.others[arm.cohort].subjects is not None:
            raise OmexError(
                "an archive holds the median person, and this arm has parameter sets",
                where=f"{where}, arm '{arm.name}'",
                fix="name a cohort of people",
            )


def _limits(plan: Plan) -> tuple[str, ...]:
    """Say what of the study the archive leaves out."""
    found: list[str] = []
    if plan.population.count > 1:
        found.append(f"the archive holds the median person, not the {plan.population.count} patients of the study")
    ruled = [arm.name for arm in plan.arms if arm.rules is not None and arm.rules.rules]
    found += [f"arm '{name}': its visit rules are left out; all doses are given as planned" for name in ruled]
    conduct = plan.conduct
    if conduct.jitter_days or conduct.dropout_percent_per_month:
        found.append("nobody comes early or late, or leaves, in the archive")
    if plan.spec.population.match:
        found.append("the weights of [[population.match]] are left out")
    if plan.spec.design is not None:
        found.append("the trial of [design] is left out")
    return tuple(found)


def _formulas(plan: Plan, solver: EngineSolver) -> tuple[ObservableText, dict[str, str], tuple[str, ...]]:
    """Find what can be read off: endpoints, and in place of those of a whole course what they are read from."""
    texts, formulas = ObservableText(solver), dict[str, str]()
    replaced, lost = list[str](), list[str]()
    asked = list(dict.fromkeys(endpoint.id for endpoint in plan.spec.endpoint)) or list(solver.observables)
    for name in asked:
        entry = solver.registry[name]
        if entry.per == "time":
            try:
                formulas[name] = texts.formula(name)
                continue
            except ModelError:
                pass
        parts = _parts(texts, name)
        formulas.update(parts)
        (replaced if parts else lost).append(name)
    if not formulas:
        raise OmexError(
            "no endpoint of this study is a quantity of its model over time",
            where=f"study '{plan.spec.name}'",
            fix="add one that is, such as 'treg_count' (`bimodal list endpoints`)",
        )
    warnings: list[str] = []
    if replaced:
        warnings.append(
            f"read from a course or a gate, so the archive has what they are read from: {_listed(replaced)}"
        )
    if lost:
        warnings.append(f"no quantity of the model over time, so not in the archive: {_listed(lost)}")
    return texts, formulas, tuple(warnings)


def _parts(texts: ObservableText, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in sorted(texts.solver.registry.primitives([name])):
        if part in texts.solver.observables:
            try:
                found[part] = texts.formula(part)
            except ModelError:
                return {}
    return found


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _label(solver: EngineSolver, name: str) -> str:
    entry = solver.registry[name]
    return entry.label if entry.unit in ("1", NOT_GIVEN) else f"{entry.label} [{entry.unit}]"


def _steps(days: float) -> int:
    """Say in how many steps a course is shown: one an hour, fewer in a long study, more in a short one."""
    a_day = max(1, min(24, math.floor(_MOST_STEPS / days)))
    steps = min(_MOST_STEPS, max(1, math.ceil(days * a_day)))
    return steps * math.ceil(_FEWEST_STEPS / steps)


def _version(document: str) -> int:
    found = re.search(r"<sbml\b[^>]*\bversion=\"(\d+)\"", document)
    assert found is not None  # libSBML wrote it
    return int(found[1])


def _manifest(formats: dict[str, str]) -> str:
    root = ElementTree.Element("omexManifest", {"xmlns": _MANIFEST})

    def add(location: str, what: str, **more: str) -> None:
        ElementTree.SubElement(root, "content", {"location": location, "format": what, **more})

    add(".", f"{_COMBINE}omex")
    add("./manifest.xml", _MANIFEST)
    add("./simulation.sedml", f"{_COMBINE}sed-ml.level-1.version-3", master="true")
    add("./metadata.rdf", f"{_COMBINE}omex-metadata")
    for file, what in formats.items():
        add(f"./{file}", what)
    return xml_text(root)


def _metadata(title: str, said: Sequence[str]) -> str:
    spaces = {
        "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "xmlns:dcterms": "http://purl.org/dc/terms/",
    }
    root = ElementTree.Element("rdf:RDF", spaces)
    about = ElementTree.SubElement(root, "rdf:Description", {"rdf:about": "."})
    ElementTree.SubElement(about, "dcterms:title").text = clean_text(title)
    ElementTree.SubElement(about, "dcterms:description").text = clean_text(" ".join(said))
    return xml_text(root)


def _zipped(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            member = zipfile.ZipInfo(name, _NO_DATE)
            # the same on every system
            member.create_system, member.external_attr = 3, 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, text.encode())
    return stream.getvalue()

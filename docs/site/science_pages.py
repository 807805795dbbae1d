"""Makes the pages of equations from the text of the shipped models, module by module, and of their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import antimony
import libsbml
from presentation import equation, formula, name, rate

from bimodal.model.manifest import Manifest, read_manifest

#: What Antimony calls text outside of every module.
_UNNAMED = "__main"
#: Models whose equations are shown; the others are made of the same modules.
EQUATIONS = ("human_oncology", "receptor_cell", "human_cycle", "mouse")
PARAMETERS = ("human_oncology", "human_mass_action", "human_cycle", "mouse")


def science_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the Markdown of each page."""
    shown: dict[tuple[str, str], str] = {}
    for model in EQUATIONS:
        yield f"equations-{model.replace('_', '-')}", _equations(read_manifest(model), shown)
    for model in PARAMETERS:
        yield f"parameters-{model.replace('_', '-')}", _parameters(read_manifest(model))


def _equations(manifest: Manifest, shown: dict[tuple[str, str], str]) -> str:
    lines = [
        f"# Equations of `{manifest.name}`",
        "",
        f"{manifest.title}. Made from the text of the model (`bimodal show model {manifest.name}`), module by module.",
        "A quantity without an equation in its module is a parameter, or comes from the module that uses it.",
        f"The numbers and their sources: [parameters](parameters-{_parameters_of(manifest.name)}.md).",
    ]
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(manifest.text()) < 0:
        raise SystemExit(antimony.getLastError())
    for module in reversed(antimony.getModuleNames()):
        text = antimony.getCompSBMLString(module)
        before = shown.setdefault((module, text), manifest.name)
        if module == _UNNAMED:
            continue
        if before != manifest.name:
            page = f"equations-{before.replace('_', '-')}.md"
            lines += ["", f"## Module {module}", "", f"As in [`{before}`]({page})."]
        else:
            lines += _module(module, libsbml.readSBMLFromString(text).getModel())
    antimony.clearPreviousLoads()
    return "\n".join([*lines, ""])


def _parameters_of(model: str) -> str:
    return (model if model in PARAMETERS else "human_mass_action").replace("_", "-")


def _module(module: str, model: Any) -> list[str]:
    lines = ["", f"## Module {module}", ""]
    parts = model.getPlugin("comp")
    used = [parts.getSubmodel(k) for k in range(parts.getNumSubmodels())] if parts else []
    if used:
        lines += ["Made of " + ", ".join(f"`{one.getId()}` ({one.getModelRef()})" for one in used) + ".", ""]
    for title, equations in (
        ("Rates", [*_balances(model), *_rate_rules(model)]),
        ("Speeds of reactions", list(_speeds(model))),
        ("At every moment", list(_assignments(model))),
        ("At the start", list(_starts(model))),
    ):
        if equations:
            lines += [f"**{title}**", "", *equations, ""]
    return lines


def _balances(model: Any) -> Iterator[str]:
    changed: dict[str, list[str]] = {}
    for reaction in (model.getReaction(k) for k in range(model.getNumReactions())):
        for sign, list_of in (("−", reaction.getListOfReactants()), ("+", reaction.getListOfProducts())):
            for side in list_of:
                count = side.getStoichiometry()
                times = "" if count == 1.0 else f"<mn>{count:g}</mn><mo>·</mo>"
                changed.setdefault(side.getSpecies(), []).append(f"<mo>{sign}</mo>{times}{name(reaction.getId())}")
    for species, terms in changed.items():
        yield equation(rate(species), "".join(terms).removeprefix("<mo>+</mo>"))


def _rate_rules(model: Any) -> Iterator[str]:
    for rule in (model.getRule(k) for k in range(model.getNumRules())):
        if rule.isRate():
            yield equation(rate(rule.getVariable()), formula(rule.getMath()))


def _speeds(model: Any) -> Iterator[str]:
    for reaction in (model.getReaction(k) for k in range(model.getNumReactions())):
        yield equation(name(reaction.getId()), formula(reaction.getKineticLaw().getMath()))


def _assignments(model: Any) -> Iterator[str]:
    for rule in (model.getRule(k) for k in range(model.getNumRules())):
        if rule.isAssignment():
            yield equation(name(rule.getVariable()), formula(rule.getMath()))


def _starts(model: Any) -> Iterator[str]:
    for start in (model.getInitialAssignment(k) for k in range(model.getNumInitialAssignments())):
        yield equation(name(start.getSymbol()), formula(start.getMath()))


def _parameters(manifest: Manifest) -> str:
    rows = manifest.table().rows
    lines = [
        f"# Parameters of `{manifest.name}`",
        "",
        f"{len(rows)} numbers, each with its source; `bimodal show parameter ID` prints one.",
        "",
        "| id | value | unit | status | spread | source | note |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        source = ", ".join(part for part in (row.source, row.where_in_source) if part)
        spread = f"{row.cv:g}" if row.cv else ""
        words = (row.unit, row.status, spread, source, row.note)
        lines.append(f"| `{row.id}` | {row.value:g} | {' | '.join(_plain(word) for word in words)} |")
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """Escape what Markdown would read as markup."""
    return re.sub(r"([\\|*_<`\[\]])", r"\\\1", text)

"""Makes the pages of equations from the text of the shipped models, module by module, and of their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import antimony
import libsbml
from presentation import equation, formula, name, rate

from bimodal.model.manifest import Manifest, read_manifest

#: Models whose equations are shown; the others are made of the same modules.
MODELS = ("human_oncology", "human_mass_action", "human_cycle", "mouse")


def science_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the Markdown of each page."""
    for model in MODELS:
        manifest = read_manifest(model)
        yield f"equations-{model.replace('_', '-')}", _equations(manifest)
        yield f"parameters-{model.replace('_', '-')}", _parameters(manifest)


def _equations(manifest: Manifest) -> str:
    lines = [
        f"# Equations of `{manifest.name}`",
        "",
        f"{manifest.title}. Made from the text of the model (`bimodal show model {manifest.name}`), module by module: what a",
        "module is given stands at its head, and a quantity without an equation is a parameter or comes from outside. The",
        f"numbers and their sources: [parameters](parameters-{manifest.name.replace('_', '-')}.md).",
    ]
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(manifest.text()) < 0:
        raise SystemExit(antimony.getLastError())
    for module in reversed(antimony.getModuleNames()):
        document = libsbml.readSBMLFromString(antimony.getCompSBMLString(module))
        if module != "__main":
            lines += _module(module, document.getModel())
    antimony.clearPreviousLoads()
    return "\n".join([*lines, ""])


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

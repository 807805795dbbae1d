"""Models made of submodels (SBML package ``comp``): looked at before libSBML puts them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bimodal.errors import ModelError
from bimodal.model import sbml_flattener
from bimodal.model.parser_apart import ask_parser
from bimodal.model.sbml_circles import refuse_circles

#: Submodels inside one another, submodels in all, and elements they hold: far above real models, and low enough that
#: definitions which double at every level end in a message.
MAX_LEVELS = 30
MAX_SUBMODELS = 2_000
MAX_ELEMENTS = 100_000


def flat_text(document: Any, text: str, file: str, *, harmless: Sequence[int]) -> str:
    """Return a document without submodels that means the same.

    Parameters
    ----------
    document, text
        The document with submodels, parsed and as text.
    harmless
        Numbers of libSBML's errors that are none.

    Raises
    ------
    ModelError
        It uses a model from another file, a model contains itself or too much, or libSBML cannot put it together.

    Notes
    -----
    After Smith et al. 2015, J Integr Bioinform 12(2):268 (Hierarchical Model Composition, Version 1).
    """
    plugin = document.getPlugin("comp")
    _check_external(plugin, file)
    models = {definition.getId(): definition for definition in plugin.getListOfModelDefinitions()}
    main = document.getModel()
    if main is None:
        raise ModelError("the file holds no model", where=file)
    _check_size(main, models, file)
    for model in (main, *models.values()):
        refuse_circles(model, file)
    question = {"text": text, "harmless": list(harmless)}
    program = sbml_flattener.__file__
    found = ask_parser(program, "libsbml", question, text="the model with its submodels", where=file, fix="")
    if "error" in found:
        where = f"{file}, line {found['line']}" if found["line"] else file
        raise ModelError(f"this is not valid SBML: {found['error']}", where=where)
    return found["sbml"]


def _check_external(plugin: Any, file: str) -> None:
    if plugin.getNumExternalModelDefinitions():
        name = plugin.getExternalModelDefinition(0).getId()
        raise ModelError(
            f"the model uses the external model definition '{name}', which is not supported: no other file is opened",
            where=file,
            fix="put the model definition in this file",
        )


def _check_size(main: Any, models: dict[str, Any], file: str) -> None:
    """Refuse models that contain themselves, or that hold too much when put together."""
    inside = {name: _parts(model) for name, model in models.items()}
    count: dict[str, tuple[int, int, int]] = {}  # submodels, elements and levels of each model when put together

    def total(model: Any, parts: list[str]) -> tuple[int, int, int]:
        known = [count[name] for name in parts if name in count]
        submodels = len(parts) + sum(each[0] for each in known)
        elements = model.getListOfAllElements().getSize() + sum(each[1] for each in known)
        return submodels, elements, 1 + max((each[2] for each in known), default=0)

    for first in _parts(main):
        stack = [first]
        while stack:
            name = stack[-1]
            waiting = [part for part in inside.get(name, []) if part not in count and part in models]
            if name in count or name not in models:
                stack.pop()
            elif not waiting:
                count[stack.pop()] = total(models[name], inside[name])
            elif waiting[0] in stack:
                raise ModelError(f"the model definition '{waiting[0]}' contains itself", where=file)
            else:
                stack.append(waiting[0])
    submodels, elements, levels = total(main, _parts(main))
    for number, most, what in (
        (submodels, MAX_SUBMODELS, "submodels"),
        (elements, MAX_ELEMENTS, "elements in its submodels"),
        (levels - 1, MAX_LEVELS, "levels of submodels"),
    ):
        if number > most:
            raise ModelError(f"the model has more than {most} {what}", where=file)


def _parts(model: Any) -> list[str]:
    plugin = model.getPlugin("comp")
    return [] if plugin is None else [submodel.getModelRef() for submodel in plugin.getListOfSubmodels()]

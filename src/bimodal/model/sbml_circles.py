"""Rules that depend on one another in a circle, found before libSBML looks: its own search takes minutes."""

from __future__ import annotations

from typing import Any

from bimodal.errors import ModelError

#: Pairs (quantity, quantity it builds on, directly or through others): at this number libSBML's check takes seconds.
MAX_PAIRS = 40_000


def refuse_circles(model: Any, file: str) -> None:
    """Refuse assignment rules, initial assignments and kinetic laws that depend on themselves, or too deeply.

    Raises
    ------
    ModelError
        One of these.
    """
    needs = _direct(model)
    closed: dict[str, set[str]] = {}
    pairs = 0
    for name in needs:
        stack, path = [name], set[str]()
        while stack:
            current = stack[-1]
            if current in closed:
                stack.pop()
                path.discard(current)
                continue
            missing = [n for n in needs[current] if n not in closed]
            if not missing:
                closed[current] = needs[current].union(*(closed[n] for n in needs[current]))
                pairs += len(closed[current])
                if pairs > MAX_PAIRS:
                    raise ModelError(
                        f"the rules of the model build on one another in more than {MAX_PAIRS} ways", where=file
                    )
                continue
            path.add(current)
            if path & set(missing):
                raise ModelError(f"the rule of '{current}' depends on itself", where=file)
            stack += missing


def _direct(model: Any) -> dict[str, set[str]]:
    """Return which rules' quantities each rule's formula names."""
    named: dict[str, set[str]] = {}
    for rule in model.getListOfRules():
        if rule.isAssignment() and rule.isSetMath():
            named.setdefault(rule.getVariable(), set()).update(_names(rule.getMath()))
    for assignment in model.getListOfInitialAssignments():
        if assignment.isSetMath():
            named.setdefault(assignment.getSymbol(), set()).update(_names(assignment.getMath()))
    for reaction in model.getListOfReactions():
        law = reaction.getKineticLaw()
        if law is not None and law.isSetMath():
            local = law.getListOfLocalParameters() if model.getLevel() > 2 else law.getListOfParameters()
            hidden = {parameter.getId() for parameter in local}
            named.setdefault(reaction.getId(), set()).update(_names(law.getMath()) - hidden)
    return {name: names & set(named) for name, names in named.items()}


def _names(tree: Any) -> set[str]:
    found: set[str] = set()
    stack = [tree]
    while stack:
        node = stack.pop()
        if node is None:
            continue
        if node.isName():
            found.add(node.getName())
        stack.extend(node.getChild(i) for i in range(node.getNumChildren()))
    return found

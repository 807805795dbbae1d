"""Algebraic rules, solved for the quantities they determine: those that nothing else does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bimodal.errors import ModelError
from bimodal.expr import Graph, Node, Op, derivative
from bimodal.expr.op import BOOLEAN
from bimodal.model.rule_order import resolve


def undetermined(model: Any, changed: Collection[str]) -> set[str]:
    """Return the quantities that may vary and that no other rule, reaction or event determines.

    Parameters
    ----------
    changed
        What events may change.
    """
    species = [s for s in model.getListOfSpecies() if not s.getConstant()]
    references = [
        reference
        for reaction in model.getListOfReactions()
        for side in (reaction.getListOfReactants(), reaction.getListOfProducts())
        for reference in side
    ]
    others = [*model.getListOfCompartments(), *model.getListOfParameters()]
    varying = {q.getId() for q in others if not q.getConstant()} | {s.getId() for s in species}
    if model.getLevel() > 2:
        varying |= {r.getId() for r in references if r.isSetId() and not r.getConstant()}
    ruled = {rule.getVariable() for rule in model.getListOfRules() if not rule.isAlgebraic() and rule.isSetMath()}
    reacting = {r.getSpecies() for r in references} - {s.getId() for s in species if s.getBoundaryCondition()}
    return varying - ruled - reacting - set(changed)


def solve_algebraic(
    graph: Graph, formulas: Sequence[Node], rules: Mapping[str, Node], unknown: Collection[str], file: str
) -> dict[str, Node]:
    """Return what each quantity has to be so that all formulas are zero.

    Parameters
    ----------
    graph, formulas
        The algebraic rules.
    rules
        Assignment rules, which formulas may build on.
    unknown
        Quantities that they may determine.

    Raises
    ------
    ModelError
        They do not determine exactly the unknown quantities they name, or are not linear in them.

    Examples
    --------
    >>> g = Graph()
    >>> conserved = g.sub(g.add(g.symbol("S"), g.symbol("P")), g.symbol("total"))
    >>> found = solve_algebraic(g, [conserved], {}, {"P"}, "m.xml")
    >>> found["P"] == g.sub(g.symbol("total"), g.symbol("S"))
    True
    """
    left = graph.substitute(formulas, resolve(graph, rules, file))
    names = sorted(graph.symbols(left) & set(unknown))
    if len(names) != len(left):
        listed = ", ".join(f"'{name}'" for name in names) or "none"
        raise ModelError(
            f"the {len(left)} algebraic rules must determine as many quantities that nothing else does, "
            f"and what they name is: {listed}",
            where=file,
        )
    found: dict[str, Node] = {}
    while left:
        held = [graph.symbols([formula]) & set(names) for formula in left]
        single = next((i for i, inside in enumerate(held) if len(inside) == 1), None)
        if single is None:
            new = _together(graph, left, names, file)
            left = []
        else:
            (name,) = held[single]
            new = _together(graph, [left.pop(single)], [name], file)
            left = graph.substitute(left, new)
            names.remove(name)
        found = {**dict(zip(found, graph.substitute(list(found.values()), new), strict=True)), **new}
    return found


def _together(graph: Graph, formulas: Sequence[Node], names: Sequence[str], file: str) -> dict[str, Node]:
    """Solve formulas that are linear in the named quantities, by elimination."""
    zero = graph.const(0.0)
    rows = [[derivative(graph, [formula], name)[0] for name in names] for formula in formulas]
    # a jump has no derivative that would show it
    jumps = [node for node in graph.order(formulas) if graph.term(node).op in {*BOOLEAN, Op.FLOOR}]
    bent = sorted(graph.symbols([*(entry for row in rows for entry in row), *jumps]) & set(names))
    if bent:
        raise ModelError(
            f"an algebraic rule is not linear in '{bent[0]}', which it determines, and is not supported",
            where=file,
            fix="write it as an assignment rule",
        )
    rest = graph.substitute(formulas, dict.fromkeys(names, zero))
    matrix = [[*row, graph.neg(value)] for row, value in zip(rows, rest, strict=True)]
    size = len(names)
    for i in range(size):
        # a plain number makes the best pivot: it is known not to vanish
        usable = [k for k in range(i, size) if graph.value(matrix[k][i]) != 0.0]
        pivot = next((k for k in usable if graph.value(matrix[k][i]) is not None), usable[0] if usable else None)
        if pivot is None:
            raise ModelError(f"the algebraic rules do not determine '{names[i]}'", where=file)
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        for k in range(size):
            if k != i and graph.value(matrix[k][i]) != 0.0:
                factor = graph.div(matrix[k][i], matrix[i][i])
                matrix[k] = [
                    graph.sub(a, graph.mul(factor, b)) if j != i else zero
                    for j, (a, b) in enumerate(zip(matrix[k], matrix[i], strict=True))
                ]
    return {name: graph.div(row[size], row[i]) for i, (name, row) in enumerate(zip(names, matrix, strict=True))}

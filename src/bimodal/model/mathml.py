"""SBML mathematics to expressions: a whitelist; anything else is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bimodal.engine import TIME
from bimodal.errors import ModelError
from bimodal.expr import Graph, Node, Op


class MathReader:
    """Turns libSBML syntax trees into nodes of one graph.

    Parameters
    ----------
    graph
        Receives the nodes.
    symbol
        Gives the node of a named quantity.
    """

    def __init__(self, graph: Graph, symbol: Callable[[str], Node]) -> None:
        import libsbml

        self._graph = graph
        self._symbol = symbol
        s = libsbml
        self._nary = {s.AST_PLUS: graph.add, s.AST_TIMES: graph.mul}
        self._unary = {
            s.AST_FUNCTION_EXP: Op.EXP,
            s.AST_FUNCTION_LN: Op.LOG,
            s.AST_FUNCTION_ABS: Op.ABS,
            s.AST_FUNCTION_FLOOR: Op.FLOOR,
        }
        self._compare = {
            s.AST_RELATIONAL_LT: (Op.LT, False),
            s.AST_RELATIONAL_LEQ: (Op.LE, False),
            s.AST_RELATIONAL_GT: (Op.LT, True),
            s.AST_RELATIONAL_GEQ: (Op.LE, True),
            s.AST_RELATIONAL_EQ: (Op.EQ, False),
        }
        self._logical = {s.AST_LOGICAL_AND: Op.AND, s.AST_LOGICAL_OR: Op.OR}
        self._numbers = {s.AST_CONSTANT_E: 2.718281828459045, s.AST_CONSTANT_PI: 3.141592653589793}

    def read(self, tree: Any, where: str) -> Node:
        """Return the expression of a syntax tree.

        Raises
        ------
        ModelError
            It uses a function that is not supported, or none at all, or gives a truth value.
        """
        if tree is None:
            raise ModelError("the formula is missing", where=where)
        try:
            node = self._read(tree, where)
        except ModelError as fault:
            raise ModelError(fault.what, where=fault.where or where, fix=fault.fix) from None
        if self._graph.is_boolean(node):
            raise ModelError("the formula gives a truth value where a number is needed", where=where)
        return node

    def _read(self, tree: Any, where: str) -> Node:
        import libsbml

        g, kind = self._graph, tree.getType()
        if tree.isNumber():
            return g.const(tree.getValue())
        if kind in self._numbers:
            return g.const(self._numbers[kind])
        if kind == libsbml.AST_NAME:
            return self._symbol(tree.getName())
        if kind == libsbml.AST_NAME_TIME:
            return g.symbol(TIME)
        args = [self._read(tree.getChild(i), where) for i in range(tree.getNumChildren())]
        if kind in self._nary and args:
            total = args[0]
            for other in args[1:]:
                total = self._nary[kind](total, other)
            return total
        if kind == libsbml.AST_MINUS:
            return g.neg(args[0]) if len(args) == 1 else g.sub(args[0], args[1])
        if kind == libsbml.AST_DIVIDE:
            return g.div(args[0], args[1])
        if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
            return g.pow(args[0], args[1])
        if kind == libsbml.AST_FUNCTION_ROOT:
            degree, radicand = args if len(args) == 2 else (g.const(2.0), args[0])
            return g.pow(radicand, g.div(g.const(1.0), degree))
        if kind in self._unary:
            return g.call(self._unary[kind], args[0])
        if kind in self._compare and len(args) == 2:
            op, swapped = self._compare[kind]
            return g.compare(op, *(reversed(args) if swapped else args))
        if kind in self._logical and args:
            truth = args[0]
            for other in args[1:]:
                truth = g.logical(self._logical[kind], truth, other)
            return truth
        if kind == libsbml.AST_LOGICAL_NOT:
            return g.logical(Op.NOT, args[0])
        if kind == libsbml.AST_FUNCTION_PIECEWISE and len(args) % 2 == 1:
            value = args[-1]
            for i in range(len(args) - 3, -1, -2):
                value = g.select(args[i + 1], args[i], value)
            return value
        name = tree.getName() or libsbml.formulaToL3String(tree)
        raise ModelError(f"the model uses '{name}', which is not supported", where=where)

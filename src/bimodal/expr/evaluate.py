"""Expressions as NumPy numbers: the slow, plain reading that compiled code is tested against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import ModelError
from bimodal.expr.graph import Graph, Node
from bimodal.expr.op import Op

_NUMPY: dict[Op, Callable[..., Any]] = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.DIV: np.divide,
    Op.NEG: np.negative,
    Op.POW: np.power,
    Op.EXP: np.exp,
    Op.LOG: np.log,
    Op.EXPM1: np.expm1,
    Op.LOG1P: np.log1p,
    Op.SIN: np.sin,
    Op.COS: np.cos,
    Op.ATAN: np.arctan,
    Op.SQRT: np.sqrt,
    Op.ABS: np.abs,
    Op.FLOOR: np.floor,
    # as compiled code has it, NaN included
    Op.MIN: lambda a, b: np.where(a <= b, a, b),
    Op.MAX: lambda a, b: np.where(b <= a, a, b),
    Op.LT: np.less,
    Op.LE: np.less_equal,
    Op.EQ: np.equal,
    Op.AND: np.logical_and,
    Op.OR: np.logical_or,
    Op.NOT: np.logical_not,
    Op.SELECT: np.where,
}


def evaluate(graph: Graph, roots: Sequence[Node], values: Mapping[str, npt.ArrayLike]) -> list[npt.NDArray[Any]]:
    """Evaluate expressions for given quantities; arrays broadcast.

    Examples
    --------
    >>> graph = Graph()
    >>> float(evaluate(graph, [graph.mul(graph.symbol("x"), graph.const(2.0))], {"x": 3.0})[0])
    6.0
    """
    known: dict[Node, npt.NDArray[Any]] = {}
    with np.errstate(all="ignore"):
        for node in graph.order(roots):
            op, args, payload = graph.term(node)
            if op is Op.CONST:
                known[node] = np.asarray(payload)
            elif op is Op.SYMBOL:
                if payload not in values:
                    raise ModelError(f"'{payload}' has no value")
                known[node] = np.asarray(values[str(payload)])
            else:
                known[node] = np.asarray(_NUMPY[op](*(known[a] for a in args)))
    return [known[root] for root in roots]

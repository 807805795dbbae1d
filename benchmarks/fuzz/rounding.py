"""A first-order bound on the rounding of an expression in double precision, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.expr import Graph, Node, Op
from bimodal.expr.op import BOOLEAN
from fuzz.reference import read
from fuzz.trees import Tree, build, quantities

Array = npt.NDArray[Any]
Number = tuple[Array, Array]

EPS = 2.0**-53
_TINY = 1e-300  # what underflow may take away
_NEAR = 64.0  # a jump this many bounds away may have been crossed


def unfolded(tree: Tree, folded: dict[str, Number]) -> Tree:
    """Return a tree whose constant parts are quantities, so that the rounding that folding hides is still seen.

    Parameters
    ----------
    tree
        The expression.
    folded
        Receives value and bound of each of these quantities.
    """
    return _unfolded(tree, folded)[0]


def _unfolded(tree: Tree, folded: dict[str, Number]) -> tuple[Tree, Tree]:
    """Return the tree with quantities for its constant parts, and the same with what simplifies to a number as such."""
    head, *rest = tree
    if head in ("const", "symbol"):
        return tree, tree
    pairs = [_unfolded(part, folded) for part in rest]
    shadow, plain = (head, *(pair[0] for pair in pairs)), (head, *(pair[1] for pair in pairs))
    graph = Graph()
    value = graph.value(build(graph, plain)) if Op[head.upper()] not in BOOLEAN else None
    if value is None:
        return shadow, plain
    if head == "select":  # both branches are the same number
        return pairs[1]
    if quantities(plain):  # z - z and z ** 0 are exact, but a zero that only rounding made takes nothing with it
        exact = graph.value(build(graph, shadow))
        return (shadow, plain) if exact is None else (("const", exact), ("const", exact))
    if not np.isfinite(value) or read(plain, {}).value == value:
        return ("const", value), plain
    parts = shadow[1:]
    where = {str(part[1]): _constant(part[1]) if part[0] == "const" else folded[part[1]] for part in parts}
    inside = build(graph, (head, *(("symbol", str(part[1])) for part in parts)))
    name = f"#{len(folded)}"
    folded[name] = bounds(graph, [inside], where)[0]
    return ("symbol", name), plain


def bounds(graph: Graph, roots: Sequence[Node], where: Mapping[str, Number]) -> list[Number]:
    """Return value and bound of each root; infinite where a jump is so near that rounding may cross it.

    Parameters
    ----------
    graph, roots
        What is evaluated.
    where
        Value and error of each quantity.
    """
    known: dict[Node, Number] = {}
    with np.errstate(all="ignore"):
        for node in graph.order(roots):
            op, args, payload = graph.term(node)
            if op is Op.CONST:
                known[node] = _constant(float(payload))  # type: ignore[arg-type]
            elif op is Op.SYMBOL:
                known[node] = where[str(payload)]
            else:
                known[node] = _bound(op, [known[a] for a in args])
    return [known[root] for root in roots]


def _constant(number: float) -> Number:
    """Return a constant; one that is no short binary fraction may be the rounded result of folding."""
    exact = not np.isfinite(number) or float(number * 2**20).is_integer()
    return np.asarray(number), np.asarray(0.0 if exact else EPS * abs(number))


def _bound(op: Op, v: list[Number]) -> Number:
    (a, ea), (b, eb) = v[0], v[1] if len(v) > 1 else (np.asarray(0.0), np.asarray(0.0))
    if op in (Op.LT, Op.LE, Op.EQ):
        truth = {Op.LT: np.less, Op.LE: np.less_equal, Op.EQ: np.equal}[op](a, b)
        return truth, np.where((ea + eb > 0) & (np.abs(a - b) <= _NEAR * (ea + eb)), np.inf, 0.0)
    if op in (Op.AND, Op.OR):
        return (np.logical_and if op is Op.AND else np.logical_or)(a, b), ea + eb
    if op is Op.NOT:
        return np.logical_not(a), ea
    if op is Op.SELECT:
        return np.where(a, b, v[2][0]), ea + np.where(a, eb, v[2][1])
    value, error = _real(op, a, ea, b, eb)
    return value, error + 2 * EPS * np.abs(value) + _TINY


def _real(op: Op, a: Array, ea: Array, b: Array, eb: Array) -> Number:
    size = np.abs(a)
    match op:
        case Op.ADD | Op.SUB:
            return (a + b if op is Op.ADD else a - b), ea + eb + EPS * (size + np.abs(b))
        case Op.MUL:
            return a * b, size * eb + np.abs(b) * ea
        case Op.DIV:
            error = ea / np.abs(b) + np.abs(a / b) * (eb / np.abs(b))
            return a / b, np.where((eb > 0) & (np.abs(b) <= 4 * eb), np.inf, error)
        case Op.NEG | Op.ABS:
            return (-a if op is Op.NEG else size), ea
        case Op.EXP | Op.EXPM1:
            return (np.exp if op is Op.EXP else np.expm1)(a), np.exp(a) * ea
        case Op.LOG:
            return np.log(a), np.where((ea > 0) & (size <= 4 * ea), np.inf, ea / size)
        case Op.LOG1P:
            room = np.abs(1 + a)
            return np.log1p(a), np.where((ea > 0) & (room <= 4 * ea), np.inf, (ea + EPS * size) / room)
        case Op.SIN | Op.COS:
            slope = np.abs((np.cos if op is Op.SIN else np.sin)(a))
            return (np.sin if op is Op.SIN else np.cos)(a), slope * ea + ea**2
        case Op.ATAN:
            return np.arctan(a), ea / (1 + a**2)
        case Op.SQRT:
            root = np.sqrt(a)
            return root, np.where(a > 4 * ea, ea / (2 * root), np.where(ea == 0, 0.0, np.inf))
        case Op.POW:
            value = np.power(a, b)
            log = np.where(a == 0, 0.0, np.abs(np.log(size)))
            error = np.abs(value) * (np.abs(b / a) * ea + log * (eb + 4 * EPS * np.abs(b)))
            error = np.where((a == 0) & (ea == 0), 0.0, error)
            unsure = ((ea > 0) & (size <= 4 * ea)) | ((a < 0) & (eb > 0))
            return value, np.where(unsure, np.inf, error)
        case Op.FLOOR:
            near = (ea > 0) & (np.abs(a - np.round(a)) <= _NEAR * ea)
            return np.floor(a), np.where(near, np.inf, 0.0)
        case _:  # MIN, MAX
            first = (a <= b) if op is Op.MIN else (b <= a)
            return np.where(first, a, b), np.maximum(ea, eb)

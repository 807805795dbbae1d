"""Random expressions as plain tuples, read in three ways: into a graph, as numbers, and with a bound on rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from bimodal.expr import Graph, Node, Op

NAMES = ("x", "y", "z")
EPS = 2.0**-53

numbers = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 7.25]) | st.floats(-5, 5).map(
    lambda v: round(v, 3)
)
leaves = st.tuples(st.just("const"), numbers) | st.tuples(st.just("symbol"), st.sampled_from(NAMES))


def _grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    truth = st.tuples(st.sampled_from(["lt", "le", "eq"]), inner, inner)
    logic = truth | st.tuples(st.sampled_from(["and", "or"]), truth, truth) | st.tuples(st.just("not"), truth)
    return (
        st.tuples(st.sampled_from(["add", "sub", "mul", "div", "min", "max"]), inner, inner)
        | st.tuples(st.sampled_from(["neg", "exp", "log", "sqrt", "abs", "floor"]), inner)
        | st.tuples(
            st.just("pow"), inner, st.tuples(st.just("const"), st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0]))
        )
        | st.tuples(st.just("pow"), inner, inner)
        | st.tuples(st.just("select"), logic, inner, inner)
    )


trees = st.recursive(leaves, _grow, max_leaves=12)
values = st.fixed_dictionaries({name: st.floats(0.1, 3.0) for name in NAMES})


def build(graph: Graph, tree: tuple[Any, ...]) -> Node:
    """Write a tree into a graph through its public builders."""
    head, *rest = tree
    if head == "const":
        return graph.const(rest[0])
    if head == "symbol":
        return graph.symbol(rest[0])
    args = [build(graph, part) for part in rest]
    if head in ("lt", "le", "eq"):
        return graph.compare(Op[head.upper()], *args)
    if head in ("and", "or", "not"):
        return graph.logical(Op[head.upper()], *args)
    if head in ("exp", "log", "sqrt", "abs", "floor", "min", "max"):
        return graph.call(Op[head.upper()], *args)
    return getattr(graph, head)(*args)


def direct(tree: tuple[Any, ...], where: dict[str, Any]) -> Any:
    """Evaluate a tree without a graph; complex numbers step along the imaginary axis and choose by their real part."""
    head, *rest = tree
    if head == "const":
        return np.float64(rest[0])
    if head == "symbol":
        return where[rest[0]]
    a, *more = (direct(part, where) for part in rest)
    with np.errstate(all="ignore"):
        match head:
            case "add" | "sub" | "mul" | "div":
                return {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}[head](a, more[0])
            case "lt" | "le" | "eq":
                return {"lt": np.less, "le": np.less_equal, "eq": np.equal}[head](np.real(a), np.real(more[0]))
            case "and" | "or":
                return (a and more[0]) if head == "and" else (a or more[0])
            case "not":
                return not a
            case "neg":
                return -a
            case "abs":
                return -a if np.real(a) < 0 else a
            case "floor":
                return np.floor(np.real(a))
            case "min":
                return a if np.real(a) <= np.real(more[0]) else more[0]
            case "max":
                return a if np.real(more[0]) <= np.real(a) else more[0]
            case "pow":
                return np.power(a, more[0])
            case "select":
                return more[0] if a else more[1]
            case _:
                return getattr(np, head)(a)


def bounded(graph: Graph, root: Node, where: dict[str, float]) -> tuple[float, float]:
    """Evaluate a node together with a first-order bound on rounding; the bound is infinite beside a jump or a pole."""
    known: dict[Node, tuple[float, float]] = {}
    with np.errstate(all="ignore"):
        for node in graph.order([root]):
            op, args, payload = graph.term(node)
            if op is Op.CONST:
                number = float(payload)  # type: ignore[arg-type]
                known[node] = (number, 0.0 if math.isfinite(number) else math.inf)
            elif op is Op.SYMBOL:
                known[node] = (where[str(payload)], 0.0)
            else:
                known[node] = _bound(op, [known[a] for a in args])
    return known[root]


def _bound(op: Op, v: list[tuple[float, float]]) -> tuple[float, float]:
    (a, ea), (b, eb) = v[0], v[1] if len(v) > 1 else (np.float64(0.0), 0.0)
    a, b = np.float64(a), np.float64(b)
    error: float
    match op:
        case Op.ADD | Op.SUB:
            result, error = (a + b if op is Op.ADD else a - b), ea + eb + EPS * (abs(a) + abs(b))
        case Op.MUL:
            result, error = a * b, abs(a) * eb + abs(b) * ea
        case Op.DIV:
            result, error = a / b, ea / abs(b) + abs(a) * eb / b**2
            error = math.inf if abs(b) <= 4 * eb else error
        case Op.NEG | Op.ABS:
            result, error = (-a if op is Op.NEG else abs(a)), ea
        case Op.EXP:
            result = np.exp(a)
            error = result * (ea + EPS)
        case Op.LOG:
            result, error = np.log(a), ea / abs(a)
            error = math.inf if abs(a) <= 4 * ea else error
        case Op.SQRT:
            result = np.sqrt(a)
            error = ea / (2 * result) if a > 4 * ea else (0.0 if ea == 0 else math.inf)
        case Op.POW:
            result = np.power(a, b)
            log = np.log(abs(a)) if a != 0 else 1e3
            error = abs(result) * (abs(b / a) * ea + abs(log) * (eb + 4 * EPS * abs(b))) if a != 0 else ea + eb
            error = math.inf if abs(a) <= 4 * ea or (a < 0 and eb > 0) else error
        case Op.FLOOR:
            result, error = np.floor(a), 0.0
            error = math.inf if ea > 0 and abs(a - np.round(a)) <= 16 * ea else 0.0
        case Op.MIN | Op.MAX:
            result, error = (min(a, b) if op is Op.MIN else max(a, b)), max(ea, eb)
        case Op.LT | Op.LE | Op.EQ:
            result = {Op.LT: a < b, Op.LE: a <= b, Op.EQ: a == b}[op]
            apart = abs(a - b) > 16 * (ea + eb)  # false too where a or b is no number
            return float(result), 0.0 if ea + eb == 0 or apart else math.inf
        case Op.AND | Op.OR:
            return float(bool(a and b) if op is Op.AND else bool(a or b)), ea + eb
        case Op.NOT:
            return float(not a), ea
        case _:
            result, error = v[1] if a else v[2]
            error += ea
    if not (math.isfinite(float(result)) and abs(result) < 1e100):
        return float(result), math.inf
    error = float(error) + 2 * EPS * abs(float(result)) + 1e-300
    return float(result), error if math.isfinite(error) else math.inf

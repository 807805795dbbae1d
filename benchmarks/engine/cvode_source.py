"""Writes a model in C for CVODE and KLU: rates, sparse Jacobian and the loop from dose to dose.

Text for a plain C compiler and libm, made of the same expressions as the engine's machine code: what is constant in a
run is computed once, shared subexpressions once, and the Jacobian is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bimodal.engine.program import Program
from bimodal.engine.trigger import TIME
from bimodal.expr import Graph, Node, Op

_INFIX = {
    Op.ADD: "+", Op.SUB: "-", Op.MUL: "*", Op.DIV: "/", Op.LT: "<", Op.LE: "<=", Op.EQ: "==", Op.AND: "&&",
    Op.OR: "||",
}  # fmt: skip
_CALLS = {
    Op.POW: "pow", Op.EXP: "exp", Op.LOG: "log", Op.EXPM1: "expm1", Op.LOG1P: "log1p", Op.SIN: "sin", Op.COS: "cos",
    Op.ATAN: "atan", Op.SQRT: "sqrt", Op.ABS: "fabs", Op.FLOOR: "floor", Op.MIN: "fmin", Op.MAX: "fmax",
}  # fmt: skip


def cvode_text(program: Program) -> str:
    """Return C that exports ``course``, which solves patients one after the other (see ``cvode.c``).

    Raises
    ------
    ValueError
        The model has triggers, which this text does not watch.
    """
    system = program.system
    if system.triggers:
        raise ValueError("the C text for CVODE is for models without triggers")
    graph, n = system.graph, len(system.state_ids)
    place = {name: f"p[{i}]" for name, i in program.places.items()} | {TIME: "t"}
    place |= {state: f"y[{i}]" for state, i in system.state_index.items()}
    diagonal = {(i, i) for i in range(n)}
    # KLU reads columns; the diagonal is always there, so that CVODE need not make room for it at every setup
    entries = sorted(diagonal | set(program.jacobian), key=lambda entry: (entry[1], entry[0]))
    values = [program.jacobian.get(entry) for entry in entries]
    starts = [sum(column < k for _, column in entries) for k in range(n + 1)]
    return "\n".join(
        [
            "#include <math.h>",
            f"enum {{ STATES = {n}, CONSTANTS = {len(program.places)}, ENTRIES = {len(entries)} }};",
            f"static const long starts[] = {{{_list(starts)}}};",
            f"static const long rows[] = {{{_list([row for row, _ in entries])}}};",
            _function("rates", graph, program.rates, place.__getitem__),
            _function("slopes", graph, values, place.__getitem__),
        ]
    )


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _function(name: str, graph: Graph, roots: Sequence[Node | None], symbol: Callable[[str], str]) -> str:
    lines: list[str] = []
    known: dict[Node, str] = {}
    for node in graph.order([root for root in roots if root is not None]):
        op, args, payload = graph.term(node)
        if op is Op.CONST:
            known[node] = _number(float(payload))  # type: ignore[arg-type]
        elif op is Op.SYMBOL:
            known[node] = symbol(str(payload))
        else:
            known[node] = f"v{len(lines)}"
            kind = "int" if graph.is_boolean(node) else "double"
            lines.append(f"const {kind} {known[node]} = {_formula(op, [known[a] for a in args])};")
    lines += [f"out[{i}] = {'0.0' if root is None else known[root]};" for i, root in enumerate(roots)]
    head = f"static void {name}(double t, const double *restrict y, const double *restrict p, double *restrict out)"
    return f"{head} {{\n  " + "\n  ".join(lines) + "\n}\n"


def _formula(op: Op, values: Sequence[str]) -> str:
    if op in _INFIX:
        return f" {_INFIX[op]} ".join(values)
    if op in _CALLS:
        return f"{_CALLS[op]}({', '.join(values)})"
    if op is Op.SELECT:
        condition, yes, no = values
        return f"{condition} ? {yes} : {no}"
    return f"{'!' if op is Op.NOT else '-'}({values[0]})"


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return f"({'-' if value < 0 else ''}{'NAN' if value != value else 'INFINITY'})"
    return f"({value.hex()})"

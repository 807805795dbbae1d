"""Small systems with known answers, built by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace

import numpy as np

from bimodal.engine import SegmentResults, System
from bimodal.engine.compiled import keep
from bimodal.engine.kernel import compile_system
from bimodal.expr import Graph, Node, Op

Rates = Callable[[Graph, Callable[[str], Node]], Iterable[Node]]


def make(
    initial: dict[str, float | str],
    parameters: tuple[str, ...],
    rates: Rates,
    *,
    settable: tuple[str, ...] = (),
    scales: float = 1.0,
) -> System:
    """Build a system whose outputs are its states; a starting value given as text is a parameter."""
    g = Graph()
    states = tuple(initial)
    return System(
        graph=g,
        state_ids=states,
        parameter_ids=parameters,
        settable=frozenset(settable),
        derived=(),
        initial=tuple(g.symbol(v) if isinstance(v, str) else g.const(v) for v in initial.values()),
        rates=tuple(rates(g, g.symbol)),
        outputs=tuple((name, g.symbol(name)) for name in states),
        scales=(scales,) * len(states),
    )


def decay() -> System:
    """x' = source - k x, x(0) = x0; the source can be set by events."""
    return make(
        {"x": "x0"},
        ("x0", "k", "source"),
        lambda g, s: [g.sub(s("source"), g.mul(s("k"), s("x")))],
        settable=("source",),
    )


def blow_up() -> System:
    """x' = a x^2, x(0) = 1: infinite at t = 1/a."""
    return make({"x": 1.0}, ("a",), lambda g, s: [g.mul(s("a"), g.mul(s("x"), s("x")))])


def robertson() -> System:
    """Return the stiff kinetics of Robertson (1966), the classic test of Hairer and Wanner."""

    def rates(g: Graph, s: Callable[[str], Node]) -> list[Node]:
        slow = g.mul(s("k1"), s("a"))
        fast = g.mul(g.mul(s("k2"), s("b")), s("b"))
        back = g.mul(g.mul(s("k3"), s("b")), s("c"))
        return [g.sub(back, slow), g.sub(g.sub(slow, back), fast), fast]

    return make({"a": 1.0, "b": 0.0, "c": 0.0}, ("k1", "k2", "k3"), rates, scales=1e-4)


def van_der_pol() -> System:
    """x'' = mu ((1 - x^2) x' - x) in stretched time is mild; here mu multiplies the whole second line."""

    def rates(g: Graph, s: Callable[[str], Node]) -> list[Node]:
        x, v = s("x"), s("v")
        bracket = g.mul(g.sub(g.const(1.0), g.mul(x, x)), v)
        return [v, g.sub(g.mul(s("mu"), bracket), x)]

    return make({"x": 2.0, "v": 0.0}, ("mu",), rates)


def linear(matrix: np.ndarray, start: np.ndarray) -> System:
    """x' = A x."""
    n = len(matrix)
    names = [f"x{i}" for i in range(n)]

    def rates(g: Graph, s: Callable[[str], Node]) -> list[Node]:
        found = []
        for i in range(n):
            total = g.const(0.0)
            for j in np.flatnonzero(matrix[i]):
                total = g.add(total, g.mul(g.const(float(matrix[i, j])), s(names[j])))
            found.append(total)
        return found

    return make(dict(zip(names, map(float, start), strict=True)), (), rates)


def stiff() -> System:
    """A stiff, nonlinear system with powers and exponentials; ``blow`` above 0 makes it explode."""
    return make(
        {"x": "x0", "y": 0.1, "z": 0.0},
        ("x0", "k", "n", "blow", "source"),
        lambda g, s: [
            g.sub(g.add(s("source"), g.mul(s("blow"), g.mul(s("x"), s("x")))), g.mul(s("k"), s("x"))),
            g.mul(g.const(200.0), g.sub(g.pow(s("x"), s("n")), s("y"))),
            g.sub(g.call(Op.EXP, g.neg(s("y"))), g.mul(s("z"), s("k"))),
        ],
        settable=("source",),
    )


def stiff_patients(count: int) -> tuple[np.ndarray, list[list[tuple[float, int, float]]]]:
    """Parameters of so many patients of the stiff system, and when each is given something; the sixth explodes."""
    rng = np.random.default_rng(11)
    columns = [rng.uniform(0.5, 2, count), 10 ** rng.uniform(-1, 1.5, count), rng.uniform(0.5, 3, count)]
    values = np.column_stack([*columns, np.zeros(count), rng.uniform(0, 1, count)])
    values[5, 3] = 50.0
    events = [[(float(t), 0, 1.0) for t in sorted(rng.uniform(0, 20, rng.integers(0, 6)))] for _ in range(count)]
    return values, events


def at_width(system: System, width: int) -> System:
    """Return the same system compiled for another number of lanes."""
    other = replace(system)
    keep(other, compile_system(other, width=width))
    return other


def readings(found: SegmentResults | None) -> dict[str, np.ndarray]:
    """Return the arrays of what was read, by name."""
    assert found is not None
    names = [field.name for field in fields(SegmentResults) if field.name not in ("edges", "output_ids")]
    return {name: value for name in names if (value := getattr(found, name)) is not None}


def same_readings(one: SegmentResults | None, other: SegmentResults | None, who: object = slice(None)) -> bool:
    """Tell whether two readings are the same to the bit, the second for some of its patients."""
    mine, theirs = readings(one), readings(other)
    return mine.keys() == theirs.keys() and all(mine[name].tobytes() == theirs[name][who].tobytes() for name in mine)

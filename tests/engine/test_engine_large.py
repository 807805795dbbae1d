"""Large networks: linear algebra as loops and expressions in parts give the bits of straight-line code."""

from __future__ import annotations

import random

import numpy as np
import pytest
from engine_systems import make

from bimodal.engine import Settings, SolverStatus, System, assemble, kernel, parts, solve
from bimodal.engine.compiled import compiled, keep
from bimodal.engine.elimination import eliminate
from bimodal.engine.kernel import compile_system, system_sha256
from bimodal.expr import Graph, Node, Op

TIMES = np.linspace(0.0, 5.0, 11)


def wired(size: int, seed: int = 1, *, steep: bool = False) -> System:
    """Reversible reactions a + b <-> c of partners drawn at random, some of them saturable or switched on late."""
    drawn = random.Random(seed)

    def rates(g: Graph, s):
        made: list[Node] = [g.const(0.0)] * size
        for a in range(size):
            b, c = drawn.randrange(size), drawn.randrange(size)
            forth = g.mul(s(f"k{a}"), g.mul(s(f"x{a}"), s(f"x{b}")))
            if steep and a % 3 == 0:
                forth = g.div(forth, g.add(g.const(1.0), g.call(Op.EXP, s(f"x{b}"))))
            if steep and a % 5 == 0:
                forth = g.select(g.compare(Op.LT, g.symbol("time"), g.const(2.0)), forth, g.const(0.0))
            back = g.mul(g.mul(s("back"), s(f"k{a}")), s(f"x{c}"))
            for used, value in ((a, forth), (b, forth), (c, back)):
                made[used] = g.sub(made[used], value)
            for grown, value in ((c, forth), (a, back), (b, back)):
                made[grown] = g.add(made[grown], value)
        return made

    return make({f"x{i}": 1.0 + 0.01 * i for i in range(size)}, ("back", *(f"k{i}" for i in range(size))), rates)


def people(system: System, count: int = 5) -> np.ndarray:
    return np.random.default_rng(2).uniform(0.2, 2.0, (count, len(system.parameter_ids)))


def at_start(system: System) -> tuple[np.ndarray, np.ndarray]:
    """Return state and full parameters of the first of `people`."""
    full, states = compiled(system).start(people(system, 1))
    return states[0], full[0]


def as_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "MOST_UNROLLED", -1)
    monkeypatch.setattr(assemble, "IN_PART", 20)
    monkeypatch.setattr(parts, "IN_PART", 20)
    # the cache knows a system by this, not by how its code is written
    monkeypatch.setattr(kernel, "system_sha256", lambda system: f"loops of {system_sha256(system)}")


@pytest.mark.parametrize("width", [1, 4, 8])
@pytest.mark.parametrize("steep", [False, True])
def test_loops_and_parts_give_the_bits_of_straight_line_code(monkeypatch, width, steep):
    plain, large = wired(30, steep=steep), wired(30, steep=steep)
    keep(plain, compile_system(plain, width=width))
    theirs = solve(plain, people(plain), None, TIMES)
    rates, slopes = (compiled(plain).call(what, 0.5, *at_start(plain)) for what in ("rate", "jacobian"))
    as_loops(monkeypatch)
    keep(large, compile_system(large, width=width))
    ours = solve(large, people(large), None, TIMES)
    np.testing.assert_array_equal(compiled(large).call("rate", 0.5, *at_start(large)), rates)
    np.testing.assert_array_equal(compiled(large).call("jacobian", 0.5, *at_start(large)), slopes)
    assert set(ours.status) == {SolverStatus.DONE}
    np.testing.assert_array_equal(ours.values, theirs.values)


def test_a_diagonal_without_an_entry_and_a_row_without_any(monkeypatch):
    def rates(g: Graph, s):
        return [s("b"), g.neg(s("a")), g.const(1.0)]

    plain, large = (make({"a": 1.0, "b": 0.0, "c": 0.0}, ("k",), rates) for _ in range(2))
    keep(plain, compile_system(plain, width=4))
    theirs = solve(plain, np.ones((3, 1)), None, TIMES)
    as_loops(monkeypatch)
    keep(large, compile_system(large, width=4))
    ours = solve(large, np.ones((3, 1)), None, TIMES)
    np.testing.assert_array_equal(ours.values, theirs.values)
    np.testing.assert_allclose(ours.values[0, :, 0], np.cos(TIMES), rtol=0, atol=1e-5)


def test_a_chain_of_six_hundred_is_solved_by_its_closed_form():
    size = 600

    def rates(g: Graph, s):
        flows = [g.mul(s("k"), s(f"x{i}")) for i in range(size)]
        return [g.neg(flows[0]), *(g.sub(flows[i - 1], flows[i]) for i in range(1, size))]

    system = make({"x0": 1.0} | {f"x{i}": 0.0 for i in range(1, size)}, ("k",), rates)
    found = solve(system, np.array([[2.0]]), None, np.array([0.0, 1.0]), settings=Settings(rtol=1e-8))
    poisson = np.exp(-2.0) * np.cumprod([1.0, *(2.0 / i for i in range(1, 20))])
    np.testing.assert_allclose(found.values[0, 1, :20], poisson, rtol=1e-6)
    assert compiled(system).factor_size == 2 * size - 1


def test_the_dense_end_of_an_elimination_is_taken_at_once():
    everything = eliminate(40, [(i, j) for i in range(40) for j in range(40)])
    assert everything.order == tuple(range(40))
    assert len(everything.pattern) == 1600
    assert everything.products == sum(k * k for k in range(40))


@pytest.mark.parametrize("seed", range(5))
def test_the_fill_is_what_an_elimination_fills(seed):
    drawn = random.Random(seed)
    entries = {(drawn.randrange(25), drawn.randrange(25)) for _ in range(90)} | {(i, i) for i in range(25)}
    found = eliminate(25, entries)
    place = {state: k for k, state in enumerate(found.order)}
    there = {(place[i], place[j]) for i, j in entries}
    products = 0
    for k in range(25):
        for i in [i for i in range(k + 1, 25) if (i, k) in there]:
            for j in [j for j in range(k + 1, 25) if (k, j) in there]:
                there.add((i, j))
                products += 1
    assert set(found.pattern) == there
    assert found.products == products

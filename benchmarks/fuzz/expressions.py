"""Random expression trees: values and derivatives, evaluated and compiled, against NumPy in extended precision."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.engine.kernel import compile_system
from bimodal.expr import Graph, Node, derivative, evaluate
from fuzz.reference import BIG, FINE, central_difference, complex_step, read
from fuzz.rounding import EPS, bounds, unfolded
from fuzz.tally import Tally
from fuzz.trees import NAMES, Tree, build, heads, is_analytic, quantities, random_tree

Array = npt.NDArray[Any]

#: Trees of one compiled system, and points at which each is compared.
BATCH, POINTS = 100, 4
#: Trees of each batch that also go through vector lanes, and points there: enough for the widest vectors.
IN_LANES, LANES_POINTS = 10, 8
VALUE, COMPILED, LANES = "value: evaluate", "value: compiled", "value: compiled, vector lanes"
STEPPED, STEPPED_COMPILED = "derivative: evaluate, complex step", "derivative: compiled, complex step"
BRANCH, DIFFERENCE = "derivative with kinks: evaluate, complex step", "derivative with kinks: evaluate, differences"
#: One tree in so many has its derivative compiled as well, which costs more than all else.
COMPILED_SLOPES = 5

#: Rounding of the reference over that of double precision.
_FINER = float(np.finfo(np.longdouble).eps / np.finfo(np.float64).eps)


@dataclass
class Found:
    """What one batch, or all of them, gave."""

    trees: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    with_operation: Counter[str] = field(default_factory=Counter)
    tallies: dict[str, Tally] = field(
        default_factory=lambda: {
            name: Tally() for name in (VALUE, COMPILED, LANES, STEPPED, STEPPED_COMPILED, BRANCH, DIFFERENCE)
        }
    )

    def merge(self, other: Found) -> None:
        """Take in another batch."""
        self.trees += other.trees
        self.operations += other.operations
        self.with_operation += other.with_operation
        for name, tally in other.tallies.items():
            self.tallies[name].merge(tally)

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "trees": self.trees,
            "points_per_tree": POINTS,
            "nodes": dict(self.operations.most_common()),
            "trees_with_operation": dict(self.with_operation.most_common()),
            "checks": {name: tally.record() for name, tally in self.tallies.items()},
        }


def run_batch(job: tuple[int, int, int]) -> Found:
    """Compare the trees of one batch; ``job`` is the seed, the number of the batch and how many trees it has."""
    seed, number, count = job
    rng = random.Random(f"{seed}/expressions/{number}")
    trees = [random_tree(rng, kinks=bool(i % 2)) for i in range(count)]
    about = [rng.choice(sorted(quantities(tree)) or NAMES) for tree in trees]
    points = np.array([_point(rng) for _ in range(POINTS)])
    found = Found(trees=count)
    for tree in trees:
        names = list(heads(tree))
        found.operations.update(names)
        found.with_operation.update(set(names))
    graph = Graph()
    roots = [build(graph, tree) for tree in trees]
    slopes = [derivative(graph, [root], name)[0] for root, name in zip(roots, about, strict=True)]
    where, errors = _quantities(points)
    plain = _evaluated(graph, [*roots, *slopes], where)
    limits = _limits(trees, about, errors)
    compiled = _compiled(graph, [*roots, *slopes[::COMPILED_SLOPES]], points)
    precise = {name: np.asarray(value, np.longdouble) for name, value in where.items()}
    usable = []
    for i, tree in enumerate(trees):
        reading = read(tree, precise)
        why, reference = (np.broadcast_to(a, POINTS) for a in (reading.why, reading.value))
        bound, steep = (np.broadcast_to(limits[k][1], POINTS) for k in (i, count + i))

        def show(p: int, tree: Tree = tree, name: str = about[i]) -> dict[str, Any]:
            return {"tree": repr(tree), "by": name, "at": dict(zip(NAMES, _named(points[p]), strict=True))}

        usable.append(bool((why == FINE).all() and np.isfinite(bound).all()))
        of_value = np.where(why == BIG, FINE, why)
        found.tallies[VALUE].add(plain[i], reference, why=of_value, bound=bound, show=show)
        found.tallies[COMPILED].add(compiled[i], reference, why=of_value, bound=bound, show=show)
        stepped = complex_step(tree, precise, about[i])
        slope, own = np.broadcast_to(stepped.value, POINTS), stepped.rounding
        why_not = np.maximum(why, stepped.why)
        at_jump = {"value beside a jump": ~np.isfinite(bound)}
        ways = {STEPPED if is_analytic(tree) else BRANCH: plain[count + i]}
        if i % COMPILED_SLOPES == 0:
            ways[STEPPED_COMPILED] = compiled[count + i // COMPILED_SLOPES]
        for name, got in ways.items():
            found.tallies[name].add(got, slope, why=why_not, bound=steep, doubt=own, unusable=at_jump, show=show)
        if is_analytic(tree):
            continue
        with np.errstate(all="ignore"):
            noise = _FINER * (bound + EPS * (np.abs(reference) + np.abs(where[about[i]] * slope)))
        rise, doubt, kinked = central_difference(tree, precise, about[i], noise)
        why = np.maximum(why, np.where(np.abs(rise) > 1e100, BIG, FINE))
        unsure = ~(doubt <= 1e-7 * np.abs(rise) + 1e-12)
        at_jump |= {"a kink or pole within every step": kinked, "differences do not converge": unsure}
        found.tallies[DIFFERENCE].add(
            plain[count + i], rise, why=why, bound=steep, doubt=4 * doubt, unusable=at_jump, show=show
        )
    chosen = [tree for tree, good in zip(trees, usable, strict=True) if good]
    _through_lanes(rng.sample(chosen, min(len(chosen), max(count * IN_LANES // BATCH, 1))), rng, found.tallies[LANES])
    return found


def _point(rng: random.Random) -> list[float]:
    """Return x, y, z and time: any sign, five decades; one in twenty is special to some function, one in fifty vast."""
    return [_number(rng, rng.random()) for _ in range(4)]


def _number(rng: random.Random, roll: float) -> float:
    if roll < 0.05:
        return rng.choice((-1.0, 0.0, 1.0, 2.0))
    if roll < 0.07:
        return rng.choice((rng.uniform(-720.0, 720.0), 10 ** rng.uniform(-250, 250)))
    return rng.choice((-1.0, 1.0, 1.0)) * 10 ** rng.uniform(-3, 2)


def _derived(y: Any) -> Any:
    return y * y + 0.5


def _named(point: Array) -> list[float]:
    x, y, z, time = point.tolist()
    return [x, y, z, _derived(y), time]


def _quantities(points: Array) -> tuple[dict[str, Array], dict[str, tuple[Array, Array]]]:
    """Return values of all quantities at the points, and the same with their errors."""
    columns: dict[str, Array] = {}
    columns.update(zip(NAMES, np.array([_named(point) for point in points]).T.copy(), strict=True))
    errors: dict[str, tuple[Array, Array]] = {
        name: (v, 4 * EPS * np.abs(v) if name == "w" else np.zeros(len(v))) for name, v in columns.items()
    }
    return columns, errors


def _limits(trees: list[Tree], about: list[str], errors: dict[str, tuple[Array, Array]]) -> list[tuple[Array, Array]]:
    """Return values and bounds on rounding of all trees, then of their derivatives."""
    graph, where = Graph(), dict(errors)
    roots = [build(graph, unfolded(tree, where)) for tree in trees]
    slopes = [derivative(graph, [root], name)[0] for root, name in zip(roots, about, strict=True)]
    return bounds(graph, [*roots, *slopes], where)


def _evaluated(graph: Graph, roots: list[Node], where: dict[str, Array]) -> list[Array]:
    count = len(next(iter(where.values())))
    return [np.broadcast_to(np.asarray(v, np.float64), count) for v in evaluate(graph, roots, where)]


def _compiled(graph: Graph, roots: list[Node], points: Array) -> Array:
    """Return (roots, points) as machine code has them; x is a state, y is fixed, z settable, w derived."""
    system = System(
        graph=graph,
        state_ids=("x",),
        parameter_ids=("y", "z", "x0"),
        settable=frozenset({"z"}),
        derived=(("w", _derived_node(graph)),),
        initial=(graph.symbol("x0"),),
        rates=(graph.const(0.0),),
        outputs=tuple((f"o{i}", root) for i, root in enumerate(roots)),
        scales=(1.0,),
    )
    kernel = compile_system(system, width=2)
    full, states = kernel.start(points[:, [1, 2, 0]].copy())
    columns = [kernel.call("observe", points[i, 3], states[i], full[i]) for i in range(len(points))]
    return np.array(columns).T


def _derived_node(graph: Graph) -> Node:
    y = graph.symbol("y")
    return graph.add(graph.mul(y, y), graph.const(0.5))


def _through_lanes(trees: list[Tree], rng: random.Random, tally: Tally) -> None:
    """Integrate rates that are constant in time, which the solver does exactly: its vector code computes the trees."""
    lanes = LANES_POINTS
    points = np.array([_point(rng) for _ in range(lanes)])
    where, errors = _quantities(points)
    precise = {name: np.asarray(value, np.longdouble) for name, value in where.items()}
    graph = Graph()
    kept: list[tuple[Tree, Node, Array, Array]] = []
    for tree in trees:
        root, reading = build(graph, tree), read(tree, precise)
        why, value = np.broadcast_to(reading.why, lanes), np.broadcast_to(reading.value, lanes)
        bound = np.broadcast_to(_limits([tree], ["x"], errors)[0][1], lanes)
        if (why == FINE).all() and np.isfinite(bound).all():  # one that is not would fail its whole lane
            kept.append((tree, graph.substitute([root], {"time": graph.symbol("t")})[0], value, bound))
        else:
            tally.skipped["not usable at each of the lanes' points"] += lanes
    if not kept:
        return
    states = tuple(f"s{i}" for i in range(len(kept)))
    system = System(
        graph=graph,
        state_ids=states,
        parameter_ids=("x", "y", "z", "t"),
        settable=frozenset({"x", "z", "t"}),
        derived=(("w", _derived_node(graph)),),
        initial=(graph.const(0.0),) * len(kept),
        rates=tuple(node for _, node, _, _ in kept),
        outputs=tuple((name, graph.symbol(name)) for name in states),
        scales=(1.0,) * len(kept),
    )
    run = solve(system, points, Schedule.none(lanes), [0.0, 1.0], settings=Settings(fallback=False))
    for i, (tree, _, value, bound) in enumerate(kept):

        def show(p: int, tree: Tree = tree) -> dict[str, Any]:
            return {"tree": repr(tree), "at": dict(zip(NAMES, _named(points[p]), strict=True))}

        # a few dozen steps add their own rounding
        wide = bound + 64 * EPS * np.abs(np.asarray(value, np.float64))
        tally.add(run.values[:, 1, i], value, why=np.zeros(lanes, np.int8), bound=wide, show=show)

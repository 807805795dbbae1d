"""Random stiff linear systems with doses, and what the matrix exponential says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

from bimodal.engine import System
from bimodal.expr import Graph
from fuzz.exponential import exponentials, fixed, floating, times

FloatArray = npt.NDArray[np.float64]

SIZES = range(2, 9)
#: What counts as small beside a state's scale.
SCALE_SHARE = 1e-3
_LOW, _HIGH = -10, 10
#: Stops at 2**k and 1.5 * 2**k; between two of them lies a power of two. Those at 2**k are saved.
STOPS = np.array([0.0] + [m * 2.0**k for k in range(_LOW, _HIGH) for m in (1.0, 1.5)] + [2.0**_HIGH])
SAVED = np.array([0, *range(1, len(STOPS), 2)])
_POWERS = [_LOW] + [k - 1 for k in range(_LOW, _HIGH) for _ in range(2)]


@dataclass(frozen=True)
class Problem:
    """x' = A x with amounts added at stops: ``doses`` of (stop, state, amount)."""

    family: str
    matrix: FloatArray
    start: FloatArray
    doses: tuple[tuple[int, int, float], ...]


def _rates(rng: np.random.Generator, *shape: int) -> FloatArray:
    return 10.0 ** rng.uniform(-3, 3, shape)


def _basis(rng: np.random.Generator, n: int) -> FloatArray:
    """Return a well-conditioned change of variables."""
    while True:
        found = np.linalg.qr(rng.normal(size=(n, n)))[0] + 0.3 * rng.normal(size=(n, n))
        if np.linalg.cond(found) < 50:
            return found


def _compartments(rng: np.random.Generator, n: int) -> FloatArray:
    flow = _rates(rng, n, n) * (rng.random((n, n)) < 0.5)
    np.fill_diagonal(flow, 0.0)
    loss = _rates(rng, n) * (rng.random(n) < 0.5)
    loss[rng.integers(n)] = float(_rates(rng, 1)[0])
    return flow - np.diag(flow.sum(axis=0) + loss)


def _real(rng: np.random.Generator, n: int) -> FloatArray:
    basis = _basis(rng, n)
    return basis @ np.diag(-_rates(rng, n)) @ np.linalg.inv(basis)


def _complex(rng: np.random.Generator, n: int) -> FloatArray:
    blocks = np.diag(-_rates(rng, n))
    for i in range(0, n - 1, 2):
        decay = -blocks[i, i]
        blocks[i + 1, i + 1] = -decay
        blocks[i, i + 1] = min(decay * 10.0 ** rng.uniform(-1, 1.5), 1e3)
        blocks[i + 1, i] = -blocks[i, i + 1]
    basis = _basis(rng, n)
    return basis @ blocks @ np.linalg.inv(basis)


def _chain(rng: np.random.Generator, n: int) -> FloatArray:
    rates = _rates(rng, n)
    above = np.triu(rng.uniform(-1, 1, (n, n)) * rates, 1) * (rng.random((n, n)) < 0.6)
    return above - np.diag(rates)


def _oblique(rng: np.random.Generator, n: int) -> FloatArray:
    """Return real eigenvalues whose eigenvectors nearly coincide: large entries of both signs that cancel."""
    basis = _basis(rng, n)
    left, sizes, right = np.linalg.svd(basis)
    basis = left @ np.diag(sizes * np.geomspace(1.0, 10.0 ** -rng.uniform(2, 4), n)) @ right
    return basis @ np.diag(-_rates(rng, n)) @ np.linalg.inv(basis)


FAMILIES: dict[str, Callable[[np.random.Generator, int], FloatArray]] = {
    "compartments": _compartments, "real eigenvalues": _real, "complex eigenvalues": _complex, "chain": _chain,
    "oblique eigenvectors": _oblique,
}  # fmt: skip


def problem(seed: int, n: int, index: int) -> Problem:
    """Return random problem number ``index`` of size n."""
    rng = np.random.default_rng([seed, n, index])
    family = list(FAMILIES)[index % len(FAMILIES)]
    start = 10.0 ** rng.uniform(-1, 1, n) * (rng.random(n) > 0.15)
    count = int(rng.integers(1, 5)) if rng.random() < 0.5 else 0
    stops = np.sort(rng.integers(0, len(STOPS) - 1, count)).tolist()
    doses = tuple((stop, int(rng.integers(n)), float(10.0 ** rng.uniform(-1, 1))) for stop in stops)
    return Problem(family, FAMILIES[family](rng, n), start, doses)


def system(n: int) -> System:
    """Return x' = A x whose entries and starting values are parameters."""
    g = Graph()
    names = [f"x{i}" for i in range(n)]
    rates = []
    for i in range(n):
        total = g.const(0.0)
        for j in range(n):
            total = g.add(total, g.mul(g.symbol(f"a{i}_{j}"), g.symbol(names[j])))
        rates.append(total)
    entries = tuple(f"a{i}_{j}" for i in range(n) for j in range(n))
    return System(
        graph=g,
        state_ids=tuple(names),
        parameter_ids=(*entries, *(f"{name}_0" for name in names)),
        settable=frozenset(),
        derived=(),
        initial=tuple(g.symbol(f"{name}_0") for name in names),
        rates=tuple(rates),
        outputs=tuple((name, g.symbol(name)) for name in names),
        scales=(1.0,) * n,
    )


def exact(p: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (stops, n) states before and after the doses of each stop, and (stops - 1, n, n) propagators between."""
    steps = exponentials(p.matrix, _LOW - 1, _HIGH - 1)
    state, before, after = fixed(p.start), [], []
    for i in range(len(STOPS)):
        if i > 0:
            state = times(steps[_POWERS[i - 1]], state)
        before.append(floating(state))
        state = _dosed(p, i, state, fixed)
        after.append(floating(state))
    between = {k: floating(step) for k, step in steps.items()}
    return np.array(before), np.array(after), np.array([between[k] for k in _POWERS])


def _dosed(p: Problem, stop: int, state: Any, number: Callable[[FloatArray], Any]) -> Any:
    state = state.copy()
    for when, where, amount in p.doses:
        if when == stop:
            state[where] += number(np.array([amount]))[0]
    return state


def by_scipy(p: Problem) -> FloatArray:
    """Return (stops, n) states before doses by SciPy's exponential."""
    steps = {k: expm(p.matrix * 2.0**k) for k in sorted(set(_POWERS))}
    state, before = p.start, []
    for i in range(len(STOPS)):
        if i > 0:
            state = steps[_POWERS[i - 1]] @ state
        before.append(state)
        state = _dosed(p, i, state, np.asarray)
    return np.array(before)


def carried(p: Problem, before: FloatArray, after: FloatArray, propagators: FloatArray) -> FloatArray:
    """Return (stops, n): what a step at the worst earlier stop may err at relative tolerance 1, carried on."""
    scale = np.where(p.start > 0, p.start, 1.0) * SCALE_SHARE
    allowed = np.maximum(np.abs(before), np.abs(after)) + scale
    found, since = [allowed[0]], np.eye(len(scale))[None]
    for i, step in enumerate(propagators, start=1):
        since = np.concatenate([step @ since, np.eye(len(scale))[None]])
        found.append((np.abs(since) @ allowed[: i + 1, :, None])[..., 0].max(axis=0))
    return np.array(found)

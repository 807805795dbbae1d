"""Trees read by NumPy alone in extended precision: values, the complex step, and high-order central differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fuzz.trees import Tree

Array = npt.NDArray[Any]

#: Why a number is not compared; the larger code wins.
FINE, BIG, REACH, SMALL, LARGE, DOMAIN = 0, 1, 2, 3, 4, 5
REASONS = {
    BIG: "derivative where something is above 1e100",
    REACH: "sine or cosine beyond 2^20",
    SMALL: "something is below 1e-300 and not zero",
    LARGE: "something is above 1e290",
    DOMAIN: "outside the domain of a function, or at a pole",
}
_SMALLEST, _BIG, _LARGEST = 1e-300, 1e100, 1e290
_REACH = 2.0**20
#: Step of the complex derivative, of a quantity of size 1 or more and relative to a smaller one.
_STEP = np.longdouble(1e-30)
#: Central difference of order 8.
_WEIGHTS = np.array([3, -32, 168, -672, 672, -168, 32, -3], np.longdouble) / 840
_OFFSETS = np.array([-4, -3, -2, -1, 1, 2, 3, 4], np.longdouble)
#: Lengths without a common divisor, lest all of them be periods of a fast oscillation.
_LENGTHS = np.array([3.07e-2, 1.39e-2, 3.31e-3, 1.49e-3, 2.93e-4, 1.37e-4, 3.13e-5, 1.27e-5], np.longdouble)


@dataclass(frozen=True)
class Reading:
    """A tree at many points.

    Value, why not to be trusted (0: fine), decisions taken, and largest imaginary part on the way.
    """

    value: Array
    why: Array
    decisions: list[Array]
    steepest: Array


def read(tree: Tree, where: Mapping[str, Array]) -> Reading:
    """Evaluate a tree; complex numbers choose by their real part. What is not chosen cannot spoil a result.

    Parameters
    ----------
    tree
        The expression.
    where
        Quantities, arrays that broadcast.
    """
    decisions: list[Array] = []
    known: dict[int, tuple[Array, Array]] = {}

    def visit(part: Tree) -> tuple[Array, Array]:
        if id(part) not in known:
            known[id(part)] = _visit(part, [visit(p) for p in part[1:] if isinstance(p, tuple)], where, decisions)
        return known[id(part)]

    steepest = np.zeros((), np.longdouble)
    with np.errstate(all="ignore"):
        value, why = visit(tree)
        for part, _ in known.values():
            if np.iscomplexobj(part):
                steepest = np.fmax(steepest, np.abs(np.imag(part)))
    return Reading(value, why, decisions, steepest)


def _visit(
    part: Tree, inner: list[tuple[Array, Array]], where: Mapping[str, Array], decisions: list[Array]
) -> tuple[Array, Array]:
    head = part[0]
    if head == "const":
        return np.asarray(np.longdouble(part[1])), np.asarray(np.int8(FINE))
    if head == "symbol":
        return where[part[1]], _beyond(where[part[1]])
    v = [value for value, _ in inner]
    why = inner[0][1]
    if head == "select":
        value, why = np.where(v[0], v[1], v[2]), np.maximum(why, np.where(v[0], inner[1][1], inner[2][1]))
        return value, why
    for _, other in inner[1:]:
        why = np.maximum(why, other)
    if head in ("lt", "le", "eq", "and", "or", "not", "min", "max", "abs", "floor"):
        value = _decide(head, v, decisions)
        if value.dtype == np.bool_:
            return value, why
    else:
        value = _smooth(head, v)
    if head in ("sin", "cos"):
        why = np.maximum(why, np.where(np.abs(np.real(v[0])) > _REACH, REACH, FINE).astype(np.int8))
    return value, np.maximum(why, _beyond(value))


def _beyond(value: Array) -> Array:
    """Return why a number lies beyond what double precision holds with room to spare."""
    size = np.abs(np.real(value))
    why = np.where(size > _LARGEST, LARGE, np.where(size > _BIG, BIG, FINE))
    why = np.where((size < _SMALLEST) & (size > 0), SMALL, why)
    return np.where(np.isfinite(value), why, DOMAIN).astype(np.int8)


def _decide(head: str, v: list[Array], decisions: list[Array]) -> Array:
    real = [np.real(a) for a in v]
    if head == "floor":
        value = np.floor(real[0])
        decisions.append(value)
        return value
    if head == "abs":
        below = real[0] < 0
        decisions.append(below)
        return np.where(below, -v[0], v[0])
    if head in ("and", "or", "not"):
        return {"and": np.logical_and, "or": np.logical_or, "not": np.logical_not}[head](*v)
    first, second = (real[1], real[0]) if head == "max" else (real[0], real[1])
    truth = np.asarray({"lt": np.less, "eq": np.equal}.get(head, np.less_equal)(first, second))
    decisions.append(truth)
    if head in ("min", "max"):
        return np.where(truth, v[0], v[1])
    if head == "eq":  # a crossing between two points of a difference would go unseen
        decisions.append(np.less(first, second))
    return truth


def _smooth(head: str, v: list[Array]) -> Array:
    a = v[0]
    match head:
        case "add" | "sub" | "mul" | "div":
            return {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}[head](a, v[1])
        case "neg":
            return np.negative(a)
        case "pow":
            return _complex_power(a, v[1]) if np.iscomplexobj(a) or np.iscomplexobj(v[1]) else np.power(a, v[1])
        case "atan":
            return np.arctan(a)
        case "log1p" if np.iscomplexobj(a):
            real, imaginary = np.real(a), np.imag(a)
            near = 0.5 * np.log1p(real * (2 + real) + imaginary**2)
            size = np.where(real < -0.5, np.log(np.abs(1 + a)), near)  # near -1 the sum above cancels
            return size + 1j * np.arctan2(imaginary, 1 + real)
        case "log" | "sqrt" if np.iscomplexobj(a):
            return np.where((np.real(a) > 0) | (a == 0), getattr(np, head)(a), np.nan)
        case _:
            return getattr(np, head)(a)


def _complex_power(a: Array, b: Array) -> Array:
    """Return a**b on the real axis and beside it; a negative base with a whole exponent, else not a number."""
    base, exponent = np.real(a), np.real(b)
    negative = base < 0
    size = np.exp(b * np.log(np.where(negative, -a, a)))
    at_zero = np.where((b == 1) | (b == 0), np.where(b == 1, a, 1), np.where(exponent > 1, 0, np.nan))
    size = np.where((base == 0) & (np.imag(a) != 0), at_zero, size)
    size = np.where((a == 0) & (exponent > 0), 0, np.where(b == 0, 1, size))
    whole = (np.floor(exponent) == exponent) & (np.imag(b) == 0)
    odd = np.mod(exponent, 2) == 1
    return np.where(negative, np.where(whole, np.where(odd, -size, size), np.nan), size)


@dataclass(frozen=True)
class Slope:
    """A derivative at many points: value, why not to be trusted, and its own rounding."""

    value: Array
    why: Array
    rounding: Array


def complex_step(tree: Tree, where: Mapping[str, Array], name: str) -> Slope:
    """Return d tree / d name, through the branches taken."""
    size = np.abs(where[name])
    step = _STEP * np.where((size > 0) & (size < 1), size, 1)
    stepped = dict(where)
    stepped[name] = where[name] + 1j * step
    found = read(tree, stepped)
    with np.errstate(all="ignore"):
        slope = np.imag(found.value) / step
        rounding = 64 * np.finfo(np.longdouble).eps * found.steepest / step
    bad = np.where(np.isfinite(slope), np.where(np.abs(slope) > _BIG, BIG, FINE), DOMAIN)
    return Slope(slope, np.maximum(found.why, bad), rounding)


def central_difference(tree: Tree, where: Mapping[str, Array], name: str, noise: Array) -> tuple[Array, Array, Array]:
    """Return d tree / d name, its own error, and whether a kink or jump lies within every step that was tried.

    ``noise`` (P,) is the rounding of the tree's value in the precision of this module.
    Eight steps in pairs of h and about h/2; the pair that agrees best, with each other and with the pair after it, is
    taken and its disagreement is the error (one pair alone may agree by chance where it misses a fast oscillation).
    """
    centre = where[name][:, None, None]
    moved = {key: value[:, None, None] for key, value in where.items()}
    with np.errstate(all="ignore"):
        length = np.maximum(np.abs(centre), 0.1) * _LENGTHS[:, None]
        moved[name] = centre + length * _OFFSETS
    found = read(tree, moved)
    shape = np.broadcast_shapes(found.value.shape, moved[name].shape)
    usable = (np.broadcast_to(found.why, shape) == FINE).all(axis=-1)
    for decision in found.decisions:
        wide = np.broadcast_to(decision, shape)
        usable &= (wide == wide[..., :1]).all(axis=-1)
    with np.errstate(all="ignore"):
        slopes = (np.broadcast_to(np.real(found.value), shape) * _WEIGHTS).sum(axis=-1) / length[..., 0]
        error = np.abs(slopes[:, ::2] - slopes[:, 1::2])
        error[:, :-1] += np.abs(slopes[:, 1:-2:2] - slopes[:, 3::2])
        error[:, -1] = np.inf
        rounding = 4 * noise[:, None] / length[..., 0]
        error = np.where(usable[:, ::2], error + rounding[:, 1::2], np.inf)
    error = np.where(np.isnan(error), np.inf, error)
    best = np.argmin(error, axis=1)
    rows = np.arange(len(best))
    return slopes[:, 1::2][rows, best], error[rows, best], ~usable[:, ::2].any(axis=1)

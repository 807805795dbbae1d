"""Bounds of expressions and of their slopes over stretches of time (interval arithmetic; Moore 1966)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bimodal.engine.trigger import TIME
from bimodal.expr import Graph, Node, Op

FloatArray = npt.NDArray[np.float64]


class Range(NamedTuple):
    """Lowest and highest value over each stretch, lowest and highest slope by time; infinite where nothing is known."""

    low: FloatArray
    high: FloatArray
    fall: FloatArray
    rise: FloatArray


class _Truth(NamedTuple):
    """Whether a condition holds throughout each stretch, and whether it can hold in it at all."""

    always: npt.NDArray[np.bool_]
    ever: npt.NDArray[np.bool_]


_Pair = tuple[FloatArray, FloatArray]
_LARGEST = np.finfo(float).max


def enclose(
    graph: Graph, roots: Sequence[Node], values: Mapping[str, npt.ArrayLike], start: FloatArray, end: FloatArray
) -> list[Range]:
    """Bound expressions of time and constants over stretches of time.

    A slope where a value jumps is infinite, so that a stretch with a finite slope has no jump in it.

    Parameters
    ----------
    graph, roots
        What to bound.
    values
        Constants; each one number, or one for each stretch.
    start, end
        (S,) ends of the stretches.

    Examples
    --------
    >>> g = Graph()
    >>> wave = g.call(Op.SIN, g.symbol("time"))
    >>> found = enclose(g, [wave], {}, np.array([0.0]), np.array([1.0]))[0]
    >>> round(float(found.high[0]), 3), round(float(found.fall[0]), 3)
    (0.841, 0.54)
    """
    shape = np.shape(start)
    zero, one = np.zeros(shape), np.ones(shape)
    known: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in graph.order(roots):
            op, args, payload = graph.term(node)
            if op is Op.SYMBOL and payload == TIME:
                known[node] = Range(start, end, one, one)
            elif op in (Op.CONST, Op.SYMBOL):
                number = np.broadcast_to(np.asarray(payload if op is Op.CONST else values[str(payload)], float), shape)
                known[node] = Range(number, number, zero, zero)
            else:
                share = _share(graph, args) if op is Op.DIV else None
                found = _RULES[op](*(known[a] for a in args))
                if share is not None:
                    a, c, k = share
                    found = _narrower(found, known[a], known[c], None if k is None else known[k])
                known[node] = _safe(found) if isinstance(found, Range) else found
    return [known[root] for root in roots]


def _safe(r: Range) -> Range:
    """Replace what is no number by what is never wrong; what overflows is at least the largest number."""

    def least(x: FloatArray) -> FloatArray:
        return np.where(np.isnan(x), -np.inf, np.minimum(x, _LARGEST))

    def most(x: FloatArray) -> FloatArray:
        return np.where(np.isnan(x), np.inf, np.maximum(x, -_LARGEST))

    return Range(least(r.low), most(r.high), least(r.fall), most(r.rise))


def _hull(*several: FloatArray) -> _Pair:
    """Return the least and largest; an unknown product (0 times infinity) leaves nothing known."""
    return np.minimum.reduce(several), np.maximum.reduce(several)


def _times(a: _Pair, b: _Pair) -> _Pair:
    corners = [_product(x, y) for x in a for y in b]
    return _hull(*corners)


def _product(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return x y where zero times infinity is zero, as at the corner of a product of bounds."""
    return np.where((x == 0.0) | (y == 0.0), 0.0, x * y)


def _inverse(b: _Pair) -> _Pair:
    crosses = (b[0] <= 0.0) & (b[1] >= 0.0)
    low, high = np.minimum(1.0 / b[1], _LARGEST), np.maximum(1.0 / b[0], -_LARGEST)
    return np.where(crosses, -np.inf, low), np.where(crosses, np.inf, high)


def _add(a: Range, b: Range) -> Range:
    return Range(a.low + b.low, a.high + b.high, a.fall + b.fall, a.rise + b.rise)


def _neg(a: Range) -> Range:
    return Range(-a.high, -a.low, -a.rise, -a.fall)


def _sub(a: Range, b: Range) -> Range:
    return _add(a, _neg(b))


def _mul(a: Range, b: Range) -> Range:
    left, right = _times((a.fall, a.rise), b[:2]), _times(a[:2], (b.fall, b.rise))
    return Range(*_times(a[:2], b[:2]), left[0] + right[0], left[1] + right[1])


def _square(a: Range) -> Range:
    ends = a.low * a.low, a.high * a.high
    inside = (a.low <= 0.0) & (a.high >= 0.0)
    slope = _times(_times(a[:2], (a.fall, a.rise)), (np.asarray(2.0), np.asarray(2.0)))
    return Range(np.where(inside, 0.0, np.minimum(*ends)), np.maximum(*ends), *slope)


def _div(a: Range, b: Range) -> Range:
    inverse = _inverse(b[:2])
    bend = _times(inverse, inverse)
    slope = _times((-b.rise, -b.fall), (np.maximum(bend[0], 0.0), bend[1]))
    return _mul(a, Range(*inverse, *slope))


def _share(graph: Graph, args: Sequence[Node]) -> tuple[Node, Node, Node | None] | None:
    """Return a, c and k of k a / (c + a), where a quotient is one."""
    over, under = args
    top, bottom = graph.term(over), graph.term(under)
    if bottom.op is not Op.ADD:
        return None
    first, second = bottom.args
    for part, other in ((first, second), (second, first)):
        if part == over:
            return part, other, None
        if top.op is Op.MUL and part in top.args:
            return part, other, top.args[1] if part == top.args[0] else top.args[0]
    return None


def _narrower(found: Range, a: Range, c: Range, factor: Range | None) -> Range:
    """Return bounds of k a / (c + a) where neither a nor c is below 0: a rises it, c lowers it.

    The general rule knows nothing of a standing twice: to it such a share never saturates.
    """
    own = _safe(Range(a.low / (c.high + a.low), 1.0 / (1.0 + c.low / a.high), *_slope_of_share(a, c)))
    if factor is not None:
        own = _safe(_mul(factor, own))
    holds = (a.low >= 0.0) & (c.low >= 0.0) & (a.low + c.low > 0.0)
    return Range(*(np.where(holds, narrow, wide) for narrow, wide in zip(own, found, strict=True)))


def _slope_of_share(a: Range, c: Range) -> _Pair:
    """Return the bounds of (a' c - a c') / (c + a)^2, of a and c not below 0."""
    falling, rising = _times((a.fall, a.rise), c[:2]), _times(a[:2], (c.fall, c.rise))
    most, least = (1.0 / (c.low + a.low)) ** 2, (1.0 / (c.high + a.high)) ** 2
    return _times((falling[0] - rising[1], falling[1] - rising[0]), (least, most))


def _chain(a: Range, low: FloatArray, high: FloatArray, slope: _Pair) -> Range:
    return Range(low, high, *_times(slope, (a.fall, a.rise)))


def _rising(
    function: Callable[[Any], Any], slope: Callable[[Any], Any], *, begins: float = -np.inf
) -> Callable[[Range], Range]:
    """Return the rule of a function that never falls, whose slope never turns, and that begins somewhere."""

    def rule(a: Range) -> Range:
        low = np.maximum(a.low, begins)
        found = _chain(a, function(low), function(a.high), _hull(slope(low), slope(a.high)))
        nowhere = a.low < begins  # partly no number there: nothing is known of the slope
        return found._replace(fall=np.where(nowhere, -np.inf, found.fall), rise=np.where(nowhere, np.inf, found.rise))

    return rule


def _atan(a: Range) -> Range:
    slopes = 1.0 / (1.0 + a.low * a.low), 1.0 / (1.0 + a.high * a.high)
    flat, steep = _hull(*slopes)
    steep = np.where((a.low <= 0.0) & (a.high >= 0.0), 1.0, steep)
    return _chain(a, np.arctan(a.low), np.arctan(a.high), (flat, steep))


def _wave(low: FloatArray, high: FloatArray, shift: float) -> _Pair:
    """Return the bounds of sin(x + shift)."""
    a, b = low + shift, high + shift
    least, most = _hull(np.sin(a), np.sin(b))
    turn = 2.0 * np.pi
    top = np.floor((b - np.pi / 2.0) / turn) >= np.ceil((a - np.pi / 2.0) / turn)
    bottom = np.floor((b + np.pi / 2.0) / turn) >= np.ceil((a + np.pi / 2.0) / turn)
    known = np.isfinite(a) & np.isfinite(b)
    return np.where(bottom | ~known, -1.0, least), np.where(top | ~known, 1.0, most)


def _sin(a: Range) -> Range:
    return _chain(a, *_wave(a.low, a.high, 0.0), _wave(a.low, a.high, np.pi / 2.0))


def _cos(a: Range) -> Range:
    return _chain(a, *_wave(a.low, a.high, np.pi / 2.0), _wave(a.low, a.high, np.pi))


def _pow(a: Range, b: Range) -> Range:
    """Return base ** exponent: by way of logarithms above 0, unknown where the base may be below."""
    if np.all((b.low == b.high) & (np.floor(b.low) == b.low) & (b.low > 0.0)):
        return _whole_pow(a, b.low)
    found = _exp(_mul(b, _log(a)))
    unknown = a.low < 0.0
    at_zero = (a.low == 0.0) & (b.low > 0.0)
    return Range(
        np.where(unknown, -np.inf, np.where(at_zero, 0.0, found.low)),
        np.where(unknown, np.inf, found.high),
        np.where(unknown, -np.inf, found.fall),
        np.where(unknown, np.inf, found.rise),
    )


def _whole_pow(a: Range, n: FloatArray) -> Range:
    """Return base ** n for whole n above 0."""
    low, high = a.low**n, a.high**n
    inside = (a.low < 0.0) & (a.high > 0.0)
    odd = n % 2.0 == 1.0
    slopes = n * a.low ** (n - 1.0), n * a.high ** (n - 1.0)
    flat, steep = _hull(*slopes)
    flat = np.where(inside, np.minimum(flat, 0.0), flat)
    least, most = _hull(low, high)
    return _chain(a, np.where(inside & ~odd, 0.0, least), most, (flat, steep))


def _abs(a: Range) -> Range:
    ends = np.abs(a.low), np.abs(a.high)
    inside = (a.low < 0.0) & (a.high > 0.0)
    steep = np.maximum(np.abs(a.fall), np.abs(a.rise))
    return Range(
        np.where(inside, 0.0, np.minimum(*ends)),
        np.maximum(*ends),
        np.where(inside, -steep, np.where(a.high <= 0.0, -a.rise, a.fall)),
        np.where(inside, steep, np.where(a.high <= 0.0, -a.fall, a.rise)),
    )


def _floor(a: Range) -> Range:
    low, high = np.floor(a.low), np.floor(a.high)
    jumps = low != high
    return Range(low, high, np.where(jumps, -np.inf, 0.0), np.where(jumps, np.inf, 0.0))


def _min(a: Range, b: Range) -> Range:
    slopes = _hull(a.fall, a.rise, b.fall, b.rise)
    first, second = a.high <= b.low, b.high < a.low
    return Range(
        np.minimum(a.low, b.low),
        np.minimum(a.high, b.high),
        np.where(first, a.fall, np.where(second, b.fall, slopes[0])),
        np.where(first, a.rise, np.where(second, b.rise, slopes[1])),
    )


def _max(a: Range, b: Range) -> Range:
    return _neg(_min(_neg(a), _neg(b)))


def _select(c: _Truth, a: Range, b: Range) -> Range:
    def choose(x: FloatArray, y: FloatArray, either: FloatArray) -> FloatArray:
        return np.where(c.always, x, np.where(c.ever, either, y))

    infinite = np.full(np.shape(a.low), np.inf)
    return Range(
        choose(a.low, b.low, np.minimum(a.low, b.low)),
        choose(a.high, b.high, np.maximum(a.high, b.high)),
        choose(a.fall, b.fall, -infinite),
        choose(a.rise, b.rise, infinite),
    )


_exp = _rising(np.exp, np.exp)
_log = _rising(np.log, lambda x: 1.0 / x, begins=0.0)

_RULES: dict[Op, Callable[..., Any]] = {
    Op.ADD: _add,
    Op.SUB: _sub,
    Op.MUL: lambda a, b: _square(a) if a is b else _mul(a, b),
    Op.DIV: _div,
    Op.NEG: _neg,
    Op.POW: _pow,
    Op.EXP: _exp,
    Op.LOG: _log,
    Op.EXPM1: _rising(np.expm1, np.exp),
    Op.LOG1P: _rising(np.log1p, lambda x: 1.0 / (1.0 + x), begins=-1.0),
    Op.SIN: _sin,
    Op.COS: _cos,
    Op.ATAN: _atan,
    Op.SQRT: _rising(np.sqrt, lambda x: 0.5 / np.sqrt(x), begins=0.0),
    Op.ABS: _abs,
    Op.FLOOR: _floor,
    Op.MIN: _min,
    Op.MAX: _max,
    Op.LT: lambda a, b: _Truth(a.high < b.low, a.low < b.high),
    Op.LE: lambda a, b: _Truth(a.high <= b.low, a.low <= b.high),
    Op.EQ: lambda a, b: _Truth(
        (a.low == a.high) & (b.low == b.high) & (a.low == b.low), (a.low <= b.high) & (b.low <= a.high)
    ),
    Op.AND: lambda a, b: _Truth(a.always & b.always, a.ever & b.ever),
    Op.OR: lambda a, b: _Truth(a.always | b.always, a.ever | b.ever),
    Op.NOT: lambda a: _Truth(~a.ever, ~a.always),
    Op.SELECT: _select,
}

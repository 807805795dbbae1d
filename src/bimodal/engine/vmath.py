"""exp, ln, pow and what trigonometry needs, in plain arithmetic: every lane, width and batch gives the same bits.

The functions reduce their argument exactly in the usual way (Cody and Waite: split ln 2 or pi/2 in parts) and sum a
Taylor series long enough that its remainder is below half a unit in the last place. ``tests/engine`` measures the
error.
"""

from __future__ import annotations

import math

from bimodal.engine.ir import Builder, Value

_LN2_HIGH = 6.93147180369123816490e-01  # the low 32 bits are zero, so k * _LN2_HIGH is exact
_LN2_LOW = 1.90821492927058770002e-10
_SHIFT = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number held in the low bits
_SHIFT_BITS = 0x4338000000000000
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_SMALLEST_NORMAL = 2.2250738585072014e-308
_EXP_REACH = 708.0  # of _plain_exp, on either side
_EXP_DEGREE = 13
_LOG_TERMS = 11
# pi/2 in parts of 33 bits, so that a whole number times a part is exact; the last takes what is left
_HALF_PI = (
    1.57079632673412561417e00,
    6.07710050630396597660e-11,
    2.02226624871116645580e-21,
    8.47842766036889956997e-32,
)
_HALF_PI_REST = 6.123233995736766e-17  # pi/2 minus its nearest double
_ATAN_TERMS = 22


def _polynomial(b: Builder, coefficients: list[float], x: Value) -> Value:
    """Return the sum of ``coefficients[n] * x**n``, pair by pair (Estrin), so that few operations wait for others."""
    terms = [b.const(c) for c in coefficients]
    while len(terms) > 1:
        pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
        terms = [b.fma(pair[1], x, pair[0]) if len(pair) == 2 else pair[0] for pair in pairs]
        x = b.mul(x, x)
    return terms[0]


def exp(b: Builder, x: Value) -> Value:
    """Return e**x; 0 below e**-708.39, infinite above e**709.43."""
    low, high = b.const(-708.39), b.const(709.43)  # beyond, the exponent would leave its field
    clamped = b.select(b.compare("olt", x, low), low, x)
    clamped = b.select(b.compare("olt", high, clamped), high, clamped)
    result = _plain_exp(b, clamped)
    result = b.select(b.compare("olt", x, low), b.const(0.0), result)
    result = b.select(b.compare("ogt", x, high), b.const(math.inf), result)
    return b.select(b.compare("uno", x, x), x, result)


def _plain_exp(b: Builder, x: Value) -> Value:
    """Return e**x where neither it nor 1 over it is too large for a normal number."""
    shifted = b.fma(x, b.const(1.0 / math.log(2.0)), b.const(_SHIFT))
    k = b.sub(shifted, b.const(_SHIFT))
    r = b.fma(k, b.const(-_LN2_HIGH), x)
    r = b.fma(k, b.const(-_LN2_LOW), r)
    series = _polynomial(b, [1.0 / math.factorial(n) for n in range(2, _EXP_DEGREE + 1)], r)
    for n in (1, 0):  # the large terms last
        series = b.fma(series, r, b.const(1.0 / math.factorial(n)))
    exponent = b.integer_op("shl", b.to_bits(shifted), b.iconst(52))
    return b.from_bits(b.integer_op("add", b.to_bits(series), exponent))


def log(b: Builder, x: Value) -> Value:
    """Return ln x: minus infinity at 0, NaN below."""
    tiny = b.compare("olt", x, b.const(_SMALLEST_NORMAL))
    scaled = b.select(tiny, b.mul(x, b.const(2.0**54)), x)
    result = _plain_log(b, scaled, b.select(tiny, b.const(54.0), b.const(0.0)))
    result = b.select(b.compare("oeq", x, b.const(0.0)), b.const(-math.inf), result)
    result = b.select(b.compare("olt", x, b.const(0.0)), b.const(math.nan), result)
    result = b.select(b.compare("oeq", x, b.const(math.inf)), x, result)
    return b.select(b.compare("uno", x, x), x, result)


def _plain_log(b: Builder, x: Value, less: Value | None = None) -> Value:
    """Return ln x of a positive normal number, less a whole number of ln 2."""
    bits = b.to_bits(x)
    e_bits = b.integer_op("ashr", b.integer_op("sub", bits, b.iconst(_SQRT_HALF_BITS)), b.iconst(52))
    mantissa = b.from_bits(b.integer_op("sub", bits, b.integer_op("shl", e_bits, b.iconst(52))))
    e = b.sub(b.from_bits(b.integer_op("add", e_bits, b.iconst(_SHIFT_BITS))), b.const(_SHIFT))
    e = e if less is None else b.sub(e, less)
    f = b.sub(mantissa, b.const(1.0))
    s = b.div(f, b.add(f, b.const(2.0)))
    z = b.mul(s, s)
    series = _polynomial(b, [2.0 / (2 * n + 1) for n in range(1, _LOG_TERMS + 1)], z)
    # ln(1+f) = f - s*(f - z*series): keeps the leading f exact, where 2s + ... would round it
    tail = b.mul(s, b.sub(f, b.mul(z, series)))
    low = b.fma(e, b.const(_LN2_LOW), b.neg(tail))
    return b.add(b.fma(e, b.const(_LN2_HIGH), f), low)


def power(b: Builder, x: Value, y: Value) -> Value:
    """Return x**y as IEEE 754 has it for real x and y, a negative x allowed where y is whole.

    Slopes of models are mostly whole and small: products then, to which exp and ln are not asked.
    """
    if b.is_fractional(y):
        return _fractional_power(b, x, y)
    square = b.mul(x, x)
    products = ((0.0, b.const(1.0)), (1.0, x), (2.0, square), (3.0, b.mul(square, x)), (4.0, b.mul(square, square)))
    quick, known = products[0][1], b.compare("oeq", y, b.const(0.0))
    for exponent, product in products[1:]:
        meant = b.compare("oeq", y, b.const(exponent))
        quick, known = b.select(meant, product, quick), b.logical("or", known, meant)
    return b.unless_all(known, quick, lambda: _any_power(b, x, y))


def _any_power(b: Builder, x: Value, y: Value) -> Value:
    """Return x**y by exp and ln; what is out of the ordinary is left to a function that is hardly ever called."""
    exponent = b.mul(y, _plain_log(b, x))
    ordinary = _ordinary(b, x, exponent)
    return b.unless_all(ordinary, _plain_exp(b, exponent), lambda: b.call("power", x, y, _careful_power))


def _fractional_power(b: Builder, x: Value, y: Value) -> Value:
    """Return the same without a branch: the function as a whole is done again where anything is out of the ordinary."""
    if b.careful:
        return b.call("power", x, y, _careful_power)
    if x not in b.logarithms:
        b.logarithms[x] = _plain_log(b, x)
    exponent = b.mul(y, b.logarithms[x])
    b.ordinary.append(_ordinary(b, x, exponent))
    return _plain_exp(b, exponent)


def _ordinary(b: Builder, x: Value, exponent: Value) -> Value:
    """Tell where a power is no more than exp and ln: positive, and no number on the way too large or too small."""
    ordinary = b.logical("and", b.compare("ole", b.const(_SMALLEST_NORMAL), x), b.compare("olt", x, b.const(math.inf)))
    return b.logical("and", ordinary, b.compare("ole", b.intrinsic("fabs", exponent), b.const(_EXP_REACH)))


def _careful_power(b: Builder, x: Value, y: Value) -> Value:
    zero, one = b.const(0.0), b.const(1.0)
    size = b.intrinsic("fabs", x)
    result = exp(b, b.mul(y, log(b, size)))
    at_zero = b.select(b.compare("olt", y, zero), b.const(math.inf), y)
    at_zero = b.select(b.compare("ogt", y, zero), zero, at_zero)
    result = b.select(b.compare("oeq", x, zero), at_zero, result)
    half = b.mul(y, b.const(0.5))
    whole = b.compare("oeq", b.intrinsic("floor", y), y)
    even = b.compare("oeq", b.intrinsic("floor", half), half)
    below = b.select(even, result, b.neg(result))
    below = b.select(whole, below, b.const(math.nan))
    result = b.select(b.compare("olt", x, zero), below, result)
    return b.select(b.compare("oeq", x, one), one, result)


def expm1(b: Builder, x: Value) -> Value:
    """Return e**x - 1 without loss near 0 (Kahan: the error of e**x and of its logarithm cancel)."""
    one = b.const(1.0)
    u = exp(b, x)
    less = b.sub(u, one)
    result = b.div(b.mul(less, x), log(b, u))
    result = b.select(b.compare("oeq", u, one), x, result)
    result = b.select(b.compare("olt", u, b.const(1e-17)), b.const(-1.0), result)
    # there the product above would overflow before the result does, and the 1 is far below rounding
    result = b.select(b.compare("ogt", u, b.const(1e300)), u, result)
    return b.select(b.compare("uno", x, x), x, result)


def log1p(b: Builder, x: Value) -> Value:
    """Return ln(1 + x) without loss near 0 (Kahan)."""
    one = b.const(1.0)
    u = b.add(one, x)
    result = b.div(b.mul(log(b, u), x), b.sub(u, one))
    result = b.select(b.compare("oeq", u, one), x, result)
    return b.select(b.compare("ogt", u, b.const(1e300)), log(b, u), result)


def sin(b: Builder, x: Value) -> Value:
    """Return sin x; NaN where |x| is too large to be reduced exactly (2**30, 2**20 without fused multiply-add)."""
    return _wave(b, x, 0)


def cos(b: Builder, x: Value) -> Value:
    """Return cos x; NaN where |x| is too large to be reduced exactly, as for :func:`sin`."""
    return _wave(b, x, 1)


def _wave(b: Builder, x: Value, quarter: int) -> Value:
    """Return sin(x + quarter * pi/2)."""
    shifted = b.fma(x, b.const(2.0 / math.pi), b.const(_SHIFT))
    k = b.sub(shifted, b.const(_SHIFT))
    r = x
    for part in _HALF_PI:
        r = b.fma(k, b.const(-part), r)
    z = b.mul(r, r)
    # r and 1 are added last, so that what is small is not rounded away
    sine, cosine = b.const(-1.0 / math.factorial(19)), b.const(-1.0 / math.factorial(18))
    for n in range(16, 1, -2):
        sign = -1.0 if n % 4 == 2 else 1.0
        sine = b.fma(sine, z, b.const(sign / math.factorial(n + 1)))
        cosine = b.fma(cosine, z, b.const(sign / math.factorial(n)))
    sine = b.fma(b.mul(sine, z), r, r)
    cosine = b.fma(cosine, z, b.const(1.0))
    turn = b.integer_op("add", b.to_bits(shifted), b.iconst(quarter))
    odd = b.integer_op("add", b.integer_op("and", turn, b.iconst(1)), b.iconst(_SHIFT_BITS))
    is_odd = b.compare("ogt", b.from_bits(odd), b.const(_SHIFT))
    size = b.select(is_odd, cosine, sine)
    sign_bit = b.integer_op("shl", b.integer_op("and", turn, b.iconst(2)), b.iconst(62))
    result = b.from_bits(b.integer_op("xor", b.to_bits(size), sign_bit))
    reach = b.const(2.0**30 if b.fused else 2.0**20)
    return b.select(b.compare("ole", b.intrinsic("fabs", x), reach), result, b.const(math.nan))


def arctan(b: Builder, x: Value) -> Value:
    """Return the angle between -pi/2 and pi/2 whose tangent is x."""
    one = b.const(1.0)
    size = b.intrinsic("fabs", x)
    steep = b.compare("ogt", size, one)
    slope = b.select(steep, b.div(one, size), size)
    # beyond tan(pi/8) measured from pi/4, so that the series is short
    middle = b.compare("ogt", slope, b.const(math.sqrt(2.0) - 1.0))
    slope = b.select(middle, b.div(b.sub(slope, one), b.add(slope, one)), slope)
    z = b.mul(slope, slope)
    series = b.const((-1.0) ** _ATAN_TERMS / (2 * _ATAN_TERMS + 1))
    for n in range(_ATAN_TERMS - 1, 0, -1):
        series = b.fma(series, z, b.const((-1.0) ** n / (2 * n + 1)))
    angle = b.fma(b.mul(series, z), slope, slope)
    from_middle = b.add(b.const(math.pi / 4.0), b.add(angle, b.const(_HALF_PI_REST / 2.0)))
    angle = b.select(middle, from_middle, angle)
    from_top = b.sub(b.const(math.pi / 2.0), b.sub(angle, b.const(_HALF_PI_REST)))
    angle = b.select(steep, from_top, angle)
    angle = b.select(b.compare("olt", x, b.const(0.0)), b.neg(angle), angle)
    return b.select(b.compare("oeq", x, b.const(0.0)), x, angle)

"""exp, ln and pow written out in plain arithmetic, so that every lane, width and batch gives the same bits.

Both functions reduce their argument exactly in the usual way (Cody and Waite: split ln 2 in two parts) and sum a
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
_EXP_DEGREE = 13
_LOG_TERMS = 11


def exp(b: Builder, x: Value) -> Value:
    """Return e**x; 0 below e**-708.39, infinite above e**709.43."""
    low, high = b.const(-708.39), b.const(709.43)  # beyond, the exponent would leave its field
    clamped = b.select(b.compare("olt", x, low), low, x)
    clamped = b.select(b.compare("olt", high, clamped), high, clamped)
    shifted = b.fma(clamped, b.const(1.0 / math.log(2.0)), b.const(_SHIFT))
    k = b.sub(shifted, b.const(_SHIFT))
    r = b.fma(k, b.const(-_LN2_HIGH), clamped)
    r = b.fma(k, b.const(-_LN2_LOW), r)
    series = b.const(1.0 / math.factorial(_EXP_DEGREE))
    for n in range(_EXP_DEGREE - 1, -1, -1):
        series = b.fma(series, r, b.const(1.0 / math.factorial(n)))
    exponent = b.integer_op("shl", b.to_bits(shifted), b.iconst(52))
    result = b.from_bits(b.integer_op("add", b.to_bits(series), exponent))
    result = b.select(b.compare("olt", x, low), b.const(0.0), result)
    result = b.select(b.compare("ogt", x, high), b.const(math.inf), result)
    return b.select(b.compare("uno", x, x), x, result)


def log(b: Builder, x: Value) -> Value:
    """Return ln x: minus infinity at 0, NaN below."""
    tiny = b.compare("olt", x, b.const(_SMALLEST_NORMAL))
    scaled = b.select(tiny, b.mul(x, b.const(2.0**54)), x)
    bits = b.to_bits(scaled)
    e_bits = b.integer_op("ashr", b.integer_op("sub", bits, b.iconst(_SQRT_HALF_BITS)), b.iconst(52))
    mantissa = b.from_bits(b.integer_op("sub", bits, b.integer_op("shl", e_bits, b.iconst(52))))
    e = b.sub(b.from_bits(b.integer_op("add", e_bits, b.iconst(_SHIFT_BITS))), b.const(_SHIFT))
    e = b.sub(e, b.select(tiny, b.const(54.0), b.const(0.0)))
    f = b.sub(mantissa, b.const(1.0))
    s = b.div(f, b.add(f, b.const(2.0)))
    z = b.mul(s, s)
    series = b.const(2.0 / (2 * _LOG_TERMS + 1))
    for n in range(_LOG_TERMS - 1, 0, -1):
        series = b.fma(series, z, b.const(2.0 / (2 * n + 1)))
    # ln(1+f) = f - s*(f - z*series): keeps the leading f exact, where 2s + ... would round it
    tail = b.mul(s, b.sub(f, b.mul(z, series)))
    low = b.fma(e, b.const(_LN2_LOW), b.neg(tail))
    result = b.add(b.fma(e, b.const(_LN2_HIGH), f), low)
    result = b.select(b.compare("oeq", x, b.const(0.0)), b.const(-math.inf), result)
    result = b.select(b.compare("olt", x, b.const(0.0)), b.const(math.nan), result)
    result = b.select(b.compare("oeq", x, b.const(math.inf)), x, result)
    return b.select(b.compare("uno", x, x), x, result)


def power(b: Builder, x: Value, y: Value) -> Value:
    """Return x**y as IEEE 754 has it for real x and y, a negative x allowed where y is whole."""
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
    result = b.select(b.compare("oeq", x, one), one, result)
    return b.select(b.compare("oeq", y, zero), one, result)

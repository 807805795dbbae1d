"""How long the next step may be: model code, so that no library of a platform has a say."""

from __future__ import annotations

import math

from bimodal.engine import vmath
from bimodal.engine.ir import Builder, fold


def judge(b: Builder, order: int) -> None:
    """Write the factor a step length may change by after an error, 0.15 to 8; too little for what is no number."""
    mean, least, most = b.load("%err", 0), b.const(0.15), b.const(8.0)
    power = vmath.exp(b, b.mul(vmath.log(b, mean), b.const(-0.5 / order)))
    factor = b.mul(power, b.const(0.9))
    factor = b.select(b.compare("ogt", factor, least), factor, least)
    b.store(b.select(b.compare("olt", factor, most), factor, most), "%factor", 0)


def shorten(b: Builder, order: int) -> None:
    """Write over the factor of a rejected step, the last number of ``%trial``, what the error before says.

    Before it stand the error (mean square) and the step, and those of the try before, an error of 0 if there was
    none. Just after a jump the error does not fall with the order of the method; from the second try on the order
    seen takes its place (Gustafsson, ACM Transactions on Mathematical Software 20, 496, 1994).
    """
    mean, step, last_mean, last_step, factor = (b.load("%trial", i) for i in range(5))
    zero, infinite, half, most = (b.const(x) for x in (0.0, math.inf, 0.5, float(order)))
    falls = b.div(b.mul(half, vmath.log(b, b.div(last_mean, mean))), vmath.log(b, b.div(last_step, step)))
    seen = b.select(b.compare("ogt", falls, half), falls, half)
    seen = b.select(b.compare("olt", seen, most), seen, most)
    power = vmath.exp(b, b.mul(vmath.log(b, mean), b.div(b.const(-0.5), seen)))
    least, shorter = b.const(0.15), b.mul(power, b.const(0.9))
    shorter = b.select(b.compare("ogt", shorter, least), shorter, least)
    known = [b.compare("olt", zero, last_mean), *(b.compare("olt", x, infinite) for x in (mean, last_mean))]
    b.store(b.select(fold(lambda x, y: b.logical("and", x, y), known), shorter, factor), "%trial", 4)

"""Formulas and priors of PEtab against plain numbers and SciPy."""

from __future__ import annotations

import math

import pytest
from scipy import integrate, stats

from bimodal.errors import PetabError
from bimodal.exchange.petab.formula import read_formula
from bimodal.exchange.petab.prior import DISTRIBUTIONS, PetabPrior
from bimodal.expr import Graph, evaluate


def value(text: str, **names: float) -> float:
    g = Graph()
    return float(evaluate(g, [read_formula(text, g, g.symbol)], names)[0])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-2^4", -16.0),
        ("2^2^3", 256.0),
        ("9 * 3 ^ -2", 1.0),
        ("8/2/2", 2.0),
        ("--1.5e1", 15.0),
        ("log(100, 10)", 2.0),
        ("log10(x) + log2(8) + ln(exp(1))", 5.0),
        ("piecewise(1, x < 5, 2, x == 10, 3)", 2.0),
        ("piecewise(1, true || false && false, 0)", 0.0),  # both bind alike
        ("piecewise(1, !(x > 3) || x >= 10, 0)", 1.0),
        ("3 + true - !2", 4.0),
        ("sign(-x) * abs(-2) + min(3, 1, 2) + max(4, x)", 9.0),
        ("sqrt(16) + pow(2, 3)", 12.0),
        ("arctan(1) * 4", math.pi),
        ("-inf", -math.inf),
        ("piecewise(x != 10, 1, 7)", 0.0),
    ],
)
def test_a_formula_is_the_number_it_says(text, wanted):
    assert value(text, x=10.0) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize(
    "text", ["", "1 +", "(1", "1)", "1 2", "f(1)", "piecewise(1, true)", "log(1,2,3)", "a.b", "a = 1"]
)
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(PetabError):
        value(text, a=1.0, b=1.0)


EXAMPLES = {
    "cauchy": ((3.0, 5.0), stats.cauchy(3, 5)),
    "chisquare": ((4.0,), stats.chi2(4)),
    "exponential": ((3.0,), stats.expon(scale=3)),
    "gamma": ((3.0, 5.0), stats.gamma(3, scale=5)),
    "laplace": ((3.0, 5.0), stats.laplace(3, 5)),
    "log-normal": ((1.0, 0.5), stats.lognorm(0.5, scale=math.e)),
    "log-uniform": ((3.0, 6.0), stats.loguniform(3, 6)),
    "normal": ((4.0, 2.0), stats.norm(4, 2)),
    "rayleigh": ((3.0,), stats.rayleigh(scale=3)),
    "uniform": ((2.0, 8.0), stats.uniform(2, 6)),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_prior_has_the_density_of_scipy(name):
    parameters, given = EXAMPLES[name]
    assert PetabPrior(name, parameters).log_density(5.0) == pytest.approx(float(given.logpdf(5.0)), rel=1e-12)
    cut = PetabPrior(name, parameters, lower=4.0, upper=7.0)
    mass = float(given.cdf(7.0) - given.cdf(4.0))
    assert cut.log_density(5.0) == pytest.approx(float(given.logpdf(5.0)) - math.log(mass), rel=1e-12)
    assert cut.log_density(7.5) == -math.inf


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_prior_that_is_cut_off_has_the_mass_one(name):
    parameters = {1: (2.0,), 2: (1.5, 3.5)}[DISTRIBUTIONS[name]]
    prior = PetabPrior(name, parameters, lower=0.5, upper=6.0)
    mass, _ = integrate.quad(lambda x: math.exp(prior.log_density(x)), 0.5, 6.0, points=[1.5, 3.5], limit=200)
    assert mass == pytest.approx(1.0, rel=1e-8)


def test_a_prior_on_the_scale_of_its_parameter():
    assert PetabPrior("normal", (1.0, 0.5), "log10").log_density(100.0) == pytest.approx(stats.norm(1, 0.5).logpdf(2.0))
    assert PetabPrior("normal", (1.0, 0.5), "log").log_density(0.0) == -math.inf


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("normal", (1.0, 0.0)),
        ("normal", (math.nan, 1.0)),
        ("uniform", (2.0, 1.0)),
        ("log-uniform", (0.0, 1.0)),
        ("x", ()),
    ],
)
def test_an_impossible_prior_is_refused(name, parameters):
    with pytest.raises(PetabError):
        PetabPrior(name, parameters)

"""Small models whose answer is known in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.model import Network
from bimodal.model.antimony_text import to_sbml
from bimodal.model.sbml_reader import read_sbml
from bimodal.qualify.course import Event, schedule_of

Array = npt.NDArray[np.float64]

K, KA, DOSE, RATE, HOURS, K12, K21 = 0.35, 1.1, 10.0, 3.0, 2.0, 0.6, 0.25
TIMES = np.array([0.0, 0.25, 0.5, 1.0, 1.9, 2.5, 4.0, 6.0, 9.0, 12.0, 18.0, 24.0])


@dataclass(frozen=True, eq=False)
class Toy:
    """A model in Antimony, what happens to it, and the formula of one of its quantities.

    Parameters
    ----------
    exact
        Gives the quantity at (T,) times; a value at an event is the one before it.
    at
        (T,) times at which it is read.
    source
        Where the formula stands.
    """

    id: str
    what: str
    text: str
    output: str
    exact: Callable[[Array], Array]
    events: tuple[Event, ...] = ()
    at: Array = field(default_factory=lambda: TIMES)
    source: str = "textbook"

    def system(self) -> tuple[System, list[float], Schedule]:
        """Return what the engine solves, its parameters and what happens."""
        network = self.network()
        constants = set(network.constant_ids)
        settable = [name for _, act, name, _ in self.events if act == "set" and name in constants]
        system = network.system([(self.output, self.output)], settable=settable)
        return system, [constant.value for constant in network.constants], schedule_of(system, self.events)

    def network(self) -> Network:
        """Return the mathematics of the text."""
        return read_sbml(to_sbml(self.text, "", file=f"{self.id}.ant"), file=f"{self.id}.ant")

    def solved(self, settings: Settings) -> Array:
        """Return the quantity at the times, (T,), as the engine gives it; NaN throughout if it fails."""
        system, parameters, schedule = self.system()
        run = solve(system, [parameters], schedule, self.at, settings=settings)
        return run[self.output][0]

    def error(self, settings: Settings) -> float:
        """Return the largest error relative to the largest value."""
        right = self.exact(self.at)
        return float(np.max(np.abs(self.solved(settings) - right)) / np.max(np.abs(right)))


def after(times: Array, start: float, curve: Callable[[Array], Array]) -> Array:
    """Return a curve that begins at ``start``; at that very time it is still nothing."""
    since = times - start
    return np.where(since > 0.0, curve(np.maximum(since, 0.0)), 0.0)


def bateman(since: Array, dose: float, ka: float, k: float) -> Array:
    """First-order absorption and loss: the amount in the body."""
    return dose * ka / (ka - k) * (np.exp(-k * since) - np.exp(-ka * since))


def _two_compartments(since: Array) -> Array:
    total, product = K + K12 + K21, K * K21
    root = math.sqrt(total * total - 4.0 * product)
    fast, slow = (total + root) / 2.0, (total - root) / 2.0
    return DOSE * ((fast - K21) * np.exp(-fast * since) + (K21 - slow) * np.exp(-slow * since)) / (fast - slow)


def _infused(times: Array) -> Array:
    during = RATE / K * -np.expm1(-K * np.minimum(times, HOURS))
    return during * np.exp(-K * np.maximum(times - HOURS, 0.0))


def _many(times: Array) -> Array:
    return sum((after(times, 8.0 * n, lambda s: DOSE * np.exp(-K * s)) for n in range(3)), np.zeros_like(times))


def _michaelis(times: Array) -> Array:
    from scipy.special import lambertw

    most, half, start = 2.0, 1.5, DOSE
    return half * lambertw(start / half * np.exp((start - most * times) / half)).real


def _logistic(times: Array) -> Array:
    start, rate, most = 0.01, 0.9, 5.0
    return most / (1.0 + (most / start - 1.0) * np.exp(-rate * times))


def _chain(times: Array) -> Array:
    kt = KA * times
    return DOSE * kt**4 * np.exp(-kt) / math.factorial(4)


def competitive_binding(receptor: float, ligands: Sequence[float], constants: Sequence[float]) -> float:
    """Give the complex of the first of two ligands that compete for one receptor, at equilibrium.

    The exact root of the cubic (Wang 1995, FEBS Letters 360:111).

    Examples
    --------
    >>> round(competitive_binding(1.0, [1.0, 0.0], [1.0, 1.0]), 6)  # one ligand: the root of a quadratic
    0.381966
    """
    (a, b), (ka, kb) = ligands, constants
    c2 = ka + kb + a + b - receptor
    c1 = kb * (a - receptor) + ka * (b - receptor) + ka * kb
    c0 = -ka * kb * receptor
    third = c2 * c2 - 3.0 * c1
    angle = math.acos((-2.0 * c2**3 + 9.0 * c2 * c1 - 27.0 * c0) / (2.0 * math.sqrt(third**3)))
    free = 2.0 * math.sqrt(third) * math.cos(angle / 3.0) - c2
    return a * free / (3.0 * ka + free)


def _bound(times: Array) -> Array:
    """Give one ligand and one receptor by mass action: the quadratic's two roots, approached exponentially."""
    on, off, a, b = 0.8, 0.3, 2.0, 1.2
    total = a + b + off / on
    root = math.sqrt(total * total - 4.0 * a * b)
    low, high = (total - root) / 2.0, (total + root) / 2.0
    fall = np.exp(-on * root * times)
    return low * high * (1.0 - fall) / (high - low * fall)


_COMPETE = (1.5, (2.0, 3.0), (0.05, 0.4))

TOYS = (
    Toy("bolus", "one compartment, a bolus", f"model m\n k = {K}; A = {DOSE};\n A' = -k*A;\nend\n", "A",
        lambda t: DOSE * np.exp(-K * t)),
    Toy("absorption", "first-order absorption", f"model m\n k = {K}; ka = {KA}; D = 0; A = 0;\n D' = -ka*D;\n"
        " A' = ka*D - k*A;\nend\n", "A", lambda t: after(t, 0.0, lambda s: bateman(s, DOSE, KA, K)),
        ((0.0, "add", "D", DOSE),)),
    Toy("infusion", "an infusion of two hours", f"model m\n k = {K}; rate = 0; A = 0;\n A' = rate - k*A;\nend\n", "A",
        _infused, ((0.0, "set", "rate", RATE), (HOURS, "set", "rate", 0.0))),
    Toy("repeated", "a bolus every eight hours", f"model m\n k = {K}; A = 0;\n A' = -k*A;\nend\n", "A", _many,
        tuple((8.0 * n, "add", "A", DOSE) for n in range(3))),
    Toy("two-compartments", "two compartments, a bolus",
        f"model m\n k = {K}; a = {K12}; b = {K21}; A = {DOSE}; P = 0;\n"
        " A' = -(k + a)*A + b*P;\n P' = a*A - b*P;\nend\n", "A", _two_compartments),
    Toy("saturable", "saturable loss", f"model m\n v = 2.0; h = 1.5; A = {DOSE};\n A' = -v*A/(h + A);\nend\n", "A",
        _michaelis, source="Schnell and Mendoza 1997, J Theor Biol 187:207"),
    Toy("binding", "one ligand binds one receptor", "model m\n on = 0.8; off = 0.3; C = 0;\n"
        " C' = on*(2.0 - C)*(1.2 - C) - off*C;\nend\n", "C", _bound),
    Toy("competition", "two ligands compete, at equilibrium", "model m\n on = 40.0; P = 0; Q = 0;\n"
        " free := 1.5 - P - Q;\n P' = on*(free*(2.0 - P) - 0.05*P);\n Q' = on*(free*(3.0 - Q) - 0.4*Q);\nend\n", "P",
        lambda t: np.full(len(t), competitive_binding(*_COMPETE)), at=np.array([50.0, 100.0]),
        source="Wang 1995, FEBS Letters 360:111"),
    Toy("logistic", "logistic growth", "model m\n r = 0.9; top = 5.0; X = 0.01;\n X' = r*X*(1 - X/top);\nend\n", "X",
        _logistic),
    Toy("chain", "a chain of five compartments", f"model m\n k = {KA}; A = {DOSE}; B = 0; C = 0; D = 0; E = 0;\n"
        " A' = -k*A;\n B' = k*(A - B);\n C' = k*(B - C);\n D' = k*(C - D);\n E' = k*(D - E);\nend\n", "E", _chain),
)  # fmt: skip


def toys() -> Mapping[str, Toy]:
    """Return the toys by id."""
    return {toy.id: toy for toy in TOYS}

"""Pharmacokinetics with a closed form, from Antimony text to the numbers: 1e-6 relative at rtol 1e-10."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from model_texts import network, system

from bimodal.engine import Schedule, Settings, System, solve

SETTINGS = Settings(rtol=1e-10)
V, CL, K12, K21, KA = 2.85, 7.7, 0.426, 0.582, 0.33
K = CL / V
DOSE, RATE, LENGTH = 73.5, 12.25, 6.0
TIMES = np.array([0.0, 0.1, 0.5, 1.0, 2.0, 5.5, 6.0, 6.5, 8.0])

TEXT = f"""
model pk
  compartment plasma; plasma = {V};
  species depot in plasma, transit in plasma, central in plasma, peripheral in plasma;
  substanceOnly species depot, transit, peripheral;
  clearance = {CL}; k12 = 0; k21 = 0; ka = {KA}; lag_steps = 1; infusion = 0;
  depot = 0; transit = 0; central = 0; peripheral = 0;
  J1: depot -> transit; ka * depot;
  J2: transit -> central; ka * transit;
  J3: -> central; infusion;
  J4: central -> ; clearance * central;
  J5: central -> peripheral; k12 * central * plasma;
  J6: peripheral -> central; k21 * peripheral;
end
"""

Curve = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def pk() -> System:
    return system(TEXT, settable=["infusion"])


def central(pk: System, events: list[tuple[float, int, float]], times: np.ndarray, **constants: float) -> np.ndarray:
    read = network(TEXT)
    values = [constants.get(c.id, c.value) for c in read.constants]
    run = solve(pk, [values], Schedule.build([events]), times, settings=SETTINGS)
    assert run.status[0] == 0
    return run["central"][0]


def bolus(pk: System, time: float = 0.0, dose: float = DOSE) -> tuple[float, int, float]:
    return (time, pk.slot_add("central"), dose / V)  # the state is a concentration


def terms(k12: float) -> list[tuple[float, float]]:
    """Return (coefficient, rate) of the exponentials of a unit bolus; one of them if there is no second compartment."""
    if k12 == 0:
        return [(1 / V, K)]
    total, product = K + k12 + K21, K * K21
    root = np.sqrt(total**2 - 4 * product)
    fast, slow = (total + root) / 2, 2 * product / (total + root)
    return [((fast - K21) / (fast - slow) / V, fast), ((K21 - slow) / (fast - slow) / V, slow)]


def after(t: np.ndarray, curve: Curve) -> np.ndarray:
    """Return a curve that begins at zero; the value at an event is the one before."""
    return np.where(t > 0, curve(np.maximum(t, 0)), 0.0)


def bolus_curve(k12: float) -> Curve:
    return lambda t: after(t, lambda s: sum(c * np.exp(-r * s) for c, r in terms(k12)))


def infusion_curve(k12: float, length: float) -> Curve:
    def rising(t: np.ndarray) -> np.ndarray:
        return after(t, lambda s: sum(-c / r * np.expm1(-r * s) for c, r in terms(k12)))

    return lambda t: rising(t) - rising(t - length)


def one_step_curve(k12: float) -> Curve:
    return lambda t: after(
        t, lambda s: sum(c * KA / (KA - r) * (np.exp(-r * s) - np.exp(-KA * s)) for c, r in terms(k12))
    )


def two_step_curve(k12: float) -> Curve:
    def one(s: np.ndarray, r: float) -> np.ndarray:
        gap = KA - r
        return KA**2 * (np.exp(-r * s) / gap**2 - np.exp(-KA * s) * (1 / gap**2 + s / gap))

    return lambda t: after(t, lambda s: sum(c * one(s, r) for c, r in terms(k12)))


@pytest.mark.parametrize("k12", [0.0, K12], ids=["one compartment", "two compartments"])
class TestOneDose:
    def test_bolus(self, pk: System, k12: float) -> None:
        got = central(pk, [bolus(pk)], TIMES, k12=k12, k21=K21)
        np.testing.assert_allclose(got, DOSE * bolus_curve(k12)(TIMES), rtol=1e-6)

    def test_infusion(self, pk: System, k12: float) -> None:
        slot = pk.slot_set("infusion")
        got = central(pk, [(0.0, slot, RATE), (LENGTH, slot, 0.0)], TIMES, k12=k12, k21=K21)
        np.testing.assert_allclose(got, RATE * infusion_curve(k12, LENGTH)(TIMES), rtol=1e-6)

    def test_one_absorption_step(self, pk: System, k12: float) -> None:
        got = central(pk, [(0.0, pk.slot_add("transit"), DOSE)], TIMES, k12=k12, k21=K21)
        np.testing.assert_allclose(got, DOSE * one_step_curve(k12)(TIMES), rtol=1e-6)

    def test_two_equal_absorption_steps(self, pk: System, k12: float) -> None:
        got = central(pk, [(0.0, pk.slot_add("depot"), DOSE)], TIMES, k12=k12, k21=K21)
        np.testing.assert_allclose(got, DOSE * two_step_curve(k12)(TIMES), rtol=1e-6)

    def test_many_doses_superpose(self, pk: System, k12: float) -> None:
        starts = np.arange(10) * 8.0
        times = np.arange(0, 97, 1.5)
        depot, slot = pk.slot_add("depot"), pk.slot_set("infusion")
        for events, curve in (
            ([bolus(pk, t) for t in starts], lambda t: DOSE * bolus_curve(k12)(t)),
            ([(t, depot, DOSE) for t in starts], lambda t: DOSE * two_step_curve(k12)(t)),
            (
                [event for t in starts for event in ((t, slot, RATE), (t + 0.25, slot, 0.0))],
                lambda t: RATE * infusion_curve(k12, 0.25)(t),
            ),
        ):
            expected = np.sum([curve(times - start) for start in starts], axis=0)
            got = central(pk, events, times, k12=k12, k21=K21)
            # 1e-6 of the value, and of a millionth of the peak where ten half-lives have passed between doses
            np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-12 * expected.max())


def test_overlapping_infusions_sum(pk: System) -> None:
    slot = pk.slot_set("infusion")
    got = central(pk, [(0.0, slot, 2.0), (1.0, slot, 5.0), (3.0, slot, 3.0), (4.0, slot, 0.0)], TIMES, k12=K12, k21=K21)
    curve = 2 * infusion_curve(K12, 3.0)(TIMES) + 3 * infusion_curve(K12, 3.0)(TIMES - 1.0)
    np.testing.assert_allclose(got, curve, rtol=1e-6)


def test_the_everyday_tolerance_is_good_enough(pk: System) -> None:
    run = solve(
        pk,
        [[c.value for c in network(TEXT).constants]],
        Schedule.build([[(0.0, pk.slot_add("depot"), DOSE)]]),
        TIMES,
    )
    expected = DOSE * two_step_curve(0.0)(TIMES)
    np.testing.assert_allclose(run["central"][0], expected, rtol=1e-4, atol=1e-5 * expected.max())

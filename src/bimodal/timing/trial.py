"""What a trial of timed against untimed dosing would need."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import TimingError
from bimodal.timing.course import COURSE_MODELS, Course
from bimodal.timing.rayleigh import noncentrality
from bimodal.timing.streams import stream
from bimodal.timing.trial_power import TwoArmPower, two_arm_power
from bimodal.timing.trial_rates import hit_with_detection, patients_per_arm, rate_inside, timed_rate

PROGRESSION_FREE_DAYS = 91.0
"""Median progression-free survival while samples are collected; assumed, a quarter of a year."""


@dataclass(frozen=True)
class TrialDesign:
    """What is believed and planned.

    Parameters
    ----------
    cyclers
        Fraction f of patients with a real cycle that matters.
    p_mean, p_outside
        Response without timing, and of cyclers dosed outside the window. The default mean is the pooled share of
        complete responses in Coventry and Ashdown 2012.
    error_d
        Normal error of aim, days: unknown offset from CRP to effector cells and the ward's hours together, and
        the error of prediction unless `misses_d` holds it.
    misses_d
        Errors of predicted phase seen in simulated monitoring, days.
    detected
        Share of cyclers in whom monitoring finds the cycle; only they are timed.

    Examples
    --------
    >>> TrialDesign(cyclers=1.0).width_d
    2.0
    """

    cyclers: float = 0.5
    width_d: float = 2.0
    period_d: float = 7.0
    p_mean: float = 0.07
    p_outside: float = 0.0
    error_d: float = 1.0
    misses_d: tuple[float, ...] = (0.0,)
    detected: float = 1.0
    monitoring_days: float = 0.0
    course: Course = field(default_factory=lambda: Course("first", 1))


@dataclass(frozen=True)
class TrialAnswer:
    """What a design would show, in closed form and by simulation.

    Parameters
    ----------
    chance, hit
        Mean effect of an unaimed and of an aimed course as a share of the largest; for a single dose w/P and the
        hit probability.
    p_timed, p_timed_simulated, p_timed_se
        Response of the timed arm: closed form, and simulated patient by patient with its Monte-Carlo error.
    p_untimed_simulated
        The same for the untimed arm.
    power
        Two-arm trial; its `per_arm` is None where no number is enough.
    enriched_per_arm, screened
        Patients per arm if only those with a found cycle are randomised, and how many have to be monitored for them.
    phase_randomised, responders
        All patients of a phase-randomised trial, and complete responders of a Rayleigh test, for 80 % power.
    progressing
        Share of patients expected to progress while they are monitored.

    Examples
    --------
    >>> simulate_trial(TrialDesign(cyclers=1.0, error_d=0.0), patients=1000, repeats=200).power.per_arm
    67
    """

    design: TrialDesign
    chance: float
    hit: float
    p_inside: float
    p_timed: float
    p_timed_simulated: float
    p_timed_se: float
    p_untimed_simulated: float
    power: TwoArmPower
    enriched_per_arm: int | None
    screened: int | None
    phase_randomised: int | None
    responders: int | None
    progressing: float
    simulated: int

    @property
    def sentence(self) -> str:
        """The answer in plain words."""
        if self.power.per_arm is None or self.p_timed - self.design.p_mean < 5e-4:
            return (
                "Under these assumptions aiming changes the response by less than 0.05 points: no trial of practical "
                "size "
                "could show it."
            )
        return (
            f"If all of this were so, {self.power.per_arm:,} patients per arm would show {100 * self.p_timed:.1f} % "
            "against "
            f"{100 * self.design.p_mean:.1f} % with 80 % power. None of it is established."
        )

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        plain = asdict(self)
        plain["design"]["misses_d"] = len(self.design.misses_d)
        plain["course_says"] = COURSE_MODELS[self.design.course.model]
        plain["sentence"] = self.sentence
        return plain


def simulate_trial(design: TrialDesign, *, seed: int = 1, patients: int = 100_000, repeats: int = 2000) -> TrialAnswer:
    """Work out a trial of timed against untimed dosing, closed form beside simulation.

    ``patients`` are simulated per arm for the responses, ``repeats`` trials for the power. Numbers that contradict each
    other, such as a mean response no window could bring about, raise TimingError; hypotheses under which timing does
    nothing do not.

    Examples
    --------
    >>> answer = simulate_trial(TrialDesign(cyclers=0.5, error_d=1.0), patients=1000, repeats=200)
    >>> round(answer.p_timed, 3), answer.power.per_arm
    (0.119, 566)
    """
    _check(design)
    course, width, period = design.course, design.width_d, design.period_d
    largest = course.largest_effect(width, period)
    if largest == 0:
        raise TimingError("no dose of this course can fall into the window", where="course", fix="a wider window")
    chance = course.mean_effect(width, period) / largest
    aimed = course.mean_effect(width, period, error_d=design.error_d, misses_d=design.misses_d) / largest
    hit = hit_with_detection(design.detected, aimed, chance)
    inside = rate_inside(design.p_mean, design.p_outside, chance)
    base = {"p_mean": design.p_mean, "p_outside": design.p_outside}
    timed = timed_rate(**base, cyclers=design.cyclers, hit=hit, chance=chance)
    found_timed = timed_rate(**base, cyclers=1.0, hit=aimed, chance=chance)
    finding = design.cyclers * design.detected
    helps = finding > 0 and found_timed > design.p_mean + 5e-4
    enriched = patients_per_arm(design.p_mean, found_timed) if helps else None
    shown = _responses(design, inside, largest, aimed_arm=True, seed=seed, patients=patients)
    control = _responses(design, inside, largest, aimed_arm=False, seed=seed, patients=patients)
    first = design.cyclers * (inside - design.p_outside) * chance * course.harmonic(width, period)
    first *= math.exp(-0.5 * (2 * math.pi * design.error_d / period) ** 2) * _resultant(design)
    return TrialAnswer(
        design=design,
        chance=chance,
        hit=hit,
        p_inside=inside,
        p_timed=timed,
        p_timed_simulated=float(shown.mean()),
        p_timed_se=math.sqrt(timed * (1 - timed) / patients),
        p_untimed_simulated=float(control.mean()),
        power=two_arm_power(design.p_mean, timed, repeats=repeats, seed=seed),
        enriched_per_arm=enriched,
        screened=math.ceil(2 * enriched / finding) if enriched is not None else None,
        phase_randomised=_needed(design.p_mean * (1 - design.p_mean), first),
        responders=_needed(design.p_mean**2, first),
        progressing=1.0 - 2.0 ** (-design.monitoring_days / PROGRESSION_FREE_DAYS),
        simulated=patients,
    )


def _responses(
    design: TrialDesign, inside: float, largest: float, *, aimed_arm: bool, seed: int, patients: int
) -> NDArray[np.bool_]:
    """Simulate one arm patient by patient: cycle or not, found or not, where the course falls, response."""
    random = stream(seed, "trial", "timed" if aimed_arm else "untimed")
    cycles = random.random(patients) < design.cyclers
    found = random.random(patients) < design.detected
    anywhere = random.random(patients) * design.period_d
    misses = random.choice(np.asarray(design.misses_d), patients)
    missed = misses + design.error_d * random.standard_normal(patients)
    if design.error_d == 0.0:
        missed = missed + np.where(random.random(patients) < 0.5, 1e-6, -1e-6)
    offset = np.where(found, missed, anywhere) if aimed_arm else anywhere
    effect = design.course.effect(offset, design.width_d, design.period_d) / largest
    rate = np.where(cycles, design.p_outside + (inside - design.p_outside) * effect, design.p_mean)
    return random.random(patients) < rate


def _resultant(design: TrialDesign) -> float:
    """Give the resultant length of the errors of prediction."""
    return float(abs(np.exp(2j * np.pi * np.asarray(design.misses_d) / design.period_d).mean()))


def _needed(scale: float, first: float) -> int | None:
    """Give lambda scale / (2 first^2), None where that is beyond a million."""
    if first <= 0:
        return None
    number = math.ceil(noncentrality() * scale / (2 * first**2))
    return number if number <= 1_000_000 else None


def _check(design: TrialDesign) -> None:
    shares = {"cyclers": design.cyclers, "detected": design.detected}
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise TimingError("a fraction lies between 0 and 1", where=f"{name} = {value:g}", fix="say 0.5")
    if not 0 < design.width_d < design.period_d < 1000:
        raise TimingError(
            "a window must be shorter than its cycle",
            where=f"width {design.width_d:g} d, period {design.period_d:g} d",
            fix="for example 2 of 7 days",
        )
    if design.error_d < 0 or not math.isfinite(design.error_d):
        raise TimingError("the error of aim is negative", where=f"error = {design.error_d:g} d", fix="0 or more days")
    if design.monitoring_days < 0 or not design.misses_d:
        raise TimingError(
            "the monitoring is impossible", where=f"{design.monitoring_days:g} days", fix="0 or more days"
        )

"""``bimodal fit toxicity``: the scale of the index, the thresholds of the eras, cut-points of grades, deaths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from bimodal.evidence import wilson
from bimodal.fit.toxicity.course import ToxicityCourse, deliver, middle, plan_course
from bimodal.fit.toxicity.outpatients import OUTPATIENTS, Outpatients
from bimodal.study.plan.plan import Plan
from bimodal.study.solver.engine_solver import load_solver

if TYPE_CHECKING:
    import pandas

FloatArray = npt.NDArray[np.float64]

REGISTRATION = "600 kIU/kg IV over 15 min q8h x14, repeat on day 15"
NCI = "720 kIU/kg IV over 15 min q8h x15, repeat on day 15"
#: Era -> regimen, which doses its target counts, target, and its source.
ERAS: Mapping[str, tuple[str, str, float, str]] = {
    "registration-1990": (REGISTRATION, "course", 19.0, "between A13 (18 of 28, melanoma) and A14 (20 of 28, renal)"),
    "nci-1985": (NCI, "first cycle", 13.0, "F13"),
    "nci-1997": (NCI, "first cycle", 7.0, "F14"),
}
#: Term -> share with any grade in the registration trials, and its source. Leak has no row: it goes with hypotension,
#: whose cut-points follow from its severe grades.
ANY_GRADE: Mapping[str, tuple[float, str]] = {
    "creatinine": (0.33, "F26"),
    "platelets": (0.37, "F24"),
    "constitutional": (0.52, "F19, chills"),
}
SEVERE_EARLY, SEVERE_LATE, WORST = 0.81, 0.31, 0.03
DEATHS, TREATED, LATE_TREATED = 6 + 10, 270 + 255, 809
#: The hazard of death goes with this power of the index: the smallest whole number that leaves nobody of 809 dead with
#: a probability of at least a tenth.
DEATH_SLOPE = 6
_BRACKET, _HALVINGS = (0.15, 3.0), 10


@dataclass(frozen=True)
class ToxicityLine:
    """A published number beside that of the model."""

    what: str
    source: str
    published: str
    model: str
    fitted: bool


@dataclass(frozen=True)
class ToxicityFit:
    """What the fit found.

    Attributes
    ----------
    values
        Row of ``oncology.csv`` to value.
    spreads
        Row of ``oncology.csv`` to coefficient of variation.
    thresholds
        Era to hold threshold, on the scale of the index.
    limit
        Index that two thirds of outpatients stay below where a dose was tolerated.
    lines
        Published numbers beside those of the model, those that were fitted first.
    """

    values: Mapping[str, float]
    spreads: Mapping[str, float]
    thresholds: Mapping[str, float]
    limit: float
    lines: tuple[ToxicityLine, ...]
    patients: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Say it as plain data."""
        return asdict(self)

    def to_pandas(self) -> pandas.DataFrame:
        """Give the published numbers beside those of the model, one row each."""
        import pandas

        return pandas.DataFrame([asdict(line) for line in self.lines])

    def __repr__(self) -> str:
        values = [f"  {name} {value:.5g}" for name, value in self.values.items()]
        return "\n".join([f"toxicity fit: {self.patients} virtual patients, seed {self.seed}", *values])

    def text(self) -> str:
        """Say it for a person."""
        rows = [f"toxicity fit: {self.patients} virtual patients of the cohort 'melanoma', seed {self.seed}", ""]
        rows += [f"  {name:32} {value:.6g}" for name, value in self.values.items()]
        rows += [f"  {name:32} cv {value:.6g}" for name, value in self.spreads.items()]
        rows += ["", "hold thresholds, by era"]
        rows += [f"  {era:32} {value:.4g}" for era, value in self.thresholds.items()]
        rows += ["", f"  {'limit of outpatients':32} {self.limit:.4g}"]
        rows += ["", f"  {'':52} {'published':>22} {'model':>10}  source"]
        rows += [
            f"  {line.what + ('' if line.fitted else ' (not fitted)'):52} {line.published:>22} {line.model:>10}  "
            f"{line.source}"
            for line in self.lines
        ]
        return "\n".join(rows) + "\n"


def fit_toxicity(*, patients: int = 300, seed: int = 1, workers: int = 1) -> ToxicityFit:
    """Find what of the toxicity is calibrated, one number after the other: each has a target of its own.

    Every trial is of the same people with the same chances, so the numbers are those of a calculation and not of a
    search: thresholds by halving an interval, cut-points of grades by two equations in closed form, the rate of death
    by one.

    Parameters
    ----------
    workers
        Threads; they change no bit.
    """
    solver = load_solver("human_oncology")
    home = Outpatients(solver, patients, seed, workers)
    late, limit = home.ratio()
    plans = {
        regimen: plan_course(
            solver, regimen, cohort="melanoma", patients=patients, seed=seed, workers=workers, late=late
        )
        for regimen in (REGISTRATION, NCI)
    }
    raw = {
        era: _halve(lambda level, e=era: _delivered(deliver(plans[ERAS[e][0]], level), ERAS[e][1]) - ERAS[e][2])
        for era in ERAS
    }
    scale = 1.0 / raw["registration-1990"]
    courses = {era: _scaled(plans[ERAS[era][0]], raw[era], scale) for era in ERAS}
    standard, first, last = (courses[era] for era in ("registration-1990", "nci-1985", "nci-1997"))
    severe, width = _two_shares(first.peak, SEVERE_EARLY, last.peak, SEVERE_LATE)
    cuts = {term: _cut(standard.peak, width, share) for term, (share, _) in ANY_GRADE.items()}
    worst = _cut(standard.peak, width, WORST)
    rate = _rate(standard.gathered(DEATH_SLOPE), DEATHS / TREATED)
    step = worst / severe
    cuts["hypotension"] = cuts["cls"] = severe / step**2
    values = {"tox_fast_weight": scale, "tox_late_weight": late * scale, "tox_death_rate": rate, "tox_grade_step": step}
    values |= {f"tox_{term}_cut": cut for term, cut in cuts.items()}
    spread = math.sqrt(math.expm1(width * width))
    return ToxicityFit(
        values=values,
        spreads={f"tox_{term}_susceptibility": spread for term in cuts},
        thresholds={era: level * scale for era, level in raw.items()},
        limit=limit * scale,
        lines=(
            *_lines(courses, severe, width, cuts, worst, rate),
            *_lines_at_home(home, scale, late * scale, limit * scale, rate),
        ),
        patients=patients,
        seed=seed,
    )


def _delivered(course: ToxicityCourse, counted: str) -> float:
    return middle(course.doses.sum(axis=1) if counted == "course" else course.doses[:, 0])


def _scaled(plan: Plan, level: float, scale: float) -> ToxicityCourse:
    found = deliver(plan, level)
    return ToxicityCourse(found.doses, found.hours, scale * found.index, found.eosinophils)


def _halve(difference: Callable[[float], float]) -> float:
    """Find where a difference that grows with the threshold changes its sign, on a logarithmic scale."""
    low, high = _BRACKET
    for _ in range(_HALVINGS):
        middle_of = math.sqrt(low * high)
        low, high = (low, middle_of) if difference(middle_of) > 0 else (middle_of, high)
    return math.sqrt(low * high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return cast(float, brentq(function, low, high, xtol=1e-12))


def _share(peaks: FloatArray, cut: float, width: float) -> float:
    """Give the share of patients whose peak, times a log-normal susceptibility, passes a cut."""
    from scipy.special import ndtr

    return float(ndtr(np.log(peaks / cut) / width).mean())


def _cut(peaks: FloatArray, width: float, share: float) -> float:
    return math.exp(_root(lambda log: _share(peaks, math.exp(log), width) - share, -7.0, 7.0))


def _two_shares(one: FloatArray, share_one: float, other: FloatArray, share_other: float) -> tuple[float, float]:
    """Find the cut and the width at which two groups have their shares."""

    def miss(log_width: float) -> float:
        width = math.exp(log_width)
        return _share(other, _cut(one, width, share_one), width) - share_other

    width = math.exp(_root(miss, math.log(0.02), math.log(3.0)))
    return _cut(one, width, share_one), width


def _rate(gathered: FloatArray, share: float) -> float:
    return math.exp(_root(lambda log: float(-np.expm1(-math.exp(log) * gathered).mean()) - share, -30.0, 5.0))


def _lines(
    courses: Mapping[str, ToxicityCourse],
    severe: float,
    width: float,
    cuts: Mapping[str, float],
    worst: float,
    rate: float,
) -> tuple[ToxicityLine, ...]:
    def deaths(era: str) -> float:
        return float(-np.expm1(-rate * courses[era].gathered(DEATH_SLOPE)).mean())

    rows: list[ToxicityLine] = []
    for era, (_, counted, target, source) in ERAS.items():
        found = _delivered(courses[era], counted)
        rows.append(ToxicityLine(f"{era}: doses, {counted}", source, f"{target:g}", f"{found:.1f}", True))
    standard = courses["registration-1990"]
    for era, share, source in (("nci-1985", SEVERE_EARLY, "F01"), ("nci-1997", SEVERE_LATE, "F02")):
        found = _share(courses[era].peak, severe, width)
        rows.append(ToxicityLine(f"{era}: hypotension grade 3/4", source, f"{share:.0%}", f"{found:.1%}", True))
    for term, (share, source) in ANY_GRADE.items():
        found = _share(standard.peak, cuts[term], width)
        rows.append(ToxicityLine(f"registration-1990: {term}, any grade", source, f"{share:.0%}", f"{found:.1%}", True))
    rows.append(
        ToxicityLine(
            "registration-1990: hypotension, grade 4",
            "F30, uncertain",
            f"{WORST:.0%}",
            f"{_share(standard.peak, worst, width):.1%}",
            True,
        )
    )
    found = _share(standard.peak, cuts["hypotension"], width)
    rows.append(ToxicityLine("registration-1990: hypotension, any grade", "F16", "71%", f"{found:.1%}", False))
    low, high = wilson(DEATHS, TREATED)
    shown = f"{DEATHS / TREATED:.1%} ({low:.1%}-{high:.1%})"
    rows.append(
        ToxicityLine(
            "registration-1990: treatment death", "A12, A17", shown, f"{deaths('registration-1990'):.1%}", True
        )
    )
    low, high = wilson(0, LATE_TREATED)
    rows.append(
        ToxicityLine(
            "nci-1997: treatment death", "F15", f"0 % ({low:.1%}-{high:.1%})", f"{deaths('nci-1997'):.2%}", False
        )
    )
    rows.append(ToxicityLine("nci-1985: treatment death", "no row", "-", f"{deaths('nci-1985'):.1%}", False))
    rows.append(
        ToxicityLine(
            "registration-1990: hypotension grade 3/4",
            "no row",
            "-",
            f"{_share(standard.peak, severe, width):.0%}",
            False,
        )
    )
    for era, course in courses.items():
        each = " and ".join(f"{middle(course.doses[:, c]):.1f}" for c in range(course.doses.shape[1]))
        rows.append(ToxicityLine(f"{era}: doses, cycle by cycle", "no row", "-", each, False))
    five, half, most = np.quantile(standard.eosinophils, [0.05, 0.5, 0.95])
    rows.append(
        ToxicityLine(
            "largest eosinophil count, per uL",
            "F39",
            "2328-15958 (n = 5)",
            f"{half:.0f} ({five:.0f}-{most:.0f})",
            False,
        )
    )
    return tuple(rows)


def _lines_at_home(home: Outpatients, fast: float, late: float, limit: float, rate: float) -> list[ToxicityLine]:
    rows = [
        ToxicityLine(
            f"{name}: index over the limit of outpatients",
            arm.source,
            "at most 1" if arm.tolerated else "above 1",
            f"{home.borne(arm, fast, late) / limit:.2f}",
            arm.fitted,
        )
        for name, arm in OUTPATIENTS.items()
    ]
    for study in ("infusion-1994", "percy-quattro-2007"):
        found = home.deaths(study, fast=fast, late=late, rate=rate, slope=DEATH_SLOPE)
        rows.append(ToxicityLine(f"{study}: treatment death", "no row", "-", f"{found:.2%}", False))
    return rows

"""The oncology fit: virtual tumours on given signals, judged as the trials judged, against population figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.fit.oncology.drives import SiteDrives, drive_course
from bimodal.fit.oncology.parameters import free_parameters, natural_values
from bimodal.fit.oncology.population import CLASSES, Structure, Tumours
from bimodal.fit.oncology.targets import OncologyTarget, oncology_targets
from bimodal.study.endpoints.trial import Response, ScanPlan, trial_outcomes

FloatArray = npt.NDArray[np.float64]

CANCERS = ("melanoma", "renal")
#: Doses given in the two cycles of a course. Registration trials: medians of 18 and 20 of 28 (A13, A14); NCI: 13 and 7
#: in the first cycle (F13, F14), the second in the same proportion as in the registration trials.
DOSES = {
    ("melanoma", "registration"): (10, 8),
    ("renal", "registration"): (11, 9),
    ("melanoma", "early"): (13, 11),
    ("renal", "early"): (13, 11),
    ("melanoma", "late"): (7, 6),
    ("renal", "late"): (7, 6),
}
#: Arms of other doses and routes. Intravenous doses given in yang-2003 were not read: they are assumed, as an earlier
#: rule for holding doses let them through on median; doses under the skin and infusions as planned.
_DAYS_OF_5 = "9 MIU SC bid for 2 days then 9 MIU SC daily for 3 days"
_FIVE_WEEKS = f"9 MIU SC bid for 5 days{f', off 2 days then {_DAYS_OF_5}' * 3}"
OTHER = {
    ("renal", "yang-high"): "720000 IU/kg IV over 15 min q8h x10, rest 256 h then 720000 IU/kg IV over 15 min q8h x8",
    ("renal", "yang-low"): "72000 IU/kg IV over 15 min q8h x13, rest 232 h then 72000 IU/kg IV over 15 min q8h x11",
    ("renal", "yang-skin"): (
        "250000 IU/kg SC on days 1-5 of 7 for 1 week then 125000 IU/kg SC on days 1-5 of 7 for 5 weeks"
    ),
    ("renal", "percy"): f"{_FIVE_WEEKS}, off 9 days then {_FIVE_WEEKS}",
    ("melanoma", "infusion"): "1.8 MIU/m2/day CIV for 21 days, off 21 days, x4",
    ("renal", "infusion"): "1.8 MIU/m2/day CIV for 21 days, off 21 days, x4",
}
#: Patients of infusion-1994.
INFUSION_SHARES = {"melanoma": 15 / 23, "renal": 8 / 23}
#: Patients of the NCI series of 409 (A28): melanoma 182, renal 227.
NCI_SHARES = {"melanoma": 182 / 409, "renal": 227 / 409}
#: How the trials of the 1990s looked: WHO rules, and ten years of follow-up.
PLAN = ScanPlan(criterion="WHO")
FOLLOW_UP_DAYS = 3650.0
BODIES, EACH = 64, 128
_MONTH, _YEAR = 30.4375, 365.25


@dataclass(frozen=True, eq=False)
class OncologyData:
    """What stays the same while values are tried: signals by cancer and arm, tumours, targets."""

    drives: Mapping[tuple[str, str], SiteDrives]
    tumours: Tumours
    targets: tuple[OncologyTarget, ...]

    def summaries(self, values: Mapping[str, float], *, workers: int = 1) -> dict[str, float]:
        """Simulate every figure the targets ask for.

        Parameters
        ----------
        workers
            Threads; they change no bit.
        """
        arms = self.arms(values, (*DOSES, *OTHER, ("renal", "none")), workers=workers)
        out: dict[str, float] = {}
        for cancer in CANCERS:
            out |= {f"{cancer}.{name}": found for name, found in arms[cancer, "registration"].figures().items()}
        complete = {
            era: _mixed({c: arms[c, era].share(Response.CR) for c in CANCERS}, NCI_SHARES) for era in ("early", "late")
        }
        lasting = _mixed({c: arms[c, "early"].lasting for c in CANCERS}, NCI_SHARES)
        out["nci.cr"] = complete["early"]
        out["nci.cr_durable"] = lasting / max(complete["early"], 1e-9)
        out["nci.cr_ratio"] = complete["late"] / max(complete["early"], 1e-9)
        out["melanoma.orr_nci"] = arms["melanoma", "early"].share(Response.PR)
        yang = {arm: arms["renal", f"yang-{arm}"] for arm in ("high", "low", "skin")}
        for arm, found in yang.items():
            out[f"renal.orr_{arm}"] = found.share(Response.PR)
        out["renal.orr_high_low"] = out["renal.orr_high"] - out["renal.orr_low"]
        out["renal.os_high_low"] = yang["high"].os_months / yang["low"].os_months
        out["renal.os_skin_none"] = arms["renal", "percy"].os_months / arms["renal", "none"].os_months
        out["both.orr_infusion"] = _mixed({c: arms[c, "infusion"].share(Response.PR) for c in CANCERS}, INFUSION_SHARES)
        return out

    def arms(
        self, values: Mapping[str, float], names: Sequence[tuple[str, str]], *, workers: int = 1
    ) -> dict[tuple[str, str], TumourArm]:
        """Follow the three classes of tumours through (cancer, arm) courses; the arm ``none`` is untreated.

        Parameters
        ----------
        workers
            Threads; they change no bit.
        """
        days, each = look_days(), self.tumours.each
        weights = self.tumours.weights(values)
        followed: dict[tuple[str, str, str], tuple[FloatArray, FloatArray]] = {}
        for cancer, arm in names:
            for kind in CLASSES:
                key = _followed(cancer, arm, kind)
                if weights[kind] > 0.0 and key not in followed:
                    drives = None if key[1] == "none" else self.drives[cancer, arm]
                    followed[key] = self.tumours.simulate(
                        values, cancer, key[2], drives=drives, days=days, workers=workers
                    )
        cells = np.concatenate([one[0] for one in followed.values()])
        hazard = np.concatenate([one[1] for one in followed.values()])
        own = [np.arange(each) + each * CLASSES.index(kind) for _, _, kind in followed]
        # one call for all: the random numbers of scans cost more than the tumours
        seen = trial_outcomes(
            days,
            tumour_cells=cells,
            death_hazard_integral=hazard,
            tox_hazard_integral=np.zeros_like(hazard),
            patients=np.concatenate(own),
            seed=self.tumours.seed,
            plan=PLAN,
        )
        alive = np.exp(-hazard)
        where = {key: slice(each * place, each * (place + 1)) for place, key in enumerate(followed)}
        out: dict[tuple[str, str], TumourArm] = {}
        for cancer, arm in names:
            kinds = [kind for kind in CLASSES if weights[kind] > 0.0]
            rows = [where[_followed(cancer, arm, kind)] for kind in kinds]
            pick = np.concatenate([np.arange(row.start, row.stop) for row in rows])
            shares = np.concatenate([np.full(each, weights[kind] / each) for kind in kinds])
            out[cancer, arm] = TumourArm(
                best=seen.best[pick],
                response_day=seen.response_day[pick],
                complete_day=seen.complete_day[pick],
                progression_day=seen.progression_day[pick],
                weights=shares,
                days=days,
                alive=np.asarray(shares @ alive[pick], np.float64),
            )
        return out


def oncology_data(
    *, bodies: int = BODIES, each: int = EACH, seed: int = 1, structure: Structure | None = None, workers: int = 1
) -> OncologyData:
    """Solve the bodies once per arm and set up the fit.

    Parameters
    ----------
    bodies
        Bodies of each arm, a power of two.
    each
        Tumours of each class, a power of two.
    structure
        Parts of the tumour site; None is all.
    workers
        Threads; they change no bit.
    """
    courses = {key: course(*given) for key, given in DOSES.items()} | OTHER
    drives = {
        (cancer, arm): drive_course(regimen, cohort=cancer, bodies=bodies, seed=seed, workers=workers)
        for (cancer, arm), regimen in courses.items()
    }
    return OncologyData(drives, Tumours(each, seed, structure or Structure()), oncology_targets())


def course(first: int, second: int) -> str:
    """Write a course of two cycles, the second from day 15 on.

    Examples
    --------
    >>> course(10, 8)
    '600000 IU/kg IV over 15 min q8h x10, rest 256 h then 600000 IU/kg IV over 15 min q8h x8'
    """
    dose = "600000 IU/kg IV over 15 min q8h"
    return f"{dose} x{first}, rest {14 * 24 - 8 * first} h then {dose} x{second}"


@dataclass(frozen=True, eq=False)
class TumourArm:
    """Outcomes of an arm, patients weighted by the share of their class.

    Attributes
    ----------
    best, response_day, complete_day, progression_day
        (N,) as in :class:`~bimodal.study.endpoints.trial.Outcomes`.
    weights
        (N,) that sum to 1.
    days, alive
        (T,) share alive, deaths from treatment left out.
    """

    best: npt.NDArray[np.int8]
    response_day: FloatArray
    complete_day: FloatArray
    progression_day: FloatArray
    weights: FloatArray
    days: FloatArray
    alive: FloatArray

    def share(self, least: Response) -> float:
        """Share of patients with at least this best response."""
        return float(self.weights[self.best >= least].sum())

    @property
    def free_days(self) -> FloatArray:
        """(N,) day of progression, infinite without; death alone ends no response here."""
        return np.nan_to_num(self.progression_day, nan=np.inf)

    @property
    def lasting(self) -> float:
        """Share of patients with a complete response and no progression in five years."""
        kept = (self.best == Response.CR) & (self.free_days > 5.0 * _YEAR)
        return float(self.weights[kept].sum())

    @property
    def os_months(self) -> float:
        """Median survival."""
        return float(np.interp(0.5, self.alive[::-1], self.days[::-1])) / _MONTH

    def months_to_complete(self, quantile: float = 0.5) -> float:
        """Give a quantile of the time to complete response among complete responders; 0 where there is none."""
        own = self.best == Response.CR
        return _median(self.complete_day[own] / _MONTH, self.weights[own], quantile)

    def figures(self) -> dict[str, float]:
        """Every figure of an arm."""
        best, weights = self.best, self.weights
        responders = best >= Response.PR
        lasted = (self.free_days - np.nan_to_num(self.response_day, nan=0.0)) / _MONTH
        among = max(self.share(Response.PR), 1e-9)
        finite = np.isfinite(lasted)
        return {
            "orr": self.share(Response.PR),
            "cr": self.share(Response.CR),
            "cr_durable": self.lasting / max(self.share(Response.CR), 1e-9),
            "pr_months": _median(lasted[best == Response.PR], weights[best == Response.PR]),
            "response_months": _median(lasted[responders], weights[responders]),
            "responders_free": float(weights[responders & (self.free_days > 5.0 * _YEAR)].sum()) / among,
            "late": float(weights[responders & finite & (lasted > 30.0)].sum()) / among,
            "cr_months_10": self.months_to_complete(0.1),
            "cr_months_50": self.months_to_complete(0.5),
            "cr_months_90": self.months_to_complete(0.9),
            "os_months": self.os_months,
            "alive_7y": float(np.interp(7.0 * _YEAR, self.days, self.alive)),
        }


def look_days() -> FloatArray:
    """Days looked at: every scan, and every month of the first three years for survival."""
    return np.union1d(np.array(PLAN.visits(FOLLOW_UP_DAYS)), np.arange(0.0, 3.0 * 364.0, 28.0))


def _followed(cancer: str, arm: str, kind: str) -> tuple[str, str, str]:
    """Name the tumours to solve: untreated, or not recognised, they grow alike whatever their class."""
    untreated = arm == "none" or kind == "unrecognised"
    return (cancer, "none", "unrecognised") if untreated else (cancer, arm, kind)


def _median(times: FloatArray, weights: FloatArray, quantile: float = 0.5) -> float:
    """Weighted quantile with ties spread over the interval since the scan before, as scans only bound a time."""
    if weights.sum() <= 0.0:
        return 0.0
    order = np.argsort(times)
    summed = np.cumsum(weights[order]) - weights[order] / 2.0
    finite = np.minimum(times[order], 10.0 * _YEAR / _MONTH)
    return float(np.interp(quantile * weights.sum(), summed, finite))


def _mixed(by_cancer: Mapping[str, float], shares: Mapping[str, float]) -> float:
    return sum(shares[cancer] * value for cancer, value in by_cancer.items())


def score(data: OncologyData, x: FloatArray, *, workers: int = 1) -> tuple[FloatArray, dict[str, float]]:
    """Give the residuals of the calibration targets for (P,) standard values, and all figures."""
    values = natural_values(x, free_parameters(data.tumours.structure.free))
    simulated = data.summaries(values, workers=workers)
    fitted = [target for target in data.targets if target.role == "calibration"]
    return np.array([target.residual(simulated[target.quantity]) for target in fitted]), simulated

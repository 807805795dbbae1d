"""The fit of the human model: pharmacokinetics and cells, to every calibration study of low-dose IL-2 at once."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.evidence import Target, study_roles
from bimodal.evidence.band import band
from bimodal.fit.human.typical import TypicalStudy, population_values, typical_study
from bimodal.fit.likelihoods import band_residual
from bimodal.fit.parameter import FitParameter
from bimodal.fit.prior import ParameterPrior
from bimodal.fit.problem import Problem
from bimodal.model import ParameterTable
from bimodal.study.solver.engine_solver import EngineSolver, load_solver

FloatArray = npt.NDArray[np.float64]

#: Calibration studies whose published results this model can simulate; the oncology studies come with the tumour.
STUDIES = (
    "konrad-1990",
    "kirchner-1998",
    "koreth-2011",
    "saadoun-2011",
    "hartemann-2013",
    "dilt1d-2016",
    "ito-2014",
    "transreg-2019",
    "meropol-1996",
    "dilfrequency",
    "davey-1999",
    "kovacs-2005",
    "silcaat-2009",
    "esprit-2009",
    "tambussi-2001",
    "aids-1994",
    "caligiuri-1993",
    "soiffer-1996",
    "sle-2022",
    "anti-cd25-direction",
    "rezpeg-direction",
    "efavaleukin-direction",
)
#: Virtual patients of each study that tell how a population differs from its median person: those of ``bimodal run``,
#: and fewer in the first round of the fit.
PATIENTS, FEWER = 1000, 200
#: How many times wider than its band a target is held, by the quality of its source.
LOOSER = {"page": 1.0, "recalled": 2.5, "uncertain": 4.0}
#: A band end is held this far inside, on the log scale, and with this standard deviation.
MARGIN, EDGE_SD = 0.03, 0.05
#: Weight of the pull towards the published value itself, as a share of the half-width of the band.
PULL = 1.0


def human_parameters(values: Mapping[str, float]) -> tuple[FitParameter, ...]:
    """List what is fitted, each from its present value.

    The prior is the present knowledge about the row, as wide as it deserves: a tenth for what Konrad's curve gives
    directly, a factor of e for rates of cells.
    """
    out: list[FitParameter] = []
    for name, (centre, sd, low, high) in FREE.items():
        prior = ParameterPrior(mean=math.log(centre), sd=sd, source=_WHY[sd])
        start = min(max(values[name], low * 1.001), high * 0.999)
        out.append(FitParameter(name, start=start, lower=low, upper=high, prior=prior))
    return tuple(out)


_WHY = {
    0.1: "Konrad 1990, inverted to two compartments",
    0.4: "feasibility study of this project, set E: a range of sources",
    1.0: "feasibility study of this project, set E: the order of magnitude",
    0.3: "Kovacs 2005 J Clin Invest 115:2139: half-life of 28.7 weeks after later cycles",
    0.8: "CD25 of Treg is up three days after a dose (Seelig 2018): a half-life of a day, within e-fold",
    1.5: "this project: the order of magnitude",
}
#: Row -> centre and standard deviation of the prior on ln, lower and upper bound. Centres: feasibility study, set E.
FREE: dict[str, tuple[float, float, float, float]] = {
    "v_plasma": (2.85, 0.1, 1.5, 6.0),
    "clearance": (7.7, 0.1, 3.0, 20.0),
    "k_out": (0.426, 0.1, 0.1, 2.0),
    "k_back": (0.582, 0.1, 0.1, 2.0),
    "sc_transfer": (0.331, 0.4, 0.05, 1.5),
    "sc_bioavailability": (0.216, 0.4, 0.02, 0.95),
    "sc_half_amount": (60.0, 1.0, 1.0, 3000.0),
    "treg_growth_max": (0.00805, 1.0, 0.001, 0.08),
    "treg_growth_half": (0.0143, 1.0, 0.001, 0.5),
    "treg_renewal": (0.00337, 1.0, 0.0001, 0.05),
    "treg_capacity": (13.3, 1.0, 1.5, 100.0),
    "treg_capacity_slope": (2.0, 1.0, 0.7, 12.0),
    "nk_bright_alpha_rest": (1800.0, 1.0, 20.0, 20000.0),
    "nk_bright_growth_max": (0.0322, 1.0, 0.002, 0.3),
    "nk_bright_growth_half": (0.295, 1.0, 0.002, 2.0),
    "nk_bright_renewal": (0.00754, 1.0, 0.0005, 0.1),
    "nk_bright_capacity": (17.6, 1.0, 1.5, 200.0),
    "nk_dim_renewal": (0.00213, 1.0, 0.0002, 0.05),
    "treg_withdrawal_loss": (1.5, 1.5, 0.05, 20.0),
    "treg_survival_half": (3e-4, 1.5, 1e-6, 0.1),
    "treg_cd25_persistence": (5.0, 0.8, 1.0, 50.0),
    "tconv_growth_max": (0.0237, 1.0, 0.002, 0.1),
    "tconv_growth_half": (0.108, 1.0, 0.005, 1.0),
    "tconv_renewal": (0.0042, 1.0, 0.0003, 0.03),
    "tconv_capacity": (3.0, 1.0, 1.2, 30.0),
    "tconv_long_lived_share": (0.25, 1.5, 1e-4, 0.99),
    "long_lived_loss": (1.44e-4, 0.3, 3e-5, 1e-3),
    "margination_signal": (0.0669, 1.0, 0.001, 2.0),
    "margination_alarm": (1.21, 1.0, 0.01, 30.0),
    "margination_return": (0.0388, 1.0, 0.005, 0.5),
    "niche_il2": (5e-4, 1.5, 1e-6, 0.1),
}


@dataclass(frozen=True, eq=False)
class HumanData:
    """The studies on their median persons, and how their virtual populations differ from them.

    Attributes
    ----------
    offsets
        By target: ln of the population's statistic over the median person's value, or its difference where the sign may
        change; zero where it was not computed.
    """

    solver: EngineSolver
    studies: tuple[TypicalStudy, ...]
    offsets: dict[str, float]

    @property
    def shipped(self) -> dict[str, float]:
        """Present values of what is fitted."""
        table = self.solver.table.values()
        return {name: table[name] for name in FREE}

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Every target, in the order of `simulate`."""
        return tuple(target for study in self.studies for target in study.targets)

    def simulate(self, ids: Sequence[str], values: FloatArray, *, workers: int = 1) -> FloatArray:
        """Give the statistic of every target for (K, F) values; -> (K, targets)."""
        typical = np.concatenate([s.simulate(ids, values, workers=workers) for s in self.studies], axis=1)
        shifts = np.array([self.offsets.get(target.id, 0.0) for target in self.targets])
        signed = np.array([band(target) is None for target in self.targets])
        return np.where(signed, typical + shifts, typical * np.exp(np.where(signed, 0.0, shifts)))

    @property
    def sha256(self) -> str:
        """Fingerprint of the published numbers."""
        rows = [target.model_dump(mode="json") for target in self.targets]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def human_data(*, offsets: dict[str, float] | None = None, names: Sequence[str] = STUDIES) -> HumanData:
    """Set up all calibration studies."""
    roles = study_roles()
    wrong = [name for name in names if roles[name] != "calibration"]
    if wrong:
        from bimodal.errors import BimodalError

        raise BimodalError(f"'{wrong[0]}' is not for calibration", where="roles.toml", fix="leave it out of the fit")
    solver = load_solver("human")
    return HumanData(solver, tuple(typical_study(name, solver) for name in names), offsets or {})


def with_offsets(
    data: HumanData, values: Mapping[str, float], *, patients: int = PATIENTS, workers: int = 1
) -> HumanData:
    """Measure how virtual populations differ from their median persons at a parameter set, and carry that over.

    A published figure is a statistic of people who vary; the search runs on median persons, which is a hundred times
    cheaper. The difference is measured at `values` and kept while the search goes on from there; the fit is repeated
    until it no longer moves.

    Parameters
    ----------
    values
        Rows of the table that differ from it.
    patients
        Virtual patients of each study, the same ones every time.
    workers
        Threads; they change no bit.
    """
    crowd = population_values(
        [study.name for study in data.studies], solver_at(data.solver, values), patients=patients, workers=workers
    )
    own = replace(data, offsets={})
    typical = own.simulate(tuple(values), np.array([list(values.values())]), workers=workers)[0]
    offsets: dict[str, float] = {}
    for target, alone in zip(data.targets, typical.tolist(), strict=True):
        together = crowd.get(target.id, math.nan)
        if band(target) is None:
            offsets[target.id] = together - alone if math.isfinite(together) else 0.0
        elif together > 0.0 and alone > 0.0:
            offsets[target.id] = math.log(together / alone)
    return replace(data, offsets=offsets)


def solver_at(solver: EngineSolver, values: Mapping[str, float]) -> EngineSolver:
    """Give the solver with other values in its parameter table."""
    rows = tuple(replace(row, value=values.get(row.id, row.value)) for row in solver.table.rows)
    return replace(solver, model=replace(solver.model, table=ParameterTable(rows)))


def human_problem(
    data: HumanData,
    *,
    start: Mapping[str, float] | None = None,
    parameters: Sequence[FitParameter] | None = None,
    workers: int = 1,
) -> Problem:
    """Set up the fit: two residuals per band or point, one per one-sided, ordering or direction target.

    Groups are ``study/target``.

    Parameters
    ----------
    data
        From `human_data`, with the offsets of `with_offsets`.
    start
        Where the search begins; default: the table.
    parameters
        What is fitted, in place of `start` and `human_parameters`: a rival mechanism has rows of its own.
    workers
        Threads of one evaluation; they change no bit.
    """
    if parameters is None:
        parameters = human_parameters(start or data.solver.table.values())
    ids = tuple(parameter.id for parameter in parameters)
    rules = [_Rule(target) for target in data.targets]
    labels = [f"{target.study}/{target.id}" for target in data.targets]
    groups = tuple(label for label, rule in zip(labels, rules, strict=True) for _ in range(rule.size))

    def residuals(values: FloatArray) -> FloatArray:
        simulated = data.simulate(ids, values, workers=workers)
        return np.concatenate([rule.residuals(simulated[:, k]) for k, rule in enumerate(rules)], axis=1)

    return Problem(
        name="human",
        parameters=tuple(parameters),
        groups=groups,
        data={"targets": data.sha256},
        batch_residuals=residuals,
        step=1e-3,
    )


class _Rule:
    """What a simulated value is held to: the very band it is judged by."""

    def __init__(self, target: Target) -> None:
        self.looser = LOOSER[target.quality]
        self.ends = band(target)
        self.sign = math.copysign(1.0, target.published)
        self.least = target.least
        self.centred = self.ends is not None and target.kind in ("band", "point", "ratio") and self.ends[0] > 0.0

    @property
    def size(self) -> int:
        """Residuals per parameter set."""
        return 2 if self.centred else 1

    def residuals(self, simulated: FloatArray) -> FloatArray:
        """Give (K, size) residuals of (K,) values."""
        if self.ends is None or self.ends[0] <= 0.0:
            short = np.minimum(self.sign * simulated - self.least, 0.0)
            wrong = short if self.ends is None else _outside(simulated, self.ends)
            return _heavy_tailed(wrong / (0.05 * self.looser))[:, None]
        low, high = self.ends
        positive = np.maximum(simulated, 1e-6 * low)  # a rise that is a fall is very far off, not undefined
        inner = band_residual(positive, low * math.exp(MARGIN), high * math.exp(-MARGIN), EDGE_SD * self.looser)
        if not self.centred:
            return _heavy_tailed(inner)[:, None]
        half = math.log(high / low) / 2.0
        pull = np.log(positive / math.sqrt(low * high)) / (PULL * half * self.looser)
        return np.stack([_heavy_tailed(inner), _heavy_tailed(pull)], axis=1)


def _heavy_tailed(residual: FloatArray) -> FloatArray:
    """Give the root of ln(1 + r^2), so that the sum of squares is the likelihood of errors with heavy tails (Cauchy).

    Published figures contradict each other; squares would bend everything towards a figure that nothing else supports,
    while this leaves it outside, where the report prints it first.
    """
    return np.sign(residual) * np.sqrt(np.log1p(residual**2))


def _outside(simulated: FloatArray, ends: tuple[float, float]) -> FloatArray:
    width = max(ends[1] - ends[0], 1e-12)
    return (np.minimum(simulated - ends[0], 0.0) + np.maximum(simulated - ends[1], 0.0)) / width

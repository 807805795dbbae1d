"""Molecules side by side on the same virtual people: at the doses given, and again at equal exposure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from bimodal import INTENDED_USE
from bimodal.compare.exposure import DRUG, Scaling, equal_exposure, median_patient
from bimodal.drugs import Molecule, load_molecule
from bimodal.errors import StudyError
from bimodal.notebook import as_html, cut
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_planner import LEVEL
from bimodal.study.plan.watched_span import WatchedSpan
from bimodal.study.run.in_memory import Progress, run_in_memory
from bimodal.study.run.result import StudyResult
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.adhoc import simulate_spec
from bimodal.study.spec.load import check_study
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

_SIGNALS = ("pstat5", "occupancy")

Equal = Literal["dose", "exposure", "both"]
_SINGLE_DOSE_WINDOW_H = 28.0 * DAY_H
_MOST_DRUGS = 6
_COLUMNS = (
    *("arm", "drug", "regimen", "exposure", "factor"),
    *("part", "id", "statistic", "day", "value", "lower", "upper", "unit"),
)


@dataclass(frozen=True)
class ComparedArm:
    """One arm of a comparison.

    Parameters
    ----------
    label
        Of the molecule, numbered where it is there twice; the same at both exposures.
    scaling
        How the dose was changed for equal exposure; None at the dose given.
    """

    name: str
    label: str
    molecule: Molecule
    scaling: Scaling | None


@dataclass(frozen=True, eq=False)
class MoleculeComparison:
    """A finished comparison.

    Parameters
    ----------
    arms
        In the order of the result; the first is the reference of equal exposure.
    window_h
        Hours over which exposure is compared and signals are read.
    equal
        What was asked for.

    Examples
    --------
    >>> import bimodal as bm
    >>> bm.compare(["aldesleukin", "aldesleukin"], ["1 MIU SC once", "2 MIU SC once"], patients=2, equal="dose",
    ...            report_days=[1], follow_up_days=1)
    2 molecules at the doses given, 2 virtual patients, 0 failed
      aldesleukin (1): 1 MIU SC
      aldesleukin (2): 2 MIU SC
    """

    result: StudyResult
    plan: Plan
    arms: tuple[ComparedArm, ...]
    window_h: float
    equal: Equal

    def to_pandas(self) -> pandas.DataFrame:
        """Give the numbers of ``comparison.json``, one row per arm and number; ``result`` has every patient.

        Returns
        -------
        pandas.DataFrame
            ``arm``, ``drug``, ``regimen``, ``exposure`` (as given, or equal), ``factor`` on the dose, ``part`` (pk,
            signals, cells), ``id``, ``statistic`` of a signal in time, ``day`` of a cell count, and over patients
            ``value`` (median), ``lower`` and ``upper`` (5th and 95th percentile), ``unit``.
        """
        import pandas

        from bimodal.compare.as_json import comparison_json

        rows = [
            {
                **{key: arm[key] for key in ("drug", "regimen", "exposure", "factor")},
                "arm": arm["name"],
                "part": part,
                **row,
            }
            for arm in comparison_json(self)["arms"]
            for part in ("pk", "signals", "cells")
            for row in arm[part]
        ]
        return pandas.DataFrame(rows, columns=pandas.Index(_COLUMNS))

    def plot(self, name: str | None = None) -> Figure:
        """Draw the page of the comparison, as ``bimodal.plot`` does."""
        import bimodal

        return bimodal.plot(self, name)

    def __repr__(self) -> str:
        return "\n".join([self._title, *(f"  {cut(arm.name, 50)}: {self._given(arm)}" for arm in self.arms)])

    def _repr_html_(self) -> str:
        columns = ["arm", "id", "statistic", "day", "value", "lower", "upper", "unit"]
        notes = [f"{arm.name}: {self._given(arm)}" for arm in self.arms]
        return as_html(self._title, self.to_pandas(), columns=columns, notes=[*notes, INTENDED_USE], rows=30)

    @property
    def _title(self) -> str:
        labels = len({arm.label for arm in self.arms})
        how = {"dose": "at the doses given", "exposure": "at equal exposure"}.get(
            self.equal, "at the doses given and at equal exposure"
        )
        summary = self.result.summary
        return f"{labels} molecules {how}, {summary['patients']:,} virtual patients, {summary['failed']:,} failed"

    def _given(self, arm: ComparedArm) -> str:
        regimen = self.plan.arms[self.result.arms.index(arm.name)].regimen
        return cut(regimen, 60) + ("" if arm.scaling is None else f" (dose x {arm.scaling.factor:.4g})")


def compare_molecules(
    drugs: Sequence[str],
    regimens: Sequence[str],
    *,
    cohort: str | None = None,
    subjects: str | Path | None = None,
    report_days: Sequence[float] = (7.0, 28.0),
    follow_up_days: float | None = None,
    equal: Equal = "both",
    options: RunOptions | None = None,
    solver: Solver | None = None,
    model: str = "human",
    conditions: Sequence[str] = (),
    progress: Progress | None = None,
) -> MoleculeComparison:
    """Give each molecule its regimen on one model, and again at the exposure of the first.

    All arms have the same virtual people. Exposure is the area under the free molecule in plasma (molar, of the
    active form) of the median patient, over the longest first dosing interval of the regimens, so that a daily and a
    fortnightly molecule are compared over the same days.

    Parameters
    ----------
    drugs
        At least two names or paths of drug files; the first is the reference.
    regimens
        One for each drug, or one for all.
    cohort, subjects
        Whom to treat; ``healthy`` if neither is given, all parameter sets of a mouse.
    report_days
        Elapsed days on which cells are read.
    follow_up_days
        Days simulated after the end of dosing; None is 28.
    equal
        ``dose``: as given; ``exposure``: the reference and the others scaled to it; ``both``.
    options
        Patients (200 if it does not say), seed, workers.
    solver
        What solves the model; None is the shipped one.
    model, conditions
        ``human`` or ``mouse``, and named causes that hold in every arm.
    progress
        Called with (patients done, patients in all, arm name) after every part.

    Raises
    ------
    StudyError
        Fewer than two arms, an untreated one, a partner drug, a molecule without human pharmacokinetics, or no dose
        that gives equal exposure.
    BimodalError
        Anything wrong with a drug, regimen or cohort.

    Examples
    --------
    >>> compare_molecules(["aldesleukin"], ["1 MIU SC once"])
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: one molecule cannot be compared
      try:   give --drug and --regimen for each molecule
    """
    drugs, regimens, molecules = _pairs(drugs, regimens, equal)
    chosen = options or RunOptions()
    if solver is None:
        from bimodal.study.solver.engine_solver import load_solver

        solver = load_solver(model)
    labels = _labels(molecules)
    spec = _named(
        simulate_spec(
            drugs,
            regimens,
            cohort=cohort,
            subjects=subjects,
            report_days=report_days,
            follow_up_days=follow_up_days,
            patients=200,
            model=model,
            conditions=conditions,
            name="compare",
        ),
        labels,
    )
    plan = make_plan(spec, chosen, solver)
    window_h = _window_h(plan)
    arms = [
        ComparedArm(label, label, molecule, None)
        for place, (label, molecule) in enumerate(zip(labels, molecules, strict=True))
        if equal != "exposure" or place == 0
    ]
    if equal != "dose":
        median = replace(plan, population=median_patient(plan.population))
        for place in range(1, len(labels)):
            scaling = equal_exposure(median, place, 0, window_h)
            arms.append(ComparedArm(f"{labels[place]}, equal exposure", labels[place], molecules[place], scaling))
    final = replace(
        make_plan(_final(spec, arms, labels), chosen, solver),
        watched=tuple(WatchedSpan(name, 0.0, window_h) for name in signal_ids(solver.segment_outputs)),
        levels=(LEVEL, DRUG),
        focus_h=window_h,
    )
    result = run_in_memory(final, progress=progress)
    return MoleculeComparison(result, final, tuple(arms), window_h, equal)


def signal_ids(outputs: Collection[str]) -> list[str]:
    """List what is read of signals over the window, of the outputs of a solver.

    Examples
    --------
    >>> signal_ids(["pstat5_treg", "occupancy_cd25", "treg_count"])
    ['pstat5_treg', 'occupancy_cd25']
    """
    every = [f"{signal}_{cell}" for signal in _SIGNALS for cell in load_registry().cells]
    return [name for name in (*every, "occupancy_cd25") if name in outputs]


def _pairs(drugs: Sequence[str], regimens: Sequence[str], equal: str) -> tuple[list[str], list[str], list[Molecule]]:
    each = "give --drug and --regimen for each molecule"
    if equal not in get_args(Equal):
        raise StudyError(f"'{equal}' is not a way to compare", where="--equal", fix="one of dose, exposure, both")
    if not regimens:
        raise StudyError("no regimen was given", where="--regimen", fix=each)
    if len(drugs) < 2 and len(regimens) < 2:
        raise StudyError("one molecule cannot be compared", fix=each)
    count = max(len(drugs), len(regimens))
    if count > _MOST_DRUGS:
        raise StudyError(f"{count} molecules do not fit on one page", fix=f"compare at most {_MOST_DRUGS} at a time")
    if {len(drugs), len(regimens)} - {1, count} or not drugs:
        raise StudyError(f"{len(drugs)} drugs do not pair with {len(regimens)} regimens", fix=each)
    drugs = list(drugs) * (count // len(drugs))
    regimens = list(regimens) * (count // len(regimens))
    molecules = [load_molecule(name) for name in drugs]
    for molecule, regimen in zip(molecules, regimens, strict=True):
        if molecule.ligand in ("partner", "cells"):
            raise StudyError(
                f"'{molecule.id}' has no IL-2 in it, so there is no exposure to IL-2 to compare",
                where=f"molecule '{molecule.id}'",
                fix="`bimodal simulate` runs it alone",
            )
        if regimen.strip().lower() == "none":
            raise StudyError(
                "an untreated arm has nothing to compare", where="--regimen none", fix="`bimodal simulate` takes it"
            )
    return drugs, regimens, molecules


def _labels(molecules: Sequence[Molecule]) -> list[str]:
    ids = [molecule.id for molecule in molecules]
    return [
        name if ids.count(name) == 1 else f"{name} ({ids[:place].count(name)})" for place, name in enumerate(ids, 1)
    ]


def _named(spec: StudySpec, labels: Sequence[str]) -> StudySpec:
    arms = tuple(arm.model_copy(update={"name": label}) for arm, label in zip(spec.arm, labels, strict=True))
    return spec.model_copy(update={"arm": arms})


def _window_h(plan: Plan) -> float:
    for arm in plan.arms:
        if not arm.schedule.doses:
            raise StudyError("no dose is given", where=f"arm '{arm.name}'", fix="give a regimen with a dose")
    intervals = [plan.dosing[arm.name].first_interval_h for arm in plan.arms]
    # a single dose has no interval: it is followed for four weeks, or as long as anything is simulated
    single = min(_SINGLE_DOSE_WINDOW_H, plan.horizon * DAY_H)
    return max(single if length is None else length for length in intervals)


def _final(spec: StudySpec, arms: Sequence[ComparedArm], labels: Sequence[str]) -> StudySpec:
    raw: dict[str, Any] = spec.canonical()
    given = dict(zip(labels, raw["arm"], strict=True))
    raw["arm"] = [
        {**given[arm.label], "name": arm.name, **({"regimen": arm.scaling.regimen} if arm.scaling else {})}
        for arm in arms
    ]
    return check_study({key: value for key, value in raw.items() if value is not None}, where="the command line")

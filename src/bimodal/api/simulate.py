"""One or several regimens on the same virtual people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bimodal.api.run_study import run_study
from bimodal.study.run.in_memory import Progress
from bimodal.study.run.result import StudyResult
from bimodal.study.spec.adhoc import simulate_spec


def simulate(
    regimen: str | Sequence[str] = (),
    *,
    table: str | Path | Sequence[str | Path] = (),
    drug: str | Sequence[str] = "aldesleukin",
    cohort: str | None = None,
    subjects: str | Path | None = None,
    patients: int = 200,
    seed: int = 1,
    report_days: Sequence[float] = (7.0, 28.0),
    follow_up_days: float | None = None,
    set: Mapping[str, float] | None = None,  # noqa: A002
    model: str = "human",
    also: Sequence[str] = (),
    partner: Sequence[tuple[str, str]] = (),
    out: str | Path | None = None,
    full_trajectories: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Simulate regimens side by side and read every standard observable.

    Parameters
    ----------
    regimen
        One text of the regimen language, or several: each is an arm, with the same virtual people in it.
    table
        CSV of doses subject by subject, or several: each is an arm more, whose people take its subjects in turn.
    drug
        Molecule or path of a drug file: one for all regimens, or one for each.
    cohort
        Whom to treat: a name of ``bimodal.cohorts`` or the path of a cohort file; ``healthy`` if nothing is said.
    subjects
        CSV of individual covariates, in place of a cohort and a number of patients.
    patients
        Virtual patients per arm.
    seed
        Of every random stream.
    report_days
        Elapsed days since the first dose on which endpoints are read.
    follow_up_days
        Days simulated after the last dosing interval; None is 28.
    set
        Parameters held at a value in every patient, by id.
    model
        A built-in model.
    also
        Observables to read beside the standard ones, by id.
    partner
        Drugs given beside in every arm: molecule and regimen of each.
    out
        Folder for the results; None keeps them in memory and writes nothing.
    full_trajectories
        As in ``bimodal.run_study``.
    workers
        Threads; None takes every processor. They change no figure.
    progress
        Called with (patients done, patients in all, arm) after every part.

    Raises
    ------
    BimodalError
        A regimen, drug, cohort, day or parameter is wrong.

    Examples
    --------
    >>> import bimodal as bm
    >>> result = bm.simulate("1 MIU/m2 SC daily for 5 days", patients=4, report_days=[5], follow_up_days=1)
    >>> result.arms, result.failed(result.arms[0])
    (['1 MIU/m2 SC daily for 5 days'], 0)
    >>> table = result.summary_table()
    >>> bool(table.loc[table["endpoint"] == "treg_fold", "value"].iloc[0] > 1.0)
    True
    """
    spec = simulate_spec(
        [drug] if isinstance(drug, str) else drug,
        [regimen] if isinstance(regimen, str) else regimen,
        tables=[{"file": str(file)} for file in ([table] if isinstance(table, str | Path) else table)],
        cohort=cohort,
        subjects=subjects,
        report_days=report_days,
        patients=patients,
        parameters=set,
        model=model,
        follow_up_days=follow_up_days,
        also=also,
        partners=partner,
    )
    return run_study(spec, seed=seed, out=out, full_trajectories=full_trajectories, workers=workers, progress=progress)

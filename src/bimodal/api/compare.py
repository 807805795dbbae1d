"""Molecules side by side on the same virtual people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bimodal.api.workers import default_workers
from bimodal.compare.compare import Equal, MoleculeComparison, compare_molecules
from bimodal.study.run.in_memory import Progress
from bimodal.study.spec.options import RunOptions


def compare(
    drugs: Sequence[str],
    regimens: str | Sequence[str],
    *,
    cohort: str | None = None,
    subjects: str | Path | None = None,
    patients: int | None = None,
    seed: int = 1,
    report_days: Sequence[float] = (7.0, 28.0),
    follow_up_days: float | None = None,
    equal: Equal = "both",
    workers: int | None = None,
    progress: Progress | None = None,
) -> MoleculeComparison:
    """Compare molecules at the doses given and at equal exposure: pharmacokinetics, occupancy, signal, cells.

    Parameters
    ----------
    drugs
        Molecules or paths of drug files; the first is the reference.
    regimens
        One for each drug, or one for all.
    cohort, subjects
        Whom to treat, as in ``bimodal.simulate``.
    patients
        Virtual patients per arm; None is 200, or the number of subjects.
    seed
        Of every random stream.
    report_days
        Elapsed days on which cells are read.
    follow_up_days
        Days simulated after the last dosing interval; None is 28.
    equal
        ``dose``: as given; ``exposure``: the reference and the others scaled to it; ``both``.
    workers, progress
        As in ``bimodal.simulate``.

    Raises
    ------
    BimodalError
        Fewer than two arms, a molecule that cannot be compared, or a wrong regimen or cohort.

    Examples
    --------
    >>> import bimodal as bm
    >>> two = bm.compare(["aldesleukin", "aldesleukin"], ["1 MIU SC once", "2 MIU SC once"], patients=2, equal="dose",
    ...                  report_days=[1], follow_up_days=1)
    >>> table = two.to_pandas()
    >>> cmax = table[table["id"] == "cmax"].set_index("arm")["value"]
    >>> bool(cmax["aldesleukin (2)"] > cmax["aldesleukin (1)"])
    True
    """
    return compare_molecules(
        drugs,
        [regimens] if isinstance(regimens, str) else regimens,
        cohort=cohort,
        subjects=subjects,
        report_days=report_days,
        follow_up_days=follow_up_days,
        equal=equal,
        options=RunOptions(patients=patients, seed=seed, workers=workers or default_workers()),
        progress=progress,
    )

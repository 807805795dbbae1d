"""The ensemble of the oncology fit in the terms of studies and cohorts."""

from __future__ import annotations

from pathlib import Path

from bimodal.fit.oncology.ensemble_table import class_shares, cohort_values, load_ensemble, table_values
from bimodal.fit.oncology.oncology import CANCERS
from bimodal.study.run.ensemble import Ensemble, ParameterSet


def oncology_ensemble(patients: int | None = None, path: Path | None = None) -> Ensemble:
    """Give the equally good parameter sets of ``bimodal fit oncology`` as a study takes them.

    Parameters
    ----------
    patients
        Virtual patients per arm and set; None is as many as the run has.
    path
        Another table of sets than the shipped one.

    Returns
    -------
    Ensemble
        For the cohorts ``melanoma`` and ``renal``; the best set comes first.

    Examples
    --------
    >>> sorted(oncology_ensemble().sets)
    ['melanoma', 'renal']
    """
    sets = load_ensemble(path)
    by_cohort = {
        cancer: tuple(
            ParameterSet(
                # what differs between patients comes after what is the same for everybody
                {name: (value, 0.0) for name, value in table_values(one.values).items()}
                | cohort_values(one.values, cancer),
                class_shares(one.values),
            )
            for one in sets
        )
        for cancer in CANCERS
    }
    return Ensemble(by_cohort, "bimodal fit oncology", patients)

"""Checks what the parts of a cohort say about each other."""

from __future__ import annotations

from bimodal.cohort.cohort import Cohort
from bimodal.errors import CohortError

#: Drawn for every cohort, so that no covariate of a file may take the name.
OWN_COVARIATES = ("weight_kg", "height_cm", "bsa_m2", "female")


def check_links(cohort: Cohort) -> None:
    """Refuse a cohort whose factors, covariates or correlations cannot be meant.

    Raises
    ------
    CohortError
        A parameter is both given and multiplied; a factor varies or is not above 0; a covariate or mixture has the name
        of another thing; two mixtures give one parameter; something follows itself, two things, or what is not there.
    """
    for name, factor in cohort.factors.items():
        where = f"{cohort.origin}, key factors.{name}"
        if name in cohort.parameters:
            raise CohortError(f"{name} is both given and multiplied", where=where, fix="keep one of the two")
        if factor.distribution != "fixed" or factor.median <= 0 or factor.unit != "1":
            raise CohortError(
                "a factor is a fixed number above 0 without a unit",
                where=where,
                fix='distribution = "fixed", unit = "1"',
            )
    for name, covariate in cohort.covariates.items():
        where = f"{cohort.origin}, key covariates.{name}"
        if name in OWN_COVARIATES or name in cohort.parameters or name in cohort.factors:
            raise CohortError(f"a covariate cannot be called {name}", where=where, fix="choose another name")
        if covariate.follows:
            raise CohortError("a covariate follows by [correlations]", where=where, fix="move it to that table")
    for name, quantity in cohort.parameters.items():
        leader = cohort.parameters.get(quantity.follows)
        if quantity.follows and (leader is None or leader.follows or leader.distribution != "lognormal"):
            raise CohortError(
                f"{name} cannot follow {quantity.follows!r}",
                where=f"{cohort.origin}, key parameters.{name}.follows",
                fix="name a log-normal parameter of this file that follows no other",
            )
    _check_mixtures(cohort)
    for name, row in cohort.correlations.items():
        _check_correlation(cohort, name, row.follows)


def _check_mixtures(cohort: Cohort) -> None:
    owner: dict[str, str] = {}
    for name, mixture in cohort.mixtures.items():
        where = f"{cohort.origin}, key mixture.{name}"
        if name in (*OWN_COVARIATES, *cohort.covariates, *cohort.parameters, *cohort.factors):
            raise CohortError(f"a mixture cannot be called {name}", where=where, fix="choose another name")
        for parameter in mixture.parameters:
            if parameter in cohort.factors:
                raise CohortError(f"{parameter} is both given and multiplied", where=where, fix="keep one of the two")
            if parameter in owner:
                raise CohortError(
                    f"{parameter} is given by the mixtures {owner[parameter]} and {name}",
                    where=where,
                    fix="keep one of the two",
                )
            owner[parameter] = name


def _check_correlation(cohort: Cohort, name: str, leader: str) -> None:
    where = f"{cohort.origin}, key correlations.{name}"
    given = cohort.parameters.get(name)
    if given is not None and given.follows:
        raise CohortError(f"{name} follows two things", where=where, fix="keep one of the two")
    for end in (name, leader):
        if end in OWN_COVARIATES:
            raise CohortError(f"{end} cannot be correlated here", where=where, fix="body size has its own correlation")
        known = cohort.parameters.get(end) or cohort.covariates.get(end)
        if known is not None and not known.cv:
            raise CohortError(f"{end} does not vary", where=where, fix="give it a cv, or leave the correlation out")
    seen, leaders = {name}, cohort.leaders
    while leader in leaders:
        if leader in seen:
            break
        seen.add(leader)
        leader = leaders[leader][0]
    if leader in seen:
        raise CohortError(f"{name} follows itself in the end", where=where, fix="break the circle")

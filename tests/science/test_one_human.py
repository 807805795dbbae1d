"""One human: the same frozen parameters in every study and cohort, except what the cohort's file names."""

import numpy as np
import pytest

from bimodal.cohort import list_cohorts, load_cohort, sample
from bimodal.cohort.sampler import PARTS
from bimodal.cohort.scaling import SCALED
from bimodal.evidence import list_studies
from bimodal.fit.human.human import FREE
from bimodal.model.manifest import read_manifest
from bimodal.study import load_study

PEOPLE = np.arange(40)


@pytest.fixture(scope="module")
def table():
    return read_manifest("human").table()


def named(cohort):
    """Return every row of the table the file of a cohort says something about."""
    mixed = {row for mixture in cohort.mixtures.values() for row in mixture.parameters}
    own = {*cohort.parameters, *cohort.factors, *cohort.correlations, *mixed}
    return {row for row in own if not row.startswith(PARTS)}


def drawn(cohort, table):
    """Return every row of the table in the people of a cohort; what body size scales, per 1.85 m2."""
    people = sample(cohort, PEOPLE, 1, table)
    columns = {row.id: people.parameters.get(row.id, np.full(len(PEOPLE), row.value)) for row in table.rows}
    return columns | {name: columns[name] / (people.covariates["bsa_m2"] / 1.85) for name in SCALED}


@pytest.mark.parametrize("name", list_cohorts())
def test_people_of_a_cohort_differ_only_in_what_its_file_names(name, table):
    cohort = load_cohort(name)
    here, healthy = drawn(cohort, table), drawn(load_cohort("healthy"), table)
    free = named(cohort) | named(load_cohort("healthy"))
    for row in table.ids:
        if row not in free:
            np.testing.assert_allclose(here[row], healthy[row], rtol=1e-12, err_msg=f"{name}: {row}")


@pytest.mark.parametrize("name", list_cohorts())
def test_no_cohort_replaces_a_fitted_value(name):
    """A cohort may multiply a fitted row by a number it names, but the fitted value stays one for all."""
    assert not set(load_cohort(name).parameters) & set(FREE)


@pytest.mark.parametrize("name", sorted(set(list_studies()) - {"timing-hypothesis"}))  # that one is no trial
def test_no_published_study_sets_a_parameter(name):
    spec = load_study(name)
    assert spec.set == {}
    assert all(arm.set == {} for arm in spec.arm)

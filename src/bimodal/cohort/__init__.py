"""Virtual patients: covariates, variability and named random streams."""

from bimodal.cohort.cohort import Cohort
from bimodal.cohort.loader import list_cohorts, load_cohort
from bimodal.cohort.population import Population
from bimodal.cohort.sampler import sample
from bimodal.cohort.subjects import read_subjects

__all__ = ["Cohort", "Population", "list_cohorts", "load_cohort", "read_subjects", "sample"]

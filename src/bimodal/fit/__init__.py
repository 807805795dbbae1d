"""Calibration: least squares with priors, profiles, what is identified by what, and writing back; knows no biology."""

from bimodal.fit.check_table import Mismatch, check_table
from bimodal.fit.cross_validate import CrossValidation, Fold, cross_validate
from bimodal.fit.derivatives import residual_jacobian
from bimodal.fit.fit import run_fit
from bimodal.fit.likelihoods import band_residual, log_normal_residual, normal_residual, proportion_residual
from bimodal.fit.parameter import FitParameter
from bimodal.fit.prior import ParameterPrior
from bimodal.fit.problem import Problem
from bimodal.fit.profile import Profile, profile_parameters
from bimodal.fit.result import FitResult
from bimodal.fit.sloppiness import Sloppiness, measure_sloppiness
from bimodal.fit.write_back import write_back

__all__ = [
    "CrossValidation",
    "FitParameter",
    "FitResult",
    "Fold",
    "Mismatch",
    "ParameterPrior",
    "Problem",
    "Profile",
    "Sloppiness",
    "band_residual",
    "check_table",
    "cross_validate",
    "log_normal_residual",
    "measure_sloppiness",
    "normal_residual",
    "profile_parameters",
    "proportion_residual",
    "residual_jacobian",
    "run_fit",
    "write_back",
]

"""Endpoints of a trial: scans, response, progression, survival, and the statistics of an arm."""

from bimodal.study.endpoints.trial.between_trials import between_trials
from bimodal.study.endpoints.trial.contrast import contrast
from bimodal.study.endpoints.trial.criteria import RULES, Response
from bimodal.study.endpoints.trial.death import Cause
from bimodal.study.endpoints.trial.outcomes import Outcomes, trial_outcomes
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.endpoints.trial.statistics import survival_curve, trial_statistic
from bimodal.study.endpoints.trial.survival import SurvivalCurve, kaplan_meier
from bimodal.study.endpoints.trial.trial_statistic import TrialStatistic

__all__ = [
    "RULES",
    "Cause",
    "Outcomes",
    "Response",
    "ScanPlan",
    "SurvivalCurve",
    "TrialStatistic",
    "between_trials",
    "contrast",
    "kaplan_meier",
    "survival_curve",
    "trial_outcomes",
    "trial_statistic",
]

"""PEtab problems, versions 1 and 2: read, simulated, compared with their measurements, fitted and written."""

from bimodal.exchange.petab.evaluation import PetabEvaluation, evaluate_petab
from bimodal.exchange.petab.lint import lint_petab
from bimodal.exchange.petab.problem import PetabProblem, read_petab

__all__ = ["PetabEvaluation", "PetabProblem", "evaluate_petab", "lint_petab", "read_petab"]

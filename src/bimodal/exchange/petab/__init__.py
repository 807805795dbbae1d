"""PEtab problems, versions 1 and 2: read, simulated, compared with their measurements, fitted and written."""

from bimodal.exchange.petab.likelihood import Compared, Likelihood
from bimodal.exchange.petab.problem import PetabProblem, read_petab

__all__ = ["Compared", "Likelihood", "PetabProblem", "read_petab"]

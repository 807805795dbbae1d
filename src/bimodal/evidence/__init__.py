"""Published studies as data, and the rules by which a simulation is compared with them."""

from bimodal.evidence.judge import Judgement, judge
from bimodal.evidence.roles import study_roles
from bimodal.evidence.studies import list_studies, study_text
from bimodal.evidence.target import Target
from bimodal.evidence.targets import load_targets
from bimodal.evidence.wilson import wilson

__all__ = ["Judgement", "Target", "judge", "list_studies", "load_targets", "study_roles", "study_text", "wilson"]

"""Published studies as data, and the rules by which a simulation is compared with them."""

from bimodal.evidence.band import band
from bimodal.evidence.curves import Curves, load_curves
from bimodal.evidence.judge import Judgement, judge
from bimodal.evidence.roles import study_roles
from bimodal.evidence.row import EvidenceRow
from bimodal.evidence.simulated import Simulated, load_simulated
from bimodal.evidence.studies import list_studies, study_text
from bimodal.evidence.surface_loss import SurfaceLoss, load_surface_loss
from bimodal.evidence.tally import Tally, tally
from bimodal.evidence.target import Target
from bimodal.evidence.targets import load_targets
from bimodal.evidence.wilson import wilson

__all__ = [
    "Curves",
    "EvidenceRow",
    "Judgement",
    "Simulated",
    "SurfaceLoss",
    "Tally",
    "Target",
    "band",
    "judge",
    "list_studies",
    "load_curves",
    "load_simulated",
    "load_surface_loss",
    "load_targets",
    "study_roles",
    "study_text",
    "tally",
    "wilson",
]

"""The published studies that come with the package.

Examples
--------
>>> import bimodal as bm
>>> bm.studies.to_pandas().set_index("study").loc["koreth-2011", "role"]
'calibration'
"""

from __future__ import annotations

from bimodal.api.listing import Listing
from bimodal.evidence import list_studies, study_roles
from bimodal.study import StudySpec, load_study

__all__ = ["studies"]


def _row(spec: StudySpec) -> tuple[str, ...]:
    return study_roles().get(spec.name, ""), spec.publication.citation if spec.publication else ""


studies: Listing[StudySpec] = Listing("studies", ("study", "role", "citation"), list_studies, load_study, _row)
"""Lists the studies; ``studies["koreth-2011"]`` is one."""

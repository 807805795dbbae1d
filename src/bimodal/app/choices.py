"""What a study on the server can name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bimodal.app.limits import Limits
from bimodal.cohort.loader import list_cohorts
from bimodal.cohort.parameter_sets import list_parameter_sets
from bimodal.dosing import list_eras
from bimodal.drugs.load import list_molecules
from bimodal.evidence import list_studies
from bimodal.model.manifest import list_models, read_manifest
from bimodal.study.endpoints import load_registry
from bimodal.study.spec.load import study_template


def choices(limits: Limits) -> dict[str, Any]:
    """List models, cohorts, molecules, endpoints, eras and studies by name, with the limits and a study to begin with.

    Examples
    --------
    >>> found = choices(Limits())
    >>> "aldesleukin" in found["drugs"], found["endpoints"][0]["id"]
    (True, 'il2_plasma')
    """
    return {
        "models": [name for name in list_models() if read_manifest(name).ports],
        "cohorts": [*list_cohorts(), *list_parameter_sets()],
        "drugs": list_molecules(),
        "endpoints": [
            {"id": entry.id, "label": entry.label, "unit": entry.unit, "per": entry.per}
            for entry in load_registry().observables.values()
            if entry.contrast is None
        ],
        "eras": list_eras(),
        "studies": list(list_studies()),
        "template": study_template(),
        "limits": asdict(limits),
    }

"""What a protocol looks at before a dose and the models do not have, so that such a criterion is refused by name."""

from __future__ import annotations

_SIGNS = {
    "creatinine": "serum creatinine",
    "bilirubin": "bilirubin",
    "bicarbonate": "bicarbonate",
    "platelet": "platelets",
    "platelets": "platelets",
    "neutrophils": "neutrophils",
    "weight": "weight gain by fluid",
    "pressor": "pressor need",
    "pressors": "pressor need",
    "vasopressor": "pressor need",
    "vasopressors": "pressor need",
    "dopamine": "pressor need",
    "phenylephrine": "pressor need",
    "pressure": "blood pressure",
    "systolic": "blood pressure",
    "hypotension": "blood pressure",
    "urine": "urine output",
    "oliguria": "urine output",
    "oxygen": "oxygen need",
    "saturation": "oxygen saturation",
    "dyspnoea": "shortness of breath",
    "dyspnea": "shortness of breath",
    "troponin": "cardiac enzymes",
    "arrhythmia": "heart rhythm",
    "tachycardia": "heart rate",
    "confusion": "mental state",
    "neurotoxicity": "mental state",
    "fever": "temperature",
    "temperature": "temperature",
    "diarrhoea": "diarrhoea",
    "diarrhea": "diarrhoea",
}


def clinical_sign(name: str) -> str | None:
    """Say which clinical sign a name means, if it means one.

    Lists of such criteria are published (Dutcher et al., J Immunother Cancer 2014;2:26); none of the models has them.

    Examples
    --------
    >>> clinical_sign("serum_creatinine"), clinical_sign("treg_fold")
    ('serum creatinine', None)
    """
    return next((_SIGNS[part] for part in name.lower().replace(".", "_").split("_") if part in _SIGNS), None)

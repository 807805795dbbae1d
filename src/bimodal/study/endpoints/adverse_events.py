"""Adverse events that are read off grades: their terms, and what a reader must know of all of them."""

from __future__ import annotations

#: Observables with a grade at every time, by term.
TERMS = {
    "hypotension": "ae_grade_hypotension",
    "cls": "ae_grade_cls",
    "creatinine": "ae_grade_creatinine",
    "platelets": "ae_grade_platelets",
    "constitutional": "ae_grade_constitutional",
}
LABEL = "illustrative: cut-points on one latent index, calibrated to incidence"

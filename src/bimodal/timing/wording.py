"""The words that stand first and last in everything this room says."""

from __future__ import annotations

SAFETY = (
    "Research use only. Not a medical device; not validated for any clinical decision. The existence of an immune "
    'cycle readable in CRP is unproven: published studies disagree. A "window" is a statement about a statistical '
    "model, not advice to give, delay, move or repeat IL-2 or any treatment. Do not delay indicated therapy to collect "
    "samples. High-dose IL-2 can be fatal; dosing is decided by the treating team under an approved protocol. A rising "
    "CRP may mean infection: act on the patient, not on the curve."
)
"""First and last line of every output about timing."""

LEVEL_CONFOUNDS = (
    "The level of CRP itself goes with resistance to IL-2 (Tartour 1994, Blay 1992), so it can pass for an effect of "
    "phase: adjust for the mean of ln CRP before any claim about phase."
)
"""Stands beside the mean level wherever that is printed."""

WINNERS_CURSE = (
    "Series that pass a bar by luck look better than they are: among detections at low power the stated phase interval "
    "holds the truth less often than it says."
)
"""Stands beside every series in which a rhythm was found."""

COMPARISON_ONLY = (
    "For comparison, not evidence: these methods take the noise of CRP for white, and call 11 to 60 % of noise series "
    "with memory a cycle."
)
"""Stands beside Lomb-Scargle powers and harmonic regressions."""

"""Studies: a study file in, trajectories and a summary out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bimodal.study.endpoints import Observable, Registry, load_registry
    from bimodal.study.run.result import StudyResult
    from bimodal.study.run.runner import run_study
    from bimodal.study.spec.adhoc import simulate_spec
    from bimodal.study.spec.load import load_study, parse_study, study_template
    from bimodal.study.spec.options import RunOptions
    from bimodal.study.spec.spec import StudySpec
    from bimodal.study.verdict.stored_evidence import load_evidence

_HOMES = {
    "Observable": "endpoints",
    "Registry": "endpoints",
    "RunOptions": "spec.options",
    "StudyResult": "run.result",
    "StudySpec": "spec.spec",
    "load_evidence": "verdict.stored_evidence",
    "load_registry": "endpoints",
    "load_study": "spec.load",
    "parse_study": "spec.load",
    "run_study": "run.runner",
    "simulate_spec": "spec.adhoc",
    "study_template": "spec.load",
}

__all__ = [
    "Observable",
    "Registry",
    "RunOptions",
    "StudyResult",
    "StudySpec",
    "load_evidence",
    "load_registry",
    "load_study",
    "parse_study",
    "run_study",
    "simulate_spec",
    "study_template",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bimodal.study' has no attribute '{name}'")
    return getattr(import_module(f"bimodal.study.{_HOMES[name]}"), name)

"""Studies: a study file in, trajectories and a summary out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bimodal.study.adhoc import simulate_spec
    from bimodal.study.endpoints import Observable, Registry, load_registry
    from bimodal.study.load import load_study, parse_study, study_template
    from bimodal.study.options import RunOptions
    from bimodal.study.result import StudyResult
    from bimodal.study.runner import run_study
    from bimodal.study.spec import StudySpec

_HOMES = {
    "Observable": "endpoints",
    "Registry": "endpoints",
    "RunOptions": "options",
    "StudyResult": "result",
    "StudySpec": "spec",
    "load_registry": "endpoints",
    "load_study": "load",
    "parse_study": "load",
    "run_study": "runner",
    "simulate_spec": "adhoc",
    "study_template": "load",
}

__all__ = [
    "Observable",
    "Registry",
    "RunOptions",
    "StudyResult",
    "StudySpec",
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

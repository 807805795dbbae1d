"""Observables: what they are (the registry) and how they are made from what the model gives."""

from bimodal.study.endpoints.registry import Observable, Registry, load_registry

__all__ = ["Observable", "Registry", "load_registry"]

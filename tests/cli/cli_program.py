"""A small program with only the commands under test."""

import functools
import importlib
from pathlib import Path

import pytest
import typer

from bimodal.study.solver.engine_solver import load_solver

_solver = functools.cache(load_solver)


def small_program(monkeypatch: pytest.MonkeyPatch, folder: Path) -> typer.Typer:
    """Return an empty program that `main` runs in place of the whole one, in a folder of its own."""
    monkeypatch.chdir(folder)
    app = typer.Typer()
    app.callback()(lambda: None)
    monkeypatch.setattr(importlib.import_module("bimodal.cli.main"), "app", app)
    # one process asks for the model many times here: loading it once is enough
    monkeypatch.setattr(importlib.import_module("bimodal.study.solver.engine_solver"), "load_solver", _solver)
    return app

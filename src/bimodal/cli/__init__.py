"""The command line: a thin face over the same functions a Python user calls."""

from bimodal.cli.main import main

__all__ = ["main"]

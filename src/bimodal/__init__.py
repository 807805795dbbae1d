"""Simulates interleukin-2 therapy from dose to receptor to cell to patient to trial.

Research and protocol simulation only: nothing here diagnoses, doses or times the treatment of an individual.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("bimodal")
except PackageNotFoundError:  # a source tree on the path without an installation
    __version__ = "0.0.0"

INTENDED_USE = (
    "Research and protocol simulation. Not for diagnosis, dosing or timing the treatment of an individual; "
    "does not support first-in-human dose selection."
)

__all__ = ["INTENDED_USE", "__version__"]

"""Small Antimony models, read as the shipped ones are."""

from __future__ import annotations

from collections.abc import Iterable

from bimodal.engine import System
from bimodal.model import Network
from bimodal.model.antimony_text import to_sbml
from bimodal.model.sbml_reader import read_sbml

SBML = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
)
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">'

X = "<ci>x</ci>"


def applied(function: str, *args: str) -> str:
    return f"<apply><{function}/>{''.join(args)}</apply>"


def network(text: str, **options: object) -> Network:
    """Read a model written in Antimony."""
    return read_sbml(to_sbml(text, "", file="text.ant"), file="text.ant", **options)  # type: ignore[arg-type]


def system(text: str, *, settable: Iterable[str] = ()) -> System:
    """Return the system of an Antimony model; outputs are its states."""
    read = network(text)
    return read.system([(state, state) for state in read.state_ids], settable=settable)


def rule_model(formula: str, *, extra: str = "") -> str:
    """Return SBML with one parameter x whose rate is a MathML formula."""
    return (
        f'{SBML}<model id="m"><listOfParameters><parameter id="x" value="1" constant="false"/>{extra}'
        "</listOfParameters>"
        f'<listOfRules><rateRule variable="x">{MATH}{formula}</math></rateRule></listOfRules></model></sbml>'
    )

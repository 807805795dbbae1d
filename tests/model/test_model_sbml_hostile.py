"""Documents made to hurt: refused with a message, each in less than two seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sbml_texts import HEADS, document, listed, parameter

from bimodal.errors import ModelError
from bimodal.model import load_model
from bimodal.model.sbml_reader import read_sbml
from cpu import bounded

LOOPS = 200
HEAD = f"<sbml {HEADS[3, 2]}>"
X = listed("Parameters", parameter("x", 1.0, constant=False))


def rate(formula: str) -> str:
    """Return a model whose only rate is a MathML formula."""
    rule = f'<rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">{formula}</math></rateRule>'
    return document(X + listed("Rules", rule))


def chain(count: int, last: str) -> str:
    """Return assignment rules each of which uses the next."""
    parameters = listed("Parameters", *(parameter(f"p{i}", 1.0, constant=False) for i in range(count)))
    texts = [f"p{i + 1}" for i in range(count - 1)] + [last]
    return document(
        parameters
        + listed(
            "Rules", *(f'<assignmentRule variable="p{i}">{{{{{t}}}}}</assignmentRule>' for i, t in enumerate(texts))
        )
    )


def doubling(count: int, body: str) -> str:
    """Return function definitions that each call the one before twice."""
    functions = ['<functionDefinition id="f0">{{lambda(a, a + 1)}}</functionDefinition>']
    for i in range(1, count):
        text = body.format(i - 1)
        functions.append(f'<functionDefinition id="f{i}">{{{{lambda(a, {text})}}}}</functionDefinition>')
    rule = f'<rateRule variable="x">{{{{f{count - 1}(x)}}}}</rateRule>'
    return document(listed("FunctionDefinitions", *functions) + X + listed("Rules", rule))


def level_1(formula: str) -> str:
    return (
        f'<sbml {HEADS[1, 2]}><model name="m"><listOfCompartments><compartment name="c"/></listOfCompartments>'
        '<listOfSpecies><species name="x" compartment="c" initialAmount="1"/></listOfSpecies><listOfReactions>'
        '<reaction name="J"><listOfReactants><speciesReference species="x"/></listOfReactants>'
        f'<kineticLaw formula="{formula}"/></reaction></listOfReactions></model></sbml>'
    )


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 20))
HOSTILE = {
    "entity bomb": f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "ha">{LAUGHS}]>{HEAD}<model name="&l19;"/></sbml>',
    "external entity": f'<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/hostname">]>{HEAD}<model name="&e;"/></sbml>',
    "external type": f'<!DOCTYPE sbml SYSTEM "http://example.org/x.dtd">{HEAD}<model/></sbml>',
    "type over lines": f"<!DOCTYPE\n\n\tsbml\n[\n<!ENTITY\na\n'b'>]\n>{HEAD}<model/></sbml>",
    "parameter entity": f"<!DOCTYPE s [<!ENTITY % p \"<!ENTITY q 'z'>\"> %p;]>{HEAD}<model/></sbml>",
    "other encoding": f'<?xml version="1.0" encoding="UTF-7"?>{HEAD}<model/></sbml>',
    "lies about its encoding": f'<?xml version="1.0" encoding="UTF-16"?>{HEAD}<model/></sbml>',
    "ten thousand levels": rate("<apply><minus/>" * 10_000 + "<ci>x</ci>" + "</apply>" * 10_000),
    "ten thousand notes": document("<notes>" + "<p>" * 10_000 + "</p>" * 10_000 + "</notes>"),
    "brackets in level 1": level_1("(" * 10_000 + "x" + ")" * 10_000),
    "signs in level 1": level_1("-" * 10_000 + "x"),
    "huge number": rate("<cn>1e999</cn>"),
    "huge exponent": rate('<cn type="e-notation">1<sep/>999999999</cn>'),
    "huge whole number": rate(f'<cn type="integer">{"9" * 100_000}</cn>'),
    "huge fraction": rate(f'<cn type="rational">1<sep/>{"9" * 30}</cn>'),
    "huge value": document(listed("Parameters", '<parameter id="x" value="1e999" constant="true"/>')),
    "huge number in level 1": level_1("x * 1e999"),
    "rules in a circle": chain(1000, "p0"),
    "rule of itself": chain(1, "p0 + 1"),
    "functions in a circle": doubling(10, "f9(a) + {}"),
    "functions that double": doubling(45, "f{0}(2 * a) + f{0}(2 * a + 1)"),
    "rules too deep": chain(1000, "2 * time"),
    "ten megabytes of letters": "x" * 10_000_000,
    "ten megabytes of angles": "<" * 10_000_000,
    "ten megabytes of another language": "<html>" + "<p>x</p>" * 1_000_000 + "</html>",
    "ten megabytes of zeros": "\0" * 10_000_000,
    "too long": "<sbml>" + " " * 30_000_000,
    "nothing": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_fast(name: str) -> None:
    with bounded(LOOPS), pytest.raises(ModelError) as caught:
        read_sbml(HOSTILE[name], file="m.xml")
    assert "m.xml" in str(caught.value)
    assert len(str(caught.value)) < 2000


def test_functions_that_double_the_same_work_are_read() -> None:
    found = read_sbml(doubling(40, "f{0}(a) + f{0}(a)"), file="m.xml")
    assert len(found.graph) < 200


def test_a_long_chain_of_rules_is_read() -> None:
    assert len(read_sbml(chain(100, "2 * time"), file="m.xml").rules) == 100


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HOSTILE["entity bomb"].encode("utf-16"), "not UTF-8"),
        ("\ufeff<sbml/>".encode("utf-16-le"), "not UTF-8"),
        (b"\xff\xfe\x00\x01" * 1000, "not UTF-8"),
        (b"\x1f\x8b\x08" + bytes(range(256)) * 10, "not UTF-8"),
        (b"PK\x03\x04", "not XML"),
        (b" " * 20_000_001, "larger than"),
        (b"", "not XML"),
    ],
)
def test_hostile_files_are_refused_fast(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_bytes(content)
    with bounded(LOOPS), pytest.raises(ModelError, match=message):
        load_model(path)

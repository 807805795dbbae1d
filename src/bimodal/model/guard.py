"""A look at a text before it reaches a parser written in C, which would crash or read files where Python raises."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from bimodal.errors import ModelError
from bimodal.model.antimony_words import antimony_words, contained_in_itself
from bimodal.model.xml_numbers import attribute_fault, literal_fault

#: Levels of XML elements, and of nesting in a formula: far above any real model, far below what overflows a stack.
MAX_DEPTH = 200
#: Operators and brackets of one Antimony statement.
MAX_OPERATORS = 1000
#: Characters of a text.
MAX_LENGTH = 20_000_000

_OPERATORS = re.compile(r"[-+*/^%(){}!<>=&|,]")


def check_antimony(text: str, file: str) -> None:
    """Refuse Antimony text that could crash the parser or make it read other files.

    Raises
    ------
    ModelError
        The text is too long, holds a NUL, imports a file, has a module that contains itself, or has a statement of
        more than ``MAX_OPERATORS`` operators.

    Examples
    --------
    >>> check_antimony("model m; x = 1; x' = -x; end", "m.ant")
    """
    _check_length(text, file)
    for word in antimony_words(text):
        if word.text == "import":  # a word of the language, whatever stands between it and the name of a file
            raise ModelError(
                "the text imports a file, which is refused",
                where=f"{file}, line {word.line}",
                fix="put its modules in the text",
            )
    circle = contained_in_itself(text)
    if circle is not None:
        raise ModelError(f"the module '{circle.text}' contains itself", where=f"{file}, line {circle.line}")
    for number, line in enumerate(text.splitlines(), start=1):
        if any(len(_OPERATORS.findall(statement)) > MAX_OPERATORS for statement in line.split(";")):
            raise ModelError(
                f"a statement has more than {MAX_OPERATORS} operators and brackets",
                where=f"{file}, line {number}",
                fix="split it into several rules",
            )


def check_xml(text: str, file: str) -> None:
    """Refuse XML that is broken, declares a document type or entities, is nested too deeply, or overflows a number.

    Raises
    ------
    ModelError
        One of these.

    Examples
    --------
    >>> check_xml("<sbml/>", "m.xml")
    """
    _check_length(text, file)
    depth = 0
    literal: list[str] | None = None  # parts of the number being read
    kind = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, literal, kind
        depth += 1
        if depth > MAX_DEPTH:
            raise ModelError(f"the file is nested more than {MAX_DEPTH} levels deep", where=_line())
        if depth == 1 and _local(name) != "sbml":
            raise ModelError(f"this is not SBML: the file begins with '{name[:80]}'", where=_line())
        too_large(attribute_fault(attributes))
        if len(_OPERATORS.findall(attributes.get("formula", ""))) > MAX_OPERATORS:
            raise ModelError(f"a formula has more than {MAX_OPERATORS} operators and brackets", where=_line())
        if _local(name) == "cn":
            literal, kind = [""], attributes.get("type", "real")
        elif literal is not None and _local(name) == "sep":
            literal.append("")

    def end(name: str) -> None:
        nonlocal depth, literal
        depth -= 1
        if literal is not None and _local(name) == "cn":
            too_large(literal_fault(kind, literal))
            literal = None

    def characters(data: str) -> None:
        if literal is not None:
            literal[-1] += data

    def too_large(number: str | None) -> None:
        if number is not None:
            shown = number if len(number) <= 40 else number[:40] + " ..."
            raise ModelError(f"the number '{shown}' is too large", where=_line())

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
            raise ModelError(f"the file is in '{encoding}'", where=file, fix="save it as UTF-8")

    def refuse(*_: Any) -> None:
        raise ModelError("the file declares a document type or entities, which is refused", where=_line())

    def _line() -> str:
        return f"{file}, line {parser.CurrentLineNumber}"

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as fault:
        message = f"this is not XML: {expat.ErrorString(fault.code)}"
        raise ModelError(message, where=f"{file}, line {fault.lineno}") from None


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _check_length(text: str, file: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ModelError(f"the text is longer than {MAX_LENGTH} characters", where=file)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ModelError("the text holds characters that are none", where=file, fix="save it as UTF-8") from None
    if "\0" in text:
        raise ModelError("the text holds a NUL character: this is not a text file", where=file)

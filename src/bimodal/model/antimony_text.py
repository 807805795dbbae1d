"""Antimony text to flattened SBML."""

from __future__ import annotations

import re
import threading

from bimodal.errors import ModelError
from bimodal.model import antimony_parser
from bimodal.model.guard import check_antimony
from bimodal.model.parser_apart import ask_parser
from bimodal.model.short_form import PlainText

# libAntimony keeps everything it ever loaded in one buffer of the process
_BUFFER = threading.Lock()
_LINE = re.compile(r"\bline (\d+)")
_OF_THE_TEXT = "Error in model string"


def to_sbml(text: str | PlainText, name: str, *, file: str) -> str:
    """Translate Antimony text and return the flattened SBML of one of its models.

    A user's text, a plain string, is read by a process of its own that can open no file and may take a minute of
    computing and 2 GB of memory.

    Parameters
    ----------
    text
        Modules and the model; of a `PlainText`, which is shipped, a fault is told with the file and line it comes from.
    name
        The model to return; an empty string takes the main one.
    file
        What to call the text in messages.

    Raises
    ------
    ModelError
        The text cannot be read, imports a file, has a module that contains itself, or takes too much to read.
    """
    plain = text if isinstance(text, str) else text.text
    check_antimony(plain, file)
    if isinstance(text, str):
        asked = {"text": plain, "name": name}
        program, said = antimony_parser.__file__, "the Antimony text"
        found = ask_parser(program, "antimony", asked, text=said, where=file, fix=", or give SBML")
    else:
        with _BUFFER:
            found = antimony_parser.parse(plain, name)
    if found.get("error") == "":
        raise ModelError(
            "the Antimony text cannot be read: a character is not allowed where it stands",
            where=file,
            fix="use plain ASCII outside comments",
        )
    if "error" in found:
        message = found["error"]
        if not message.startswith(_OF_THE_TEXT) or "Input file" in message:  # nothing of what another file holds
            message = "it asks for another file"
        line = _LINE.search(message)
        where = file if isinstance(text, str) or line is None else text.where(int(line[1]))
        raise ModelError(f"the Antimony text cannot be read: {message}", where=where)
    if not found["sbml"]:
        raise ModelError(f"there is no model '{name}'", where=file)
    return found["sbml"]

"""Antimony text to flattened SBML."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path

from bimodal.errors import ModelError
from bimodal.model import antimony_parser
from bimodal.model.guard import check_antimony
from bimodal.model.short_form import PlainText

# libAntimony keeps everything it ever loaded in one buffer of the process
_BUFFER = threading.Lock()
_LINE = re.compile(r"\bline (\d+)")
_OF_THE_TEXT = "Error in model string"
#: Exit statuses by which the system says that a limit was reached: of time; of memory, as libAntimony meets it.
_OUT_OF_TIME = (-24, -9)
_OUT_OF_MEMORY = (-6,)


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
        found = _parse_apart(plain, name, file)
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


def _parse_apart(text: str, name: str, file: str) -> dict[str, str]:
    """Read a text in a process that works in an empty folder."""
    spec = find_spec("antimony")
    place = str(Path(spec.origin).parents[1]) if spec is not None and spec.origin else ""
    command = [sys.executable, "-I", antimony_parser.__file__, place]
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
        except OSError:  # nowhere to write: the root is no secret either
            folder = os.path.abspath(os.sep)
        try:
            ran = subprocess.run(
                command,
                input=json.dumps({"text": text, "name": name}).encode(),
                capture_output=True,
                cwd=folder,
                timeout=4 * antimony_parser.SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _too_much(file) from None
    if ran.returncode in _OUT_OF_TIME:
        raise _too_much(file)
    try:
        return json.loads(ran.stdout)
    except ValueError:
        pass
    if ran.returncode in _OUT_OF_MEMORY or b"MemoryError" in ran.stderr:
        raise ModelError(
            "the Antimony text takes more than 2 GB of memory to read", where=file, fix="make it smaller, or give SBML"
        )
    raise ModelError("the Antimony text cannot be read: the parser broke down over it", where=file, fix="give SBML")


def _too_much(file: str) -> ModelError:
    message = f"the Antimony text takes more than {antimony_parser.SECONDS} s to read"
    return ModelError(message, where=file, fix="make it smaller, or give SBML")

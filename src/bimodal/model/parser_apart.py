"""Asks a parser written in C in a process of its own, which can open no file and may take only so much."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bimodal.errors import ModelError
from bimodal.model import antimony_parser

#: Exit statuses by which the system says that a limit was reached: of time; of memory, as libraries in C++ meet it.
_OUT_OF_TIME = (-24, -9)
_OUT_OF_MEMORY = (-6,)


def ask_parser(program: str, library: str, question: dict[str, Any], *, text: str, where: str, fix: str) -> Any:
    """Return what a parser's program answers; it works in an empty folder.

    Parameters
    ----------
    program, library
        File of the program, and the module it needs.
    question
        What it reads as JSON.
    text, where, fix
        What is read, its file and what to do about it, for messages.

    Raises
    ------
    ModelError
        The parser takes too much time or memory, or breaks down.
    """
    spec = find_spec(library)
    place = str(Path(spec.origin).parents[1]) if spec is not None and spec.origin else ""
    slow = f"{text} takes more than {antimony_parser.SECONDS} s to read"
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
        except OSError:  # nowhere to write: the root is no secret either
            folder = os.path.abspath(os.sep)
        try:
            ran = subprocess.run(
                [sys.executable, "-I", program, place],
                input=json.dumps(question).encode(),
                capture_output=True,
                cwd=folder,
                timeout=4 * antimony_parser.SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ModelError(slow, where=where, fix=f"make it smaller{fix}") from None
    if ran.returncode in _OUT_OF_TIME:
        raise ModelError(slow, where=where, fix=f"make it smaller{fix}")
    try:
        return json.loads(ran.stdout)
    except ValueError:
        pass
    if ran.returncode in _OUT_OF_MEMORY or b"MemoryError" in ran.stderr:
        message = f"{text} takes more than 2 GB of memory to read"
        raise ModelError(message, where=where, fix=f"make it smaller{fix}")
    raise ModelError(
        f"{text} cannot be read: the parser broke down over it", where=where, fix=fix.removeprefix(", or ")
    )

"""Makes the page of commands from the command line itself."""

from __future__ import annotations

import re

import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from bimodal.cli.main import app


def commands_page() -> str:
    """Return every command with its arguments, options and defaults, as Markdown."""
    command = get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="bimodal", title="Commands")
    # angle brackets of types are HTML to Markdown outside of code, and `\[` is math
    return re.sub(r"\\\[(.*?)\\\]", r"[\1]", text)

"""The data files the room ships, and those a user brings."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bimodal.errors import ModelError
from bimodal.model.guard import MAX_LENGTH


def read_data(name: str) -> str:
    """Return the text of a shipped file."""
    return files("bimodal.model").joinpath("data", name).read_text(encoding="utf-8")


def data_names(ending: str) -> list[str]:
    """Return the names of shipped files with an ending, without it, sorted."""
    names = (entry.name for entry in files("bimodal.model").joinpath("data").iterdir())
    return sorted(name.removesuffix(ending) for name in names if name.endswith(ending))


def read_text(path: Path) -> str:
    """Return the text of a user's file.

    Raises
    ------
    ModelError
        It cannot be read, is larger than ``MAX_LENGTH`` bytes, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_LENGTH + 1)
    except OSError as fault:
        raise ModelError(f"the model file cannot be read: {fault.strerror}", where=str(path)) from None
    if len(content) > MAX_LENGTH:
        raise ModelError(f"the model file is larger than {MAX_LENGTH} bytes", where=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError("the model file is not UTF-8 text", where=str(path), fix="save it as UTF-8") from None

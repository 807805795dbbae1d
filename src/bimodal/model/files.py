"""The data files the room ships."""

from __future__ import annotations

from importlib.resources import files


def read_data(name: str) -> str:
    """Return the text of a shipped file."""
    return files("bimodal.model").joinpath("data", name).read_text(encoding="utf-8")


def data_names(ending: str) -> list[str]:
    """Return the names of shipped files with an ending, without it, sorted."""
    names = (entry.name for entry in files("bimodal.model").joinpath("data").iterdir())
    return sorted(name.removesuffix(ending) for name in names if name.endswith(ending))

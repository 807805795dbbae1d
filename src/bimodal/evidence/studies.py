"""The built-in study files."""

from __future__ import annotations

from importlib import resources

from bimodal.errors import EvidenceError
from bimodal.files.suggest import did_you_mean


def list_studies() -> list[str]:
    """Name the built-in studies.

    Examples
    --------
    >>> "koreth-2011" in list_studies()
    True
    """
    folder = resources.files("bimodal.evidence") / "data" / "studies"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def study_text(name: str) -> str:
    """Give the text of a built-in study file.

    The study room reads it like a user's own file, so a published study is also a template.

    Examples
    --------
    >>> study_text("koreth-2011").splitlines()[0].startswith("#")
    True
    """
    names = list_studies()
    if name not in names:
        raise EvidenceError(
            f"there is no study {name!r}", fix=did_you_mean(name, names) + f"built in: {', '.join(names)}"
        )
    return (resources.files("bimodal.evidence") / "data" / "studies" / f"{name}.toml").read_text(encoding="utf-8")

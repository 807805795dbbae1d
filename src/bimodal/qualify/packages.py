"""Which packages are there, against what this version of bimodal asks for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from bimodal.qualify.check import Check

#: Extras that add a command or an option; those for development are left out.
EXTRAS = {
    "fit": "samplers, sensitivities and the optimiser of `bimodal search`",
    "app": "`bimodal app`",
    "dask": "`--backend dask`",
    "oracles": "comparison with libRoadRunner",
}


def check_packages(name: str = "bimodal") -> Iterator[Check]:
    """Check what is always needed, then each extra.

    Examples
    --------
    >>> [check.status for check in check_packages("no-such-package")]
    ['not run']
    """
    try:
        asked = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:
        yield Check("packages", "not run", f"{name} runs from a folder and is not installed", fix="pip install .")
        return
    core = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    lacking = _lacking(core)
    if lacking:
        yield Check("packages", "failed", ", ".join(lacking), fix="pip install --upgrade bimodal")
    else:
        yield Check("packages", "passed", f"{len(core)} needed, all there")
    for extra, serves in EXTRAS.items():
        wanted = [one for one in asked if one not in core and one.marker and one.marker.evaluate({"extra": extra})]
        lacking = _lacking(wanted)
        if lacking:
            found = f"for {serves}: {', '.join(lacking)}"
            yield Check(f"extra {extra}", "not run", found, fix=f'pip install "bimodal[{extra}]"')
        else:
            yield Check(f"extra {extra}", "passed", ", ".join(f"{one.name} {version(one.name)}" for one in wanted))


def _lacking(wanted: list[Requirement]) -> list[str]:
    """Say which packages are not there or not as asked for."""
    said: list[str] = []
    for one in wanted:
        try:
            have = version(one.name)
        except PackageNotFoundError:
            said.append(f"{one.name} is missing")
        else:
            if not one.specifier.contains(have, prereleases=True):
                said.append(f"{one.name} is {have}, asked for is {one.specifier}")
    return said

"""Fingerprint of everything a result was computed from."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import bimodal
from bimodal.files.fingerprint import json_sha256
from bimodal.qualify.request import Request
from bimodal.qualify.self_check import machine

#: What a section may use beside the core.
OPTIONAL = ("libroadrunner", "petab", "dask", "distributed", "antimony", "python-libsbml")


@cache
def package_sha256() -> str:
    """Fingerprint every file of the package, code and data.

    Examples
    --------
    >>> len(package_sha256())
    64
    """
    root = Path(bimodal.__file__).parent
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*"), key=Path.as_posix):  # a path itself is ordered without case on Windows
        if path.is_file() and path.suffix not in (".pyc", ".part") and "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(root).as_posix()}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def made_with() -> dict[str, Any]:
    """Return machine, versions and package a result depends on.

    Examples
    --------
    >>> sorted(made_with())
    ['bimodal', 'machine', 'optional', 'package_sha256']
    """
    return {
        "bimodal": bimodal.__version__,
        "package_sha256": package_sha256(),
        "machine": machine(),
        "optional": {name: installed for name in OPTIONAL if (installed := installed_version(name))},
    }


def installed_version(name: str) -> str:
    """Return the version of a package, or nothing where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def request_key(request: Request, section: str) -> str:
    """Fingerprint all that the numbers of a section depend on."""
    suites = {"sbml-suite": request.sbml_suite, "petab": request.petab_suite}
    suite = suites.get(section)
    return json_sha256(
        {
            "made_with": made_with(),
            "request": request.about(),
            "section": section,
            "suite": None if suite is None else folder_sha256(suite),
        }
    )


def folder_sha256(folder: Path) -> str:
    """Fingerprint names and sizes of the files of a folder: a suite is too large to be read for that."""
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=Path.as_posix)
    listed = [[path.relative_to(folder).as_posix(), path.stat().st_size] for path in files]
    return json_sha256({"files": listed})

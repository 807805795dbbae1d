"""Writes a comparison into a folder, never over another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bimodal.errors import OutputError
from bimodal.files.as_json import read_json
from bimodal.files.fingerprint import json_sha256
from bimodal.files.presence import is_there
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.study.run.summary import summary_text

_NAME = "comparison.json"
_FILE = FileKind("the comparison", OutputError, max_bytes=100_000_000)


def write_comparison(data: dict[str, Any], folder: Path | None, *, force: bool = False) -> Path:
    """Write ``comparison.json``.

    Parameters
    ----------
    folder
        Where to; None is ``results/compare-<hash>`` under the current folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     [path.name for path in write_comparison({"schema": 1}, Path(place)).iterdir()]
    ['comparison.json']
    """
    place = folder or Path("results") / f"compare-{json_sha256(data)[:12]}"
    if not force and is_there(place):
        _refuse_another(place, data)
    write_text(place / _NAME, summary_text(data))
    return place


def _refuse_another(place: Path, data: dict[str, Any]) -> None:
    try:
        if place.is_dir() and not any(place.iterdir()):
            return
        same = read_json(place / _NAME, _FILE) == json.loads(summary_text(data))
    except (OSError, OutputError):
        same = False
    if not same:
        raise OutputError(
            "the folder is not empty and holds something else",
            where=str(place),
            fix="choose another folder with --out, or replace it with --force",
        )

"""Files of a run found by their seals alone, without the plan that wrote them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.as_json import parse_json
from bimodal.files.read import FileKind
from bimodal.study.store.content import content_sha256
from bimodal.study.store.seal import seal_bytes, seal_path

_SEAL = FileKind("the seal of a result file", OutputError, max_bytes=100_000)
_KEYS = ("table", "arm", "start", "stop", "rows", "sha256")


@dataclass(frozen=True)
class SealedFile:
    """One Parquet file of a run that is as it was written.

    Parameters
    ----------
    start, stop
        Patients the file holds, half-open.
    first
        First patient that is to be read from it: earlier ones are in the file before.

    Examples
    --------
    >>> SealedFile(Path("a.parquet"), 0, 0, 250, 100).whole
    False
    """

    path: Path
    arm: int
    start: int
    stop: int
    first: int

    @property
    def whole(self) -> bool:
        """Whether every row of it is to be read."""
        return self.first == self.start


def sealed_files(folder: Path, run: str) -> tuple[SealedFile, ...]:
    """Find the files of a run in one of its folders, arm by arm in the order of the patients.

    A file that another run wrote there, or that has changed since, is left out.

    Parameters
    ----------
    folder
        ``trajectories`` or ``ledger`` of a results folder; nothing is found in one that is not there.
    """
    found: dict[int, list[SealedFile]] = defaultdict(list)
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else ():
        one = _sealed(path, run)
        if one is not None:
            found[one.arm].append(one)
    kept: list[SealedFile] = []
    for arm in sorted(found):
        done = 0
        for one in sorted(found[arm], key=lambda one: (one.start, -one.stop)):
            if one.stop > done:
                kept.append(SealedFile(one.path, arm, one.start, one.stop, max(one.start, done)))
                done = one.stop
    return tuple(kept)


def left_out(folder: Path, run: str) -> int:
    """Count the files of a folder that are not as a run wrote them there, which `sealed_files` leaves out."""
    return sum(_sealed(path, run) is None for path in folder.glob("*.parquet")) if folder.is_dir() else 0


def _sealed(path: Path, run: str) -> SealedFile | None:
    try:
        text = _SEAL.text(seal_path(path), str(path))
        said = parse_json(text, _SEAL, where=str(path))
        table, arm, start, stop, rows, sha256 = (said[key] for key in _KEYS)
        whole = seal_bytes(run=run, table=table, arm=arm, span=(start, stop), rows=rows, sha256=sha256)
        with path.open("rb") as file:
            if text.encode() != whole or content_sha256(file) != sha256:
                return None
        return SealedFile(path, int(arm), int(start), int(stop), int(start))
    except (OutputError, OSError, KeyError, TypeError, ValueError):
        return None

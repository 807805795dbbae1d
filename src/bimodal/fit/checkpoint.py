"""Finished starts of a fit on disk, so that a killed fit goes on where it was."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError, OutputError
from bimodal.files.as_json import read_json
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.fit.descent import Descent

_CARD = "fit.json"
_FILE = FileKind("the finished start")


@dataclass(frozen=True)
class Checkpoint:
    """A folder with one JSON file for each finished start of one fit.

    Parameters
    ----------
    folder
        Where; made if missing.
    fingerprint
        What the fit is: anything that could change an answer.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     there = Checkpoint.claim(Path(folder) / "fit", "abc", "line")
    ...     there.keep(0, Descent((1.0,), 0.5, 3, "the gradient vanishes"))
    ...     there.load(0, size=1).cost
    0.5
    """

    folder: Path
    fingerprint: str

    @staticmethod
    def claim(folder: Path, fingerprint: str, name: str) -> Checkpoint:
        """Make the folder, or take up what an earlier call of the same fit left in it."""
        again = "choose another folder, or delete this one"
        try:
            if folder.is_dir() and any(folder.iterdir()):
                card = _read(folder / _CARD)
                if card is None:
                    raise OutputError("the folder is not empty and holds no fit", where=str(folder), fix=again)
                if card.get("fingerprint") != fingerprint:
                    raise OutputError(
                        "the folder holds a different fit: its problem, data, seed or settings differ",
                        where=str(folder),
                        fix=again,
                    )
        except OSError as fault:
            raise OutputError(f"the folder cannot be read: {fault.strerror}", where=str(folder)) from None
        write_text(folder / _CARD, _text({"fit": name, "fingerprint": fingerprint}))
        return Checkpoint(folder, fingerprint)

    def keep(self, index: int, descent: Descent) -> None:
        """Write a finished start, whole or not at all."""
        failed = not math.isfinite(descent.cost)
        content = {**asdict(descent), "cost": None if failed else descent.cost, "fingerprint": self.fingerprint}
        write_text(self._path(index), _text(content))

    def load(self, index: int, *, size: int) -> Descent | None:
        """Return a finished start; None if it is not there or cannot be read, so that it is computed again."""
        found = _read(self._path(index))
        if found is None or found.get("fingerprint") != self.fingerprint:
            return None
        try:
            x = tuple(float(number) for number in found["x"])
            cost = float("nan") if found["cost"] is None else float(found["cost"])
            descent = Descent(x, cost, int(found["evaluations"]), str(found["message"]))
        except (KeyError, TypeError, ValueError):
            return None
        return descent if len(x) == size and all(map(math.isfinite, x)) else None

    def _path(self, index: int) -> Path:
        return self.folder / f"start-{index:05d}.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_json(path, _FILE)
    except BimodalError:
        return None


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

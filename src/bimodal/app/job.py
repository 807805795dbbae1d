"""One job: a study to run, and how far it is."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bimodal.errors import OutputError
from bimodal.files.as_json import read_json
from bimodal.files.read import FileKind
from bimodal.files.write import write_text

State = Literal["waiting", "running", "done", "failed", "cancelled", "stopped"]
#: States in which a job can be taken up again.
RESUMABLE = frozenset({"failed", "cancelled", "stopped"})
_ID = re.compile(r"^[0-9a-f]{32}$")
_FILE = FileKind("the card of a job", OutputError, max_bytes=1_000_000)
_CARD = "job.json"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it is shown and kept.

    Parameters
    ----------
    id
        Random; also the name of its folder.
    name
        Name of the study.
    number
        Jobs are counted from 1.
    state
        ``stopped`` is one that the end of the server cut short.
    done, total
        Patients, over all arms.
    rate, eta_s
        Patients per second and seconds left, as they were told last; None until they are known.
    what
        What it does now.
    message
        Why it failed.
    """

    id: str
    name: str
    number: int
    seed: int
    arms: int
    patients: int
    state: State = "waiting"
    done: int = 0
    total: int = 0
    rate: float | None = None
    eta_s: float | None = None
    what: str = ""
    message: str = ""

    def now(self, **changes: Any) -> Job:
        """Give the job with changes.

        Examples
        --------
        >>> Job(id="0", name="x", number=1, seed=1, arms=1, patients=4).now(state="done").state
        'done'
        """
        return replace(self, **changes)

    def plain(self) -> dict[str, Any]:
        """Give plain data."""
        return asdict(self)

    def keep(self, folder: Path) -> None:
        """Write the card of the job into its folder."""
        write_text(folder / _CARD, json.dumps(self.plain(), indent=2) + "\n")


def new_id() -> str:
    """Draw an id.

    Examples
    --------
    >>> is_id(new_id()), is_id("../etc")
    (True, False)
    """
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Tell whether a text can be an id."""
    return _ID.match(text) is not None


def kept_jobs(folder: Path) -> list[Job]:
    """Read the jobs of a folder, the oldest first; what was under way is stopped."""
    found: list[Job] = []
    for place in folder.iterdir():
        if is_id(place.name) and (place / _CARD).is_file():
            try:
                job = Job(**read_json(place / _CARD, _FILE))
            except TypeError:
                raise OutputError(
                    "this is no card of a job", where=str(place / _CARD), fix="remove its folder"
                ) from None
            cut = job.state in ("waiting", "running")
            found.append(job.now(id=place.name, **({"state": "stopped", "what": ""} if cut else {})))
    return sorted(found, key=lambda job: job.number)

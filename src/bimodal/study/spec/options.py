"""How a study is run: counts, seed, tolerances, folder, workers; only patients, seed and tolerances change a result."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import StudyError

_SHARD = re.compile(r"^([0-9]{1,6})/([0-9]{1,6})$")
#: Who can compute the parts of a run.
BACKENDS = ("threads", "processes", "dask")
_MAX_SEED = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Choices of one run.

    Parameters
    ----------
    patients
        Virtual patients per arm; None takes the number of the study file.
    out
        Results folder; None is ``results/<study>-<hash>`` under the current folder.
    workers
        Threads or processes; changes no byte of the results.
    chunk
        Patients computed and stored at a time; changes no byte of the summary.
    shard
        ``(i, n)``: compute only the i-th of n parts (from 1); whoever finds every part there writes the summary.
    resume
        Only go on with what an earlier run of the same study left; without it a run is begun where there is none.
    force
        Replace what an earlier run left in the folder.
    rtol, atol
        Tolerances of the solver; None takes those of the study file, or the usual ones.
    backend
        Who computes: ``threads`` of this process, ``processes`` of this machine, or the workers of a ``dask`` cluster;
        changes no byte of the results.
    scheduler
        Of Dask: an address, the path of its scheduler file (``.json``), or ``local`` for a cluster on this machine.
    full_trajectories
        Save also hours after doses, in place of one time a day beside doses and report days; it changes no endpoint.

    Examples
    --------
    >>> RunOptions(patients=100, seed=7).workers
    1
    """

    patients: int | None = None
    seed: int = 1
    out: Path | None = None
    workers: int = 1
    chunk: int = 250
    shard: tuple[int, int] | None = None
    resume: bool = False
    force: bool = False
    rtol: float | None = None
    atol: float | None = None
    backend: str = "threads"
    scheduler: str | None = None
    full_trajectories: bool = False

    def __post_init__(self) -> None:
        if self.resume and self.force:
            raise StudyError("--resume keeps what is there and --force replaces it", fix="give one of them")
        if self.patients is not None and not 1 <= self.patients <= 10_000_000:
            raise StudyError(f"cannot simulate {self.patients} patients", fix="give from 1 to 10,000,000 patients")
        if not 0 <= self.seed <= _MAX_SEED:
            raise StudyError(f"the seed {self.seed} is out of range", fix=f"give a whole number from 0 to {_MAX_SEED}")
        if self.workers < 1:
            raise StudyError(f"cannot work with {self.workers} workers", fix="give 1 or more workers")
        if self.backend not in BACKENDS:
            raise StudyError(
                f"there is no backend '{self.backend}'", where="--backend", fix=f"one of: {', '.join(BACKENDS)}"
            )
        if self.scheduler is not None and self.backend != "dask":
            raise StudyError("only Dask has a scheduler", where="--scheduler", fix="give --backend dask too")
        if self.chunk < 1:
            raise StudyError(f"cannot make chunks of {self.chunk} patients", fix="give 1 or more patients per chunk")
        if self.rtol is not None and not 0.0 < self.rtol < 1.0:
            raise StudyError(f"the relative tolerance {self.rtol:g} makes no sense", fix="give a number such as 1e-8")
        if self.atol is not None and not 0.0 < self.atol < math.inf:
            raise StudyError(f"the absolute tolerance {self.atol:g} makes no sense", fix="give a number above 0")
        if self.shard is not None and not 1 <= self.shard[0] <= self.shard[1]:
            raise StudyError(f"there is no shard {self.shard[0]}/{self.shard[1]}", fix="give i/n with i from 1 to n")


def parse_shard(text: str) -> tuple[int, int]:
    """Read ``i/n`` as given to ``--shard``.

    Examples
    --------
    >>> parse_shard("2/4")
    (2, 4)
    """
    match = _SHARD.match(text.strip())
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise StudyError(f"'{text}' is not a shard", where="--shard", fix="give i/n with i from 1 to n, e.g. 1/4")
    return int(match[1]), int(match[2])

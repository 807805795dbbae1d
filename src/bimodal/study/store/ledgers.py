"""The ledgers of a run on disk: one Parquet file beside each part of the trajectories of an arm with visit rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.study.rules.ledger import DoseLedger, joined
from bimodal.study.store.checked_file import checked_file
from bimodal.study.store.connection import memory_connection
from bimodal.study.store.span_files import Span, SpanFiles

if TYPE_CHECKING:
    from bimodal.study.plan.plan import Plan

_OPTIONS = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd"


@dataclass(frozen=True)
class LedgerStore(SpanFiles):
    """The folder of one run's ledgers: (arm, patient, dose) rows with what was planned, given and why.

    Parameters
    ----------
    folder
        Results folder; files lie in ``ledger`` under it.
    doses
        Doses of each arm, or None for an arm without visit rules, which has no ledger.
    run
        Run that the files belong to; one of another run does not count.

    Examples
    --------
    >>> import tempfile
    >>> one = DoseLedger(np.zeros(1), np.ones(1, int), np.ones((2, 1)), np.ones((2, 1)), np.zeros((2, 1), int), ("as",))
    >>> with tempfile.TemporaryDirectory() as place:
    ...     store = LedgerStore(Path(place), (1,))
    ...     store.write(0, 0, one)
    ...     store.read(0, 2).doses_given.tolist()
    [1.0, 1.0]
    """

    folder: Path
    doses: tuple[int | None, ...]
    run: str = ""

    @property
    def rows(self) -> Path:
        """Folder of the Parquet files."""
        return self.folder / self.table

    @property
    def table(self) -> str:
        """What is stored: the path of the folder within the results."""
        return "ledger"

    @property
    def owner(self) -> str:
        """The run that the files belong to."""
        return self.run

    def write(self, arm: int, start: int, ledger: DoseLedger) -> None:
        """Store the ledger of consecutive patients as one file, whole or not at all."""
        self._make_folder()
        n, d = ledger.factor.shape
        words = np.array([*ledger.words, ledger.words[0]], dtype=object)
        own = ledger.at_h is not None
        rows: dict[str, npt.NDArray[Any]] = {
            "arm": np.full(n * d, arm, np.int32),
            "patient": np.repeat(np.arange(start, start + n, dtype=np.int64), d),
            "dose": np.tile(np.arange(1, d + 1, dtype=np.int32), n),
            "cycle": np.tile(ledger.cycles.astype(np.int32), n),
            "time_h": np.ascontiguousarray(ledger.due_h, np.float64).ravel(),
            "planned": ledger.planned.ravel(),
            "given": ledger.given.ravel(),
            "factor": ledger.factor.ravel(),
            "reason": ledger.reason.ravel().astype(np.int32),
        }
        if own:
            # newer columns stand only where they are needed, so that what was written before stays as it was
            rows["planned_h"] = np.tile(np.asarray(ledger.times_h, np.float64), n)
            rows["course"] = np.tile(np.array(["", *ledger.courses], object)[_places(ledger)], n)
        rows["why"] = np.where(ledger.reason.ravel() < 0, "", words[ledger.reason.ravel()]).astype(object)
        self.put(arm, (start, start + n), rows, options=_OPTIONS, what="a ledger file")

    def rows_per_patient(self, arm: int) -> int:
        """How many rows a whole file has for each patient of an arm: one for each dose, planned or possible."""
        return self.doses[arm] or 0

    def read(self, arm: int, patients: int) -> DoseLedger:
        """Read the ledger of a whole arm in the order of its patients.

        Returns
        -------
        DoseLedger
            The reasons that occur, in words; the words of others are blank.
        """
        spans = self.cover(arm, patients, what="doses")
        return joined([self._load(arm, span).part(first - span[0], span[1] - span[0]) for span, first in spans])

    def _make_folder(self) -> None:
        try:
            self.rows.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise OutputError(f"the folder of ledgers cannot be made: {fault.strerror}", where=str(self.rows)) from None

    def _load(self, arm: int, span: Span) -> DoseLedger:
        n, d = span[1] - span[0], self.rows_per_patient(arm)
        with checked_file(self.path(arm, span), self.sha256(arm, span) or "", what="a ledger file") as file:
            connection, rows = memory_connection(), "read_parquet(?, hive_partitioning = false)"
            names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {rows}", [file]).fetchall()]
            own = ("planned_h", "course") if "planned_h" in names else ()
            wanted = ", ".join(("cycle", "time_h", "planned", "factor", "reason", *own))
            found = connection.execute(f"SELECT {wanted} FROM {rows} ORDER BY patient, dose", [file]).fetchnumpy()
            why = connection.execute(f"SELECT DISTINCT reason, why FROM {rows} WHERE reason >= 0", [file]).fetchall()
        courses = tuple(str(name) for name in found.pop("course", np.zeros(0))[:d] if name)
        column = {name: np.ma.filled(values, np.nan).reshape(n, d) for name, values in found.items()}
        texts: dict[int, str] = dict(why)
        return DoseLedger(
            times_h=column["planned_h" if own else "time_h"][0],
            cycles=column["cycle"][0].astype(np.int64),
            planned=column["planned"],
            factor=column["factor"],
            reason=column["reason"].astype(np.int64),
            words=tuple(texts.get(code, "") for code in range(max(texts, default=0) + 1)),
            at_h=column["time_h"] if own else None,
            courses=courses,
        )


def ledger_store(plan: Plan, folder: Path) -> LedgerStore:
    """Say where the ledgers of a run lie."""
    doses = tuple(None if arm.rules is None else len(arm.schedule.doses) + arm.unplanned_doses for arm in plan.arms)
    return LedgerStore(folder, doses, plan.run)


def _places(ledger: DoseLedger) -> npt.NDArray[np.int64]:
    """Say which name each dose has: 0 for a planned one, which has none."""
    return np.array([*([0] * ledger.planned_doses), *range(1, len(ledger.courses) + 1)], np.int64)

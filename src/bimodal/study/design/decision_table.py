"""What an escalation decides after which outcomes, as a table to be looked up at the bedside."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from bimodal.study.design.boin import Boin
from bimodal.study.design.crm import Crm
from bimodal.study.design.word_table import WordTable

_ROWS = 30
_PATHS = 16
_NEVER = "-"


def decision_table(design: Boin | Crm | None, doses: Sequence[str], *, six_at_mtd: bool = True) -> WordTable:
    """Tabulate the decisions of a design; None stands for the 3+3.

    Parameters
    ----------
    six_at_mtd
        Of a 3+3.

    Examples
    --------
    >>> for row in decision_table(Boin(0.3, most=9), ["a", "b"]).rows:
    ...     print(*row)
    3 ('0', '2', '3')
    6 ('1', '3', '4')
    9 ('2', '4', '5')
    """
    if design is None:
        return _three_plus_three(six=six_at_mtd)
    return _boin(design) if isinstance(design, Boin) else _crm(design, doses)


def _three_plus_three(*, six: bool) -> WordTable:
    rows = [
        ("0 of 3", f"up; at the highest dose that is left {'three more' if six else 'it is selected'}"),
        ("1 of 3", "three more at this dose"),
        ("at most 1 of 6", "up; at the highest dose that is left it is selected"),
        ("2 or more", "down, not given again; from the lowest dose the trial ends without one"),
        ("back from above", f"{'three more if three were treated, else ' if six else ''}it is selected"),
    ]
    return WordTable("decisions", "Decisions", "DLTs at the dose", ("decision",), [(key, (one,)) for key, one in rows])


def _boin(design: Boin) -> WordTable:
    up, down = design.interval
    # backfilled patients make any number; others come in cohorts
    step = 1 if design.backfill and design.most <= _ROWS else design.cohort
    sizes = range(step, design.most + 1, step)
    rows: list[tuple[str, Sequence[str]]] = []
    for n in sizes:
        lost = np.flatnonzero(design.too_toxic(np.full(n + 1, n), np.arange(n + 1)))
        falls = math.ceil(down * n - 1e-9)
        words = (math.floor(up * n + 1e-9), falls if falls <= n else None, int(lost[0]) if len(lost) else None)
        rows.append((str(n), tuple(_NEVER if one is None else str(one) for one in words)))
    columns = ("up: DLTs at most", "down: DLTs at least", "given up: DLTs at least")
    return WordTable("decisions", "Decisions by DLTs at the dose", "patients at the dose", columns, rows)


def _crm(design: Crm, doses: Sequence[str]) -> WordTable:
    size, most = design.cohort, design.most
    depth = max(1, min(int(math.log(_PATHS) / math.log(size + 1) + 1e-9), most // size - 1))
    rows: list[tuple[str, Sequence[str]]] = []
    for before in itertools.product(range(size + 1), repeat=depth):
        path = _path(design, len(doses), before)
        if path[-1] is None or path[-1] < 0:
            continue
        key = ", ".join(f"{seen} at {doses[dose or 0]}" for seen, dose in zip(before, path, strict=False))
        after = [_path(design, len(doses), (*before, last))[-1] for last in range(size + 1)]
        rows.append((key, (doses[path[-1]], *(_dose(doses, one) for one in after))))
    columns = (f"cohort {depth + 1} gets", *(f"after {last} of {size}" for last in range(size + 1)))
    key = f"DLTs in cohorts 1 to {depth}" if depth > 1 else "DLTs in cohort 1"
    return WordTable("decisions", f"Decisions in the first {depth + 1} cohorts of {size}", key, columns, rows)


def _dose(doses: Sequence[str], one: int | None) -> str:
    return "ends" if one is None else "ends without a dose" if one < 0 else doses[one]


def _path(design: Crm, count: int, seen: Sequence[int]) -> list[int | None]:
    """Follow one trial: the dose of each cohort and of the next; None where it ended, -1 where it did without one."""
    patients, dlts = np.zeros((1, count), np.int64), np.zeros((1, count), np.int64)
    path: list[int | None] = [0]
    for one in seen:
        dose = path[-1]
        if dose is None or dose < 0:
            break
        patients[0, dose] += design.cohort
        dlts[0, dose] += one
        look = design.next(patients, dlts, np.array([dose]), np.array([one]), design.cohort)
        enough = design.stop_at is not None and look.move[0] == dose and patients[0, dose] >= design.stop_at
        path.append(-1 if look.toxic[0] else None if enough else int(look.move[0]))
    return path

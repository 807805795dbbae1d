"""The middle and the spread of many patients at every time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.report.source import FloatArray, ResultSource, offers

_LEVELS = (5.0, 25.0, 50.0, 75.0, 95.0)


def _levels(table: FloatArray) -> FloatArray:
    finite = np.isfinite(table)
    levels = np.full((len(_LEVELS), table.shape[1]), np.nan)
    if len(table):
        whole = finite.all(axis=0)
        levels[:, whole] = np.percentile(table[:, whole], _LEVELS, axis=0)
        for column in np.flatnonzero(~whole & finite.any(axis=0)):
            levels[:, column] = np.percentile(table[finite[:, column], column], _LEVELS)
    return levels


@dataclass(frozen=True)
class Bands:
    """Percentiles over patients, each of shape (T,).

    The spread is between patients: 50 % of them lie from `p25` to `p75`, 90 % from `p5` to `p95`.
    """

    p5: FloatArray
    p25: FloatArray
    median: FloatArray
    p75: FloatArray
    p95: FloatArray
    drawn: int

    @classmethod
    def of(cls, values: FloatArray) -> Bands:
        """Compute the percentiles, leaving failed patients out.

        Values are of shape (N, T); a failed patient is a row of NaN, a single undefined value (a ratio over zero)
        leaves only that time out. All NaN where nobody has a value; ``drawn`` counts the patients with any value.

        Examples
        --------
        >>> bands = Bands.of(np.array([[1.0, 2.0], [3.0, 4.0], [np.nan, np.nan]]))
        >>> bands.median.tolist(), bands.drawn
        ([2.0, 3.0], 2)
        """
        return cls._over([np.asarray(values, dtype=np.float64)])

    @classmethod
    def read(cls, result: ResultSource, arm: str, observable: str, times: Sequence[int] | None = None) -> Bands | None:
        """Compute the percentiles of a study's observable, a block of saved times after the other.

        Many patients at many times need not fit the memory.

        ``times`` are positions of the saved times that are wanted; None where the study did not save the observable.

        Examples
        --------
        >>> class One:
        ...     def blocks(self, arm, observable, times=None):
        ...         return iter([np.array([[1.0], [3.0]]), np.array([[2.0], [np.nan]])])
        >>> Bands.read(One(), "a", "treg_fold").median.tolist()
        [2.0, 2.0]
        """
        return cls._over(result.blocks(arm, observable, times)) if offers(result, arm, observable) else None

    @classmethod
    def _over(cls, blocks: Iterable[FloatArray]) -> Bands:
        parts: list[FloatArray] = []
        anyone: npt.NDArray[np.bool_] | None = None
        for table in blocks:
            if table.ndim != 2:
                raise ValueError(f"values must have the shape (patients, times), not {table.shape}")
            alive = np.asarray(np.isfinite(table).any(axis=1), dtype=np.bool_)
            anyone = alive if anyone is None else np.asarray(anyone | alive)
            parts.append(_levels(table[alive]))
        levels = np.concatenate(parts, axis=1) if parts else np.full((len(_LEVELS), 0), np.nan)
        return cls(*levels, drawn=0 if anyone is None else int(anyone.sum()))

    def at(self, which: np.ndarray) -> Bands:
        """Select times by mask or index.

        Examples
        --------
        >>> Bands.of(np.array([[1.0, 2.0]])).at(np.array([1])).median.tolist()
        [2.0]
        """
        return Bands(
            self.p5[which], self.p25[which], self.median[which], self.p75[which], self.p95[which], drawn=self.drawn
        )

"""The middle and the spread of many patients at every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bimodal.report.source import FloatArray

_LEVELS = (5.0, 25.0, 50.0, 75.0, 95.0)


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

        Parameters
        ----------
        values
            Shape (N, T); a failed patient is a row of NaN. A single undefined value (a ratio over zero) leaves
            only that time out.

        Returns
        -------
        Bands
            All NaN where nobody has a value; `drawn` counts the patients with any value.

        Raises
        ------
        ValueError
            If `values` is not two-dimensional.

        Examples
        --------
        >>> bands = Bands.of(np.array([[1.0, 2.0], [3.0, 4.0], [np.nan, np.nan]]))
        >>> bands.median.tolist(), bands.drawn
        ([2.0, 3.0], 2)
        """
        table = np.asarray(values, dtype=np.float64)
        if table.ndim != 2:
            raise ValueError(f"values must have the shape (patients, times), not {table.shape}")
        finite = np.isfinite(table)
        alive = finite.any(axis=1)
        table, finite = table[alive], finite[alive]
        levels = np.full((len(_LEVELS), table.shape[1]), np.nan)
        if len(table):
            whole = finite.all(axis=0)
            levels[:, whole] = np.percentile(table[:, whole], _LEVELS, axis=0)
            for column in np.flatnonzero(~whole & finite.any(axis=0)):
                levels[:, column] = np.percentile(table[finite[:, column], column], _LEVELS)
        return cls(*levels, drawn=int(alive.sum()))

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

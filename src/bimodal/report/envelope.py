"""What an observable did within each pixel of a figure, over many patients."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from bimodal.errors import BimodalError
from bimodal.report.source import FloatArray, ResultSource, weights_of
from bimodal.study.endpoints.weighted import columns_quantiles


@dataclass(frozen=True)
class Envelope:
    """Percentiles over patients of the lowest, mean and highest value within each pixel, each of shape (S,).

    Parameters
    ----------
    edges
        (S + 1,) days.
    p5, p25, low
        5 %, 25 % and 50 % of patients have a lowest value below.
    median
        Median of the patients' means.
    high, p75, p95
        50 %, 75 % and 95 % of patients have a highest value below.
    drawn
        Patients with any value.
    """

    edges: FloatArray
    p5: FloatArray
    p25: FloatArray
    low: FloatArray
    median: FloatArray
    high: FloatArray
    p75: FloatArray
    p95: FloatArray
    drawn: int

    @classmethod
    def of(
        cls,
        edges: FloatArray,
        low: FloatArray,
        mean: FloatArray,
        high: FloatArray,
        weights: FloatArray | None = None,
    ) -> Envelope:
        """Compute the percentiles of (N, S) values, leaving failed patients out; `weights` (N,) say who counts more.

        Examples
        --------
        >>> found = Envelope.of(np.array([0.0, 1.0]), np.array([[1.0]]), np.array([[2.0]]), np.array([[4.0]]))
        >>> float(found.p5[0]), float(found.median[0]), float(found.p95[0])
        (1.0, 2.0, 4.0)
        """
        drawn = int(np.isfinite(mean).any(axis=1).sum())
        lows, highs = _percentiles(low, (5.0, 25.0, 50.0), weights), _percentiles(high, (50.0, 75.0, 95.0), weights)
        return cls(edges, *lows, *_percentiles(mean, (50.0,), weights), *highs, drawn=drawn)

    @classmethod
    def read(
        cls,
        result: ResultSource,
        arm: str,
        observable: str,
        table: str = "pixels",
        *,
        above: FloatArray | None = None,
    ) -> Envelope | None:
        """Compute the percentiles of an observable of a study; None where it was not read in pixels.

        `above` is (N,) a level of each patient that is taken off; what lies below it counts as zero.
        """
        try:
            edges, blocks = result.envelope(arm, observable, table)
        except (KeyError, BimodalError):
            return None
        edges, weights = np.asarray(edges, np.float64), weights_of(result)
        parts = [
            cls.of(
                np.zeros(1),
                *(block if above is None else (np.maximum(v - above[: len(v), None], 0.0) for v in block)),
                weights=None if weights is None else weights[: len(block[0])],
            )
            for block in blocks
        ]
        if not parts:
            return None
        names = [field.name for field in fields(cls) if field.name not in ("edges", "drawn")]
        whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(edges=edges, **whole, drawn=max(part.drawn for part in parts))

    def between(self, first: float, last: float) -> Envelope:
        """Give the pixels between two days, their edges counted from the first of these days."""
        starts, stops = self.edges[:-1], self.edges[1:]
        inside = (starts >= first - 1e-9) & (stops <= last + 1e-9)
        names = [field.name for field in fields(self) if field.name not in ("edges", "drawn")]
        edges = np.append(starts[inside], stops[inside][-1:]) - first
        return Envelope(edges=edges, **{name: getattr(self, name)[inside] for name in names}, drawn=self.drawn)

    @property
    def pixel_text(self) -> str:
        """Say how long a pixel is, such as ``24 h`` or ``1 h, later 24 h``."""
        hours = np.diff(self.edges)[[0, -2 if len(self.edges) > 2 else -1]] * 24.0
        said = [_length(hour) for hour in hours.tolist()]
        return said[0] if said[0] == said[1] else f"{said[0]}, later {said[1]}"

    def scaled(self, factor: float) -> Envelope:
        """Give the same in another unit of the observable."""
        names = [field.name for field in fields(self) if field.name not in ("edges", "drawn")]
        return Envelope(edges=self.edges, **{n: factor * getattr(self, n) for n in names}, drawn=self.drawn)


def _length(hours: float) -> str:
    if hours >= 48.0:
        return f"{hours / 24.0:.3g} days"
    return f"{hours:.3g} h" if hours >= 1.0 else f"{60.0 * hours:.3g} min"


def _percentiles(values: FloatArray, levels: tuple[float, ...], weights: FloatArray | None) -> FloatArray:
    if weights is not None:
        return columns_quantiles(values, [level / 100.0 for level in levels], weights)
    found = np.full((len(levels), values.shape[1]), np.nan)
    finite = np.isfinite(values)
    whole = finite[finite.any(axis=1)].all(axis=0) if finite.any() else np.zeros(values.shape[1], bool)
    if whole.any():
        found[:, whole] = np.percentile(values[finite.any(axis=1)][:, whole], levels, axis=0)
    for column in np.flatnonzero(~whole & finite.any(axis=0)):
        found[:, column] = np.percentile(values[finite[:, column], column], levels)
    return found

"""Makes every observable in time from what the model gives, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints.registry import Observable, load_registry

Primitive = Callable[[str], npt.NDArray[np.float64]]


def derive(name: str, primitive: Primitive, baseline: int) -> npt.NDArray[np.float64]:
    """Compute one observable with a value at every saved time.

    A fold is taken within the patient before any summary over patients, as trials report it.

    Parameters
    ----------
    name
        Observable id with ``per = "time"``.
    primitive
        Gives the (N, T) array of a model observable by id.
    baseline
        Index of day 0 (pre-dose) on the time axis.

    Returns
    -------
    ndarray (N, T)
        In the unit of the registry; NaN where a patient failed or where zero is divided by zero.

    Examples
    --------
    >>> import numpy as np
    >>> counts = {"treg_count": np.array([[50.0, 100.0]]), "tconv_count": np.array([[800.0, 800.0]])}
    >>> derive("treg_fold", counts.__getitem__, 0).tolist()
    [[1.0, 2.0]]
    >>> derive("treg_tconv_ratio", counts.__getitem__, 0).tolist()
    [[0.0625, 0.125]]
    """
    entry = load_registry()[name]
    if entry.per != "time":
        raise StudyError(f"'{name}' has one value per patient, not a value in time", fix="ask for it without days")
    if entry.kind == "model":
        return primitive(name)
    parts = [derive(part, primitive, baseline) for part in entry.of]
    if entry.kind == "fold":
        return _ratio(parts[0], parts[0][:, baseline : baseline + 1])
    if entry.kind == "gain":
        return parts[0] - parts[0][:, baseline : baseline + 1]
    if entry.kind == "gated":
        return parts[0] * load_registry().gates[entry.gate or ""].above(parts[1])
    if entry.kind == "sum":
        return _sum(parts)
    return _quotient(entry, parts, lambda part: derive(part, primitive, baseline))


def _quotient(entry: Observable, parts: list[npt.NDArray[np.float64]], make: Primitive) -> npt.NDArray[np.float64]:
    if entry.kind == "weighted":
        weights = [make(part) for part in entry.weights]
        return _ratio(_sum([w * x for w, x in zip(weights, parts, strict=True)]), _sum(weights))
    return entry.scale * _ratio(_sum(parts), _sum([make(part) for part in entry.over]))


def _sum(parts: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    return reduce(np.add, parts)  # written order: the same bits whatever NumPy's own summation does


def _ratio(top: npt.NDArray[np.float64], bottom: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    out = np.full(np.broadcast_shapes(top.shape, bottom.shape), np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0.0)
    return out

"""A span of time reduced to one number per patient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError

Array = npt.NDArray[np.float64]

_HOURS = 24.0


def reduced(how: str, days: Array, values: Array) -> Array:
    """Reduce what each patient shows between two days to one number.

    Papers give a peak, a nadir, a change or an exposure; it must be taken within the patient, before patients are
    summarised.

    Parameters
    ----------
    how
        ``peak min mean change rise fall ratio percent area``, as ``bimodal.evidence`` defines them.
    days
        (T,) saved days from start to end, ascending.
    values
        (N, T) the observable.

    Returns
    -------
    ndarray (N,)
        In the unit of the observable; ``ratio`` has none, ``percent`` is in percent of the start, ``area`` in the unit
        times hours. NaN for failed patients and for a ratio to 0.

    Examples
    --------
    >>> import numpy as np
    >>> days, values = np.array([0.0, 1.0, 2.0]), np.array([[4.0, 7.0, 2.0]])
    >>> [float(reduced(how, days, values)[0]) for how in ("rise", "fall", "ratio", "percent", "mean")]
    [3.0, 2.0, 0.5, -50.0, 5.0]
    """
    if how not in _RULES:
        raise StudyError(f"there is no reduction '{how}'", fix="one of " + ", ".join(_RULES))
    return np.asarray(_RULES[how](days, values), dtype=np.float64)


def _area(days: Array, values: Array) -> Array:
    # one interval at a time, in order: the same bits whatever the number of patients
    out = np.zeros(values.shape[0])
    for k in range(len(days) - 1):
        out += 0.5 * (days[k + 1] - days[k]) * (values[:, k] + values[:, k + 1])
    return out


def _ratio(days: Array, values: Array) -> Array:
    out = np.full(values.shape[0], np.nan)
    np.divide(values[:, -1], values[:, 0], out=out, where=values[:, 0] != 0.0)
    return out


_RULES: dict[str, Callable[[Array, Array], Array]] = {
    "peak": lambda days, values: values.max(axis=1),
    "min": lambda days, values: values.min(axis=1),
    "mean": lambda days, values: _area(days, values) / (days[-1] - days[0]),
    "change": lambda days, values: values[:, -1] - values[:, 0],
    "rise": lambda days, values: values.max(axis=1) - values[:, 0],
    "fall": lambda days, values: values[:, 0] - values.min(axis=1),
    "ratio": _ratio,
    "percent": lambda days, values: 100.0 * (_ratio(days, values) - 1.0),
    "area": lambda days, values: _HOURS * _area(days, values),
}

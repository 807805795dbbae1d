"""Fingerprint of the trajectories of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def rows_sha256(
    arms: Sequence[str], times_h: Sequence[float], observables: Sequence[str], values: Mapping[str, Iterable[Array]]
) -> str:
    """Fingerprint the trajectories, whatever chunks they were computed in.

    Parameters
    ----------
    values
        (N, T, O) of each arm, in the order of the patients, at once or in parts of consecutive patients.

    Returns
    -------
    str
        SHA-256 over the axes, then every number in (arm, patient, time, observable) order as a little-endian double;
        every NaN counts as the same NaN.

    Examples
    --------
    >>> rows_sha256(["a"], [0.0], ["x"], {"a": np.zeros((1, 1, 1))})[:8]
    'd206f091'
    """
    digest = hashlib.sha256(json.dumps([list(arms), list(observables)], ensure_ascii=False).encode())
    digest.update(np.asarray(times_h, "<f8").tobytes())
    for arm in arms:
        for row in values[arm]:
            digest.update(np.where(np.isnan(row), np.nan, row).astype("<f8").tobytes())
    return digest.hexdigest()

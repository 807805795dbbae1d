"""Random numbers that belong to a person and a name."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal.cohort.philox import philox4x64
from bimodal.errors import CohortError

_SEPARATOR = "\x1f"
_LARGEST = 1.0 - 2.0**-53


def uniform(seed: int, patients: ArrayLike, purpose: str, name: str, draws: int = 1) -> NDArray[np.float64]:
    """Draw uniform numbers strictly between 0 and 1, of shape (N, draws), from the stream of each patient and name.

    Because a stream is found by its name and not by its turn, adding a parameter, an arm, a patient or a worker
    changes no number of anybody else.

    Parameters
    ----------
    patients
        Global patient indices, shape (N,), integers from 0, in any order.
    purpose
        What the numbers are for, such as ``"parameter"`` or ``"covariate"``.
    name
        Which one of that purpose, such as a parameter id.

    Examples
    --------
    >>> together = uniform(1, [5, 6], "parameter", "clearance")
    >>> alone = uniform(1, [6], "parameter", "clearance")
    >>> bool(together[1, 0] == alone[0, 0])
    True

    Notes
    -----
    The 128-bit key is the first half of SHA-256 of ``seed, patient, purpose, name`` joined by the unit separator;
    a word x becomes ((x >> 11) + 0.5) / 2**53, and the one word that would round to 1 gives 1 - 2**-53.
    """
    if draws < 1:
        raise CohortError("at least one draw is needed", where=f"draws = {draws}")
    keys = _keys(seed, patient_indices(patients), purpose, name)
    words = philox4x64(keys, -(-draws // 4))[:, :draws]
    return unit_interval(words)


def normal(seed: int, patients: ArrayLike, purpose: str, name: str, draws: int = 1) -> NDArray[np.float64]:
    """Draw standard normal numbers by inverting the normal distribution at :func:`uniform`.

    Inversion takes exactly one word per number, so a stream never loses step.

    Examples
    --------
    >>> normal(1, [0, 1, 2], "parameter", "clearance").shape
    (3, 1)
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(uniform(seed, patients, purpose, name, draws)), dtype=np.float64)


def unit_interval(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Map raw 64-bit words to numbers strictly between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> unit_interval(np.array([2**63], dtype=np.uint64)).tolist()
    [0.5]
    """
    centred = ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return np.minimum(centred, _LARGEST)


def patient_indices(patients: ArrayLike) -> NDArray[np.int64]:
    """Give global patient indices as 64-bit integers, refusing all but a row of integers from 0.

    Examples
    --------
    >>> patient_indices([3, 1]).tolist()
    [3, 1]
    """
    given = np.asarray(patients)
    if given.size == 0 and given.ndim == 1:
        return np.empty(0, dtype=np.int64)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise CohortError(
            "patient indices must be a one-dimensional array of integers",
            where=f"shape {given.shape}, type {given.dtype}",
        )
    if given.dtype.kind == "u" and int(given.max()) > np.iinfo(np.int64).max:
        raise CohortError("a patient index does not fit into 64 bits with a sign", where=f"index {given.max()}")
    if int(given.min()) < 0:
        raise CohortError("a patient index is negative", where=f"index {given.min()}", fix="count patients from 0")
    return given.astype(np.int64)


def _keys(seed: int, patients: NDArray[np.int64], purpose: str, name: str) -> NDArray[np.uint64]:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise CohortError("the seed must be an integer", where=f"seed = {seed!r}")
    for text in (purpose, name):
        if not text or _SEPARATOR in text:
            raise CohortError("a stream name is empty or holds the unit separator", where=repr(text))
    start = hashlib.sha256(f"{int(seed)}{_SEPARATOR}".encode())
    tail = f"{_SEPARATOR}{purpose}{_SEPARATOR}{name}"
    digests = bytearray()
    for patient in patients.tolist():
        state = start.copy()
        state.update(f"{patient}{tail}".encode())
        digests += state.digest()[:16]
    return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64).reshape(len(patients), 2)

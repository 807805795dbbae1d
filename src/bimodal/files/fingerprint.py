"""Fingerprint of plain data."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def json_sha256(data: Any) -> str:
    """Fingerprint plain data, whatever the order of its keys.

    Parameters
    ----------
    data
        What JSON can say; no NaN.

    Returns
    -------
    str
        SHA-256 of its canonical JSON.

    Examples
    --------
    >>> json_sha256({"a": 1, "b": 2}) == json_sha256({"b": 2, "a": 1})
    True
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()

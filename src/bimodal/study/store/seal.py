"""What a stored file says of itself beside it: whose it is, what it holds, and the hash of its content."""

from __future__ import annotations

import json
from pathlib import Path


def seal_path(path: Path) -> Path:
    """Say where the seal of a file lies.

    Examples
    --------
    >>> seal_path(Path("ledger/arm-0000-0000000000-0000000008.parquet")).name
    'arm-0000-0000000000-0000000008.json'
    """
    return path.with_suffix(".json")


def seal_bytes(*, run: str, table: str, arm: int, span: tuple[int, int], rows: int, sha256: str) -> bytes:
    r"""Write a seal; a file counts only where its seal is this to the byte.

    Examples
    --------
    >>> seal_bytes(run="f00d", table="ledger", arm=0, span=(0, 8), rows=16, sha256="beef")
    b'{"run": "f00d", "table": "ledger", "arm": 0, "start": 0, "stop": 8, "rows": 16, "sha256": "beef"}\n'
    """
    start, stop = span
    words = {"run": run, "table": table, "arm": arm, "start": start, "stop": stop, "rows": rows, "sha256": sha256}
    return json.dumps(words).encode() + b"\n"

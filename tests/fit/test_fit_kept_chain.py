"""A kept chain that was damaged is said, whatever stands in its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bimodal.errors import OutputError
from bimodal.fit.posterior import _resume


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"\x93NUMPY", b"x" * 100])
def test_a_damaged_chain_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "chain.npz").write_bytes(content)
    with pytest.raises(OutputError, match="the kept chain cannot be read"):
        _resume(None, tmp_path / "chain.npz", "f", np.zeros((2, 2)), 1)

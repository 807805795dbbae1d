"""Servers in this process; their jobs lie in a folder of the test."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason="the extra 'app' is not installed")
from app_client import servers


@pytest.fixture
def server(tmp_path):
    """Start servers one after the other on one data folder."""
    with servers(tmp_path) as start:
        yield start

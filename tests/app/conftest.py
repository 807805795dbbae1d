"""Servers in this process; their jobs lie in a folder of the test."""

from __future__ import annotations

import pytest


@pytest.fixture
def server(tmp_path):
    """Start servers one after the other on one data folder."""
    from app_client import servers

    with servers(tmp_path) as start:
        yield start

"""The system's Chromium for tests of pages: one for all tests of a process, as Playwright allows no second loop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 120.0

try:
    from playwright.sync_api import sync_playwright
except ImportError:  # an extra
    sync_playwright = None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def missing() -> str:
    """Say what a machine lacks to open a page; empty where it lacks nothing."""
    if sync_playwright is None:
        return "no playwright: pip install 'bimodal[browser]'"
    return "" if CHROMIUM else "no Chromium on this machine: install the system's chromium to test the page"


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser that reaches nothing."""
    assert sync_playwright is not None
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE_S * 1000
        )
        yield browser
        browser.close()

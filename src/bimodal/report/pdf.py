"""A page printed by a browser of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bimodal.files.write import write_bytes

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_PATIENCE_S = 90.0


def find_browser() -> str | None:
    """Find Chromium, Chrome or Edge; None where there is none."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def write_pdf(page: Path, target: Path, *, browser: str | None = None) -> str:
    """Print a page of ours into a PDF.

    Parameters
    ----------
    page
        An HTML file that asks for nothing outside itself.
    browser
        The program; None looks for one.

    Returns
    -------
    str
        Why there is none; empty where it was written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = Path(folder) / "page.html"
    ...     _ = page.write_text("<p>a page</p>")
    ...     write_pdf(page, Path(folder) / "page.pdf", browser="no-such-browser")
    'no-such-browser could not be started'
    """
    program = browser or find_browser()
    if program is None:
        return "no Chromium, Chrome or Edge was found; print the page from a browser"
    name = Path(program).name
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        printed, unfolded = Path(place) / "page.pdf", Path(place) / "page.html"
        # what is folded away on a screen is not printed
        unfolded.write_text(page.read_text("utf-8").replace("<details>", "<details open>"), "utf-8", newline="\n")
        # a process of root has no sandbox to be put into
        loose = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [
            program,
            "--headless",
            "--disable-gpu",
            *loose,
            f"--user-data-dir={place}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            unfolded.as_uri(),
        ]
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE_S)
        except OSError:
            return f"{name} could not be started"
        except subprocess.TimeoutExpired:
            return f"{name} did not finish within {_PATIENCE_S:g} s"
        if not printed.is_file():
            return f"{name} wrote nothing; print the page from a browser"
        write_bytes(target, printed.read_bytes())
    return ""

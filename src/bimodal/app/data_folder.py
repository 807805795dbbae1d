"""Where jobs lie unless a person says otherwise."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bimodal.errors import OutputError


def data_folder() -> Path:
    """Name a folder of this user for jobs; it is not made here."""
    try:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = str(Path.home() / "Library" / "Caches")
        else:
            base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    except RuntimeError:
        raise OutputError("this user has no folder for jobs", fix="give one with --data") from None
    return Path(base) / "bimodal-app"

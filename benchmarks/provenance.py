"""Where a figure comes from: what every file of results says of the run that made it."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import Any


def provenance(**more: Any) -> dict[str, Any]:
    """Return commit, command and machine of this run, then what else is to be said of it."""
    head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    command = "python " + " ".join(sys.argv)
    return {"commit": head.stdout.strip(), "command": command, "machine": platform.machine(), **more}

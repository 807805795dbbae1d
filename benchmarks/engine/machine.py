"""The computer and the versions a figure belongs to."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bimodal import __version__
from bimodal.engine.kernel import host_width


def machine() -> dict[str, Any]:
    """Return processor, cores, vector width, versions, and how busy the computer is."""
    import llvmlite.binding as llvm

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "cpu": _cpu(),
        "cpu_family": llvm.get_host_cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "lanes": host_width(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {"bimodal": __version__}
        | {name: version(name) for name in ("numpy", "scipy", "numba", "llvmlite")},
        "load_at_start": load,
    }


def line(found: dict[str, Any]) -> str:
    """Return the machine in one line."""
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return (
        f"{found['cpu']} ({found['cpu_family']}), {found['cores']} cores, {found['lanes']} lanes, {found['system']}, "
        f"Python {found['python']}, {versions}; load at start {found['load_at_start']:.1f}"
    )


def commit() -> dict[str, Any]:
    """Return the commit of this checkout and whether package or benchmark differ from it."""
    root = Path(__file__).parents[2]

    def git(*words: str) -> str:
        try:
            done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
        except OSError:
            return ""
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "benchmarks", ":!benchmarks/results")
    return {"commit": git("rev-parse", "HEAD") or "unknown", "changed_since": bool(changed)}


def without_paths(arguments: list[str]) -> list[str]:
    """Return the arguments of a command without paths of this computer."""
    return [a if not Path(a).is_absolute() else Path(a).name for a in arguments]


def _cpu() -> str:
    try:
        for entry in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if entry.startswith("model name"):
                return entry.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"

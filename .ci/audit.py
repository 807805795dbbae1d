"""Asks an advisory service about every release that requirements.lock pins, where one can be reached.

    python .ci/audit.py [--seconds 90]

pip-audit works in an environment of its own, from `.ci/audit.lock`. A service counts as reached only if it knows the
faults of a release that is known to have some: a mirror that answers and knows nothing would be a false pass. Prints
"not run" and why in every other case. Exit code 1 if a pinned release has a known fault.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_LOCK = _HERE.parent / "requirements.lock"
#: A release with published faults (CVE-2019-11324 and later ones).
_FAULTY = "urllib3==1.24.1"
_SERVICES = ("pypi", "osv")


def judge(said: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """Return the faults, the names nothing is known of, and how many releases were looked up."""
    faults, unknown, known = list[str](), list[str](), 0
    for one in said.get("dependencies", ()):
        if "skip_reason" in one:
            unknown.append(one["name"])
            continue
        known += 1
        for fault in one.get("vulns", ()):
            fixed = ", ".join(fault.get("fix_versions", ())) or "none yet"
            faults.append(f"{one['name']} {one['version']}: {fault['id']} (mended in: {fixed})")
    return faults, unknown, known


def main() -> int:
    """Audit the lock."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=90.0, help="time for all of it")
    ends = time.monotonic() + parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=True)
        program = Path(place) / ("Scripts" if sys.platform == "win32" else "bin")
        lock = str(_HERE / "audit.lock")
        options = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r", lock]
        installed = _run([str(program / "python"), "-m", "pip", "install", *options], ends)
        if installed is None or installed.returncode:
            return _not_run("pip-audit could not be installed")
        faulty = Path(place) / "faulty.txt"
        faulty.write_text(_FAULTY + "\n", "utf-8")
        for service in _SERVICES:
            control = _asked(program, service, faulty, ends, "--no-deps")
            if control is not None and judge(control)[0]:
                break
        else:
            return _not_run(
                f"no advisory service in reach knows the faults of {_FAULTY} (asked: {', '.join(_SERVICES)})"
            )
        said = _asked(program, service, _LOCK, ends, "--require-hashes")
    if said is None:
        return _not_run(f"{service} did not answer in time")
    faults, unknown, known = judge(said)
    print("\n".join([*faults, f"dependency audit by {service}: {known} releases, {len(faults)} known faults"]))
    if unknown:
        print(f"dependency audit: not run for {len(unknown)} ({', '.join(unknown)}), of which nothing is known")
    return int(bool(faults))


def _asked(program: Path, service: str, lock: Path, ends: float, *more: str) -> dict[str, Any] | None:
    options = ["-s", service, "-f", "json", "--progress-spinner", "off", "--timeout", "5", "--disable-pip", *more]
    done = _run([str(program / "pip-audit"), *options, "-r", str(lock)], ends)
    try:
        return json.loads(done.stdout) if done is not None else None
    except ValueError:
        return None


def _run(command: list[str], ends: float) -> subprocess.CompletedProcess[str] | None:
    left = ends - time.monotonic()
    if left <= 0.0:
        return None
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=left, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None


def _not_run(why: str) -> int:
    print(f"dependency audit: not run, {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

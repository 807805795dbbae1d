"""A study of a small model file that is computed in no time, whoever computes it."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

MODEL = """model decay
  unit time_unit = 3600 second;
  compartment body = 2; species S in body; substanceOnly species A in body;
  lose: S -> ; k*S*body; gone: A -> ; k*A;
  k = 0.1; S = 3; A = 8;
end
"""
STUDY = """name = "decay"
model = "decay.ant"
horizon = 20
population = {patients = 30, spread = {k = 0.3}}
[[arm]]
name = "one"
regimen = "none"
[[arm]]
name = "two"
regimen = "none"
[[endpoint]]
id = "S"
days = [1, 5]
"""


def write_study(folder):
    """Write model and study, and give the path of the study."""
    (folder / "decay.ant").write_text(MODEL, "utf-8")
    path = folder / "study.toml"
    path.write_text(STUDY, "utf-8")
    return path


class Command:
    """``bimodal run`` in a process of its own, whose descendants can be found again by a mark in their environment."""

    def __init__(self, folder, *words, env=None):
        self.mark = f"BIMODAL_TEST={uuid.uuid4()}"
        name, value = self.mark.split("=")
        start = "import sys; from bimodal.cli.main import main; sys.exit(main())"
        command = [sys.executable, "-c", start, "run", str(write_study(folder)), "--no-report", *words]
        self.process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(env or {}), name: value}, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def events(self):
        """Give the events it tells, as they come."""
        for line in self.process.stderr:
            if line.startswith("{"):
                yield json.loads(line)

    def end(self, seconds=120):
        """Wait for its end; its code and what it said on standard error."""
        said = self.process.communicate(timeout=seconds)[1]
        return self.process.returncode, said

    def alive(self):
        """List the processes that belong to it and live."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.mark in (entry / "environ").read_text().split("\0"):
                    found.append(int(entry.name))
            except (OSError, UnicodeDecodeError):
                continue
        return found

    def wait_until_gone(self, seconds=30):
        """Wait until none of them lives; those that do after so long."""
        until = time.monotonic() + seconds
        while (alive := self.alive()) and time.monotonic() < until:
            time.sleep(0.05)
        return alive

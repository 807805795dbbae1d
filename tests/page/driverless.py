"""Runs the page's engine in a browser without a driver: the page reports what it found to a server of this process."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bimodal.engine import System
from bimodal.engine.webassembly import web_assembly
from bimodal.page.modules import link, read_data

BROWSERS = {"Chromium": ("chromium", "chromium-browser", "google-chrome"), "Firefox": ("firefox-esr", "firefox")}
PATIENCE_S = 300.0
_ENTRY = """import { Engine } from "./engine.js";
const report = (path, body) => fetch(path, { method: "POST", body });
try {
  const { kernel, module, cases } = JSON.parse(document.getElementById("problem").textContent);
  const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  const engine = Engine.from(new WebAssembly.Module(bytes), kernel);
  const found = cases.map((one) => engine.solve({ ...one, inputs: one.inputs.map(Number) }).outputs);
  report("/found", new Blob(found));
} catch (fault) {
  report("/fault", `${fault}`);
}
"""


def executable(browser: str) -> str | None:
    """Return where a browser of this machine lies."""
    return next(filter(None, map(shutil.which, BROWSERS[browser])), None)


def browser_solves(browser: str, system: System, cases: Sequence[Mapping[str, Any]], folder: Path) -> list[np.ndarray]:
    """Solve cases (inputs, events, times, tolerances) in a browser; each gives (T, O). Skips where it is missing."""
    program = executable(browser)
    if program is None:
        pytest.skip(f"{browser} is not installed: its bits are not checked here")
    module = web_assembly(system)
    problem = {"kernel": module.layout(), "module": base64.b64encode(module.code).decode(), "cases": list(cases)}
    script = link("entry.js", lambda name: _ENTRY if name == "entry.js" else read_data(name))
    page = (
        f'<!doctype html><meta charset="utf-8"><script type="application/json" id="problem">{json.dumps(problem)}'
        f"</script><script>{script}</script>"
    )
    numbers = np.frombuffer(_reported(browser, program, page, folder / f"profile-{browser}"), "<f8")
    found, place = [], 0
    for case in cases:
        shape = (len(case["times"]), len(system.outputs))
        found.append(numbers[place : place + shape[0] * shape[1]].reshape(shape))
        place += shape[0] * shape[1]
    assert place == len(numbers)
    return found


def _reported(browser: str, program: str, page: str, profile: Path) -> bytes:
    """Open a page and return what it posts."""
    come, said = threading.Event(), dict[str, bytes]()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(page.encode() if self.path == "/" else b"")

        def do_POST(self) -> None:
            said[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"")
            come.set()

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    profile.mkdir(parents=True, exist_ok=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{server.server_port}/"
        words = {
            "Chromium": ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", where],
            "Firefox": ["--headless", "--no-remote", "--profile", str(profile), where],
        }[browser]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([program, *words], **quiet) as running:
            try:
                assert come.wait(PATIENCE_S), f"{browser} reported nothing"
            finally:
                running.terminate()
                server.shutdown()
    assert "/fault" not in said, said["/fault"].decode()
    return said["/found"]

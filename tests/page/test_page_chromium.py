"""The page's engine in Chromium: the bits it has in Node and on the desk."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from browser_engine import assert_same_bits, case_of, plain_twin, solve

from bimodal.engine import Schedule, Settings
from bimodal.engine.webassembly import web_assembly
from bimodal.model import load_model
from bimodal.page.modules import link, read_data

_ENTRY = """import { Engine } from "./engine.js";
const { kernel, module, cases } = JSON.parse(document.getElementById("problem").textContent);
const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
// all at once, so that the document is complete when it has been read
const engine = Engine.from(new WebAssembly.Module(bytes), kernel);
const found = cases.map((one) => engine.solve({ ...one, inputs: one.inputs.map(Number) }).outputs);
const text = found.map((one) => Array.from(new Uint8Array(one.buffer), (byte) => String.fromCharCode(byte)).join(""));
document.getElementById("found").textContent = btoa(text.join(""));
"""


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed: the bits of a browser are not checked here")
    return found


def chromium_solves(system, cases, folder):
    """Solve cases in a page of Chromium's; each gives (T, O)."""
    module = web_assembly(system)
    problem = {"kernel": module.layout(), "module": base64.b64encode(module.code).decode(), "cases": cases}
    script = link("entry.js", lambda name: _ENTRY if name == "entry.js" else read_data(name))
    page = folder / "page.html"
    page.write_text(
        f'<!doctype html><pre id="found"></pre><script type="application/json" id="problem">{json.dumps(problem)}'
        f"</script><script>{script}</script>"
    )
    profile = f"--user-data-dir={folder / 'profile'}"
    words = ["--headless", "--no-sandbox", "--disable-gpu", profile, "--dump-dom"]
    ran = subprocess.run([chromium(), *words, page.as_uri()], capture_output=True, text=True, timeout=600, check=False)
    found = re.search(r'<pre id="found">([^<]*)</pre>', ran.stdout)
    assert found, ran.stderr[-2000:]
    numbers = np.frombuffer(base64.b64decode(found.group(1)), "<f8")
    return numbers.reshape(len(cases), -1, len(system.outputs))


@pytest.mark.parametrize("name", ["tumour_alone", "human"])
def test_chromium_has_the_bits_of_the_desk(name, tmp_path, monkeypatch):
    chromium()
    model = load_model(name)
    twin = plain_twin(model.system, monkeypatch)
    inputs = model.rest(np.array([[model.table.values()[row] for row in model.parameter_ids]]))
    times = np.linspace(0.0, 200.0, 21)
    slot = twin.slot_set(model.settable[0])
    schedule = Schedule.shared([1.0, 1.25, 24.0, 24.25], [slot] * 4, [[20.0, 0.0, 200.0, 0.0]])
    settings = [Settings(rtol=1e-3), Settings(rtol=1e-6)]
    cases = [case_of(twin, inputs[0], schedule, times.tolist(), one) for one in settings]
    for page, one in zip(chromium_solves(twin, cases, tmp_path), settings, strict=True):
        assert_same_bits(page, solve(twin, inputs, schedule, times, settings=one).values[0])

"""The page in a browser: bits and percentiles against the desk, how long a move of the slider takes, and sizes.

Run ``python benchmarks/browser.py [--models human tumour_alone ...] [--moves 60]`` on an idle computer, with the extra
``browser``, Chromium, Firefox and Node; writes ``benchmarks/results/browser.json`` and ``.md``. What is not there is
said to be not available; NiceGUI too, a page of which with the engine in its process is measured in turn with ours.
The person is the typical one at 1 MIU/m2 daily for 56 days, followed for 84, with five charts.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bimodal.engine import Settings, System, solve
from bimodal.files.write import write_text
from bimodal.model import load_model
from bimodal.model.manifest import list_models
from bimodal.page.bundle import bundle_with
from bimodal.page.explore import explore_bundle
from bimodal.page.html import page_html, parts
from bimodal.study import RunOptions, run_study, simulate_spec
from provenance import provenance

HERE = Path(__file__).parent
# the harness of the tests runs the page's engine in Node and in Chromium
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests" / "page")]
from browser_engine import case_of, page_solves, plain_twin, run_node  # noqa: E402
from driverless import BROWSERS, browser_solves, executable  # noqa: E402
from page_browser import opened  # noqa: E402
from test_page_bits import given_by  # noqa: E402

from chromium import chromium, missing  # noqa: E402

TOLERANCES = (1e-3, 1e-4, 1e-6)
_QUANTILES = {"least": 0.0, "p50": 0.5, "p90": 0.9}
SCENARIO = {
    "name": "Low dose",
    "model": "human",
    "cohort": "healthy",
    "drug": "aldesleukin",
    "regimen": "1 MIU/m2 SC daily for 56 days",
}
#: Keys in one direction before the other page has its turn.
_BLOCK = 15
_WATCH_NICEGUI = """() => {
  window.paints = [];
  const label = document.querySelector(".moved");
  addEventListener("keydown", ({ timeStamp }) => {
    const before = label.textContent;
    const seen = new MutationObserver(() => {
      if (label.textContent === before) return;
      seen.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => window.paints.push(performance.now() - timeStamp);
        port2.postMessage(0);
      });
    });
    seen.observe(label, { characterData: true, subtree: true, childList: true });
  }, true);
}"""
_WATCH = """() => {
  window.paints = [];
  const root = document.getElementById("bimodal"), note = () => window.paints.push(Number(root.dataset.paint));
  new MutationObserver(note).observe(root, {attributeFilter: ["data-paint"]});
}"""


def bits(names: list[str]) -> list[dict[str, Any]]:
    """Count the numbers that are equal to the bit, by model, engine and tolerance."""
    rows: list[dict[str, Any]] = []
    for name in names:
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            twin = plain_twin(load_model(name).system, patch)
            given = given_by(name)
            for rtol in TOLERANCES:
                settings = Settings(rtol=rtol)
                desk = [solve(twin, i, s, t, settings=settings).values[0] for i, s, t in given]
                cases = [case_of(twin, i, s, list(t), settings) for i, s, t in given]
                for engine, run in engines().items():
                    found = run(twin, cases, Path(folder)) if run else None
                    rows.append({"model": name, "rtol": rtol, "engine": engine, **_equal(found, desk)})
                    print(rows[-1], flush=True)
    return rows


Run = Callable[[System, list[dict[str, Any]], Path], list[np.ndarray]]


def engines() -> dict[str, Run | None]:
    """Return what runs the page's engine; None where it is not installed."""

    def node(system: System, cases: list[dict[str, Any]], folder: Path) -> list[np.ndarray]:
        return [values for values, _ in page_solves(system, cases, folder)]

    def of(browser: str) -> Run | None:
        if executable(browser) is None:
            return None
        return lambda system, cases, folder: browser_solves(browser, system, cases, folder)

    return {"Node": node if shutil.which("node") else None, **{name: of(name) for name in BROWSERS}}


def _equal(found: list[np.ndarray] | None, desk: list[np.ndarray]) -> dict[str, Any]:
    if found is None:
        return {"numbers": 0, "equal": None}
    pairs = zip(found, desk, strict=True)
    same = [(a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b)) for a, b in pairs]
    return {"numbers": sum(one.size for one in same), "equal": int(sum(one.sum() for one in same))}


#: What a person reads of a cohort, and when.
_READ, _DAYS = (
    ("treg_fold", "nk_bright_fold", "cd8_fold", "treg_tconv_ratio", "il2_plasma", "pstat5_treg"),
    (7.0, 28.0, 56.0, 84.0),
)


def percentiles(bundle: dict[str, Any]) -> dict[str, Any]:
    """Compare percentiles of 100 patients at 1e-4 in the page with those of `bimodal simulate` at its own accuracy."""
    asked = {"scenario": SCENARIO, "patients": 100, "rtol": 1e-4, "days": _DAYS, "observables": _READ}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bundle.json"
        file.write_text(json.dumps(bundle), encoding="utf-8")
        people = json.loads(run_node("people.mjs", str(file), given=json.dumps(asked)))
    spec = simulate_spec(
        [SCENARIO["drug"]], [SCENARIO["regimen"]], cohort=SCENARIO["cohort"], patients=100, report_days=_DAYS
    )
    table = run_study(spec, options=RunOptions(patients=100, seed=1)).summary_table()
    worst, compared = ("", 0.0), 0
    for name in _READ:
        for place, day in enumerate(_DAYS):
            (row,) = table[
                (table["endpoint"] == name) & (table["day"] == day) & (table["statistic"] == "median")
            ].to_dict("records")
            for share, column in ((0.05, "lower"), (0.5, "value"), (0.95, "upper")):
                page = float(np.quantile([one[name][place] for one in people], share))
                apart = abs(page / float(row[column]) - 1.0)
                compared += 1
                if apart > worst[1]:
                    worst = f"percentile {100 * share:g} of {name} on day {day:g}", apart
    return {"compared": compared, "worst": worst[0], "apart": worst[1]}


def latency(page: Path, moves: int) -> dict[str, Any]:
    """Measure from a key on the dose slider to the paint that follows, and the time to the last virtual patient.

    Where NiceGUI is installed, its page is moved in turn with ours, block by block.
    """
    with chromium() as browser, nicegui() as address:
        began = time.perf_counter()
        with opened(browser, page) as seen:
            first = time.perf_counter() - began
            seen.settled()
            seen.tab.evaluate(_WATCH)
            slider = seen.tab.locator("input[type=range]").first
            other = browser.new_page(viewport={"width": 1440, "height": 900}) if address else None
            if other:
                other.goto(address, timeout=120_000)
                other.wait_for_selector(".q-slider__track-container")
                time.sleep(4.0)
                other.evaluate(_WATCH_NICEGUI)
            for block in range(-(-moves // _BLOCK)):
                key = "ArrowLeft" if block % 2 else "ArrowRight"
                seen.tab.bring_to_front()
                slider.focus()
                for _ in range(_BLOCK):
                    slider.press(key)
                    time.sleep(0.25)
                if other:
                    other.bring_to_front()
                    other.locator(".q-slider__track-container").first.focus()
                    for _ in range(_BLOCK):
                        other.keyboard.press(key)
                        time.sleep(0.75)
            took = seen.tab.evaluate("window.paints")
            theirs = other.evaluate("window.paints") if other else []
            seen.tab.bring_to_front()
            slider.focus()
            began = time.perf_counter()
            slider.press("ArrowRight")
            seen.until("document.querySelector('.status').dataset.state !== 'complete'")
            seen.settled()
            crowd = time.perf_counter() - began
    return {
        "first_sentence_s": round(first, 3),
        "moves": moves,
        "paints": len(took),
        "slider_to_paint_ms": {name: float(np.quantile(took, q)) for name, q in _QUANTILES.items()},
        "nicegui_paints": len(theirs),
        "nicegui_slider_to_paint_ms": {name: float(np.quantile(theirs, q)) for name, q in _QUANTILES.items()}
        if theirs
        else None,
        "typical_exact_and_100_patients_s": round(crowd, 2),
    }


@contextmanager
def nicegui() -> Iterator[str | None]:
    """Serve the NiceGUI page of ``browser_nicegui.py``; gives its address, or None where NiceGUI is not installed."""
    if importlib.util.find_spec("nicegui") is None:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen([sys.executable, str(HERE / "browser_nicegui.py"), str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        running.terminate()
        running.wait()


def sizes(bundle: dict[str, Any]) -> dict[str, int]:
    """Count the bytes of a page and of what it is made of."""
    made, whole = parts(bundle), page_html(bundle).encode()
    return {
        "page": len(whole),
        "page_gzip": len(gzip.compress(whole, 9)),
        "bundle": len(made.bundle),
        "script": len(made.script),
        "worker": len(made.worker),
        "style": len(made.style),
    }


def table(found: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    about = found["about"]
    where = f"commit {about['commit']}, {about['machine']}, {about['cores']} cores, load {about['load']:.1f}"
    lines = ["# The page in a browser", "", f"`{about['command']}`, {where}.", ""]
    lines += ["| model | tolerance | engine | numbers | equal to the bit of the desk |", "|---|---:|---|---:|---:|"]
    for row in found["bits"]:
        equal = "not available" if row["equal"] is None else f"{row['equal']}"
        lines.append(f"| `{row['model']}` | {row['rtol']:g} | {row['engine']} | {row['numbers']} | {equal} |")
    lines += ["", "The desk: its kernel one patient wide, without fused multiply-add, the form a browser can have.", ""]
    if isinstance(found["latency"], str):
        lines += [f"Latency: {found['latency']}.", ""]
    else:
        one, ms = found["latency"], found["latency"]["slider_to_paint_ms"]
        lines += [
            f"Slider to paint, typical patient, five charts, {one['moves']} keys 250 ms apart, {one['paints']} paints: "
            f"least {ms['least']:.0f}, p50 {ms['p50']:.0f}, p90 {ms['p90']:.0f} ms (goal on an idle machine: 40 and "
            f"80). First sentence {one['first_sentence_s']:.2f} s after the file is opened (goal: 1). The typical "
            "patient at rtol 1e-6 and 100 patients at 1e-4 are complete "
            f"{one['typical_exact_and_100_patients_s']:.2f} s after the move (goal: 1.5 on 4 cores).",
            "",
            _beside(one),
            "",
        ]
    if isinstance(found["percentiles"], str):
        lines += [f"Percentiles: {found['percentiles']}.", ""]
    else:
        far = found["percentiles"]
        lines += [
            "Percentiles of 100 patients in the page (rtol 1e-4) against `bimodal simulate`: "
            f"{far['compared']} compared (5th, 50th, 95th; {len(_READ)} observables on {len(_DAYS)} days); "
            f"the farthest, {far['worst']}, is "
            f"{far['apart']:.1e} of its value apart (goal: 1e-4).",
            "",
        ]
    lines.append("Sizes, bytes: " + ", ".join(f"{name} {size:,}" for name, size in found["sizes"].items()) + ".")
    return "\n".join([*lines, ""])


def _beside(one: dict[str, Any]) -> str:
    theirs = one["nicegui_slider_to_paint_ms"]
    if theirs is None:
        return "NiceGUI: not available."
    ours = one["slider_to_paint_ms"]
    return (
        f"NiceGUI with ECharts, engine in its process, likewise and in turn with the page, keys 750 ms apart, "
        f"{one['nicegui_paints']} paints: least {theirs['least']:.0f}, p50 {theirs['p50']:.0f}, p90 "
        f"{theirs['p90']:.0f} ms: {theirs['p50'] / ours['p50']:.1f} and {theirs['p90'] / ours['p90']:.1f} times ours."
    )


def main() -> None:
    """Measure and write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--models", nargs="*", default=[name for name in list_models() if name != "mouse_disease"])
    words.add_argument("--moves", type=int, default=60)
    words.add_argument("--out", type=Path, default=HERE / "results" / "browser.json")
    given = words.parse_args()
    load = os.getloadavg()[0]
    whole = explore_bundle(["human"], cohorts=["healthy"], drugs=["aldesleukin"], patients=100)
    bundle = bundle_with(whole, [SCENARIO])
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "explore.html"
        page.write_text(page_html(bundle), encoding="utf-8")
        lack = missing()
        seen: dict[str, Any] | str = f"not available: {lack}" if lack else latency(page, given.moves)
    print(seen, flush=True)
    found = {
        "about": provenance(seed=1, cores=os.cpu_count(), load=load),
        "latency": seen,
        "percentiles": percentiles(bundle) if shutil.which("node") else "not available: no Node",
        "sizes": sizes(bundle),
        "bits": bits(given.models),
    }
    write_text(given.out, json.dumps(found, indent=1) + "\n")
    write_text(given.out.with_suffix(".md"), table(found))
    print(table(found))


if __name__ == "__main__":
    main()

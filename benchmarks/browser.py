"""The page in a browser: bits against the desk, how long a move of the slider takes to be seen, and sizes.

Run ``python benchmarks/browser.py [--models human tumour_alone ...] [--moves 60]`` on an idle computer, with the extra
``browser``, Chromium and Node; writes ``benchmarks/results/browser.json`` and ``.md``. What is not there is said to be
not available. The person is the typical one at 1 MIU/m2 daily for 56 days, followed for 84, with five charts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
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
from provenance import provenance

HERE = Path(__file__).parent
# the harness of the tests runs the page's engine in Node and in Chromium
sys.path.insert(0, str(HERE.parent / "tests" / "page"))
from browser_engine import case_of, page_solves, plain_twin  # noqa: E402
from page_browser import chromium, missing, opened  # noqa: E402
from test_page_bits import given_by  # noqa: E402
from test_page_chromium import chromium_solves  # noqa: E402

TOLERANCES = (1e-3, 1e-4, 1e-6)
_QUANTILES = {"least": 0.0, "p50": 0.5, "p90": 0.9}
SCENARIO = {
    "name": "Low dose",
    "model": "human",
    "cohort": "healthy",
    "drug": "aldesleukin",
    "regimen": "1 MIU/m2 SC daily for 56 days",
}
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

    def in_chromium(system: System, cases: list[dict[str, Any]], folder: Path) -> list[np.ndarray]:
        found: list[np.ndarray] = []
        for case in cases:  # one a page, as patients of two regimens have different times
            found += list(chromium_solves(system, [case], folder))
        return found

    there = {"Node": node, "Chromium": in_chromium}
    found = {name: run if shutil.which(name.lower()) else None for name, run in there.items()}
    return {**found, "Firefox": None}


def _equal(found: list[np.ndarray] | None, desk: list[np.ndarray]) -> dict[str, Any]:
    if found is None:
        return {"numbers": 0, "equal": None}
    pairs = zip(found, desk, strict=True)
    same = [(a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b)) for a, b in pairs]
    return {"numbers": sum(one.size for one in same), "equal": int(sum(one.sum() for one in same))}


def latency(page: Path, moves: int) -> dict[str, Any]:
    """Measure from a key on the dose slider to the paint that follows, and the time to the last virtual patient."""
    with chromium() as browser:
        began = time.perf_counter()
        with opened(browser, page) as seen:
            first = time.perf_counter() - began
            seen.settled()
            seen.tab.evaluate(_WATCH)
            slider = seen.tab.locator("input[type=range]").first
            slider.focus()
            for move in range(moves):
                slider.press("ArrowLeft" if (move // 15) % 2 else "ArrowRight")
                time.sleep(0.25)
            took = seen.tab.evaluate("window.paints")
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
        "typical_exact_and_100_patients_s": round(crowd, 2),
    }


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
        ]
    lines.append("Sizes, bytes: " + ", ".join(f"{name} {size:,}" for name, size in found["sizes"].items()) + ".")
    return "\n".join([*lines, ""])


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
        "sizes": sizes(bundle),
        "bits": bits(given.models),
    }
    write_text(given.out, json.dumps(found, indent=1) + "\n")
    write_text(given.out.with_suffix(".md"), table(found))
    print(table(found))


if __name__ == "__main__":
    main()

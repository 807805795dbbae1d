"""Draws docs/pages/*.png: every page of `bimodal app`, light and dark, wide and narrow.

    python docs/draw_pages.py [explore map ...]

Needs the extras `app` and `browser` and the system's Chromium. Colours are reduced, so that a picture stays small.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parent / "pages"
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
THEMES = ("light", "dark")
PATIENCE_MS = 240_000
COLOURS = 64
LINK = "#v=1&view={view}"
COMPLETE = "() => document.querySelector('.status')?.dataset.state === 'complete'"
SERIES = """date;CRP (mg/L)
""" + "".join(f"2026-03-{day:02d}T08:00+00:00;{value}\n" for day, value in enumerate(
    (12, 15, 22, 34, 30, 21, 14, 11, 13, 19, 29, 36, 27, 18, 12, 12, 17, 25, 35, 31, 20, 13, 11, 14, 21, 33, 34, 22), 1
))  # fmt: skip


def explore(tab: Any) -> None:
    """Wait until every virtual patient is drawn."""
    tab.wait_for_function(COMPLETE)


def drawn_map(tab: Any) -> None:
    """Wait until the whole map is drawn."""
    tab.wait_for_function("() => document.querySelectorAll('svg [data-id], svg rect').length > 20")
    tab.wait_for_timeout(15_000)


def molecules(tab: Any) -> None:
    """Wait until the molecules beside each other are drawn."""
    tab.wait_for_function("() => /of \\d+ virtual patients/.test(document.querySelector('main').innerText)")
    tab.wait_for_timeout(8_000)


def trials(tab: Any) -> None:
    """Run the template once, and show its result."""
    done = "tr[data-state=done]"
    tab.wait_for_function("() => document.querySelector('.trial-text').value.includes('my-study')")
    if not tab.query_selector(done):
        tab.get_by_role("button", name="Run", exact=True).click()
        tab.wait_for_selector(done)
    tab.get_by_role("button", name="Show job 1").click()
    tab.wait_for_selector(".trial-figures img")
    tab.evaluate("document.querySelector('.trial-result').scrollIntoView()")


def timing(tab: Any) -> None:
    """Ask for the verdict of a series made up for the picture."""
    table = {"name": "crp.csv", "mimeType": "text/csv", "buffer": SERIES.encode()}
    tab.set_input_files(".timing-drop input", table)
    tab.get_by_role("button", name="Assess").click()
    tab.wait_for_selector(".timing-series img")
    tab.evaluate("document.querySelector('.timing-series').scrollIntoView()")


def evidence(tab: Any) -> None:
    """Wait for the chart of targets."""
    tab.wait_for_selector("main figure svg:visible")


PAGES: dict[str, Callable[[Any], None]] = {
    "explore": explore,
    "map": drawn_map,
    "molecules": molecules,
    "trials": trials,
    "timing": timing,
    "evidence": evidence,
}


@contextmanager
def serving() -> Iterator[str]:
    """Start the server on a free port and a new folder, and give its address."""
    with tempfile.TemporaryDirectory() as data:
        words = [sys.executable, "-m", "bimodal", "app", "--port", "0", "--data", data]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            yield next(line.strip() for line in server.stderr if line.startswith("http://"))
            server.terminate()


def small(picture: bytes) -> bytes:
    """Return a picture with few colours."""
    made = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        made, "PNG", optimize=True
    )
    return made.getvalue()


def main() -> None:
    """Draw what was asked for, or everything."""
    chosen = sys.argv[1:] or list(PAGES)
    PICTURES.mkdir(exist_ok=True)
    with serving() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in chosen:
            for theme in THEMES:
                for size, (width, height) in SIZES.items():
                    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
                    context.set_default_timeout(PATIENCE_MS)
                    tab = context.new_page()
                    tab.goto(address + LINK.format(view=name))
                    PAGES[name](tab)
                    (PICTURES / f"{name}-{size}-{theme}.png").write_bytes(small(tab.screenshot()))
                    context.close()
                    print(name, size, theme, flush=True)


if __name__ == "__main__":
    main()

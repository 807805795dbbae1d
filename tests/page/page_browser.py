"""A page in the system's Chromium: opened without a network, everything it says and asks for kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chromium import PATIENCE_S

PATIENTS = 12


@dataclass
class Seen:
    """An open page with what it has said and asked for since."""

    tab: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def settled(self) -> None:
        """Wait until the typical patient is exact and every virtual patient is drawn."""
        self.until("document.querySelector('.status')?.dataset.state === 'complete'")

    def until(self, condition: str) -> None:
        """Wait for a condition in the page."""
        stop = time.monotonic() + PATIENCE_S
        while not self.tab.evaluate(condition):
            assert time.monotonic() < stop, f"{condition} never came: {self.tab.inner_text('.status')}"
            time.sleep(0.1)

    def cell(self, observable: str, day: float) -> dict[str, float]:
        """Read the median of the patients and the typical patient from the table of days."""
        made = self.tab.evaluate(
            "([id, day]) => ({...document.querySelector(`td[data-id=${id}][data-day='${day}']`).dataset})",
            [observable, f"{day:g}"],
        )
        return {key: float(made[key]) for key in ("median", "typical")}

    def fill(self, label: str, text: str) -> None:
        """Type into a field that is named so."""
        self.tab.get_by_label(label, exact=True).fill(text)


@contextmanager
def opened(
    browser: Any, path: Path, *, link: str = "", size: tuple[int, int] = (1440, 900), theme: str = "light", **more: Any
) -> Iterator[Seen]:
    """Open a file offline."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, offline=True, accept_downloads=True, **more
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    tab = context.new_page()
    seen = Seen(tab)
    tab.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
    tab.on("request", lambda request: seen.requests.append(request.url))
    tab.goto(path.as_uri() + link)
    seen.until("document.querySelector('.headline')?.textContent.length > 20")
    yield seen
    context.close()

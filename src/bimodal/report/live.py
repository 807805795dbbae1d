"""A part of a report in which its reader can move a dose."""

from __future__ import annotations

from typing import Protocol

from bimodal.report.markup import section, text


class LivePanel(Protocol):
    """What such a part is made of, ready to stand in HTML; another room of the package makes it."""

    @property
    def style(self) -> str:
        """A style sheet that touches nothing else."""
        ...

    @property
    def script(self) -> str:
        """A script that runs after everything."""
        ...

    @property
    def data(self) -> str:
        """Elements the script reads."""
        ...

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sentences about arms it cannot show."""
        ...


def live_section(panel: LivePanel | None) -> str:
    """Write the place of the panel; nothing where a report has none."""
    if panel is None:
        return ""
    size = sum(len(part.encode("utf-8")) for part in (panel.style, panel.script, panel.data))
    lines = [
        "The arms of this study, simulated by this page itself, offline and with the numbers of the desk: move a dose "
        f"and see what the model says. Nothing is sent anywhere. This panel is {size / 1000.0:.0f} kB of the file."
    ]
    lines += [f"Not here: {sentence}." for sentence in panel.left_out]
    words = "".join(f"<p>{text(line)}</p>\n" for line in lines)
    place = '<div class="bimodal-page" id="bimodal" data-mode="panel"></div>'
    return section("Try another dose", words + place + "\n" + panel.data)

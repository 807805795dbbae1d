"""The selftest as a page of text."""

from __future__ import annotations

from bimodal.timing.selftest import SelfTest
from bimodal.timing.wording import SAFETY

_RATES = ("bf_over_3", "bf_over_10", "given_window")


def selftest_markdown(answer: SelfTest, about: str = "") -> str:
    """Write bars and cells as Markdown tables, missed bars first.

    Safety wording stands first and last; ``about`` is a line under the title: commit, machine, command.

    Examples
    --------
    >>> selftest_markdown(SelfTest((), {}, 10, False, 1)).splitlines()[0][:18]
    'Research use only.'
    """
    missed = sum(not bar.met for bar in answer.bars)
    lines = [
        SAFETY,
        "",
        "# Timing: bars",
        "",
        f"{len(answer.bars) - missed} of {len(answer.bars)} met; {answer.series} series per cell, seed {answer.seed}"
        + ("; limits on rates allow two Monte-Carlo standard errors." if answer.allowance else "."),
        *([about] if about else []),
        "",
        "| bar | verdict | what | limit | found |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {bar.id} | {'met' if bar.met else '**missed**'} | {bar.what} | {bar.limit} | {bar.found} |"
        for bar in sorted(answer.bars, key=lambda bar: bar.met)
    ]
    rows = answer.rows()
    noise = [row for row in rows if "phase_error_h" not in row]
    true = [row for row in rows if "phase_error_h" in row]
    lines += ["", "## Noise, % of series", "", *_head("noise", "sampling", "BF > 3", "BF > 10", "given a window")]
    lines += [_line(row["truth"], row["design"], *(_p(row[key]) for key in _RATES)) for row in noise]
    columns = ("truth", "sampling", "BF > 3", "BF > 10", "given a window", "right", "predicted", "phase error, h")
    lines += ["", "## True cycles, % of series; phase three days ahead", ""]
    lines += _head(*columns, "50 %", "80 %", "95 % holds")
    for row in true:
        rates = [_p(row[key]) for key in _RATES]
        hits = ["–" if row[key] is None else f"{row[key]:.2f}" for key in ("hit", "hit_predicted")]
        covers = [_p(row[f"covers_{level}"]) for level in (50, 80, 95)]
        lines.append(_line(row["truth"], row["design"], *rates, *hits, f"{row['phase_error_h']:.1f}", *covers))
    return "\n".join([*lines, "", SAFETY, ""])


def _head(*names: str) -> list[str]:
    return [_line(*names), "|" + "---|" * len(names)]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _p(rate: float) -> str:
    return f"{100 * rate:.1f}"

"""Turns numbers, times and names into short text that is safe to draw and to put on a page."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from bimodal.study.endpoints import load_registry

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def clean(text: object, limit: int | None = None) -> str:
    r"""Drop control and direction-changing characters and shorten, so that a name cannot disturb a figure or a page.

    Parameters
    ----------
    text
        Anything a user may have typed.
    limit
        Longest length in characters; a longer text ends in an ellipsis.

    Examples
    --------
    >>> clean("high\x00 dose\n", 8)
    'high do…'
    """
    # Surrogates, private use and unassigned code points have no glyph; format characters reorder text.
    kept = "".join(" " if unicodedata.category(ch).startswith(("C", "Z")) else ch for ch in str(text))
    short = " ".join(kept.split())
    return short if limit is None or len(short) <= limit else short[: limit - 1].rstrip() + "…"


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with few significant digits, a dash where there is none.

    Examples
    --------
    >>> number(8.314), number(0.000012), number(None), number(1234567)
    ('8.31', '1.2e-05', '–', '1.23e+06')
    """
    if value is None or not isinstance(value, int | float) or math.isnan(value):
        return "–"
    if value == 0 or not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "0")
    if 1e-3 <= abs(value) < 1e6:
        places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        plain = f"{value:,.{places}f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return plain.replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−", 1) if value < 0 else f"{value:.{digits}g}"


def number_range(value: float | None, lower: float | None, upper: float | None) -> str:
    """Write a value with its interval in brackets.

    Examples
    --------
    >>> number_range(6.1, 4.2, 9)
    '6.1 (4.2 to 9)'
    """
    if value is None or lower is None or upper is None:
        return number(value)
    return f"{number(value)} ({number(lower)} to {number(upper)})"


def unit_text(unit: object) -> str:
    """Write a unit; a pure number has none.

    Examples
    --------
    >>> unit_text("1"), unit_text("pM")
    ('', 'pM')
    """
    return "" if unit in (None, "", "1", 1) else clean(unit, 24)


def power_of_ten(value: float) -> str:
    """Label a decade tick without mathematical typesetting.

    Examples
    --------
    >>> power_of_ten(0.1), power_of_ten(1e5)
    ('0.1', '10⁵')
    """
    if 1e-2 <= value < 1e4:
        return f"{value:g}"
    return "10" + str(round(math.log10(value))).translate(_SUPERSCRIPT)


def fold_tick(value: float) -> str:
    """Label a power-of-two tick; a whole number or a fraction of one.

    Examples
    --------
    >>> fold_tick(8.0), fold_tick(0.25)
    ('8', '1/4')
    """
    return f"{value:g}" if value >= 1 else f"1/{round(1 / value)}"


def time_text(time: object) -> str:
    """Say when a target was read: a day, a reduced window, or nothing.

    Examples
    --------
    >>> time_text({"day": 28}), time_text({"from": 0, "to": 84, "reduce": "peak"}), time_text(None)
    ('day 28', 'peak, days 0 to 84', '')
    """
    if not isinstance(time, Mapping):
        return ""
    record: Mapping[str, Any] = time
    if "day" in record:
        return f"day {number(record['day'])}"
    if "from" in record and "to" in record:
        how = clean(record.get("reduce") or "", 20)
        return (f"{how}, " if how else "") + f"days {number(record['from'])} to {number(record['to'])}"
    return ""


def cell_label(cell: str) -> str:
    """Name a cell type the way the figures do.

    Examples
    --------
    >>> cell_label("nk_dim"), cell_label("cd8_resting")
    ('NK dim', 'CD8 T resting')
    """
    registry = load_registry()
    names = {row.id: row.short for row in (*registry.cell_kinds.values(), *registry.cells.values())}
    if cell in names:
        return names[cell]
    base, _, subset = cell.partition("_")
    return clean(f"{names.get(base, base)} {subset.replace('_', ' ')}", 24)


def patients_text(n: int, failed: int) -> str:
    """Say how many patients there are and how many of them failed.

    Examples
    --------
    >>> patients_text(200, 3)
    'n = 200, 3 failed'
    """
    return f"n = {n:,}, {failed:,} failed"

"""Cells of a Markdown table."""

from __future__ import annotations


def table_row(*cells: object) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def spread(values: list[float]) -> str:
    """Write a median with its lowest and highest."""
    middle, low, high = values
    return f"{middle:.3g} ({low:.3g}-{high:.3g})"

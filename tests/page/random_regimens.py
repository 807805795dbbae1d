"""Regimens as people write them, drawn at random; some mean nothing."""

from __future__ import annotations

import random

_AMOUNTS = ("1", "0.26", "600000", "1.5e5", "18", "3", "0.1", ".5", "1e-4", "123.456", "1e18", "0", "-1", "600,000")
_UNITS = (
    "MIU", "MIU/m2", "MIU/m²", "IU/kg", "kIU/kg", "ug/kg", "µg conjugate/kg", "mg IL-2", "nmol/kg", "Cetus U/m2", "U",
    "million IU", "mIU", "Roche u/ m^2", "mcg per kg", "MIU/m2/day", "MIU per day", "furlong", "cells",
)  # fmt: skip
_ROUTES = (
    "SC", "sc", "subcutaneously", "IP", "IV", "IV bolus", "IV over 15 min", "IV infusion over 0.5 h", "CIV",
    "total CIV",
    "intravenously over 20 mins", "continuous IV infusion", "PO", "in total continuous infusion", "IV infusion",
)  # fmt: skip
_OFTEN = (
    "", "once", "daily", "qd", "bid", "q8h", "Q12H", "qod", "q3d", "q0.3h", "tiw", "weekly", "twice weekly",
    "every 8 h", "every 90 min", "every other week", "three times a week", "on days 1-5 of 7",
    "bid on days 1, 3 to 5 of 14 days",
    "on Mon, Wed and Fri", "q8h on days 1-5", "on weekdays", "on day 1", "on days 2-4 of 7", "biweekly",
    "dialy", "q",
    "q7h on days 1-3 of 5", "on days 1, 1 of 3", "on Fridays, and Mondays", "on days 1-5 of 4", "q1d", "every 2 weeks",
)  # fmt: skip
_LIMITS = (
    "", "for 5 days", "for 56 days", "x14", "×3", "for 2 weeks", "for 8 doses", "for 1.5 days", "x0", "for 3 months",
    "for 1000000 days", "x200000", "for 36 h", "for 1 dose", "x3 for 2 days",
)  # fmt: skip
_MODIFIERS = (
    "", "", "", ", off 14 days", ", rest 9 days", ", repeat", ", x3", ", repeat x2", ", repeat on day 15",
    ", rest 9 days, repeat x2", ", off 14 days, x3", ", off 1 week, repeat x2, rest 2 h, repeat x4", ", repeat x1",
    ", repeat on day 2", ", off 3 days, rest 2 days", " rest 3 days", ", rest", ", repeat on day 29 x3",
)  # fmt: skip


def random_regimens(count: int, seed: int) -> list[str]:
    """Draw regimens of one to three phases; most can be read."""
    draw = random.Random(seed)
    return [" then ".join(_phase(draw) for _ in range(draw.choice((1, 1, 1, 1, 2, 3)))) for _ in range(count)]


def _phase(draw: random.Random) -> str:
    def one(choices: tuple[str, ...], good: int) -> str:
        return draw.choice(choices if draw.random() < 0.1 else choices[:good])

    route = one(_ROUTES, 8)
    continuous = route.endswith("CIV")
    unit = "MIU/m2" if continuous else one(_UNITS, 8)
    often = "" if continuous else one(_OFTEN, 22)
    limit = one(_LIMITS, 7) if often not in ("", "once", "q8h on days 1-5", "on day 1") else ""
    limit = limit or ("for 4 days" if continuous or (often and "on" not in often) else "")
    words = (one(_AMOUNTS, 10), unit, route, often, limit)
    return " ".join(word for word in words if word) + one(_MODIFIERS, 12)

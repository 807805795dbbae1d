"""Sizes beyond which a regimen or a dose table is refused, because it can only be a slip or an attack."""

MAX_TEXT = 10_000
"""Characters in one regimen."""

MAX_DOSES = 100_000
"""Doses in one regimen, or of one subject in a table."""

MAX_TABLE_DOSES = 2_000_000
"""Doses in one table, all subjects together."""

MAX_TABLE_BYTES = 50_000_000
"""Bytes in one table."""

MAX_HOURS = 100 * 365.25 * 24
"""Hours from the first dose to the end of the last: 100 years."""

MIN_HOURS = 1 / 3600
"""Shortest interval and infusion, h: one second; anything shorter is a bolus."""

MAX_AMOUNT = 1e15
"""Largest dose, in the unit it is written in."""

MAX_DAY = 3660
"""Largest protocol day in a list of days, and longest period: ten years."""

"""What may be said about a series."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What may be said; each is an answer, none is a fault."""

    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    NO_EVIDENCE = "NO_EVIDENCE"
    RHYTHM_WITHOUT_MEMORY = "RHYTHM_WITHOUT_MEMORY"
    RHYTHM_UNREPLICATED = "RHYTHM_UNREPLICATED"
    RHYTHM_REPLICATED_IN_THIS_SERIES = "RHYTHM_REPLICATED_IN_THIS_SERIES"

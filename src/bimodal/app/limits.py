"""What a person may ask of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Caps on one request and on all of them.

    Parameters
    ----------
    body_bytes
        Size of a request.
    patients, arms
        Of a study: patients in each arm, and arms.
    people
        Patients times arms.
    endpoints
        Endpoints of a study times the days on which they are read.
    days
        Length of a study.
    running, waiting, kept
        Jobs that run at a time, that wait, and that are there in all.

    Examples
    --------
    >>> Limits(patients=100).arms
    24
    """

    body_bytes: int = 1_000_000
    patients: int = 10_000
    arms: int = 24
    people: int = 40_000
    endpoints: int = 2_000
    days: float = 3_660.0
    running: int = 1
    waiting: int = 20
    kept: int = 500

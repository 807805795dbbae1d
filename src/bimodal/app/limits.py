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
    timing_rows, timing_patients
        Of a table of CRP.
    timing_samples, timing_plans, timing_series, timing_doses
        Samples of a plan, plans at a time, simulated series of each kind, and doses of a course.
    timing_s
        Seconds that one answer about timing may take.

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
    timing_rows: int = 2_000
    timing_patients: int = 12
    timing_samples: int = 60
    timing_plans: int = 4
    timing_series: int = 200
    timing_doses: int = 60
    timing_s: float = 900.0

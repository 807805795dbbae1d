"""Says which scans of a study fall after its end, so that nobody reads a rate of patients who were not scanned."""

from __future__ import annotations

from collections.abc import Iterable

from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.endpoints.trial.scan_schedule import scan_days
from bimodal.study.endpoints.trial.scanned import is_read_from_scans


def scan_warnings(plan: ScanPlan | None, until: float, trial_endpoints: Iterable[str]) -> tuple[str, ...]:
    """Give the warnings about scans that are planned after the end, and about responses that cannot be confirmed.

    Parameters
    ----------
    plan
        The ``[scans]`` of a study; None for the usual ones.
    until
        Last day simulated.
    trial_endpoints
        Ids of what is read from scans or survival.

    Examples
    --------
    >>> scan_warnings(ScanPlan(days=(28, 56, 112)), 84.0, [])
    ('[scans]: 1 of 3 scans lies after the last day simulated (84), and nobody is scanned then: day 112',)
    """
    names = sorted(name for name in trial_endpoints if is_read_from_scans(name))
    chosen = plan or ScanPlan()
    cut = chosen.data_cut_days
    last, word = (until, "last day simulated") if cut is None or cut > until else (cut, "data cut")
    texts: list[str] = []
    late = chosen.left_out(until)
    if late:
        count = len(chosen.days or ())
        days = ", ".join(f"{day:g}" for day in late)
        texts.append(
            f"[scans]: {len(late)} of {count} scans {'lies' if len(late) == 1 else 'lie'} after the {word} ({last:g}), "
            f"and nobody is scanned then: day{'s' if len(late) > 1 else ''} {days}"
        )
    made = chosen.visits(until)[1:]
    if names and not made:
        first = chosen.days[0] if chosen.days else (*scan_days(chosen.schedule, 36_525.0), float("inf"))[0]
        key = "'horizon' (or 'follow_up_days')" if word == "last day simulated" else "'data_cut_days'"
        texts.append(
            f"nobody is scanned after baseline, so {_said(names)} cannot be read: the first scan is on day {first:g}, "
            f"the {word} is {last:g}. Give a longer {key}, or earlier scans"
        )
    elif set(names) - {"pfs_months"} and made and made[-1] - made[0] < chosen.confirmation_days - 1e-9:
        texts.append(
            f"no response can be confirmed: scans from day {made[0]:g} to {made[-1]:g}, and 'confirmation_days' is "
            f"{chosen.confirmation_days:g}; response rates are 0 whatever the treatment does"
        )
    return tuple(texts)


def _said(names: list[str]) -> str:
    return " and ".join(
        [", ".join(f"'{name}'" for name in names[:-1]), f"'{names[-1]}'"] if names[1:] else [f"'{names[0]}'"]
    )

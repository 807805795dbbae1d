"""Computes the credibility results, section after section; what is finished is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError, OutputError
from bimodal.files.write import write_text
from bimodal.qualify.package_hash import made_with, request_key
from bimodal.qualify.qualification import Qualification
from bimodal.qualify.registry import SECTIONS, SectionPlan, chosen
from bimodal.qualify.request import Request, Tell, Work
from bimodal.qualify.section import Section
from bimodal.qualify.store import Store, Stored

JSON_FILE = "qualify.json"
#: Called with (section, whether it was there already).
Heard = Callable[[Section, bool], None]


def qualify(
    request: Request,
    folder: Path,
    *,
    only: Sequence[str] = (),
    tell: Tell | None = None,
    heard: Heard | None = None,
) -> Qualification:
    """Compute every section, or those asked for, and write ``qualify.json``.

    A finished section is kept in ``sections/``. The same call again computes what is missing, and anew what was
    computed from other files, packages or choices. Sections that were left out are taken from there, or read not run.

    Parameters
    ----------
    only
        Ids of sections; those that one of them reads come with it.
    tell
        Called with how far a section is.
    heard
        Called with every section as it is finished.

    Raises
    ------
    StudyError
        There is no such section.
    OutputError
        The folder holds something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = qualify(Request(quick=True), Path(place), only=["environment"])
    >>> found.section("environment").status, found.section("studies").status
    ('passed', 'not run')
    """
    wanted = {plan.id for plan in chosen(only)}
    refuse_other(folder)
    store, about = Store(folder / "sections"), made_with()
    done: dict[str, Section] = {}
    took: dict[str, dict[str, Any]] = {}
    for plan in SECTIONS:
        key = request_key(request, plan.id)
        kept = None if plan.after else store.read(plan.id, key)
        if plan.id in wanted and kept is None:
            work = Work(request=request, parts=folder / "parts" / plan.id, key=key, done=done, **_telling(tell))
            kept = _computed(plan, work)
            if not plan.after and kept.section.status in ("passed", "missed"):
                store.write(kept.section, key, kept.took)
            if heard is not None:
                heard(kept.section, False)
        elif plan.id in wanted and kept is not None and heard is not None:
            heard(kept.section, True)
        if kept is None:
            kept = Stored(Section.missing(plan.id, plan.title, "left out by --only"), {})
        done[plan.id], took[plan.id] = kept.section, kept.took
    whole = Qualification(request=request, made_with=about, sections=tuple(done.values()), took=took, folder=folder)
    write_text(folder / JSON_FILE, whole.to_json())
    return whole


def refuse_other(folder: Path) -> None:
    """Refuse a folder that holds anything but a qualification."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder.name} is no folder", where=str(folder), fix="name a folder")
    names = {path.name for path in folder.iterdir()}
    if names and not names & {"sections", "parts", JSON_FILE}:
        raise OutputError(
            "the folder holds something else than a qualification",
            where=str(folder),
            fix="give a new folder as --out",
        )


def _telling(tell: Tell | None) -> dict[str, Any]:
    return {} if tell is None else {"tell": tell}


def _computed(plan: SectionPlan, work: Work) -> Stored:
    """Compute a section; what goes wrong in it is its result, since the others are wanted all the more."""
    date, wall, cpu = datetime.now(UTC), time.perf_counter(), time.process_time()
    try:
        section = plan.compute(work)
    except BimodalError as reason:
        section = _failed(plan, " ".join(str(reason).split()))
    except Exception as reason:  # an installation may be broken in any way
        section = _failed(plan, f"{type(reason).__name__}: {reason}")
    spent = {"cpu_s": round(time.process_time() - cpu, 1), "wall_s": round(time.perf_counter() - wall, 1)}
    return Stored(section, {"date": date.strftime("%Y-%m-%d"), **spent})


def _failed(plan: SectionPlan, reason: str) -> Section:
    return Section(id=plan.id, title=plan.title, status="failed", said=f"could not be computed: {reason}")

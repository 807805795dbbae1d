"""Computes the credibility results, section after section; what is finished is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.write import write_text
from bimodal.qualify.beside import Heard, computed_beside
from bimodal.qualify.compute_section import compute_section
from bimodal.qualify.package_hash import made_with, request_key
from bimodal.qualify.qualification import Qualification
from bimodal.qualify.registry import SECTIONS, SectionPlan, chosen
from bimodal.qualify.request import Request, Tell, silent
from bimodal.qualify.section import Section
from bimodal.qualify.store import Store, Stored

JSON_FILE = "qualify.json"
#: Takes as long as all others together, which a second process computes meanwhile.
_LONGEST = "studies"


def qualify(
    request: Request,
    folder: Path,
    *,
    only: Sequence[str] = (),
    tell: Tell | None = None,
    heard: Heard | None = None,
) -> Qualification:
    """Compute every section, or those asked for, and write ``qualify.json``.

    With two workers or more, a second process computes the other sections while this one runs the studies, and then
    helps with those; that changes no number. A finished section is kept in ``sections/``. The same call again computes
    what is missing, and anew what was computed from other files, packages or choices. Sections that were left out are
    taken from there, or read not run.

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
    found: dict[str, Stored] = {}
    for plan in SECTIONS:
        kept = None if plan.after else store.read(plan.id, request_key(request, plan.id))
        if kept is not None:
            found[plan.id] = kept
            if heard is not None and plan.id in wanted:
                heard(kept.section, True)
    missing = [plan for plan in SECTIONS if plan.id in wanted and plan.id not in found]
    longest = [plan for plan in missing if plan.id == _LONGEST]
    last = sorted((plan for plan in missing if plan.alone or plan.after), key=lambda plan: bool(plan.after))
    beside = [plan for plan in missing if plan not in longest and plan not in last]

    def compute(plan: SectionPlan) -> None:
        done = {name: stored.section for name, stored in found.items()}
        found[plan.id] = compute_section(plan, request, folder, done=done, tell=tell or silent)
        if heard is not None:
            heard(found[plan.id].section, False)

    with computed_beside(beside, request, folder, studies=bool(longest)) as others:
        for plan in longest:
            compute(plan)
        found |= others.finished(heard)
    for plan in last:  # by now nothing else is at work
        compute(plan)
    for plan in SECTIONS:
        if plan.id not in found:
            found[plan.id] = Stored(Section.missing(plan.id, plan.title, "left out by --only"), {})
    whole = Qualification(
        request=request,
        made_with=about,
        sections=tuple(found[plan.id].section for plan in SECTIONS),
        took={plan.id: found[plan.id].took for plan in SECTIONS},
        folder=folder,
    )
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

"""Computes one section; what goes wrong in it is its result, since the others are wanted all the more."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bimodal.errors import BimodalError
from bimodal.qualify.package_hash import request_key
from bimodal.qualify.registry import SectionPlan
from bimodal.qualify.request import Request, Tell, Work, silent
from bimodal.qualify.section import Section
from bimodal.qualify.store import Store, Stored


def compute_section(
    plan: SectionPlan, request: Request, folder: Path, *, done: Mapping[str, Section], tell: Tell = silent
) -> Stored:
    """Compute a section, and keep it if it came to a verdict and reads no other.

    Parameters
    ----------
    folder
        Of the qualification.
    done
        Sections that came before it.
    """
    key = request_key(request, plan.id)
    work = Work(request=request, parts=folder / "parts" / plan.id, key=key, done=done, tell=tell)
    date, wall, cpu = datetime.now(UTC), time.perf_counter(), time.process_time()
    try:
        section = plan.compute(work)
    except BimodalError as reason:
        section = Section.failed(plan.id, plan.title, " ".join(str(reason).split()))
    except Exception as reason:  # an installation may be broken in any way
        section = Section.failed(plan.id, plan.title, f"{type(reason).__name__}: {reason}")
    spent = {
        "cpu_s": round(time.process_time() - cpu + sum(work.elsewhere), 1),
        "wall_s": round(time.perf_counter() - wall, 1),
    }
    found = Stored(section, {"date": date.strftime("%Y-%m-%d"), **spent})
    if not plan.after and section.status in ("passed", "missed"):
        Store(folder / "sections").write(section, key, found.took)
    return found

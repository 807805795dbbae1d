"""What a worker is told: a study, its options and a folder as plain data, from which it makes the plan itself."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.load_shipped import shipped_solver
from bimodal.study.run.work_part import WorkPart, compute_part
from bimodal.study.spec.load import check_study, resolved
from bimodal.study.spec.options import RunOptions
from bimodal.study.store.run_files import RunFiles

_OPTIONS = ("patients", "seed", "chunk", "rtol", "atol", "full_trajectories")
# other versions, or another kind of machine, may give other last digits
_DECIDE_DIGITS = ("numpy", "scipy", "numba", "llvmlite")
_KINDS = {kind.__name__: kind for kind in (OutputError, StudyError, BimodalError)}


@dataclass(frozen=True)
class WorkOrder:
    """A run as plain data.

    Parameters
    ----------
    study
        Of the study file, its file names absolute.
    options
        Those that decide numbers, and the usual size of a part.
    folder
        Results folder, absolute.
    run
        Fingerprint that the plan of a worker must have.
    versions
        Packages and machine that the run was begun with.

    Examples
    --------
    >>> order = WorkOrder({"name": "x"}, {"seed": 1}, "/shared/x", "f00d", {})
    >>> WorkOrder.read(order.text()) == order
    True
    """

    study: Mapping[str, Any]
    options: Mapping[str, Any]
    folder: str
    run: str
    versions: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan, folder: Path) -> WorkOrder:
        """Write down what a worker needs to make this very plan."""
        spec = resolved(plan.spec, Path.cwd())
        options = {name: getattr(plan.options, name) for name in _OPTIONS}
        study = spec.model_dump(mode="json", exclude_unset=True)
        return cls(study, options, str(folder.absolute()), plan.run, _versions())

    def text(self) -> str:
        """Give it as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def read(cls, text: str) -> WorkOrder:
        """Read what :meth:`text` wrote."""
        return cls(**json.loads(text))

    def plan(self) -> Plan:
        """Make the plan anew.

        Raises
        ------
        StudyError
            It is another run here: other files, or another version of something.
        """
        here = _versions()
        if here != dict(self.versions):
            differ = ", ".join(
                f"{name} {here.get(name)} instead of {self.versions.get(name)}"
                for name in sorted(here.keys() | self.versions.keys())
                if here.get(name) != self.versions.get(name)
            )
            raise StudyError(
                f"a worker has {differ}, with which numbers may differ in their last digits",
                where=f"worker on {platform.node()}",
                fix="install the same requirements.lock everywhere, on machines of one kind",
            )
        spec = check_study(dict(self.study), where="the work order")
        made = make_plan(spec, RunOptions(**self.options), shipped_solver(spec))
        if made.run != self.run:
            raise StudyError(
                "a worker reads another run from the same study: files it names differ there",
                where=f"worker on {platform.node()}",
                fix="give all workers the same model, drug, cohort and subjects files under the same names",
            )
        return made


def answer(order: str, part: WorkPart) -> dict[str, Any]:
    """Do a part of an order, and say in plain data that it is done or what was wrong.

    The plan of the latest order is kept, and with it the compiled model.

    Returns
    -------
    dict
        ``receipt``, or ``error`` with its kind, what, where and fix.
    """
    try:
        plan, files = _opened(order)
        return {"receipt": compute_part(plan, files, part).plain()}
    except BimodalError as fault:
        kind = next(name for name, one in _KINDS.items() if isinstance(fault, one))
        return {"error": {"kind": kind, "what": str(fault) if fault.others else fault.what, **_whereabouts(fault)}}


def error_of(said: Mapping[str, Any]) -> BimodalError:
    """Make the error again that a worker met.

    Examples
    --------
    >>> type(error_of({"kind": "OutputError", "what": "the disk is full", "where": None, "fix": None})).__name__
    'OutputError'
    """
    return _KINDS[said["kind"]](said["what"], where=said["where"], fix=said["fix"])


def _whereabouts(fault: BimodalError) -> dict[str, Any]:
    return {"where": None, "fix": None} if fault.others else {"where": fault.where, "fix": fault.fix}


@lru_cache(maxsize=1)
def _opened(order: str) -> tuple[Plan, RunFiles]:
    read = WorkOrder.read(order)
    plan = read.plan()
    return plan, RunFiles(plan, Path(read.folder))


def _versions() -> dict[str, str]:
    return {"machine": f"{platform.system()} {platform.machine()}", **{name: version(name) for name in _DECIDE_DIGITS}}

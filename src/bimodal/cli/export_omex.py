"""``bimodal export STUDY --to omex``: a study as a COMBINE archive for other simulators."""

from __future__ import annotations

import shlex
from pathlib import Path


def export_omex(name: str, out: Path | None, *, force: bool) -> int:
    """Write a study as an archive and say what of it is left out; give the exit code."""
    from bimodal.cli.console import err
    from bimodal.cli.console import out as console
    from bimodal.errors import OutputError
    from bimodal.exchange.omex import omex_archive
    from bimodal.files.presence import is_there
    from bimodal.files.write import write_bytes
    from bimodal.study import load_study
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.run.load_shipped import shipped_solver
    from bimodal.study.spec.options import RunOptions

    spec = load_study(name)
    path = out or Path(f"{spec.name}.omex")
    if is_there(path) and not force:
        raise OutputError("the file is there already", where=str(path), fix="choose another with --out, or add --force")
    # the path of a study file tells of the machine, and would change the bytes
    command = f"bimodal export {shlex.quote(Path(name).name)} --to omex"
    archive = omex_archive(make_plan(spec, RunOptions(), shipped_solver(spec)), command)
    console().print(str(write_bytes(path, archive.content)), markup=False)
    for warning in archive.warnings:
        err().print(f"note: {warning}", markup=False)
    return 0

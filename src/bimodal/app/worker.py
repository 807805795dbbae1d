"""The process that runs one job: ``python -m bimodal.app.worker FOLDER``.

It reads ``study.json`` of the folder, prints a line of JSON for every part that is done, and ends when its input does:
a server that is gone, however it went, leaves no run behind. Stopped at any moment, it goes on from what is stored.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError

#: Patients between two words about progress; the results do not depend on it.
CHUNK = 50
_BAD_INPUT = 2


def run_job(folder: Path) -> None:
    """Run the study of a job with the normal runner, and draw its report.

    Parameters
    ----------
    folder
        Of the job: the run goes into ``run`` there.
    """
    from bimodal.api.workers import default_workers
    from bimodal.files.write import write_text
    from bimodal.report import write_report
    from bimodal.study import RunOptions
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.run.progress_meter import ProgressMeter
    from bimodal.study.run.runner import run_plan, shipped_solver
    from bimodal.study.run.tables import patients_table, summary_table
    from bimodal.study.spec.load import check_study

    raw: dict[str, Any] = json.loads((folder / "study.json").read_text("utf-8"))
    spec = check_study(raw["study"], where="the study")
    options = RunOptions(seed=raw["seed"], out=folder / "run", workers=default_workers(), chunk=CHUNK)
    plan = make_plan(spec, options, shipped_solver(spec))
    meter = ProgressMeter(spec.name)

    def tell(done: int, total: int, arm: str) -> None:
        say(**meter.event(done, total, arm), what=arm)

    result = run_plan(plan, progress=tell, watch=meter.watch)
    assert result is not None  # a job is no shard
    say(what="drawing the report")
    write_text(folder / "endpoints.csv", summary_table(result.summary).to_csv(index=False, lineterminator="\n"))
    write_text(folder / "patients.csv", patients_table(result).to_csv(index=False, lineterminator="\n"))
    write_report(result, result.folder, figures=result.folder / "figures")


def say(**facts: Any) -> None:
    """Tell the server how far the job is."""
    print(json.dumps(facts), flush=True)


def end_with_the_server() -> None:
    """Wait for the end of the input, which is that of the server, and end this process."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Run the job of a folder, and say in words what is wrong with it.

    Returns
    -------
    int
        0 done, 2 bad input.
    """
    threading.Thread(target=end_with_the_server, daemon=True).start()
    try:
        run_job(Path(arguments[0]))
    except BimodalError as fault:
        say(message=str(fault))
        return _BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``bimodal doctor``: whether an installation is sound."""

from __future__ import annotations

from bimodal.cli import options as o

_COLOURS = {"passed": "green", "warning": "yellow", "failed": "bold red", "not run": "dim"}


def doctor(json_file: o.JsonFile = None, quiet: o.Quiet = False) -> int:
    """Check an installation: packages, folders, and numbers held against closed forms and stored results."""
    from rich.text import Text

    from bimodal.cli.console import interruptible, out
    from bimodal.qualify.examine import examine

    checks = []
    with interruptible():
        for check in examine():
            checks.append(check)
            told = check.status in ("warning", "failed") if quiet else True
            if told and str(json_file) != "-":
                out().print(Text(f"{check.status:8}", style=_COLOURS[check.status]), end="")
                out().print(f"{check.id}: {check.found}", markup=False, highlight=False, soft_wrap=True)
                if check.fix:
                    out().print(f"        {check.fix}", style="dim", markup=False, highlight=False, soft_wrap=True)
    failed = [check.id for check in checks if check.status == "failed"]
    o.write_json({"sound": not failed, "checks": [check.record() for check in checks]}, json_file)
    if not quiet and str(json_file) != "-":
        said = f"not sound: {', '.join(failed)}" if failed else "sound"
        out().print(said, style="bold", markup=False)
    return 1 if failed else 0

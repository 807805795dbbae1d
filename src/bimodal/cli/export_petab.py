"""``bimodal export FIT.toml --to petab``: the fit of a problem file for other tools."""

from __future__ import annotations

from pathlib import Path


def export_petab(name: str, out: Path | None, *, force: bool) -> int:
    """Write a fit as a PEtab problem, and say what the library of PEtab thinks of it; give the exit code."""
    from bimodal.cli.console import err
    from bimodal.cli.console import out as console
    from bimodal.errors import OutputError, PetabError
    from bimodal.exchange.petab.lint import lint_petab
    from bimodal.exchange.petab.write import write_petab
    from bimodal.files.presence import is_there
    from bimodal.fit.from_file.problem_file import load_problem_file

    if not name.lower().endswith(".toml"):
        raise PetabError(
            f"'{name}' is no problem file",
            where="--to petab",
            fix="a fit of your own has data and free parameters: write it as docs/fitting.md says",
        )
    folder = out or Path(f"{Path(name).stem}-petab")
    if is_there(folder) and not force:
        raise OutputError("the folder is there already", where=str(folder), fix="choose another, or add --force")
    written = write_petab(load_problem_file(name), folder)
    for path in written:
        console().print(str(path), markup=False)
    try:
        remarks = lint_petab(written[0])
    except PetabError as fault:
        err().print(f"not checked: {fault.what}", markup=False)
        return 0
    for remark in remarks:
        err().print(f"the library 'petab' says: {remark}", markup=False)
    return 1 if remarks else 0

"""``bimodal fit`` for fits to summaries of whole trials."""

from __future__ import annotations

from pathlib import Path

from bimodal.cli import options as o
from bimodal.fit.population_fits import PopulationFit


def fit_population(
    one: PopulationFit,
    *,
    seed: int,
    workers: int,
    folder: Path,
    write: Path | None,
    dry_run: bool,
    json_file: Path | None,
    strict: bool,
    quiet: bool,
    tolerance: float,
) -> int:
    """Run a fit to summaries of trials, say what it finds, and compare with what is shipped.

    Parameters
    ----------
    one
        The fit.
    seed, workers
        Of its virtual patients, and threads.
    folder
        Where the report goes.
    write, dry_run
        Table to write the values into, or only say what would change.
    json_file, strict, quiet
        As for every command.
    tolerance
        Relative difference that counts as reproduced.

    Returns
    -------
    int
        1 under `strict` where the shipped values differ, else 0.
    """
    from bimodal.cli.console import err, out
    from bimodal.files.write import write_text

    if not quiet:
        err().print(f"{one.title}; this takes minutes")
    found = one.run(seed, workers)
    different = one.mismatches(found, tolerance)
    text = found.text() + "\n"
    text += (
        "what is shipped differs:\n" + "\n".join(f"  {line}" for line in different) + "\n"
        if different
        else f"what is shipped is what this fit finds, within {100 * tolerance:g} %\n"
    )
    write_text(folder / "report.txt", text)
    o.write_json({"fit": found.as_dict(), "different": different}, json_file)
    if not quiet and str(json_file) != "-":
        out().print(text, markup=False)
        out().print(f"report  {folder / 'report.txt'}", markup=False)
    if write is not None:
        changed = one.write(write, found, dry_run)
        out().print("\n".join(changed) or "the table already holds these values", markup=False)
    return 1 if strict and different else 0

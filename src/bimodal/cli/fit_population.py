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
    """Run a fit to summaries of trials, say what it finds, and compare with what is shipped; give the exit code.

    ``write`` is the table that receives the values, or with ``dry_run`` only what would change; ``tolerance`` is the
    relative difference that counts as reproduced.
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

"""The fuzz studies as Markdown."""

from __future__ import annotations

from typing import Any

from engine.machine import line

_SHARES = ("median", "0.9", "0.99", "0.999", "worst")


def faults(record: dict[str, Any]) -> dict[str, int]:
    """Return how many things went wrong in each part that was run."""
    found: dict[str, int] = {}
    if "expressions" in record:
        found["expressions"] = sum(check["mismatches"] for check in record["expressions"]["checks"].values())
    if "linear" in record:
        runs = record["linear"]["settings"].values()
        found["linear"] = sum(run["silent_failures"] + run["status_against_numbers"] for run in runs)
    if "hostile" in record:
        part = record["hostile"]
        late = [row for row in part["documents"] if row["kind"] != "refused" or row["seconds"] >= part["limit_s"]]
        found["hostile"] = len(late)
    return found


def markdown(record: dict[str, Any]) -> str:
    """Return the tables of all parts that were run."""
    writers = {"expressions": _expressions, "linear": _linear, "hostile": _hostile}
    parts = ["# Fuzz studies"]
    for name, write in writers.items():
        if name in record:
            part = record[name]
            commit = part["commit"][:12] + (", with changes" if part["changed_since"] else "")
            measured = (
                f"Measured {part['date']} at commit {commit} with `{part['command']}` (seed {part['seed']}) in "
                f"{part['seconds']:.0f} s. Machine: {line(part['machine'])}."
            )
            title, *text = write(part)
            parts += [title, measured, *text]
    return "\n\n".join(parts) + "\n"


def _table(*rows: tuple[Any, ...]) -> str:
    lines = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def _expressions(part: dict[str, Any]) -> list[str]:
    checks = part["checks"]
    heads = (
        "comparison",
        "numbers compared",
        "mismatches",
        "not compared",
        "relative difference: median",
        "99.9 %",
    )
    rows: list[tuple[Any, ...]] = [(*heads, "worst", "worst in bounds", "bound says little")]
    for name, check in checks.items():
        relative = check["relative_difference"]
        shares = [f"{relative[key]:.1e}" for key in ("median", "quantile_0.999", "worst")]
        skips = sum(check["skipped"].values())
        counts = [f"{n:,}" for n in (check["compared"], check["mismatches"], skips)]
        rows.append((name, *counts, *shares, f"{check['worst_difference_in_bounds']:.1f}", check["of_which_loose"]))
    reasons = sorted({reason for check in checks.values() for reason in check["skipped"]})
    skipped: list[tuple[Any, ...]] = [("reason of not being compared", *checks)]
    skipped += [(reason, *(f"{c['skipped'].get(reason, 0):,}" for c in checks.values())) for reason in reasons]
    operations = ", ".join(f"{name} {count:,}" for name, count in part["trees_with_operation"].items())
    return [
        f"## {part['trees']:,} random expressions",
        f"Each tree at {part['points_per_tree']} points, read by NumPy alone in extended precision. Derivatives by one "
        "quantity of the tree: the complex step (through the branch taken, where there are kinks), and for trees with "
        "abs, floor, min, max or piecewise also differences of order 8 in extended precision, away from kinks. A "
        "mismatch is a difference above 32 first-order bounds on rounding in double precision (plus the reference's "
        "own error), or a number that is not finite where the reference is. Vector lanes: rates constant in time, "
        "integrated by the solver, whose own steps round too. Worst relative difference: where the bound is below "
        "1e-6 of the value; cancellation inside a tree is what makes it large.",
        _table(*rows),
        _table(*skipped),
        f"Trees with each operation: {operations}.",
        f"Unexplained: {faults({'expressions': part})['expressions']}.",
    ]


def _linear(part: dict[str, Any]) -> list[str]:
    rows: list[tuple[Any, ...]] = [("setting", "error over", *_SHARES)]
    ends: list[tuple[Any, ...]] = [
        ("setting", "endings", "silent failures", "status against numbers", "steps: median", "most", "repeated")
    ]
    for name, run in part["settings"].items():
        label = f"{name} ({run['method']}, {run['rtol']:g})"
        for key, words in (
            ("error_over_carried_tolerance", "tolerance carried"),
            ("error_over_rtol", "rtol (value + 1e-3 peak)"),
        ):
            rows.append((label, words, *(f"{run[key][share]:.2g}" for share in _SHARES)))
        endings = ", ".join(f"{ending} {count:,}" for ending, count in run["endings"].items())
        repeated = run["steps_repeated_for_a_bad_linear_solve"]
        steps = (run["steps"]["median"], run["steps"]["most"], repeated)
        ends.append((label, endings, run["silent_failures"], run["status_against_numbers"], *steps))
    theirs = part["scipy_expm_error_over_carried_tolerance"]
    rows.append(("SciPy's expm", "tolerance carried at 1e-6", *(f"{theirs[share]:.2g}" for share in _SHARES)))
    families = ", ".join(f"{count:,} {name}" for name, count in part["families"].items())
    stiff = part["fastest_over_slowest_rate"]
    return [
        f"## {part['systems']:,} random stiff linear systems",
        f"Sizes 2 to 8, rates over six decades ({families}); {part['with_complex_eigenvalues']:,} with complex "
        f"eigenvalues, {part['with_doses']:,} with doses ({part['doses']:,} in all); fastest over slowest rate: median "
        f"{stiff['median']:.1g}, 90 % {stiff['0.9']:.1g}. Saved at 0 and at 2^-10, 2^-9 ... 2^10; doses there and "
        "between. Reference: the matrix exponential by scaling and squaring in whole numbers of 512 bits behind the "
        "point. SciPy's `expm` is compared with it too: it is further than 1 % of the tolerance from it in "
        f"{part['scipy_expm_worse_than_1_percent_of_tolerance']:,} systems.",
        "Error of a system: the largest over states and save times. Tolerance carried: what one step may err in every "
        "state at the worst earlier stop (rtol times value plus 1e-3 of its scale), carried on by the system itself. A "
        "silent failure is a result called done and more than 100 of these away. Value + 1e-3 peak (or scale, if "
        "that is more): of the state alone, so an error that comes from a larger neighbour counts in full.",
        _table(*rows),
        _table(*ends),
    ]


def _hostile(part: dict[str, Any]) -> list[str]:
    rows: list[tuple[Any, ...]] = [("document", "characters", "outcome", "seconds", "of processor", "message")]
    for row in part["documents"]:
        said = row["said"].replace("|", "\\|").replace("\n", " ")
        rows.append((
            row["document"], f"{row.get('characters', 0):,}", row["kind"], f"{row['seconds']:.3f}",
            f"{row.get('processor_seconds', row['seconds']):.3f}", said,
        ))  # fmt: skip
    slowest = max(row["seconds"] for row in part["documents"])
    return [
        f"## {len(part['documents'])} hostile SBML documents",
        f"Those of `tests/model/test_model_sbml_hostile.py`, each in a fresh process, the shortest of "
        f"{part['readings']} readings; the limit is {part['limit_s']:g} s, the slowest took {slowest:.2f} s.",
        _table(*rows),
    ]

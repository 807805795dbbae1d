"""The results as Markdown, for the documentation to include."""

from __future__ import annotations

from typing import Any

from engine.cells import spread, table_row
from engine.machine import line
from engine.shipped_table import shipped_markdown


def markdown(found: dict[str, Any]) -> str:
    """Return the tables of a finished benchmark: the shipped models and the comparison model, as far as measured."""
    parts = [shipped_markdown(found["shipped"])] if "shipped" in found else []
    if "results" in found:
        parts.append(_comparison(found))
    return "\n\n".join(parts) + "\n"


def _comparison(found: dict[str, Any]) -> str:
    commit = found["commit"][:12] + (", with changes" if found["changed_since"] else "")
    parts = [
        "## The comparison model, 45 states",
        f"Measured {found['date']} at commit {commit} with `{found['command']}` (seed {found['seed']}).",
        f"Machine: {line(found['machine'])}.",
        "Error: largest |d| / (|ref| + 1e-3 max over time of |ref|) of all patients, times and states; reference: "
        f"{found['reference']['words']}. {found['reference']['second']}",
        _race(found),
        _goals(found),
        _step(found),
    ]
    if found["unavailable"]:
        parts.append("Not available on this machine: " + "; ".join(found["unavailable"]) + ".")
    return "\n\n".join(part for part in parts if part)


def _race(found: dict[str, Any]) -> str:
    columns = (
        "solver",
        "setting",
        "regimen",
        "ms per patient and core: median (min-max)",
        "error",
        "patients compared",
    )
    lines = [table_row(*columns, "times bimodal's at equal accuracy: median (min-max)"), "|---" * 7 + "|"]
    for row in found["results"]:
        times, ratio = spread(row["cpu_ms"]), spread(row["ratio"]) if row["ratio"] else ""
        solver = f"{row['label']} ({row['version']})"
        cells = (solver, row["setting"], row["regimen"], times, f"{row['error']:.1e}", row["patients"], ratio)
        lines.append(table_row(*cells))
    none = "none of its settings stays below the limit"
    lines += [table_row(failed["peer"], none, failed["regimen"], "", "", "", "") for failed in found["never_passed"]]
    return "\n".join(lines)


def _goals(found: dict[str, Any]) -> str:
    lines = [table_row("measure", "value"), "|---" * 2 + "|"]
    lines += [
        table_row(f"one patient, warm, regimen {regimen}, all states", f"{spread(times)} ms wall")
        for regimen, times in found["single"].items()
    ]
    lines += [
        table_row(
            f"{run['patients']:,} patients x 90 days, regimen A, ten outputs, {run['workers']} threads",
            f"{run['wall_s']:.2f} ({run['wall_s_low']:.2f}-{run['wall_s_high']:.2f}) s wall, {run['failed']} failed, "
            f"peak memory {run['peak_mb']:.0f} MB of which results {run['results_mb']:.0f} MB",
        )
        for run in found["cohorts"]
    ]
    new, human = found["fresh"], found["human"]
    parts = f"Antimony {new['antimony_s']:.2f}, reading {new['reading_s']:.2f}, compiling {new['compiling_s']:.2f}"
    first = f"{new['total_s']:.2f} s ({parts}, first patient {new['first_patient_s']:.2f})"
    lines.append(table_row("a new model, from its text to the first result", first))
    error = "not compared" if human["error"] is None else f"{human['error']:.1e}"
    each = f"{human['us_per_step_and_state']:.4f} us per step and state, {human['ms_per_patient']:.2f} ms per patient"
    lines.append(
        table_row(f"shipped human model, {human['states']} states, {human['regimen']}", f"{each}, error {error}"),
    )
    if human["ratio"]:
        theirs = f"{human['roadrunner_ms']:.1f} ms per patient, error {human['roadrunner_error']:.1e}"
        lines.append(
            table_row(f"the same by libRoadRunner, {human['roadrunner']}", f"{theirs}: {human['ratio']:.1f} times ours")
        )
    return "\n".join(lines)


def _step(found: dict[str, Any]) -> str:
    step = found["step"]
    if step is None:
        return ""
    ratio = f"{step['ratio']:.3f} ({step['ratio_low']:.3f}-{step['ratio_high']:.3f})"
    return (
        f"One step of {step['width']} patients: {step['llvm_us']:.3f} us from LLVM, {step['gcc_us']:.3f} us from the "
        f"same algorithm in C ({step['compiler']}), ratio {ratio}; the results differ by {step['difference']:.1e}."
    )

"""The race on the shipped models as Markdown: misses first, then every solver with its error."""

from __future__ import annotations

from typing import Any

from engine.cells import spread, table_row
from engine.machine import line

_COLUMNS = (
    "model", "solver", "setting", "ms per patient and core: median (min-max)", "error", "patients compared / timed",
    "times bimodal at equal accuracy", "times bimodal at its default", "goal",
)  # fmt: skip


def shipped_markdown(found: dict[str, Any]) -> str:
    """Return the section on the shipped models, as :func:`engine.shipped.race` found them."""
    parts = [
        "## The shipped models",
        *dict.fromkeys(map(_measured, found["cases"])),
        _misses(found),
        "\n".join([table_row(*_COLUMNS), "|---" * len(_COLUMNS) + "|", *_lines(found)]),
        "Equal accuracy: each solver at its fastest setting with an error below 1e-4 (measured as below), bimodal's "
        "default setting apart. Reference: bimodal at rtol 1e-11; CVODE of libRoadRunner at rtol 1e-11 differs "
        "from it, in one patient, by " + "; ".join(_second(case) for case in found["cases"]) + ".",
        "bimodal solves all its patients in one call of one thread, the others one after the other. libRoadRunner is "
        "stopped at every dose and given each patient's starting values and rates at rest as numbers, which spares "
        "it the formulas of the resting state. Two copies race, MCJIT loaded first, then LLJIT; the second copy in a "
        "process is the faster on some models with either generator, so the name says which copy, not why.",
        "AMICI gets the same document with the doses as events, without the formulas that no rate uses and with one "
        "observable; saves at a dose are left out of its error. Its time is that of a call from Python, of which its "
        "own clock gives to the solver " + "; ".join(_share(case) for case in found["cases"]) + ". CVODE with KLU is C "
        "from the same expressions as bimodal's machine code, with the exact sparse Jacobian, started again at every "
        "dose.",
        "Loading by libRoadRunner, seconds of processor time, the export as it is (MCJIT) and with those numbers, and "
        "import by AMICI with compiling: " + "; ".join(_loading(case) for case in found["cases"]) + ".",
        "What was given: " + "; ".join(_given(case) for case in found["cases"]) + ".",
    ]
    return "\n\n".join(parts)


def _measured(case: dict[str, Any]) -> str:
    commit = case["commit"][:12] + (", with changes" if case["changed_since"] else "")
    return (
        f"Measured {case['date']} at commit {commit} with `{case['command']}` (seed {case['seed']}), {case['rounds']} "
        f"rounds in turn, processor time. Machine: {line(case['machine'])}."
    )


def _misses(found: dict[str, Any]) -> str:
    rows = [(case["model"], row) for case in found["cases"] for row in case["rows"] if row["goal"]]
    missed = [
        f"{model}, {row['solver'].partition(',')[0]}: {row['ratio'][0]:.0f} times, goal {row['goal']:.0f}"
        for model, row in sorted(rows, key=lambda pair: pair[1]["ratio"][0] / pair[1]["goal"])
        if row["ratio"][0] < row["goal"]
    ]
    absent = dict.fromkeys(name for case in found["cases"] for name in case["unavailable"]) or ["nothing"]
    words = "; ".join(missed) if missed else "none of those measured"
    return f"**Goals missed:** {words}. **Not available, so not measured:** {'; '.join(absent)}."


def _lines(found: dict[str, Any]) -> list[str]:
    lines = []
    for case in found["cases"]:
        for row in case["rows"]:
            ratios = [spread(row[key]) if row[key] else "" for key in ("ratio", "ratio_default")]
            lines.append(
                table_row(
                    f"{case['model']} ({case['states']} states)", f"{row['solver']} ({row['version']})", row["setting"],
                    spread(row["cpu_ms"]), f"{row['error']:.1e}", f"{row['patients']} / {row['timed_patients']}",
                    *ratios, f"{row['goal']:.0f}" if row["goal"] else "",
                )
            )  # fmt: skip
        none = "no setting stays below the limit"
        lines += [table_row(case["model"], solver, none, *[""] * 6) for solver in case["never_passed"]]
        lines += [table_row(case["model"], name, "not available", *[""] * 6) for name in case["unavailable"]]
    return lines


def _second(case: dict[str, Any]) -> str:
    apart = case["second_opinion_error"]
    return f"{case['model']} {'not compared' if apart is None else f'{apart:.1e}'}"


def _share(case: dict[str, Any]) -> str:
    share = case.get("amici_solver_share")
    return f"{case['model']} {'not measured' if share is None else f'{100 * share:.0f} %'}"


def _loading(case: dict[str, Any]) -> str:
    export, own, imported = case["export_load"], case["load_cpu_s"], case.get("import_cpu_s")
    amici = "" if imported is None else f", AMICI {imported:.0f}"
    if export is None:
        return f"{case['model']} not loaded{amici}"
    whole = f"{export['cpu_s']:.1f}" if export["loaded"] else f"not within {export['limit_s']:.0f} s"
    numbers = " and ".join(f"{s:.1f} ({code})" for code, s in own.items())
    return f"{case['model']} {whole}, with numbers {numbers}{amici}"


def _given(case: dict[str, Any]) -> str:
    load = "-".join(f"{value:.1f}" for value in case["load"])
    cohort = case["cohort"]
    return (
        f"{case['model']}: {case['drug']} {case['regimen']}, {case['days']:g} days, {cohort}, all states saved 200 "
        f"times (load while measuring {load})"
    )

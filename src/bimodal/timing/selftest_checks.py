"""Bars that need no statistics: likelihood, grid, trial arithmetic, hostile input, time and memory (B7 to B12)."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.errors import TimingError
from bimodal.timing.assess import assess, compare_hypotheses
from bimodal.timing.course import COURSE_MODELS
from bimodal.timing.grid import Design, grid_likelihood
from bimodal.timing.hypotheses import Prior
from bimodal.timing.phase import circular_mean
from bimodal.timing.read_series import read_series
from bimodal.timing.selftest_bars import Bar
from bimodal.timing.selftest_cells import TRUTHS
from bimodal.timing.simulate_series import NULLS, sample_days, simulate_series
from bimodal.timing.state_space import kalman_log_likelihood
from bimodal.timing.status import Status
from bimodal.timing.trial import TrialDesign, simulate_trial
from bimodal.timing.trial_tables import SHARES, course_table

NOTE_RATIOS = {
    "first": ("7.0", "3.5", "2.0"),
    "any": ("1.32", "1.11", "1.00"),
    "additive": ("1.50", "1.50", "1.43"),
    "majority": ("1.75", "1.90", "2.20"),
    "net": ("3.0", "3.2", "2.6"),
}
"""Ratios of the timing note, section 3.3, as printed there."""

_CLOCK = """
import sys, time
from pathlib import Path
from bimodal.timing import assess
from bimodal.timing.simulate_series import sample_days, simulate_series
made = simulate_series("mech", sample_days("28 daily", 1), seed=1, index=0).series
start = time.perf_counter()
assess(made)
seconds = time.perf_counter() - start
status = Path("/proc/self/status")
if status.exists():  # the peak of this program; getrusage would also count the one that started it
    peak = next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
elif sys.platform == "win32":  # nothing in Python says it
    peak = float("nan")
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
print(seconds, peak)
"""


def too_few(seed: int, repeats: int) -> Bar:
    """Ask series of seven samples: always INSUFFICIENT_DATA (B7)."""
    days = sample_days("7 in 12 d", seed)
    answers = [
        assess(simulate_series(truth, days, seed=seed, index=k).series).status
        for truth in (*TRUTHS, *NULLS)
        for k in range(repeats)
    ]
    right = sum(status is Status.INSUFFICIENT_DATA for status in answers)
    return Bar(
        "B7", "7 samples in 12 d: INSUFFICIENT_DATA", "always", f"{right} of {len(answers)}", right == len(answers)
    )


def likelihoods_agree(seed: int) -> Bar:
    """Compare the grid's likelihoods with a Kalman filter (B8)."""
    prior = Prior()
    made = simulate_series("drift", sample_days("28 daily", seed), seed=seed, index=0).series
    design = Design(made.days, prior, made.assay_sd)
    values = made.log_values - made.log_values.mean()
    whole, _ = grid_likelihood(design, values[:, None], first=21)
    shared = {"assay_sd": made.assay_sd, "level_sd": prior.level_sd, "trend_sd": prior.trend_sd}
    worst, count = 0.0, 0
    sds, memories = prior.noise_sd, prior.noise_memory
    for noise in range(0, 2 * len(memories) * len(sds), 7):
        kind, rest = divmod(noise, len(memories) * len(sds))
        own: dict[str, Any] = {
            "noise_sd": sds[rest % len(sds)],
            "noise_memory": memories[rest // len(sds)],
            "through_clearance": bool(kind),
            **shared,
        }
        got = [(kalman_log_likelihood(made.days, values, **own), float(whole.h0[noise, 0]))]
        for f in range(0, len(design.frequencies), 37):
            for m, memory in enumerate(prior.memory):
                cycle: dict[str, Any] = {
                    "cycle_sd": prior.amplitude[1],
                    "frequency": float(design.frequencies[f]),
                    "memory": memory,
                }
                filtered = kalman_log_likelihood(made.days, values, **own, **cycle)
                got.append((filtered, float(whole.h1[f, m, 1, noise, 0])))
        count += len(got)
        worst = max(worst, *(abs(x - y) for x, y in got))
    return Bar(
        "B8", "dense and Kalman log likelihood", "1e-8 apart", f"{worst:.1e} at most, {count} grid points", worst < 1e-8
    )


def grid_fine_enough(seed: int, repeats: int) -> Bar:
    """Halve the frequency step: probabilities and phases stay (B9)."""
    moved = turned = 0.0
    for design in ("21 daily", "28 daily"):
        days = sample_days(design, seed)
        made = [simulate_series(truth, days, seed=seed, index=k).series
                for truth in ("mech", "cycle A .75", "pseudo-cycle") for k in range(repeats)]  # fmt: skip
        logs = np.stack([one.log_values for one in made])
        coarse, fine = compare_hypotheses(days, logs), compare_hypotheses(days, logs, prior=Prior().halved())
        hour = 24.0 * (float(days[-1]) + 3.0)
        for a, b in zip(coarse, fine, strict=True):
            moved = max(moved, abs(a.p_h1 - b.p_h1))
            if a.p_h1 > 0.5:
                angles = [circular_mean(one.phase.grid, one.phase.at(hour)[0]) for one in (a, b)]
                gap = abs((angles[0] - angles[1] + np.pi) % (2 * np.pi) - np.pi)
                turned = max(turned, float(gap / (2 * np.pi) * 24.0 * a.phase.mean_period_days))
    step = f"step 1/({Prior().steps_per_span:g} span)"
    met = moved < 0.01 and turned < 1.0
    return Bar("B9", f"{step}; half of it moves P(H1) and phase", "< 0.01, < 1 h", f"{moved:.4f}, {turned:.2f} h", met)


def trial_arithmetic(seed: int) -> list[Bar]:
    """Hold closed forms of the trial against simulation and the note (B10)."""
    errors: list[float] = []
    powers: list[float] = []
    for cyclers, width, share in SHARES:
        for error in (0.0, 1.0):
            answer = simulate_trial(
                TrialDesign(cyclers=cyclers, width_d=width, p_outside=share * 0.07, error_d=error), seed=seed
            )
            errors.append(abs(answer.p_timed_simulated - answer.p_timed) / answer.p_timed_se)
            if answer.power.per_arm is not None and answer.power.per_arm >= 96 and answer.power.z_test is not None:
                powers.append(answer.power.z_test)
    off = 0.0
    for row in course_table():
        for ratio, printed in zip(row.ratios, NOTE_RATIOS[row.model], strict=True):
            rounding = 0.5 * 10.0 ** -len(printed.partition(".")[2])
            off = max(off, abs(ratio - float(printed)) - rounding)
    return [
        Bar("B10", f"response of {len(errors)} designs, simulated and closed form", "3 SE apart",
            f"{max(errors):.1f} SE at most", max(errors) <= 3.0),
        Bar("B10", f"power at the closed form's size, {len(powers)} designs of 96 or more per arm", "0.77 to 0.83",
            f"{min(powers):.3f} to {max(powers):.3f}", 0.77 <= min(powers) <= max(powers) <= 0.83),
        Bar("B10", f"ratios of {len(COURSE_MODELS)} course models, beyond rounding of the note", "0.02 apart",
            f"{max(off, 0.0):.3f} at most", off <= 0.02),
    ]  # fmt: skip


def hostile_input() -> Bar:
    """Give files with traps: refused, or handled and said (B11)."""
    head, wrong = "patient_id,datetime,kind,value,unit,flag\n", 0
    rows = [f"a,2026-01-{day:02d}T08:00+01:00,crp,{5 + day % 3},mg/L," for day in range(1, 20)]
    plain = head + "\n".join(rows) + "\n"
    refused = {
        "naive time": plain.replace("+01:00", "", 1),
        "mixed units": plain.replace("mg/L", "mg/dL", 1),
        "decimal comma": plain.replace(",5,mg/L", ',"5,1",mg/L', 1),
        "text": plain.replace(",5,mg/L", ",high,mg/L", 1),
        "negative": plain.replace(",5,mg/L", ",-5,mg/L", 1),
        "two values at one time": plain + rows[0].replace(",6,", ",9,") + "\n",
        "a name": plain.replace("patient_id", "name", 1),
        "an empty file": "",
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "crp.csv"
        for text in refused.values():
            file.write_text(text, encoding="utf-8", newline="\n")
            try:
                read_series(file)
                wrong += 1
            except TimingError:
                pass
        file.write_text(plain, encoding="utf-8", newline="\n")
        true = read_series(file)[0]
        handled = {
            "mg/dL": (plain.replace("mg/L", "mg/dL"), lambda s: np.allclose(s.values, 10 * true.values) and s.notes),
            "reversed rows": (head + "\n".join(rows[::-1]) + "\n", lambda s: np.array_equal(s.values, true.values)),
            "below the limit": (plain.replace(",5,mg/L,", ",5,mg/L,<LOD", 1), lambda s: s.censored.sum() == 1),
            "after a dose": (plain + "a,2026-01-16T09:00+01:00,dose,,,\n", lambda s: assess(s).series.n == 16),
        }
        for text, right in handled.values():
            file.write_text(text, encoding="utf-8", newline="\n")
            wrong += not right(read_series(file)[0])
    count = len(refused) + len(handled)
    return Bar("B11", "traps in a file: refused, or handled and said", "all", f"{count - wrong} of {count}", wrong == 0)


def cost() -> Bar:
    """Time one series of 28 samples on one core, and its memory, in a process of its own (B12)."""
    one_core = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    command = [sys.executable, "-c", _CLOCK]
    done = subprocess.run(command, capture_output=True, encoding="ascii", check=True, env=one_core)
    seconds, megabytes = map(float, done.stdout.split())
    met = seconds < 3.0 and megabytes < 300.0
    memory = "memory not known" if math.isnan(megabytes) else f"{megabytes:.0f} MB"  # which meets nothing
    return Bar("B12", "28 samples, one core", "< 3 s, < 300 MB", f"{seconds:.1f} s, {memory}", met)

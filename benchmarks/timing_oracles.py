"""Holds the timing room against other people's code: celerite2, astropy, statsmodels and SciPy's own integrals.

    python benchmarks/timing_oracles.py [--out FOLDER]

Writes ``timing_oracles.json`` and ``.md``. What is not installed is listed as not available. Times are processor time
of one thread (set OPENBLAS_NUM_THREADS=1), the best of three; memory is the peak of the process after that series.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import multivariate_normal

from bimodal.files.write import write_text
from bimodal.timing import Prior, assess, compare_hypotheses
from bimodal.timing.compare_methods import f_test, false_alarm, harmonic_r_squared, lomb_scargle
from bimodal.timing.grid import Design, grid_likelihood
from bimodal.timing.hypotheses import CRP_MEMORY_DAYS
from bimodal.timing.simulate_series import sample_days, simulate_series
from bimodal.timing.tobit import below_limits

RESULTS = Path(__file__).parent / "results"
SEED = 1
TRUTHS = ("cycle A .75", "mech", "filtered", "OU 3 d", "drift")


@dataclass(frozen=True)
class Row:
    """One comparison."""

    what: str
    against: str
    cases: int
    figure: float | None
    bar: float | None
    unit: str

    @property
    def met(self) -> str:
        """Whether the bar is met."""
        if self.figure is None:
            return "not available"
        return "" if self.bar is None else ("yes" if self.figure <= self.bar else "NO")


def celerite_row() -> Row:
    """Compare ln p of H0 and H1 (level and trend switched off) with celerite2's recursion."""
    name = "ln p on the grid, H0 and H1"
    try:
        celerite2 = import_module("celerite2")
    except ImportError:
        return Row(name, "celerite2", 0, None, 1e-8, "largest difference")
    terms = celerite2.terms
    prior = Prior(level_sd=0.0, trend_sd=0.0)
    worst, cases = 0.0, 0
    for truth in TRUTHS:
        days = sample_days("28 daily", SEED)
        values = simulate_series(truth, days, seed=SEED, index=0).series.log_values
        values = values - values.mean()
        design = Design(days, prior, 0.07)
        found, _ = grid_likelihood(design, values[:, None], first=28)
        draw = np.random.default_rng(SEED)
        for _ in range(200):
            f, m, a, j = (int(draw.integers(k)) for k in found.h1.shape[:4])
            kind, memory, sd = j // 36, prior.noise_memory[j // 6 % 6], prior.noise_sd[j % 6]
            noise = terms.RealTerm(a=sd**2, c=1 / memory)
            if kind:
                share, blood = sd**2 / (memory - CRP_MEMORY_DAYS), CRP_MEMORY_DAYS
                noise = terms.RealTerm(a=share * memory, c=1 / memory) + terms.RealTerm(a=-share * blood, c=1 / blood)
            size = prior.amplitude[a] ** 2
            wave = terms.ComplexTerm(a=size, b=0.0, c=1 / prior.memory[m], d=2 * math.pi * design.frequencies[f])
            for kernel, ours in ((noise, found.h0[j, 0]), (noise + wave, found.h1[f, m, a, j, 0])):
                process = celerite2.GaussianProcess(kernel, mean=0.0)
                process.compute(days, yerr=0.07)
                worst, cases = max(worst, abs(process.log_likelihood(values) - ours)), cases + 1
    return Row(name, f"celerite2 {version('celerite2')}", cases, worst, 1e-8, "largest difference")


def astropy_rows() -> list[Row]:
    """Compare power and false-alarm probability of the Lomb-Scargle periodogram."""
    names = ("Lomb-Scargle power", "Lomb-Scargle false-alarm probability")
    try:
        timeseries = import_module("astropy.timeseries")
        statistics = import_module("astropy.timeseries.periodograms.lombscargle._statistics")
    except ImportError:
        return [Row(name, "astropy", 0, None, 1e-10, "largest difference") for name in names]
    power, alarm, cases = 0.0, 0.0, 0
    for days, values, frequencies in _many_series():
        theirs = timeseries.LombScargle(days, values, fit_mean=True, center_data=True, normalization="standard")
        ours = lomb_scargle(days, values, frequencies)
        power = max(power, float(np.max(np.abs(theirs.power(frequencies, method="slow") - ours))))
        peak = float(ours.max())
        # asked of the formula itself: the method of the class moves the highest frequency to a grid of its own
        highest = float(frequencies[-1])
        expected = statistics.false_alarm_probability(peak, highest, days, values, None, "standard", method="baluev")
        alarm, cases = max(alarm, abs(float(expected) - false_alarm(days, peak, highest))), cases + 1
    label = f"astropy {version('astropy')}"
    return [
        Row(name, label, cases, worst, 1e-10, "largest difference")
        for name, worst in zip(names, (power, alarm), strict=True)
    ]


def statsmodels_row() -> Row:
    """Compare the harmonic regression with a trend: its F test."""
    name = "harmonic regression, p-value of the F test"
    try:
        api = import_module("statsmodels.api")
    except ImportError:
        return Row(name, "statsmodels", 0, None, 1e-10, "largest difference")
    worst, cases = 0.0, 0
    for days, values, frequencies in _many_series():
        frequency = frequencies[len(frequencies) // 3]
        line = np.stack([np.ones(len(days)), days], axis=1)
        angle = 2 * np.pi * frequency * days
        whole = api.OLS(values, np.column_stack([line, np.cos(angle), np.sin(angle)])).fit()
        expected = whole.compare_f_test(api.OLS(values, line).fit())[1]
        share = float(harmonic_r_squared(days, values, np.array([frequency]))[0])
        worst, cases = max(worst, abs(expected - f_test(share, added=2, left=len(days) - 4))), cases + 1
    return Row(name, f"statsmodels {version('statsmodels')}", cases, worst, 1e-10, "largest difference")


def _many_series() -> list[tuple[Any, Any, Any]]:
    found = []
    for truth in TRUTHS:
        for design in ("14 every 2 d", "28 daily"):
            days = sample_days(design, SEED)
            values = simulate_series(truth, days, seed=SEED, index=1).series.log_values
            found.append((days, values, Prior().frequencies(float(days[-1]))))
    return found


def tobit_rows() -> list[Row]:
    """Compare ln P(all below the limit) with SciPy's quasi-random integration (absolute error asked for: 1e-6)."""
    rows = []
    days = sample_days("28 daily", SEED)
    design = Design(days, Prior(), 0.07)
    for m in (1, 2, 4, 8):
        worst, cases = 0.0, 0
        for j in range(0, 72, 11):
            for where in ("run", "spread"):
                index = np.arange(10, 10 + m) if where == "run" else np.linspace(1, 26, m).astype(int)
                seen = np.setdiff1d(np.arange(28), index)
                covariance = design.noise[j]
                gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, index)])
                rest = covariance[np.ix_(index, index)] - covariance[np.ix_(index, seen)] @ gain
                limits = np.full(m, 0.3) * np.sqrt(np.diag(rest))
                ours = float(below_limits(limits[None], rest[None]).log_probability[0])
                law = multivariate_normal(
                    cov=rest, allow_singular=True, maxpts=40_000 * m, abseps=1e-6, releps=1e-6, seed=1
                )
                worst, cases = max(worst, abs(ours - float(np.log(law.cdf(limits))))), cases + 1
        rows.append(Row(f"ln P({m} samples below the limit)", "SciPy", cases, worst, 0.1, "largest difference"))
    return rows


def step_rows(count: int) -> list[Row]:
    """Halve the frequency step."""
    moved, turned, cases = 0.0, 0.0, 0
    for truth in TRUTHS:
        for design in ("14 every 2 d", "21 daily", "28 daily"):
            days = sample_days(design, SEED)
            for index in range(count):
                series = simulate_series(truth, days, seed=SEED, index=index).series
                if series.span_days < 14:
                    continue
                usual, fine = assess(series), assess(series, prior=Prior().halved())
                assert usual.p_h1 is not None
                assert fine.p_h1 is not None
                moved, cases = max(moved, abs(usual.p_h1 - fine.p_h1)), cases + 1
                if usual.p_h1 > 0.5:
                    shift = usual.fan((3,))[0].hours_from_peak - fine.fan((3,))[0].hours_from_peak
                    period = 24 * float(usual.period.quantiles(0.5)) if usual.period else 168.0
                    turned = max(turned, abs((shift + period / 2) % period - period / 2))
    return [
        Row("halving the frequency step: P(H1)", "itself", cases, moved, 0.01, "largest difference"),
        Row("halving the frequency step: median phase at +3 d where P(H1) > 0.5", "itself", cases, turned, 1.0, "h"),
    ]


def cost_rows() -> list[Row]:
    """Measure time and memory for 28 samples, and time per series of a batch of 100."""
    days = sample_days("28 daily", SEED)
    series = simulate_series("mech", days, seed=SEED, index=0).series
    alone = _best(lambda: assess(series).to_json())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    logs = np.stack([simulate_series("mech", days, seed=SEED, index=k).series.log_values for k in range(100)])
    batch = _best(lambda: compare_hypotheses(days, logs), rounds=1) / 100
    return [
        Row("assess 28 samples, JSON included", "clock", 1, alone, 3.0, "s"),
        Row("peak memory of it", "system", 1, memory, 300.0, "MiB"),
        Row("one series of 28 samples in a batch of 100", "clock", 100, batch, 0.06, "s"),
    ]


def _best(work: Callable[[], object], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def provenance() -> dict[str, Any]:
    """Say which commit, machine and versions."""
    root = Path(__file__).parents[1]
    git = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    versions: dict[str, str] = {}
    for name in ("numpy", "scipy", "astropy", "statsmodels", "celerite2"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not available"
    changed = subprocess.run(
        ["git", "-C", str(root), "status", "--porcelain", "--", "src/bimodal/timing", "benchmarks/timing_oracles.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    system = f"{platform.system()} {platform.machine()}"
    return {
        "commit": git.stdout.strip() or "unknown",
        "changed_since": bool(changed.stdout.strip()),
        "command": "python benchmarks/timing_oracles.py",
        "machine": f"{system}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "load_at_start": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "seed": SEED,
        "versions": versions,
    }


def table(rows: list[Row]) -> str:
    """Give the rows as Markdown."""
    lines = ["| what | against | cases | figure | unit | bar | met |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        figure = "" if row.figure is None else f"{row.figure:.3g}"
        bar = "" if row.bar is None else f"<= {row.bar:g}"
        lines.append(f"| {row.what} | {row.against} | {row.cases} | {figure} | {row.unit} | {bar} | {row.met} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--series", type=int, default=2, help="series per cell for the frequency step")
    options = parser.parse_args()
    about = provenance()
    rows = [*cost_rows(), celerite_row(), *astropy_rows(), statsmodels_row(), *tobit_rows(), *step_rows(options.series)]
    text = table(rows)
    print(text)
    write_text(
        options.out / "timing_oracles.json",
        json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n",
    )
    changed = ", changed since" if about["changed_since"] else ""
    head = (
        f"# Timing: oracles, step and cost\n\nCommit {about['commit']}{changed}, {about['machine']}, load at start "
        f"{about['load_at_start']:.1f}, seed {SEED}; `{about['command']}`.\n\n"
    )
    write_text(options.out / "timing_oracles.md", head + text + "\n")


if __name__ == "__main__":
    main()

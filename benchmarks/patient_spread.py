"""Set how simulated people differ against how real ones did, and blood lymphocytes after high doses against Lotze 1985.

    python benchmarks/patient_spread.py [--out benchmarks/results] [--patients 1000]

Where a study published how its patients differed (standard deviation or range), the share of that published
distribution that lies inside the simulated 5 to 95 % band of patients is computed; it should be 80 to 97 %. A second
share has the band moved so that its middle is the published one: then only the width counts. What is measured is read
on the report days of the study with measurement noise; the exact band and its coverage stand beside it.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.special import ndtr

from bimodal.evidence import Target, load_targets
from bimodal.study import RunOptions, load_study, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.verdict.comparison import reading
from bimodal.study.verdict.visits import visits_of
from provenance import provenance

GOAL = (0.80, 0.97)
WORDS = {"sd": "mean +- SD", "range": "range"}


@dataclass(frozen=True)
class Published:
    """How the patients of one study differed in one result.

    Parameters
    ----------
    study, target
        Which row of ``targets.csv``; its published value and bounds are the numbers used.
    kind
        ``sd``: the bounds are one standard deviation either way of the mean; ``range``: smallest and largest of `n`.
    n
        StudyPopulation.
    """

    study: str
    target: str
    kind: str
    n: int


SPREADS = (
    Published("piscitelli-1996", "D12", "sd", 18),
    Published("piscitelli-1996", "D13", "sd", 18),
    Published("piscitelli-1996", "D14", "range", 18),
    Published("hartemann-2013", "B33", "sd", 6),
    Published("hartemann-2013", "B34", "sd", 6),
    Published("hartemann-2013", "B35", "sd", 6),
    Published("hartemann-2013", "B36", "sd", 6),
    Published("imodals", "B56", "sd", 12),
    Published("imodals", "B57", "sd", 12),
)
#: Rows with bounds that are no spread between patients of something simulated, and why.
NOT_USED = {
    "D15": "absorption lag: the model has two absorption steps and no lag time",
    "B43": "fall of CD122 on the surface: no observable",
    "F43": "the range printed (10 to 48 %) lies above the mean fall of 11.6 %, so it is not that of all patients",
    "B61": "range printed without saying over what (patients or dose levels)",
    "B62": "range printed without saying over what (patients or dose levels)",
    "B54": "bounds proposed by the evidence dossier",
    "B64": "bounds from memory of a mean",
    "B39": "standard error of a dose",
}
#: Lotze 1985: continuous infusion for three weeks, doses up to 3,000 Cetus U/kg/h; and the registration regimen.
HIGH_DOSE = {
    "300 Cetus U/kg/h for 21 days": "7200 Cetus U/kg/day CIV for 21 days",
    "1,000 Cetus U/kg/h for 21 days": "24000 Cetus U/kg/day CIV for 21 days",
    "3,000 Cetus U/kg/h for 21 days": "72000 Cetus U/kg/day CIV for 21 days",
    "600,000 IU/kg every 8 h, 14 doses": "600000 IU/kg IV over 15 min q8h x14",
}
HOURS = np.arange(0.0, 35.0 * 24.0, 6.0)


def largest_of(n: int) -> float:
    """Return the mean of the largest of n standard normal numbers."""

    def density(z: float) -> float:
        return z * n * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * float(ndtr(z)) ** (n - 1)

    return float(quad(density, -10, 10)[0])


def distribution(target: Target, said: Published) -> tuple[float, float, bool]:
    """Return middle and standard deviation of the published patients, and whether on the log scale."""
    assert target.lower is not None
    assert target.upper is not None
    if said.kind == "range":
        span = math.log(target.upper / target.lower)
        return math.log(target.lower * target.upper) / 2.0, span / (2.0 * largest_of(said.n)), True
    return target.published, (target.upper - target.lower) / 2.0, False


def covered(said: Published, patients: int) -> dict[str, Any]:
    """Simulate one study and set the band of its patients against the published distribution."""
    target = next(row for row in load_targets(said.study) if row.id == said.target)
    plan = make_plan(load_study(said.study), RunOptions(patients=patients, seed=1, workers=2), load_solver("human"))
    readings = run_in_memory(plan).readings
    visits = visits_of(plan, treated=True)
    exact = np.concatenate([reading(target, arm, readings) for arm in target.arms])
    values = np.concatenate([reading(target, arm, readings, visits) for arm in target.arms])
    return {
        "study": said.study,
        "id": said.target,
        "label": target.label,
        "n": said.n,
        "published": f"{target.lower:g} to {target.upper:g} {target.unit} ({WORDS[said.kind]})",
        "noise": any(visits.take(target, arm) for arm in target.arms),
        **band_of(values, target, said),
        "exact": band_of(exact, target, said),
        "quality": target.quality,
    }


def band_of(values: np.ndarray, target: Target, said: Published) -> dict[str, Any]:
    """Return the 5 to 95 % band of simulated patients, and the share of the published ones inside it."""
    low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95]).tolist()
    mean, sd, logarithmic = distribution(target, said)
    scale = math.log if logarithmic else float
    own = np.log(values) if logarithmic else values
    ends = [(scale(end) - mean) / sd for end in (low, high)]
    centred = [(scale(end) - float(np.nanmean(own))) / sd for end in (low, high)]
    return {
        "band": [rounded(end) for end in (low, high)],
        "median": rounded(middle),
        "coverage": round(float(ndtr(ends[1]) - ndtr(ends[0])), 3),
        "coverage_centred": round(float(ndtr(centred[1]) - ndtr(centred[0])), 3),
        "sd_ratio": round(float(np.nanstd(own)) / sd, 2),
    }


def high_dose(patients: int) -> list[dict[str, Any]]:
    """Simulate blood lymphocytes during and after high doses, over day 0."""
    spec = simulate_spec(
        ["aldesleukin"] * len(HIGH_DOSE),
        list(HIGH_DOSE.values()),
        cohort="melanoma",
        patients=patients,
        follow_up_days=14.0,
    )
    plan = make_plan(spec, RunOptions(patients=patients, seed=1, workers=2), load_solver("human"))
    result = run_in_memory(plan, times_h=HOURS)
    days = result.days
    rows = []
    for arm, (name, regimen) in zip(result.arms, HIGH_DOSE.items(), strict=True):
        fold = result.values(arm, "lymphocytes_fold")
        first = (days > 0) & (days <= 2)
        rows.append(
            {
                "arm": name,
                "regimen": regimen,
                "nadir_2_days": quartiles(np.nanmin(fold[:, first], axis=1)),
                "peak_3_weeks": quartiles(np.nanmax(fold[:, days <= 21], axis=1)),
                "peak": quartiles(np.nanmax(fold, axis=1)),
                "day_of_peak": float(np.median(days[np.nanargmax(fold, axis=1)])),
                "scd25_peak_nM": quartiles(np.nanmax(result.values(arm, "scd25"), axis=1)),
            }
        )
        print(rows[-1], flush=True)
    return rows


def quartiles(values: np.ndarray) -> list[float]:
    """Return 5 %, median and 95 % of patients."""
    return [rounded(number) for number in np.nanquantile(values, [0.05, 0.5, 0.95]).tolist()]


def rounded(number: float) -> float:
    """Return three digits of a number, and nothing of what is only rounding."""
    return float(f"{number:.3g}") if abs(number) > 1e-9 else 0.0


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--patients", type=int, default=1000)
    options = parser.parse_args()
    rows = [covered(said, options.patients) for said in SPREADS]
    doses = high_dose(min(options.patients, 300))
    about = provenance(seed=1, patients=options.patients)
    content = {**about, "coverage": rows, "not_used": NOT_USED, "high_dose": doses}
    (options.out / "patient_spread.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (options.out / "patient_spread.md").write_text(text(about, rows, doses), encoding="utf-8")


def text(about: dict[str, Any], rows: list[dict[str, Any]], doses: list[dict[str, Any]]) -> str:
    """Write both tables for people, misses first."""
    inside = [GOAL[0] <= row["coverage"] <= GOAL[1] for row in rows]
    ranked = sorted(zip(rows, inside, strict=True), key=lambda pair: (pair[1], pair[0]["coverage"]))
    lines = [
        "# Do simulated people differ as much as real ones?",
        "",
        f"Commit {about['commit']}, `{about['command']}`, {about['patients']} virtual patients. Coverage: share of the "
        "published patients (taken as normal around the mean, or log-normal within a range) inside the simulated 5 to "
        f"95 % band; the goal is {GOAL[0]:.0%} to {GOAL[1]:.0%}, met by {sum(inside)} of {len(rows)}. Centred: the "
        "same with the band moved to the published middle, so that only its width counts. With measurement noise on "
        "the report days, except pharmacokinetic numbers, for which there is none; in brackets what it is without.",
        "",
        "| study | result | n | published | simulated 5 to 95 % (median) | coverage | centred | "
        "SD simulated over published | quality |",
        "|---" * 9 + "|",
        *(
            f"| {row['study']} {row['id']} | {row['label']} | {row['n']} | {row['published']} | {row['band'][0]:g} to "
            f"{row['band'][1]:g} ({row['median']:g}) | {row['coverage']:.1%}{'' if met else ' **miss**'}"
            f"{without(row, 'coverage', '.1%')} | {row['coverage_centred']:.1%}"
            f"{without(row, 'coverage_centred', '.1%')} | "
            f"{row['sd_ratio']:g}{without(row, 'sd_ratio', 'g')} | {row['quality']} |"
            for row, met in ranked
        ),
        "",
        "Bounds in the targets that are no spread between patients of something simulated: "
        + "; ".join(f"{name} ({why})" for name, why in NOT_USED.items())
        + ".",
        "",
        "## Blood lymphocytes at high dose (context, not fitted)",
        "",
        "Lotze 1985 (J Immunol 135:2865, abstract): early fall of all lymphoid cells, and 2- to 16-fold more of them "
        "within three weeks of continuous infusion. Virtual melanoma patients; median (5 to 95 %), over day 0.",
        "",
        "| regimen | lowest, first 2 days | largest within 3 weeks | largest to 2 weeks after | day of it | "
        "largest sCD25, nM |",
        "|---" * 6 + "|",
        *(
            f"| {row['arm']} | {shown(row['nadir_2_days'])} | {shown(row['peak_3_weeks'])} | {shown(row['peak'])} | "
            f"{row['day_of_peak']:.1f} | {shown(row['scd25_peak_nM'])} |"
            for row in doses
        ),
    ]
    return "\n".join(lines) + "\n"


def without(row: dict[str, Any], key: str, how: str) -> str:
    """Write what a number is without measurement noise, where there is some."""
    return f" ({row['exact'][key]:{how}})" if row["noise"] else ""


def shown(numbers: list[float]) -> str:
    """Write a median with its interval."""
    return f"{numbers[1]:g} ({numbers[0]:g} to {numbers[2]:g})"


if __name__ == "__main__":
    main()

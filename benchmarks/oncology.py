"""What the oncology fit needs, and what its ensemble says of other arms.

Run ``python benchmarks/oncology.py WHAT``:

- ``structure``: every structure fitted again from the shipped best set with the same budget,
- ``fresh --seed 2 --each 512``: all figures, published and simulated, with people the fit has not seen,
- ``arms``: response rates of other arms over the shipped ensemble.

Writes ``oncology_WHAT.json`` and ``.md`` to ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from bimodal.fit.oncology.drives import drive_course
from bimodal.fit.oncology.ensemble_table import load_ensemble
from bimodal.fit.oncology.oncology import CANCERS, OncologyData, course, oncology_data
from bimodal.fit.oncology.population import Structure, Tumours
from bimodal.fit.oncology.report import fit_oncology
from bimodal.fit.oncology.targets import oncology_targets
from bimodal.study.endpoints.trial import Response

STRUCTURES = {
    "all of it": Structure(),
    "no classes: every tumour recognised": Structure(mixture=False),
    "no evasive clone": Structure(evasive=False),
    "a clone comes back from any number of cells": Structure(extinction=False),
    "the evasive clone feels nothing": Structure(bystander=False),
}
#: Arm -> regimen and share of Treg left at the site.
ARMS = {
    "10 and 8 doses of 600 kIU/kg": (course(10, 8), 1.0),
    "7 and 7 doses": (course(7, 7), 1.0),
    "3 and 3 doses": (course(3, 3), 1.0),
    "14 and 14 doses of 72 kIU/kg": ("72000 IU/kg IV over 15 min q8h x14, repeat on day 15", 1.0),
    "SC 250 then 125 kIU/kg": (
        "250000 IU/kg SC on days 1-5 of 7 for 1 week then 125000 IU/kg SC on days 1-5 of 7 for 5 weeks",
        1.0,
    ),
    "10 and 8 doses, Treg at the site -80 %": (course(10, 8), 0.2),
    "no IL-2": ("none", 1.0),
    "no IL-2, Treg at the site -80 %": ("none", 0.2),
}


def structures(evaluations: int, each: int, bodies: int, seed: int) -> Iterator[dict[str, Any]]:
    """Fit every structure again from the shipped best set."""
    data = oncology_data(bodies=bodies, each=each, seed=seed)
    calibration = oncology_targets("calibration")
    best = load_ensemble()[0].values
    for name, structure in STRUCTURES.items():
        own = OncologyData(data.drives, Tumours(each, seed, structure), data.targets)
        found = fit_oncology(data=own, evaluations=evaluations, starts=1, seed=seed, begin=best, polish=False)
        figures = found.figures[0]
        worst = max(calibration, key=lambda t: t.residual(figures[t.quantity]) ** 2)
        row = {
            "structure": name,
            "misfit": found.sets[0].misfit,
            "with_priors": found.sets[0].cost,
            "met": sum(t.within(figures[t.quantity]) for t in calibration),
            "of": len(calibration),
            "worst": f"{worst.id} {worst.quantity}: {figures[worst.quantity]:.3g}, published {worst.published:.3g}",
            "figures": dict(figures),
        }
        print(
            f"{name}: misfit {row['misfit']:.3g}, with priors {row['with_priors']:.3g}, worst {row['worst']}",
            flush=True,
        )
        yield row


def arms(each: int, bodies: int, seed: int) -> Iterator[dict[str, Any]]:
    """Follow every arm with every set of the ensemble."""
    sets = load_ensemble()
    for name, (regimen, treg) in ARMS.items():
        label = "none" if regimen == "none" else "arm"
        drives = (
            {}
            if regimen == "none"
            else {(c, label): drive_course(regimen, cohort=c, bodies=bodies, seed=seed) for c in CANCERS}
        )
        data = OncologyData(drives, replace(Tumours(each, seed), treg_share=treg), ())
        row: dict[str, Any] = {"arm": name}
        for one in sets:
            for (cancer, _), arm in data.arms(one.values, [(c, label) for c in CANCERS]).items():
                for what, least in (("orr", Response.PR), ("cr", Response.CR)):
                    row.setdefault(f"{cancer}_{what}", []).append(arm.share(least))
        print(name, {k: (v[0], min(v), max(v)) for k, v in row.items() if k != "arm"}, flush=True)
        yield row


def fresh(each: int, bodies: int, seed: int) -> Iterator[dict[str, Any]]:
    """Simulate every figure with tumours and bodies the fit has not seen."""
    data = oncology_data(bodies=bodies, each=each, seed=seed)
    seen = [data.summaries(one.values) for one in load_ensemble()]
    for target in oncology_targets():
        own = [figures[target.quantity] for figures in seen]
        row = {"id": target.id, "study": target.study, "role": target.role, "quantity": target.quantity}
        row |= {"published": target.published, "lower": target.lower, "upper": target.upper}
        row |= {"simulated": own[0], "smallest": min(own), "largest": max(own), "within": target.within(own[0])}
        print(row, flush=True)
        yield row


def fresh_page(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Write the table of published and simulated figures, misses first."""
    lines = [
        "# Published and simulated, with people the fit has not seen",
        "",
        f"Commit {about['commit']}, `{about['command']}`, seed {about['seed']}; {about['each']} tumours of each class, "
        f"{about['bodies']} bodies. Best set, and the smallest and largest over the ensemble.",
        "",
        "| target | study | role | figure | published | simulated | ensemble | inside |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['id']} | {r['study']} | {r['role']} | {r['quantity']} | {r['published']:.3g} ({r['lower']:.3g} to "
        f"{r['upper']:.3g}) | {r['simulated']:.3g} | {r['smallest']:.3g} to {r['largest']:.3g} | "
        f"{'yes' if r['within'] else '**no**'} |"
        for r in sorted(rows, key=lambda r: (r["role"], r["within"]))
    ]
    return "\n".join(lines) + "\n"


def structure_page(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Write the table of structures."""
    lines = [
        "# Which structure the oncology figures need",
        "",
        f"Commit {about['commit']}, `{about['command']}`, seed {about['seed']}; sets tried for each: "
        f"{about['evaluations']}.",
        "",
        "| structure | misfit | with priors | targets met | worst |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['structure']} | {r['misfit']:.1f} | {r['with_priors']:.1f} | {r['met']} of {r['of']} | {r['worst']} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def arms_page(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Write the table of arms."""
    keys = [f"{cancer}_{what}" for cancer in CANCERS for what in ("orr", "cr")]
    lines = [
        "# Other arms over the ensemble of the oncology fit",
        "",
        f"Commit {about['commit']}, `{about['command']}`, seed {about['seed']}. Per cent, best set [smallest to "
        "largest of the ensemble]; the spread is what the figures leave open, not that of a trial. One course, no "
        "deaths from treatment. Dose-response outside 7-28 doses of 600-720 kIU/kg is an extrapolation.",
        "",
        f"| arm | {' | '.join(key.replace('_', ' ').upper() for key in keys)} |",
        "|---" * (len(keys) + 1) + "|",
    ]
    for r in rows:
        cells = [f"{100 * r[k][0]:.1f} [{100 * min(r[k]):.1f} to {100 * max(r[k]):.1f}]" for k in keys]
        lines.append(f"| {r['arm']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["structure", "arms", "fresh"])
    parser.add_argument("--evaluations", type=int, default=240)
    parser.add_argument("--each", type=int, default=128, help="tumours of each class, a power of two")
    parser.add_argument("--bodies", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    about = {
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{platform.machine()}, {platform.system()}",
        "command": " ".join(["python benchmarks/oncology.py", *sys.argv[1:]]),
        **{name: getattr(options, name) for name in ("evaluations", "each", "bodies", "seed")},
    }
    if options.what == "structure":
        rows = list(structures(options.evaluations, options.each, options.bodies, options.seed))
        page = structure_page(rows, about)
    elif options.what == "fresh":
        rows = list(fresh(options.each, options.bodies, options.seed))
        page = fresh_page(rows, about)
    else:
        rows = list(arms(options.each, options.bodies, options.seed))
        page = arms_page(rows, about)
    write_text(options.out / f"oncology_{options.what}.json", json.dumps({**about, "rows": rows}, indent=1) + "\n")
    write_text(options.out / f"oncology_{options.what}.md", page)


if __name__ == "__main__":
    main()

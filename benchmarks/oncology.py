"""What the oncology fit needs, and what its ensemble says of other arms.

Run ``python benchmarks/oncology.py WHAT``:

- ``structure``: every structure fitted again from the same beginnings with the same budget, with what it says of arms
  that no target holds,
- ``ship``: the best set of the shipped ensemble into ``tumour_site.csv`` and the cohorts, and with ``--fit FILE`` what
  ``bimodal fit oncology --write ... --json FILE`` said into the results,
- ``fresh --seed 2 --each 512``: all figures, published and simulated, with people the fit has not seen,
- ``arms``: response rates of other arms over the shipped ensemble.

Writes ``oncology_WHAT.json`` and ``.md`` to ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from bimodal.fit.oncology.drives import drive_course
from bimodal.fit.oncology.ensemble_table import class_shares, cohort_values, load_ensemble, table_values
from bimodal.fit.oncology.oncology import CANCERS, OTHER, OncologyData, course, oncology_data
from bimodal.fit.oncology.parameters import SHIPPED
from bimodal.fit.oncology.population import Structure, Tumours
from bimodal.fit.oncology.report import fit_oncology
from bimodal.fit.oncology.targets import oncology_targets
from bimodal.study.endpoints.trial import Response

SOURCES = Path(__file__).parent.parent / "src" / "bimodal"
_FOOT = frozenset(SHIPPED)
STRUCTURES = {
    "shipped: power of signal, slow killing, remains, kill spread over all tumours": Structure(),
    "as before: killing in proportion to signal, classes of tumours": Structure(free=frozenset({"recognised"})),
    "killing in proportion to signal": Structure(free=_FOOT - {"signal_slope"}),
    "killing at most 1 per day": Structure(free=_FOOT - {"kill_max"}),
    "what is killed is gone": Structure(free=_FOOT - {"remains_time"}),
    "and tumours that nobody sees": Structure(free=_FOOT | {"recognised"}),
    "and effectors that divide at the site": Structure(free=_FOOT | {"division_half", "crowding"}),
    "and another growth of the evasive clone in renal cancer": Structure(free=_FOOT | {"evasive_growth"}),
    "no evasive clone": Structure(evasive=False),
    "a clone comes back from any number of cells": Structure(extinction=False),
    "the evasive clone feels nothing": Structure(bystander=False),
}
#: Arms that no target holds, in which a structure shows its foot.
CHECKS = {
    "single": "600000 IU/kg IV over 15 min",
    "low": "1 MIU/m2 SC daily for 56 days",
}
#: Arm -> regimen and share of Treg left at the site.
ARMS = {
    "10 and 8 doses of 600 kIU/kg": (course(10, 8), 1.0),
    "7 and 7 doses": (course(7, 7), 1.0),
    "3 and 3 doses": (course(3, 3), 1.0),
    "a single dose of 600 kIU/kg": (CHECKS["single"], 1.0),
    "1 MIU/m2 SC daily for 56 days": (CHECKS["low"], 1.0),
    "1.8 MIU/m2/d by infusion, 3 of 6 weeks, 4 times": (OTHER["melanoma", "infusion"], 1.0),
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
    """Fit every structure again, from the shipped best set and from the centre of the priors."""
    data = oncology_data(bodies=bodies, each=each, seed=seed)
    checks = {
        (cancer, arm): drive_course(regimen, cohort=cancer, bodies=bodies, seed=seed)
        for cancer in CANCERS
        for arm, regimen in CHECKS.items()
    }
    calibration = oncology_targets("calibration")
    for name, structure in STRUCTURES.items():
        own = OncologyData({**data.drives, **checks}, Tumours(each, seed, structure), data.targets)
        found = fit_oncology(data=own, evaluations=evaluations, seed=seed, polish=False)
        figures, values = found.figures[0], found.sets[0].values
        worst = max(calibration, key=lambda t: t.residual(figures[t.quantity]) ** 2)
        looked = own.arms(values, [*checks, *((cancer, "registration") for cancer in CANCERS)])
        row = {
            "structure": name,
            "parameters": len(values),
            "misfit": found.sets[0].misfit,
            "with_priors": found.sets[0].cost,
            "met": sum(t.within(figures[t.quantity]) for t in calibration),
            "of": len(calibration),
            "worst": f"{worst.id} {worst.quantity}: {figures[worst.quantity]:.3g}, published {worst.published:.3g}",
            "figures": dict(figures),
            "values": dict(values),
            **{f"{cancer}_{arm}_orr": looked[cancer, arm].share(Response.PR) for cancer, arm in checks},
            **{f"{cancer}_{arm}_cr": looked[cancer, arm].share(Response.CR) for cancer, arm in checks},
        }
        for cancer in CANCERS:
            high = looked[cancer, "registration"]
            row[f"{cancer}_complete_of_responders"] = high.share(Response.CR) / max(high.share(Response.PR), 1e-9)
            row[f"{cancer}_months_to_complete"] = [high.months_to_complete(q) for q in (0.1, 0.5, 0.9)]
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
        row |= {"sets": own}
        print({name: value for name, value in row.items() if name != "sets"}, flush=True)
        yield row
    for quantity in sorted(name for name in seen[0] if "cr_months" in name):
        own = [figures[quantity] for figures in seen]
        yield {"id": "", "quantity": quantity, "simulated": own[0], "smallest": min(own), "largest": max(own)}


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
        for r in sorted((r for r in rows if r["id"]), key=lambda r: (r["role"], r["within"]))
    ]
    return "\n".join(lines) + "\n"


def structure_page(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Write the tables of structures: how well they fit, and what they say of the foot and of time."""
    lines = [
        "# Which structure the oncology figures need",
        "",
        f"Commit {about['commit']}, `{about['command']}`, seed {about['seed']}; sets tried for each: "
        f"{about['evaluations']} from the shipped best set and as many from the centre of the priors.",
        "",
        "| structure | parameters | misfit | with priors | targets met | worst |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['structure']} | {r['parameters']} | {r['misfit']:.1f} | {r['with_priors']:.1f} | {r['met']} of "
        f"{r['of']} | {r['worst']} |"
        for r in rows
    ]
    lines += [
        "",
        "Response (complete response), per cent; months to complete response: 10th, 50th and 90th percentile of "
        "complete responders. Published: 21, 13 and 10 % (yang-2003), none of 23 (infusion-1994).",
        "",
        "| structure | 720 kIU/kg | 72 kIU/kg | SC | infusion | single dose, melanoma | renal | 1 MIU/m2 daily, "
        "melanoma | renal | complete of responders, melanoma and renal | months to complete, melanoma | renal |",
        "|---" * 12 + "|",
    ]
    for r in rows:
        own = [r["figures"][f"renal.orr_{arm}"] for arm in ("high", "low", "skin")] + [
            r["figures"]["both.orr_infusion"]
        ]
        cells = [f"{100 * value:.1f}" for value in own]
        cells += [
            f"{100 * r[f'{cancer}_{arm}_orr']:.1f} ({100 * r[f'{cancer}_{arm}_cr']:.1f})"
            for arm in CHECKS
            for cancer in CANCERS
        ]
        cells.append(" and ".join(f"{r[f'{cancer}_complete_of_responders']:.2f}" for cancer in CANCERS))
        cells += [", ".join(f"{one:.1f}" for one in r[f"{cancer}_months_to_complete"]) for cancer in CANCERS]
        lines.append(f"| {r['structure']} | {' | '.join(cells)} |")
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


def ship() -> list[str]:
    """Put the best set of the shipped ensemble into the site's parameter table and the cohorts; say what changes."""
    best = load_ensemble()[0].values
    said = []
    table = SOURCES / "model" / "data" / "tumour_site.csv"
    text = table.read_text(encoding="utf-8")
    for name, value in table_values(best).items():
        text = re.sub(rf"(?m)^({name}),[^,]*,", rf"\g<1>,{value:.6g},", text)
    said += _replaced(table, text)
    for cancer in CANCERS:
        file = SOURCES / "cohort" / "data" / f"{cancer}.toml"
        text = file.read_text(encoding="utf-8")
        for name, (median, cv) in cohort_values(best, cancer).items():
            if name == "tumour_cells_rest":
                continue
            for kind in ("", *(f"mixture.tumour_class.{kind}." for kind in class_shares(best))):
                head = rf"(?s)(\[{re.escape(kind)}parameters\.{name}\]\nmedian = )[^\n]*"
                if (name, kind) == ("tumour_evasive_fraction", "mixture.tumour_class.wholly."):
                    continue
                text = re.sub(head, rf"\g<1>{median:.6g}", text)
                text = re.sub(rf"{head}\ncv = [^\n]*", rf"\g<1>{median:.6g}\ncv = {cv:.4g}", text)
        for kind, share in class_shares(best).items():
            text = re.sub(rf"(\[mixture\.tumour_class\.{kind}\]\nproportion = )[^\n]*", rf"\g<1>{share:.6f}", text)
        said += _replaced(file, text)
    return said


def _replaced(file: Path, text: str) -> list[str]:
    if text == file.read_text(encoding="utf-8"):
        return []
    write_text(file, text)
    return [f"{file.name} holds the best set"]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["structure", "arms", "fresh", "ship"])
    parser.add_argument("--evaluations", type=int, default=120)
    parser.add_argument("--each", type=int, default=128, help="tumours of each class, a power of two")
    parser.add_argument("--bodies", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fit", type=Path, help="with ship: JSON of the fit")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    about = {
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{platform.machine()}, {platform.system()}",
        "command": " ".join(["python benchmarks/oncology.py", *sys.argv[1:]]),
        **{name: getattr(options, name) for name in ("evaluations", "each", "bodies", "seed")},
    }
    if options.what == "ship":
        print("\n".join(ship()) or "the table and the cohorts hold the best set")
        if options.fit is not None:
            found = json.loads(options.fit.read_text(encoding="utf-8"))["fit"]
            own = {"commit": about["commit"], "command": "bimodal fit oncology", "machine": about["machine"], **found}
            write_text(options.out / "oncology_fit.json", json.dumps(own, indent=1) + "\n")
        return
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

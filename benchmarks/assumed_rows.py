"""Ask of every row of the human table that no fit sets whether data at hand could set it.

    python benchmarks/assumed_rows.py [--out benchmarks/results]

Every assumed row that acts in a study without a partner drug or an engineered molecule is set free, one at a time,
beside all rows the human fit already sets, with a prior of a factor of e. What is printed is how much narrower the
studies make it (linearised at the shipped values): standard error of ln over that of the prior. 1 means that they say
nothing. Rows that act on receptors or signal are asked of the pSTAT5 curves in the same way, beside the rows the
receptor fit sets.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.fit.covariance import covariance_of
from bimodal.fit.cross_validate import cross_validate
from bimodal.fit.derivatives import jacobian_at
from bimodal.fit.fit import run_fit
from bimodal.fit.human.human import human_data, human_parameters, human_problem, with_offsets
from bimodal.fit.parameter import FitParameter
from bimodal.fit.prior import ParameterPrior
from bimodal.fit.problem import Problem
from bimodal.fit.receptors.receptors import ReceptorData, receptor_data, receptor_parameters, receptor_problem
from bimodal.fit.surface import Surface
from bimodal.model.parameters import ParameterRow
from provenance import provenance

#: Below this share of the prior's width the studies say something about a row by itself.
SAYS = 0.8
#: A residual that moves by less than this per unit of ln does not move.
STILL = 1e-3
PATIENTS = 200
#: Rows the pSTAT5 curves say most about, which are then really fitted to them.
REFITTED = 6
#: Whose own data are elsewhere: (words in the source or note, why the studies of this fit are not asked).
ELSEWHERE = (
    (("Definition",), "a definition, a switch or a door: 0, 1 or off by meaning"),
    (("placeholder",), "set by the file of a molecule"),
    (("partner",), "set by the file of a partner drug"),
    (("replaced by the cohort",), "baseline of a group of people: the cohort's file says it"),
    (("engaged",), "acts only where T-cell receptors are engaged: no study here"),
)


def why_not(row: ParameterRow) -> str | None:
    """Say why a row is no matter of the studies; None when they have to be asked."""
    said = f"{row.id} {row.source} {row.where_in_source} {row.note}"
    for words, reason in ELSEWHERE:
        if any(word in said for word in words):
            return reason
    return "zero: off as shipped" if row.value == 0.0 else None


def acts_in_dish(name: str) -> bool:
    """Say whether a row acts on the receptors or the signal of a cell type that was measured in a dish."""
    words = ("internalisation", "alpha_turnover", "beta_turnover", "_induction", "induction_half", "pstat5_rate")
    return any(word in name for word in words) and "slope" not in name and not name.startswith("nk_bright")


def known(problem: Problem, fitted: int) -> dict[str, tuple[float, str]]:
    """Say of each row behind the fitted ones what is left of its prior's width, and which group it moves most."""
    surface = Surface(problem)
    slopes = jacobian_at(surface, surface.start, surface.data_residuals(surface.start[None])[0])
    priors = surface.prior_rows
    found: dict[str, tuple[float, str]] = {}
    for place, parameter in enumerate(problem.parameters):
        if place >= fitted:
            columns = [*range(fitted), place]
            ratio = float(covariance_of(np.concatenate([slopes, priors])[:, columns])[0][-1])
            steep = np.abs(slopes[:, place])
            most = problem.groups[int(np.argmax(steep))] if steep.max() > STILL else "none"
            found[parameter.id] = (round(ratio, 2), most)
    return found


def freed(data: ReceptorData, names: tuple[str, ...], parameters: tuple[FitParameter, ...]) -> dict[str, Any]:
    """Fit the pSTAT5 curves with some assumed rows free as well, and predict subsets left out."""
    own = tuple(parameter for parameter in parameters if parameter.id in names)
    problem = receptor_problem(data, parameters=(*receptor_parameters(), *own))
    full = run_fit(problem, tolerance=1e-6, max_evaluations=100)
    left_out = cross_validate(problem, full, fold_of=lambda group: group.split("/")[0], tolerance=1e-5)
    return {
        "free": names,
        "rms": round(left_out.rms_in_sample, 3),
        "rms_left_out": round(left_out.rms_out_of_sample, 3),
        "values": {name: float(f"{full.values[name]:.3g}") for name in names},
    }


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    data = human_data()
    data = with_offsets(data, data.shipped, patients=PATIENTS, workers=2)
    table = data.solver.table
    assumed = [row for row in table.rows if row.status == "assumed"]
    asked = [row for row in assumed if why_not(row) is None]
    fitted = human_parameters(table.values())
    wide = ParameterPrior(0.0, 1.0, "this benchmark: a factor of e either way")
    own = tuple(
        FitParameter(row.id, start=row.value, lower=row.value / 100, upper=row.value * 100, prior=wide) for row in asked
    )
    low_dose = known(human_problem(data, parameters=(*fitted, *own), workers=2), len(fitted))
    shipped = table.values()
    in_dish = tuple(parameter for parameter in own if acts_in_dish(parameter.id))
    dish = tuple(replace(parameter, start=shipped[parameter.id]) for parameter in receptor_parameters())
    wells = receptor_data()
    curves = known(receptor_problem(wells, parameters=(*dish, *in_dish)), len(dish))
    likely = sorted(curves, key=lambda name: curves[name][0])[:REFITTED]
    refits = [freed(wells, names, in_dish) for names in ((), *((name,) for name in likely))]
    rows: list[dict[str, Any]] = [
        {
            "id": row.id,
            "value": row.value,
            "unit": row.unit,
            "source": f"{row.source}: {row.where_in_source}",
            "ratio": low_dose[row.id][0],
            "most": low_dose[row.id][1],
            "ratio_pstat5": curves[row.id][0] if row.id in curves else None,
        }
        for row in asked
    ]
    rows.sort(key=lambda row: row["ratio"])
    elsewhere: dict[str, list[str]] = {}
    for row in assumed:
        reason = why_not(row)
        if reason is not None:
            elsewhere.setdefault(reason, []).append(row.id)
    about = provenance(seed=1, patients=PATIENTS, assumed=len(assumed))
    content = {**about, "rows": rows, "refits": refits, "elsewhere": elsewhere}
    (options.out / "assumed_rows.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    studies, dishes = (sum((row[key] or 1.0) < SAYS for row in rows) for key in ("ratio", "ratio_pstat5"))
    lines = [
        "# Assumed rows of the human table, and whether data at hand could set them",
        "",
        f"Commit {about['commit']}, `{about['command']}`. {len(assumed)} rows are assumed. {len(asked)} act in the "
        f"studies of `bimodal fit human` and were set free one at a time beside the {len(fitted)} fitted rows, with a "
        "prior of a factor of e. Ratio: standard error of ln with the data over that without; 1 means they say "
        "nothing. "
        f"{studies} lie below {SAYS:g} with the studies, {dishes} with the pSTAT5 curves (those of receptors and "
        "signal only, whose 960 wells are taken as independent: they are not, so that ratio is a lower bound).",
        "",
        "| row | value | ratio, studies | target it moves most | ratio, pSTAT5 curves | source |",
        "|---" * 6 + "|",
        *(
            f"| `{row['id']}` | {row['value']:g} {row['unit']} | {row['ratio']:.2f} | {row['most']} | "
            f"{'-' if row['ratio_pstat5'] is None else format(row['ratio_pstat5'], '.2f')} | {row['source']} |"
            for row in rows
        ),
        "",
        "Those the curves say most about, fitted to the curves one at a time beside the rows of the receptor fit "
        "(residuals in standard deviations of a well; left out: each subset of cells in turn):",
        "",
        "| freed | value then | rms, all curves | rms, subsets left out |",
        "|---" * 4 + "|",
        *(
            f"| {', '.join(row['free']) or 'none, as shipped'} | "
            f"{', '.join(format(value, 'g') for value in row['values'].values()) or '-'} | {row['rms']} | "
            f"{row['rms_left_out']} |"
            for row in refits
        ),
        "",
        "The others, and why no study of this fit is asked:",
        "",
        *(f"- {reason}: " + ", ".join(f"`{name}`" for name in names) for reason, names in elsewhere.items()),
    ]
    (options.out / "assumed_rows.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()

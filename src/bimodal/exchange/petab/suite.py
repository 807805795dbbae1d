"""Runs cases of the PEtab test suite: simulations, chi-square, likelihood and priors beside their solutions."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError, ModelError
from bimodal.exchange.petab.evaluation import PetabEvaluation, evaluate_petab
from bimodal.exchange.petab.problem import read_petab

#: What may become of a case.
KINDS = ("passed", "refused", "failed", "wrong")
#: What rounding leaves of a log-prior: the suite asks for 1e-14, less than a double of its size resolves.
ROUNDING = 2e-14
_SAME = ("observableId", "preequilibrationConditionId", "simulationConditionId", "experimentId")


@dataclass(frozen=True)
class Outcome:
    """What became of a case: passed, refused, wrong or failed; the largest differences, or why."""

    case: str
    kind: str
    said: str = ""


def find_cases(folder: Path) -> list[Path]:
    """Return the YAML file of every case with a model.

    Raises
    ------
    ModelError
        There is none.
    """
    root = next((one for one in (folder / "petabtests" / "cases", folder / "cases", folder) if one.is_dir()), folder)
    found = sorted(path for path in root.glob("v*/*/*/_*.yaml") if not path.stem.endswith("_solution"))
    if not found:
        raise ModelError(f"there are no cases in {folder}", fix="give the folder of the PEtab test suite")
    return found


def run_case(path: Path) -> Outcome:
    """Run one case: it passes within the tolerances its solution names, or is refused by name."""
    import yaml

    name = "/".join(path.parts[-4:-1])
    try:
        found = evaluate_petab(read_petab(path))
    except BimodalError as fault:
        return Outcome(name, "refused", fault.what)
    except Exception as fault:  # a crash is a result too
        return Outcome(name, "failed", repr(fault)[:200])
    solution = yaml.safe_load(path.with_name(f"{path.stem}_solution.yaml").read_text(encoding="utf-8"))
    off = dict(_differences(found, solution, path.parent))
    said = ", ".join(f"{what} {value:.1e}" for what, (value, _) in off.items())
    right = all(value <= allowed for value, allowed in off.values()) and not found.failures
    return Outcome(name, "passed" if right else "wrong", said)


def _differences(
    found: PetabEvaluation, solution: dict[str, Any], folder: Path
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Give what is compared: the largest difference and what the case allows."""
    theirs = sorted(
        (_key(row), float(row["simulation"]))
        for file in solution["simulation_files"]
        for row in csv.DictReader((folder / file).read_text(encoding="utf-8").splitlines(), delimiter="\t")
    )
    values = found.compared.simulated[0].tolist()
    ours = sorted((_key(m.row), value) for m, value in zip(found.problem.measurements, values, strict=True))
    same = [key for key, _ in ours] == [key for key, _ in theirs]
    apart = [abs(a - b) for (_, a), (_, b) in zip(ours, theirs, strict=False)]
    yield "simulations", (max(apart) if same else math.inf, solution["tol_simulations"])
    yield "chi2", (abs(found.chi2 - solution["chi2"]), solution["tol_chi2"])
    yield "llh", (abs(found.log_likelihood - solution["llh"]), solution["tol_llh"])
    if "log_prior" in solution:
        priors, ours_prior = solution["log_prior"], found.log_priors
        apart = (
            [abs(ours_prior[name] - value) for name, value in priors.items()]
            if priors.keys() == ours_prior.keys()
            else []
        )
        yield "log_prior", (max(apart, default=math.inf), max(solution["tol_log_prior"], ROUNDING))
        posterior = found.log_posterior - solution["unnorm_log_posterior"]
        yield "posterior", (abs(posterior), solution["tol_unnorm_log_posterior"])


def _key(row: dict[str, str]) -> tuple[str | float, ...]:
    return (*((row.get(name) or "") for name in _SAME), float(row["time"]))

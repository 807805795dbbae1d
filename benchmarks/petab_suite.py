"""Runs the PEtab test suite and says of every case: passed, refused by name, failed loudly, or wrong.

    python benchmarks/petab_suite.py PATH/TO/petab_test_suite

The suite (github.com/PEtab-dev/petab_test_suite) is not part of this repository. A case passes where simulations,
chi-square and log-likelihood agree with its solution within the tolerance it names, and so do log-priors and the
posterior where it has them; a case with a PySB model passes by being refused by name. Formulas of `math_tests.yaml` are
read and evaluated. Writes ``benchmarks/results/petab_suite.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from bimodal.errors import BimodalError
from bimodal.exchange.petab.formula import read_formula
from bimodal.exchange.petab.suite import Outcome, find_cases, run_case
from bimodal.expr import Graph, evaluate
from provenance import provenance

RESULTS = Path(__file__).parent / "results"


def run_formulas(path: Path) -> list[Outcome]:
    """Evaluate the formulas of the suite."""
    found: list[Outcome] = []
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]:
        g, text, values = Graph(), str(case["expression"]), {"a": 2.0, "b": 3.0}
        wanted = case["expected"]
        try:
            value = float(evaluate(g, [read_formula(text, g, g.symbol)], values)[0])
            # 'inf' and formulas of names that stay are written as text
            aim = float(evaluate(g, [read_formula(str(wanted), g, g.symbol)], values)[0])
            right = value == aim or abs(value - aim) <= 1e-12 * max(1.0, abs(aim))
            found.append(Outcome(f"math: {text}", "passed" if right else "wrong", "" if right else f"{value:g}"))
        except BimodalError as fault:
            found.append(Outcome(f"math: {text}", "refused", fault.what))
    return found


def markdown(found: list[Outcome], formulas: list[Outcome], facts: dict[str, Any]) -> str:
    """Return the table."""
    sort = {
        kind: Counter(one.kind for one in found if kind in one.case) for kind in ("v1.0.0/sbml", "v2.0.0/sbml", "pysb")
    }
    lines = ["# PEtab test suite", "", f"`{facts['command']}`, commit {facts['commit']}", ""]
    lines += ["| cases | passed | refused by name | wrong | failed |", "|---|---|---|---|---|"]
    for kind, counts in [*sort.items(), ("math", Counter(one.kind for one in formulas))]:
        numbers = " | ".join(str(counts[one]) for one in ("passed", "refused", "wrong", "failed"))
        lines.append(f"| {kind} | {numbers} |")
    lines += ["", "| case | | largest differences, or why |", "|---|---|---|"]
    lines += [f"| {one.case} | {one.kind} | {one.said} |" for one in found]
    lines += [f"| {one.case} | {one.kind} | {one.said} |" for one in formulas if one.kind != "passed"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the suite."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    cases = find_cases(options.folder)
    found = [run_case(path) for path in cases]
    formulas = run_formulas(next(iter(cases[0].parents[3].glob("v2*/math/math_tests.yaml"))))
    facts = {**provenance(), "command": "python benchmarks/petab_suite.py PATH"}
    text = markdown(found, formulas, facts)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "petab_suite.md").write_text(text, encoding="utf-8")
    record = {**facts, "cases": [asdict(one) for one in found], "formulas": [asdict(one) for one in formulas]}
    (options.out / "petab_suite.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(text)
    bad = [one for one in [*found, *formulas] if one.kind in ("wrong", "failed")]
    return int(bool(bad) or any(one.kind == "refused" and "pysb" not in one.case for one in found))


if __name__ == "__main__":
    raise SystemExit(main())

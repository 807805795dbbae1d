"""The scripts that run the PEtab suite and published problems, on a small suite made here; the real one by path."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SUITE = Path(os.environ.get("BIMODAL_PETAB_SUITE", "the folder BIMODAL_PETAB_SUITE should name"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "petab"


def script(monkeypatch, name):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return __import__(name)


def small_case(folder: Path, *, llh: float, pysb: bool = False) -> Path:
    """Make a case of the example, which is right if the log-likelihood is."""
    case = folder / "cases" / "v2.0.0" / ("pysb" if pysb else "sbml") / "0001"
    case.mkdir(parents=True)
    for path in EXAMPLE.iterdir():
        text = path.read_text("utf-8")
        if path.suffix == ".yaml":
            text = text.replace("language: sbml", "language: pysb") if pysb else text
            (case / "_0001.yaml").write_text(text, "utf-8")
        else:
            (case / path.name).write_text(text, "utf-8")
    rows = (EXAMPLE / "measurements.tsv").read_text("utf-8").splitlines()
    doses = {"once": (0.0,), "twice": (0.0, 6.0)}
    simulated = ["observableId\texperimentId\ttime\tsimulation"]
    for row in rows[1:]:
        name, arm, time, _ = row.split("\t")
        value = sum(10.0 * math.exp(-0.25 * (float(time) - dose)) for dose in doses[arm] if dose <= float(time))
        simulated.append(f"{name}\t{arm}\t{time}\t{value!r}")
    (case / "_simulations.tsv").write_text("\n".join(simulated) + "\n", "utf-8")
    solution = "simulation_files: [_simulations.tsv]\n" + f"chi2: 27.521905\nllh: {llh}\n"
    solution += "tol_simulations: 0.001\ntol_chi2: 0.001\ntol_llh: 0.001\n"
    (case / "_0001_solution.yaml").write_text(solution, "utf-8")
    return case / "_0001.yaml"


def test_a_case_is_passed_wrong_or_refused(monkeypatch, tmp_path):
    bench = script(monkeypatch, "petab_suite")
    found = {
        name: bench.run_case(small_case(tmp_path / name, llh=llh, pysb=name == "pysb")).kind
        for name, llh in (("right", -14.308841), ("wrong", -14.4), ("pysb", -14.308841))
    }
    assert found == {"right": "passed", "wrong": "wrong", "pysb": "refused"}
    assert [path.name for path in bench.find_cases(tmp_path / "right")] == ["_0001.yaml"]


def test_formulas_of_a_suite_are_judged(monkeypatch, tmp_path):
    bench = script(monkeypatch, "petab_suite")
    wanted = {"1 + 1": ("2", "passed"), "a * b": ("a * b", "passed"), "2^2": ("5", "wrong"), "f(2)": ("5", "refused")}
    rows = "".join(f"- {{expression: '{text}', expected: {value}}}\n" for text, (value, _) in wanted.items())
    (tmp_path / "m.yaml").write_text(f"cases:\n{rows}", "utf-8")
    assert [one.kind for one in bench.run_formulas(tmp_path / "m.yaml")] == [kind for _, kind in wanted.values()]


def test_stored_simulations_are_found_and_judged(monkeypatch, tmp_path):
    bench = script(monkeypatch, "petab_models")
    from bimodal.exchange.petab import evaluate_petab, read_petab

    folder = tmp_path / "washout"
    folder.mkdir()
    for path in EXAMPLE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    found = evaluate_petab(read_petab(folder / "washout.yaml"))
    assert bench.run_problem(folder).verdict == "no stored simulations"
    table = found.simulation_table()
    (folder / "simulations.tsv").write_text(table, "utf-8")
    right = bench.run_problem(folder)
    assert (right.verdict, right.measurements, right.parameters) == ("reproduced", 12, 3)
    assert right.log_likelihood == pytest.approx(-14.308841)
    measured = (folder / "measurements.tsv").read_text("utf-8").replace("measurement", "simulation")
    (folder / "simulations.tsv").write_text(measured, "utf-8")
    assert bench.run_problem(folder).verdict == "the stored simulations are the measurements"
    first, *others = table.splitlines()
    (folder / "simulations.tsv").write_text("\n".join([first, *others[3:]]) + "\n", "utf-8")
    assert bench.run_problem(folder).verdict == "3 measurements have no stored simulation"


@pytest.mark.external
def test_the_suite_passes(monkeypatch):
    """Every SBML case and every formula passes; the cases with a PySB model are refused by name."""
    bench = script(monkeypatch, "petab_suite")
    cases = [bench.run_case(path) for path in bench.find_cases(SUITE)]
    assert [one for one in cases if one.kind != ("refused" if "/pysb/" in one.case else "passed")] == []
    assert all("'pysb' is not supported" in one.said for one in cases if one.kind == "refused")
    formulas = bench.run_formulas(next(iter(SUITE.rglob("math_tests.yaml"))))
    assert [one for one in formulas if one.kind != "passed"] == []

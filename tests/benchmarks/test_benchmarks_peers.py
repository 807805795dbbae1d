"""Other solvers of the engine's benchmark: the same rates, the same doses, and a name for what is missing."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bimodal.engine import Settings
from bimodal.engine.compiled import compiled
from bimodal.engine.program import build_program

ROOT = Path(__file__).parents[2]
HIGH = "600000 IU/kg IV over 15 min q8h x4"
CASES = (
    ("human", "1 MIU/m2 SC daily for 3 days", "healthy"),
    ("human_oncology", HIGH, "melanoma"),
    ("mouse", "25000 IU IP daily x 2", None),
)
#: A leaves for B, B leaves; `feed` is set by doses.
CHAIN = """model trafficking
  species A, B; A = 2; B = 0; k = 0.5; q = 0.2; feed = 0;
  A' = feed - k*A; B' = k*A - q*B;
end"""


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        names = (
            "accuracy", "amici_process", "amici_peer", "cases", "cvode", "cvode_peer", "cvode_source", "model",
            "patients", "peer", "regimens", "shipped_amici", "shipped_cvode", "shipped_sbml",
        )  # fmt: skip
        yield SimpleNamespace(**{name: import_module(f"engine.{name}") for name in names})


@pytest.fixture(scope="module")
def jobs(bench):
    found = {}

    def job_of(model, regimen, cohort):
        if model not in found:
            found[model] = bench.cases.lay_out(bench.cases.Case(model, regimen, 4.0, cohort), 2, 1)
        return found[model]

    return job_of


def cvode_or_skip(make):
    try:
        return make()
    except Exception as reason:
        if type(reason).__name__ != "UnavailableError":
            raise
        pytest.skip(str(reason))


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize(("model", "regimen", "cohort"), CASES)
def test_rates_and_jacobian_in_c_are_those_of_the_engine(bench, jobs, tmp_path, model, regimen, cohort):
    system = jobs(model, regimen, cohort).system
    export = """
    void both(const double *y, const double *p, double *f, double *m) { rates(0, y, p, f); slopes(0, y, p, m); }
    long entries(void) { return ENTRIES; }
    long row(long i) { return rows[i]; }
    long start(long i) { return starts[i]; }
    """
    (tmp_path / "model.c").write_text(bench.cvode_source.cvode_text(build_program(system)) + export)
    subprocess.run(["gcc", "-O1", "-fPIC", "-shared", "model.c", "-o", "model.so", "-lm"], cwd=tmp_path, check=True)
    library, kernel = ctypes.CDLL(str(tmp_path / "model.so")), compiled(system)
    full, start = kernel.start(jobs(model, regimen, cohort).parameters)
    p, y, n = full[0].copy(), 1.1 * start[0] + 1e-3, kernel.size
    f, m = np.empty(n), np.empty(library.entries())
    library.both(*(ctypes.c_void_p(each.ctypes.data) for each in (y, p, f, m)))
    dense = np.zeros((n, n))
    for column in range(n):
        for entry in range(library.start(column), library.start(column + 1)):
            dense[library.row(entry), column] = m[entry]
    rate, jacobian = kernel.call("rate", 0.0, y, p), kernel.call("jacobian", 0.0, y, p)
    assert np.allclose(f, rate, rtol=1e-11, atol=1e-13 * np.abs(rate).max())
    assert np.allclose(dense, jacobian, rtol=1e-10, atol=1e-13 * np.abs(jacobian).max())


@pytest.mark.parametrize(("model", "regimen", "cohort"), CASES)
def test_doses_and_people_reach_cvode_as_they_reach_the_engine(bench, jobs, model, regimen, cohort):
    job = jobs(model, regimen, cohort)
    ours = job.solve(Settings(rtol=1e-10), 2).values
    sizes = np.abs(ours).max(axis=(0, 1))
    peer = cvode_or_skip(lambda: bench.shipped_cvode.ShippedCvode(job, sizes, None))
    run = peer.run(bench.peer.Setting(1e-10), 2)
    assert bench.accuracy.worst_error(run.values, ours) < 1e-6
    assert run.cpu_s > 0.0
    assert "SUNDIALS" in peer.version


def test_cvode_follows_a_closed_form_through_doses_at_zero_and_at_a_save(bench):
    network = bench.model.network_of(bench.model.sbml_of(CHAIN))
    system = network.system([("A", "A"), ("B", "B")], settable=["feed"])
    solver = cvode_or_skip(lambda: bench.cvode.Cvode(system))
    dose = bench.cvode.CvodeDose
    doses = [dose(0.0, "add", "A"), dose(1.0, "add", "A"), dose(2.0, "set", "feed")]
    inputs = np.tile([c.value for c in network.constants], (2, 1))
    times = np.array([0.5, 1.0, 2.0, 3.0])
    amounts = np.array([[1.0, 4.0, 0.7], [0.0, 0.0, 0.0]])
    values = solver.course(bench.peer.Setting(1e-11), np.ones(2), inputs, doses, amounts, times).values
    at_1 = 3.0 * np.exp(-0.5)  # a save at a dose is before it
    at_2 = (at_1 + 4.0) * np.exp(-0.5)
    at_3 = 1.4 + (at_2 - 1.4) * np.exp(-0.5)
    place = system.state_index["A"]
    assert values[0, :, place] == pytest.approx([3.0 * np.exp(-0.25), at_1, at_2, at_3], rel=1e-8)
    assert values[1, :, place] == pytest.approx(2.0 * np.exp(-0.5 * times), rel=1e-8)


def test_the_comparison_model_takes_both_regimens_on_cvode(bench):
    network = bench.model.network_of(bench.model.sbml_of(bench.model.text()))
    system = bench.model.system_of(network)
    peer = cvode_or_skip(lambda: bench.cvode_peer.CvodePeer(system, 1, None))
    who = bench.patients.sample(network, 1, 1)
    for regimen in bench.regimens.REGIMENS:
        from bimodal.engine import solve

        ours = solve(system, who, regimen.schedule(system, 1), bench.regimens.TIMES, settings=Settings(rtol=1e-9))
        theirs = peer.run(bench.peer.Setting(1e-9), regimen, who)
        assert bench.accuracy.worst_error(theirs.values, ours.values) < 1e-5


def test_a_cvode_that_cannot_be_built_says_what_is_missing(bench, monkeypatch, tmp_path):
    network = bench.model.network_of(bench.model.sbml_of(CHAIN))
    system = network.system([("A", "A")])
    if shutil.which("gcc") is not None:
        loop = tmp_path / "loop.c"
        loop.write_text("#include <nowhere/nothing.h>\n")
        monkeypatch.setattr(bench.cvode, "_LOOP", loop)
        with pytest.raises(bench.peer.UnavailableError, match=r"nowhere/nothing\.h: No such file.*libsundials-dev"):
            bench.cvode.Cvode(system)
    monkeypatch.setattr(bench.cvode.shutil, "which", lambda name: None)
    with pytest.raises(bench.peer.UnavailableError, match="no gcc"):
        bench.cvode.Cvode(system)


@pytest.mark.skipif(find_spec("roadrunner") is None, reason="needs libRoadRunner")
@pytest.mark.parametrize(("model", "regimen", "cohort"), CASES[1:])
def test_the_document_amici_gets_is_the_model_with_its_regimen(bench, jobs, model, regimen, cohort):
    import libsbml
    import roadrunner

    job = jobs(model, regimen, cohort)
    given = bench.shipped_sbml.with_doses(job, 2)
    network = libsbml.readSBMLFromString(given.sbml).getModel()
    later = [hours for hours, *_ in job.doses(0) if hours > 0.0]
    assert network.getNumEvents() == len(later)
    assert "<floor/>" not in given.sbml
    runner = roadrunner.RoadRunner(given.sbml)
    states = list(job.system.state_ids)
    runner.timeCourseSelections = ["time", *states]
    runner.getIntegrator().setValue("stiff", True)
    runner.getIntegrator().setValue("relative_tolerance", 1e-10)
    runner.getIntegrator().setValue("absolute_tolerance", 1e-15)
    runner.resetToOrigin()
    for part in (given.constants, given.start):
        for name, row in part.items():
            runner[name] = float(row[1])
    theirs = np.asarray(runner.simulate(times=[0.0, *job.times.tolist()]))[1:, 1:]
    kept = np.abs(job.times[:, None] - np.array([hours for hours, *_ in job.doses(1)])).min(axis=1) > 1e-6
    ours = job.solve(Settings(rtol=1e-10), 2).values[1]
    assert bench.accuracy.worst_error(theirs[None, kept], ours[None, kept]) < 1e-5


def test_an_interpreter_without_amici_is_named(bench):
    for python, told in (("/nowhere/python", "cannot be run"), (sys.executable, "no such module")):
        if python == sys.executable and find_spec("amici") is not None:
            continue
        with pytest.raises(bench.peer.UnavailableError, match=told):
            bench.amici_process.AmiciProcess(python)


@pytest.mark.skipif(find_spec("amici") is None, reason="needs AMICI")
def test_doses_and_people_reach_amici_as_they_reach_the_engine(bench, jobs):
    job = jobs(*CASES[2])
    peer = bench.shipped_amici.ShippedAmici(job, sys.executable, 2, 600.0)
    try:
        theirs = peer.run(bench.peer.Setting(1e-10, 1e-15), 2).values
    finally:
        peer.close()
    ours = job.solve(Settings(rtol=1e-10), 2).values
    assert bench.accuracy.worst_error(theirs[:, peer.kept], ours[:, peer.kept]) < 1e-5

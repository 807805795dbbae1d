"""The study room on the shipped model and engine, with few patients."""

import numpy as np
import pytest

from bimodal.drugs import load_molecule
from bimodal.errors import ModelError, StudyError
from bimodal.study import RunOptions, load_study, run_study, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.solver.molecule import molecule_parameters


@pytest.fixture(scope="module")
def human():
    return load_solver("human")


@pytest.fixture(scope="module")
def koreth(human, tmp_path_factory):
    out = tmp_path_factory.mktemp("koreth") / "one"
    return run_study(load_study("koreth-2011"), options=RunOptions(patients=6, out=out), solver=human)


def test_the_published_study_runs_and_nobody_fails(koreth):
    assert koreth.summary["failed"] == 0
    judged = [row for row in koreth.summary["targets"] if row["role"] != "context"]
    assert judged
    assert all(row["simulated"] is not None and row["within"] is not None for row in judged)
    assert all(row["value"] is not None for arm in koreth.summary["arms"] for row in arm["endpoints"])


@pytest.mark.parametrize("changes", [{"chunk": 2}, {"workers": 2, "chunk": 5}])
def test_chunks_and_workers_change_no_byte_of_the_real_summary(koreth, human, tmp_path, changes):
    again = run_study(
        load_study("koreth-2011"), options=RunOptions(patients=6, out=tmp_path / "two", **changes), solver=human
    )
    one, two = ((result.folder / "summary.json").read_bytes() for result in (koreth, again))
    assert one == two


def test_the_untreated_body_stays_at_rest(human, tmp_path):
    spec = simulate_spec(["aldesleukin"], ["none"], patients=4, report_days=[28])
    result = run_study(spec, options=RunOptions(out=tmp_path / "out"), solver=human)
    for name in ("treg_fold", "tconv_fold", "cd8_fold", "nk_fold", "treg_cd25_fold"):
        assert np.allclose(result.values("none", name), 1.0, rtol=1e-5)
    level = result.values("none", "il2_plasma")
    assert np.allclose(level, level[:, :1], rtol=1e-4)


@pytest.mark.parametrize(
    "regimen", ["1 MIU IV once", "18 MIU/m2 IV over 6 h qd x2", "1 MIU/m2/day CIV for 2 days", "600000 IU/kg IV q8h x3"]
)
def test_every_route_reaches_plasma(human, tmp_path, regimen):
    spec = simulate_spec(["aldesleukin"], [regimen], patients=2, report_days=[1])
    result = run_study(spec, options=RunOptions(out=tmp_path / "out"), solver=human)
    assert result.summary["failed"] == 0
    assert (result.course(result.arms[0], "cmax") > 1.0).all()
    level = result.values(result.arms[0], "il2_plasma")
    assert (level[:, 0] < 1.0).all()


def test_a_dose_at_a_saved_time_is_not_in_its_value(human, tmp_path):
    spec = simulate_spec(["aldesleukin"], ["1 MIU IV daily for 2 days"], patients=2, report_days=[1])
    result = run_study(spec, options=RunOptions(out=tmp_path / "out", full_trajectories=True), solver=human)
    level = result.values(result.arms[0], "il2_plasma")
    at = result.readings.index(1.0)
    assert (level[:, at + 1] > 20 * level[:, at]).all()


def test_a_set_parameter_reaches_the_engine(human, tmp_path):
    cmax = []
    for value in (0.1, 0.4):
        spec = simulate_spec(
            ["aldesleukin"], ["1 MIU SC once"], patients=2, report_days=[1], parameters={"sc_bioavailability": value}
        )
        result = run_study(spec, options=RunOptions(out=tmp_path / f"{value}"), solver=human)
        cmax.append(result.course("1 MIU SC once", "cmax"))
    assert (cmax[1] > 3.0 * cmax[0]).all()


def test_unknown_parameters_are_refused_with_near_names(human, tmp_path):
    spec = simulate_spec(["aldesleukin"], ["none"], parameters={"sc_bioavailabilty": 0.4})
    with pytest.raises(StudyError) as fault:
        make_plan(spec, RunOptions(out=tmp_path / "out"), human)
    assert "'sc_bioavailability'" in str(fault.value)


def test_an_unknown_model_is_refused(tmp_path):
    spec = simulate_spec(["aldesleukin"], ["none"], model="humann")
    with pytest.raises(ModelError):
        run_study(spec, options=RunOptions(out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


NUMBERS = {
    "affinity.ka_nM": (40.0, "nM"),
    "affinity.kbg_nM": (30.0, "nM"),
    "affinity.k2_per_cell": (900.0, "molecule/cell"),
    "efficacy": (0.9, "1"),
    "pk.v_plasma": (3.0, "L"),
    "pk.clearance": (0.5, "L/h"),
    "pk.k_out": (0.01, "1/h"),
    "pk.k_back": (0.02, "1/h"),
    "pk.sc_transfer": (0.05, "1/h"),
    "pk.sc_bioavailability": (0.5, "1"),
}


def engineered(tmp_path, leave_out=()):
    rows = {"molar_mass": (16000.0, "g/mol"), **NUMBERS}
    text = 'schema = 1\nid = "variant"\nname = "Variant for a test"\nligand = "engineered"\n' + "".join(
        f'[{key}]\nvalue = {value}\nunit = "{unit}"\nsource = "made up for a test"\nstatus = "assumed"\n'
        + ("cv = 0\n" if key.startswith("pk.") else "")
        for key, (value, unit) in rows.items()
        if key not in leave_out
    )
    path = tmp_path / "variant.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_native_molecule_leaves_the_model_as_it_is(human):
    assert human.molecule_parameters(load_molecule("aldesleukin"), {"sc"}) == {}


def test_an_engineered_molecule_brings_its_own_numbers(human, tmp_path):
    plan = make_plan(simulate_spec([engineered(tmp_path)], ["1 mg SC once"], patients=2), RunOptions(), human)
    parameters, events = plan.inputs(0, 0, 2)
    column = dict(zip(human.parameter_ids, parameters.T, strict=True))
    assert (column["drug_kd_alpha"] == 40.0).all()
    assert (column["drug_clearance"] == 0.5).all()
    assert (column["il2_kd_alpha"] == human.defaults["il2_kd_alpha"]).all()
    assert events.ports[0].symbol == "drug_depot"
    assert events.values[0, 0] == pytest.approx(1e6 / 16000.0)
    free = plan.solve(0, 0, 2).values[:, :, human.observables.index("drug_free")]
    assert (free[:, 0] == 0.0).all()
    assert (free.max(axis=1) > 0.0).all()


def test_two_molecules_stand_side_by_side(human, tmp_path):
    spec = simulate_spec(
        ["aldesleukin", engineered(tmp_path)], ["1 mg SC once", "1 mg SC once"], patients=2, report_days=[1]
    )
    result = run_study(spec, options=RunOptions(out=tmp_path / "out"), solver=human)
    native, other = result.arms
    assert (result.values(native, "drug_free") == 0.0).all()
    assert (result.values(other, "drug_free").max(axis=1) > 0.0).all()
    assert [arm["drug"] for arm in result.summary["arms"]] == ["aldesleukin", "variant"]


@pytest.mark.parametrize("key", ["pk.clearance", "pk.sc_bioavailability"])
def test_an_engineered_molecule_that_lacks_a_number_is_refused(human, tmp_path, key):
    drug = engineered(tmp_path, leave_out=[key])
    with pytest.raises(StudyError, match=f"needs its {key.removeprefix('pk.')}"):
        make_plan(simulate_spec([drug], ["1 mg SC once"]), RunOptions(), human).inputs(0, 0, 1)


def test_a_model_without_a_second_ligand_is_said(tmp_path):
    with pytest.raises(ModelError, match="drug_kd_alpha"):
        molecule_parameters(load_molecule(engineered(tmp_path)), {"clearance": 1.0})

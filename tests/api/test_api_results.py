"""What the public functions give back, on the shipped model."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bimodal as bm
from bimodal.errors import BimodalError, StudyError
from bimodal.study import RunOptions, StudyResult, simulate_spec
from bimodal.study.run.runner import run_study
from page_blocks import page_blocks

ROOT = Path(__file__).parents[2]
REGIMENS = ["1 MIU/m2 SC daily for 3 days", "none"]


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return bm.simulate(REGIMENS, patients=4, report_days=[3], follow_up_days=1, seed=2, workers=1)


def test_nothing_is_written_and_the_numbers_are_those_of_a_run_into_a_folder(
    result: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    same = {"patients": 4, "report_days": [3], "follow_up_days": 1}
    again = bm.simulate(REGIMENS, **same, seed=2)
    assert list(tmp_path.iterdir()) == []
    spec = simulate_spec(["aldesleukin"], REGIMENS, **same)
    stored = run_study(spec, options=RunOptions(seed=2, out=tmp_path / "there", full_trajectories=True))
    assert stored is not None
    assert stored.summary == again.summary == result.summary
    again = bm.simulate(REGIMENS, **same, seed=2, out=tmp_path / "there", full_trajectories=True)
    assert again.summary == stored.summary
    pd.testing.assert_frame_equal(stored.trajectories(), result.trajectories())
    pd.testing.assert_frame_equal(stored.to_pandas(), result.to_pandas())


def test_a_parameter_and_a_drug_reach_the_simulation(result: StudyResult) -> None:
    more = bm.simulate(
        REGIMENS[0],
        drug="aldesleukin",
        patients=4,
        report_days=[3],
        follow_up_days=1,
        seed=2,
        set={"sc_bioavailability": 0.9},
    )
    assert (more.course(REGIMENS[0], "cmax") > result.course(REGIMENS[0], "cmax")).all()


def test_a_study_is_taken_by_name_path_or_as_it_is(tmp_path: Path) -> None:
    spec = bm.load_study("koreth-2011")
    text = (ROOT / "src/bimodal/evidence/data/studies/koreth-2011.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    one, two, three = (bm.run_study(study, patients=2) for study in ("koreth-2011", spec, tmp_path / "mine.toml"))
    assert one.summary == two.summary == three.summary
    assert len(one.targets_table()) == len(one.summary["targets"]) > 0
    assert len(repr(one)) < 1000
    assert "published targets met" in repr(one)


def test_a_study_too_large_for_memory_is_told_to_use_a_folder() -> None:
    with pytest.raises(StudyError, match="more than 2 GB") as fault:
        bm.run_study("koreth-2011", patients=100_000)
    assert "out=" in str(fault.value)


def test_figures_of_every_result(result: StudyResult) -> None:
    assert result.plot("il2_over_time").get_axes()
    with pytest.raises(BimodalError, match="no figure 'nothing'") as fault:
        result.plot("nothing")
    assert "cell_folds" in str(fault.value)
    assert bm.plot(bm.response(cells=["treg"]), "map").get_axes()


def test_a_response_as_tables() -> None:
    found = bm.response(["aldesleukin", "n88d-fc"], minutes=[30, 60], cells=["treg", "cd8"])
    table = found.to_pandas()
    assert table[["drug", "minutes", "cell"]].drop_duplicates().shape[0] == len(table) == 8
    first = found.to_json()["drugs"][0]["cells"][0]
    assert table.loc[0, "ec50_pM"] == first["ec50_pM"]
    treg = table[table["cell"] == "treg"]
    assert (treg["common_over_treg"] == 1.0).all()
    # Treg are still rising at the highest concentration of n88d-fc
    assert treg["ec50_over_treg"].isna().tolist() == treg["ec50_pM"].isna().tolist() == [False, False, True, True]
    assert treg["reason"].notna().tolist() == [False, False, True, True]
    curves = found.curves()
    assert len(curves) == 8 * len(found.found[0][0].concentrations)
    assert len(repr(found)) < 1000
    assert len(repr(found.found[0][0])) < 1000
    assert "<table" in found._repr_html_()


def test_a_comparison_as_a_table() -> None:
    both = bm.compare(
        ["aldesleukin"], ["1 MIU SC once", "1 MIU IV once"], patients=2, report_days=[1], follow_up_days=1
    )
    table = both.to_pandas()
    assert set(table["part"]) == {"pk", "signals", "cells"}
    assert set(table["arm"]) == {arm.name for arm in both.arms}
    factor = table.loc[table["exposure"] == "equal", "factor"].unique()
    assert factor == [both.arms[2].scaling.factor]
    assert len(repr(both)) < 1000
    assert "dose x" in repr(both)
    assert "<table" in both._repr_html_()
    assert both.plot().get_axes()
    assert {"weight_kg", "arm"} <= set(both.result.to_pandas().columns)


def test_a_fit_as_a_table() -> None:
    from bimodal.fit import FitParameter, Problem

    names = [f"p{i}" for i in range(30)]
    problem = Problem(
        name="many",
        parameters=tuple(FitParameter(name, start=1.0, lower=0.1, upper=10.0) for name in names),
        groups=("a",) * 30,
        data={"made up": "0" * 64},
        residuals=lambda v: np.array([v[name] - 2.0 for name in names]),
    )
    found = bm.fit(problem, workers=1)
    table = found.to_pandas()
    assert list(table["parameter"]) == names
    assert table["value"].to_numpy() == pytest.approx(2.0)
    assert len(repr(found)) < 1000
    assert "and 18 more parameters" in repr(found)
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = page_blocks((ROOT / page).read_text("utf-8"), "python")
    assert blocks
    (tmp_path / "page.py").write_text("".join(block.text for block in blocks), "utf-8")
    assert isinstance(runpy.run_path("page.py")["result"], StudyResult)


def test_processes_give_what_threads_give_and_need_a_folder(tmp_path):
    with pytest.raises(StudyError, match="needs a folder"):
        bm.run_study("koreth-2011", patients=2, backend="processes")
    found = [
        bm.run_study("koreth-2011", patients=2, out=tmp_path / backend, backend=backend, workers=1)
        for backend in ("threads", "processes")
    ]
    assert found[0].summary == found[1].summary

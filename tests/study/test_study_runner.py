import json
import os
import re
import stat
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from bimodal.errors import BimodalError, CohortError, DrugError, OutputError, RegimenError, StudyError
from bimodal.study import RunOptions, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import _parts, run_plan
from bimodal.study.spec.options import parse_shard
from bimodal.study.spec.spec import PopulationSpec
from bimodal.study.store.disk_room import estimated_bytes


def summary_bytes(result):
    return (result.folder / "summary.json").read_bytes()


def test_a_run_gives_a_summary_and_readable_results(spec, solver, options):
    result = run_study(spec, options=options(), solver=solver)
    assert result is not None
    assert json.loads(summary_bytes(result)) == result.summary
    assert summary_bytes(result).endswith(b"}\n")
    assert result.arms == ["low", "untreated"]
    assert result.values("low", "treg_fold").shape == (23, len(result.days))
    assert (result.values("low", "treg_fold")[:, 0] == 1.0).all()
    assert (result.values("untreated", "treg_fold") == 1.0).all()
    assert result.n("low") == 23
    assert result.failed("low") == 0
    assert result.values("low", "nk_count")[0, 0] == pytest.approx(
        result.values("low", "nk_bright_count")[0, 0] + result.values("low", "nk_dim_count")[0, 0]
    )


@pytest.mark.parametrize("changes", [{"chunk": 1}, {"chunk": 7}, {"chunk": 1000}, {"workers": 2}, {"chunk": 23}])
def test_chunks_and_workers_change_no_byte(spec, solver, tmp_path, changes):
    first = run_study(spec, options=RunOptions(out=tmp_path / "a", chunk=10), solver=solver)
    second = run_study(spec, options=RunOptions(out=tmp_path / "b", **{"chunk": 10, **changes}), solver=solver)
    assert summary_bytes(first) == summary_bytes(second)


def test_the_seed_changes_the_results(spec, solver, tmp_path):
    first = run_study(spec, options=RunOptions(out=tmp_path / "a", seed=1), solver=solver)
    second = run_study(spec, options=RunOptions(out=tmp_path / "b", seed=2), solver=solver)
    assert first.summary["provenance"]["results_sha256"] != second.summary["provenance"]["results_sha256"]


def test_the_same_people_are_in_every_arm_and_more_patients_change_nobody(spec, solver, tmp_path):
    few = run_study(spec, options=RunOptions(out=tmp_path / "a", patients=5), solver=solver)
    many = run_study(spec, options=RunOptions(out=tmp_path / "b", patients=9), solver=solver)
    assert (few.values("low", "treg_count") == many.values("low", "treg_count")[:5]).all()
    assert (few.values("low", "treg_count")[:, 0] == few.values("untreated", "treg_count")[:, 0]).all()


def test_an_interrupted_run_keeps_its_parts_and_goes_on(spec, solver, options):
    whole = run_study(spec, options=options(out=options().out.with_name("whole")), solver=solver)
    solver.calls.clear()
    solver.interrupt_after = 2
    with pytest.raises(KeyboardInterrupt):
        run_study(spec, options=options(), solver=solver)
    folder = options().out
    assert not (folder / "summary.json").exists()
    assert len(list((folder / "trajectories").glob("*.parquet"))) == 2
    assert not list(folder.rglob("*.part"))
    solver.interrupt_after = None
    solver.calls.clear()
    resumed = run_study(spec, options=options(), solver=solver)
    assert sum(solver.calls) == 2 * 23 - 20
    assert summary_bytes(resumed) == summary_bytes(whole)


def test_a_finished_run_is_not_computed_again_unless_forced(spec, solver, options):
    run_study(spec, options=options(), solver=solver)
    solver.calls.clear()
    run_study(spec, options=options(chunk=4), solver=solver)
    assert solver.calls == []
    run_study(spec, options=options(force=True), solver=solver)
    assert sum(solver.calls) == 46


def test_a_damaged_part_is_computed_again(spec, solver, options):
    result = run_study(spec, options=options(), solver=solver)
    before = summary_bytes(result)
    victim = sorted((result.folder / "trajectories").glob("*.parquet"))[1]
    victim.write_bytes(victim.read_bytes()[:50])
    solver.calls.clear()
    again = run_study(spec, options=options(), solver=solver)
    assert solver.calls == [10]
    assert summary_bytes(again) == before


def test_shards_together_make_the_same_run(spec, solver, options, tmp_path):
    whole = run_study(spec, options=options(), solver=solver)
    out = tmp_path / "shards"
    assert run_study(spec, options=options(out=out, shard=(2, 3), chunk=4), solver=solver) is None
    assert not (out / "summary.json").exists()
    assert run_study(spec, options=options(out=out, shard=(1, 3), chunk=4, force=True), solver=solver) is None
    last = run_study(spec, options=options(out=out, shard=(3, 3), chunk=4), solver=solver)
    assert last is not None
    assert summary_bytes(last) == summary_bytes(whole)


def test_more_shards_than_parts_is_fine(spec, solver, options):
    assert run_study(spec, options=options(shard=(50, 50)), solver=solver) is None
    assert solver.calls == []


def test_a_folder_of_another_run_is_refused_without_force(spec, solver, options):
    run_study(spec, options=options(), solver=solver)
    before = (options().out / "summary.json").read_bytes()
    with pytest.raises(OutputError, match="different run"):
        run_study(spec, options=options(seed=2), solver=solver)
    assert (options().out / "summary.json").read_bytes() == before
    assert run_study(spec, options=options(seed=2, force=True), solver=solver).summary["seed"] == 2


def test_a_folder_of_somebody_else_is_refused_and_never_emptied(spec, solver, options):
    folder = options().out
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    solver.calls.clear()
    with pytest.raises(OutputError, match="not empty"):
        run_study(spec, options=options(), solver=solver)
    assert solver.calls == []
    assert sorted(p.name for p in folder.iterdir()) == ["thesis.txt"]
    run_study(spec, options=options(force=True), solver=solver)
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_is_a_file_is_refused(spec, solver, options):
    options().out.write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        run_study(spec, options=options(), solver=solver)
    assert solver.calls == []


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_cannot_be_made_is_refused_before_computing(spec, solver, options, tmp_path, force):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        run_study(spec, options=options(out=tmp_path / "file" / "deep", force=force), solver=solver)
    assert solver.calls == []


def test_a_folder_that_cannot_be_written_is_refused_before_computing(spec, solver, options):
    folder = options().out
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    if os.access(folder, os.W_OK):  # an administrator can write anywhere: make the folder's place a file instead
        folder.chmod(0o700)
        (folder / "trajectories").write_text("not a folder")
    with pytest.raises(OutputError):
        run_study(spec, options=options(), solver=solver)
    assert solver.calls == []
    folder.chmod(0o700)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"arm": 0, "regimen": "1 MIU SC dayly"}, RegimenError),
        ({"arm": 0, "regimen": "1 U SC daily for 5 days"}, BimodalError),
        ({"arm": 0, "drug": "aldesleukim"}, DrugError),
        ({"cohort": "helthy"}, CohortError),
        ({"set": {"clearence": 1.0}}, StudyError),
    ],
)
def test_bad_input_writes_nothing(spec, solver, tmp_path, monkeypatch, change, error):
    monkeypatch.chdir(tmp_path)
    if "arm" in change:
        arm = spec.arm[0].model_copy(update={k: v for k, v in change.items() if k != "arm"})
        wrong = spec.model_copy(update={"arm": (arm, spec.arm[1])})
    elif "cohort" in change:
        wrong = spec.model_copy(update={"population": PopulationSpec(cohort=change["cohort"])})
    else:
        wrong = spec.model_copy(update=change)
    with pytest.raises(error) as fault:
        run_study(wrong, options=RunOptions(), solver=solver)
    assert "\n" in str(fault.value)
    assert list(tmp_path.iterdir()) == []


def test_errors_name_the_arm(spec, solver, options):
    arm = spec.arm[0].model_copy(update={"drug": "nothing-like-it"})
    with pytest.raises(DrugError) as fault:
        run_study(spec.model_copy(update={"arm": (arm,)}), options=options(), solver=solver)
    assert "low" in str(fault.value) or "nothing-like-it" in str(fault.value)


def test_near_names_of_parameters(spec, solver, options):
    with pytest.raises(StudyError) as fault:
        run_study(spec.model_copy(update={"set": {"clearence": 1.0}}), options=options(), solver=solver)
    assert "did you mean 'clearance'" in str(fault.value)


def test_set_holds_a_parameter_in_everybody(spec, solver, options):
    result = run_study(spec.model_copy(update={"set": {"treg_count_rest": 77.0}}), options=options(), solver=solver)
    assert (result.values("low", "treg_count")[:, 0] == 77.0).all()
    assert result.summary["provenance"]["set"] == {"treg_count_rest": 77.0}


def test_failed_patients_are_nan_counted_and_named(spec, solver, options):
    solver.fail_above_bsa = 3.0
    result = run_study(spec, options=options(), solver=solver)
    failed = result.failed("low")
    assert 0 < failed < 23
    assert result.summary["failed"] == 2 * failed
    assert result.summary["arms"][0]["failed"] == failed
    assert np.isnan(result.values("low", "treg_fold")).all(axis=1).sum() == failed
    assert np.isnan(result.course("low", "doses_given")).sum() == failed
    assert any(f"{failed} of 23 patients" in text for text in result.summary["warnings"])


def test_a_run_in_which_everybody_fails_still_ends(spec, solver, options):
    solver.fail_above_bsa = 0.0
    result = run_study(spec, options=options(), solver=solver)
    assert all(row["value"] is None for arm in result.summary["arms"] for row in arm["endpoints"])
    assert b"NaN" not in summary_bytes(result)


def test_the_default_folder_names_study_and_run(spec, solver, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run_study(spec, options=RunOptions(patients=2), solver=solver)
    run = result.summary["provenance"]["run"]
    assert result.folder.as_posix() == f"results/two-arms-{run[:12]}"


def test_progress_tells_how_far_it_is(spec, solver, options):
    seen = []
    run_study(spec, options=options(), progress=lambda *state: seen.append(state), solver=solver)
    assert seen[0] == (0, 46, "low")
    assert seen[-1] == (46, 46, "")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


@pytest.mark.parametrize(
    "wrong", [{"patients": 0}, {"patients": -1}, {"seed": -1}, {"workers": 0}, {"chunk": 0}, {"shard": (3, 2)}]
)
def test_options_that_make_no_sense(wrong):
    with pytest.raises(StudyError):
        RunOptions(**wrong)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/99999999"])
def test_shards_that_are_none(text):
    with pytest.raises(StudyError):
        parse_shard(text)


def test_a_run_its_disk_cannot_hold_is_refused_before_computing(spec, solver, options, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=20_000_000_000))
    with pytest.raises(OutputError, match=r"need about [0-9,.]+ GB of disk, and 20\.0 GB are free"):
        run_study(spec, options=options(patients=5_000_000), solver=solver)
    assert solver.calls == []
    assert not options().out.exists()


def test_a_large_run_says_its_size_and_goes_on(spec, solver, options, monkeypatch, caplog):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=10**13))
    solver.interrupt_after = 0
    with pytest.raises(KeyboardInterrupt):
        run_study(spec, options=options(patients=1_000_000, chunk=250), solver=solver)
    (said,) = caplog.messages
    assert re.search(r"will take about [0-9]+\.[0-9] GB of disk in .*, where 10,000 GB are free", said)


def test_the_size_of_results_is_known_before(spec, human, options):
    plan = make_plan(spec, options(patients=40, chunk=20), human)
    run_plan(plan)
    there = sum(path.stat().st_size for path in options().out.rglob("*.parquet"))
    assert 0.7 < there / estimated_bytes(plan) < 1.3


def test_a_value_a_day_is_kept_and_more_on_request_and_no_endpoint_changes(spec, human, tmp_path):
    thin = run_study(spec, options=RunOptions(out=tmp_path / "thin", patients=3), solver=human)
    full = run_study(spec, options=RunOptions(out=tmp_path / "full", patients=3, full_trajectories=True), solver=human)
    assert set(thin.days) < set(full.days)
    assert set(range(int(thin.days[-1]) + 1)) <= set(thin.days)
    assert thin.summary["arms"] == full.summary["arms"]
    for one, other in zip(thin.envelope("low", "treg_count")[1], full.envelope("low", "treg_count")[1], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("chunk", [2, 3, 23])
def test_figures_over_time_are_of_the_first_patients_whatever_the_parts(spec, human, tmp_path, monkeypatch, chunk):
    whole = run_study(spec, options=RunOptions(out=tmp_path / "whole", patients=7), solver=human)
    monkeypatch.setattr("bimodal.study.plan.segment_layout.MOST_DRAWN", 4)
    options = RunOptions(out=tmp_path / "few", patients=7, chunk=chunk)
    few = run_study(spec, options=options, solver=human)
    once = run_study(spec, options=replace(options, out=tmp_path / "once", chunk=7), solver=human)
    assert summary_bytes(few) == summary_bytes(once)
    # without pixels what is read on the way differs in its last digits, and the trajectories do not
    assert few.summary["provenance"]["results_sha256"] == whole.summary["provenance"]["results_sha256"]
    for one, other in zip(few.summary["arms"], whole.summary["arms"], strict=True):
        numbers = [np.array([row["value"] for row in arm["endpoints"]], float) for arm in (one, other)]
        np.testing.assert_allclose(*numbers, rtol=1e-6)
    for table in ("pixels", "days"):
        parts = few.envelope("low", "il2_plasma", table)[1], whole.envelope("low", "il2_plasma", table)[1]
        for one, other in zip(
            *(np.concatenate([low for low, _, _ in blocks], axis=1) for blocks in parts), strict=False
        ):
            assert np.array_equal(one, other)
        assert next(few.envelope("low", "il2_plasma", table)[1])[0].shape[0] == 4
    (few.folder / "summary.json").unlink()
    written = {path: path.stat().st_mtime_ns for path in few.folder.rglob("*.parquet")}
    again = run_study(spec, options=options, solver=human)
    assert {path: path.stat().st_mtime_ns for path in few.folder.rglob("*.parquet")} == written
    assert summary_bytes(again) == summary_bytes(few)


def test_in_memory_patients_that_are_not_drawn_are_as_in_a_folder(spec, human, tmp_path, monkeypatch):
    monkeypatch.setattr("bimodal.study.plan.segment_layout.MOST_DRAWN", 4)
    options = RunOptions(out=tmp_path / "few", patients=7, chunk=3)
    stored = run_study(spec, options=options, solver=human)
    kept = run_in_memory(make_plan(spec, options, human))
    assert kept.summary == stored.summary
    for table in ("pixels", "days"):
        blocks = [next(one.envelope("low", "il2_plasma", table)[1]) for one in (stored, kept)]
        for one, other in zip(*blocks, strict=True):
            assert one.shape[0] == 4
            np.testing.assert_array_equal(one, other)


def test_what_is_there_needs_no_room(spec, solver, options, monkeypatch):
    result = run_study(spec, options=options(), solver=solver)
    there = sum(path.stat().st_size for path in result.folder.rglob("*.parquet"))
    need = estimated_bytes(make_plan(spec, options(), solver)) - there
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=max(need, 0)))
    assert run_study(spec, options=options(), solver=solver) is not None


def test_every_patient_is_in_exactly_one_shard(spec, solver, options):
    from bimodal.study.store.run_files import RunFiles

    seen = []
    for i in (1, 2, 3):
        plan = make_plan(spec, options(shard=(i, 3), chunk=4), solver)
        for arm, start, stop in _parts(plan, RunFiles(plan, options().out)):
            seen += [(arm, patient) for patient in range(start, stop)]
    assert sorted(seen) == [(arm, patient) for arm in (0, 1) for patient in range(23)]


def test_the_result_holds_the_study_as_it_was_run(spec, solver, options):
    assert run_study(spec, options=options(patients=4), solver=solver).spec.population.patients == 4

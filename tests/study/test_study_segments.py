"""What is read of a drug and of cells does not depend on what is saved, and is what a fine grid shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.study import RunOptions, parse_study, run_study
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.segment_layout import snapped
from bimodal.study.plan.watched_span import WatchedSpan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import EngineSolver

PK = [name for name in load_registry() if load_registry()[name].kind == "pk"]
REGIMENS = (
    ("aldesleukin", "{dose} MIU/m2 SC daily for 3 days"),
    ("aldesleukin", "{dose} MIU IV bolus once"),
    ("aldesleukin", "{dose} MIU/m2 IV over 24 h once"),
    ("aldesleukin", "{dose} MIU IV over 15 min q8h x4"),
    ("rezpegaldesleukin", "{dose} mg SC weekly x2"),
)
READ = ("treg_fold", "nk_count", "treg_percent_cd4", "pstat5_cd8")
WATCHED = tuple(WatchedSpan(name, 0.0, 48.0) for name in ("treg_count", *READ[1:]))


def study(place: int, dose: float, days: list[float], every: float | None) -> str:
    drug, regimen = REGIMENS[place]
    ends = "\n".join(f'[[endpoint]]\nid = "{name}"' for name in PK)
    saved = "" if every is None else f"save_every_days = {every!r}\n"
    return (
        f'name = "x"\nmodel = "human"\n{saved}[population]\ncohort = "healthy"\npatients = 2\n'
        f'[[arm]]\nname = "a"\ndrug = "{drug}"\nregimen = "{regimen.format(dose=f"{dose:.3g}")}"\n'
        f'[[endpoint]]\nid = "treg_fold"\ndays = {days!r}\n{ends}\n'
    )


def read(human: EngineSolver, text: str) -> dict[str, np.ndarray]:
    plan = make_plan(parse_study(text, where="x"), RunOptions(patients=2, seed=4), human)
    readings = run_in_memory(replace(plan, watched=WATCHED)).readings
    found = {name: readings.course("a", name) for name in PK}
    for name in READ:
        for how in ("peak", "min", "mean"):
            found[f"{name} {how}"] = readings.window("a", name, how, first=0.0, last=2.0)
    return found


@settings(deadline=None, max_examples=6)
@given(
    place=st.integers(0, len(REGIMENS) - 1),
    dose=st.floats(0.1, 20.0),
    days=st.lists(st.floats(0.01, 40.0), min_size=1, max_size=4),
    every=st.sampled_from([None, 0.3, 7.0, 11.0]),
)
def test_no_choice_of_saved_days_changes_what_is_read(
    human: EngineSolver, place: int, dose: float, days: list[float], every: float | None
) -> None:
    plain = read(human, study(place, dose, [2.0], None))
    other = read(human, study(place, dose, sorted({2.0, *(round(day, 3) for day in days)}), every))
    for name, values in plain.items():
        np.testing.assert_allclose(other[name], values, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("place", range(len(REGIMENS)))
def test_what_is_read_is_what_a_grid_of_half_a_minute_shows(human: EngineSolver, place: int) -> None:
    text = study(place, 3.0, [2.0], None)
    plan = make_plan(parse_study(text, where="x"), RunOptions(patients=2, seed=4), human)
    ends = [dose.time_h + dose.duration_h for dose in plan.arms[0].schedule.doses]
    fine = np.unique([*np.arange(0.0, 48.0 + 1e-9, 1 / 120), *ends, *plan.times_h[plan.times_h > 48.0]])
    readings = run_in_memory(replace(plan, watched=WATCHED), times_h=fine).readings
    hours, level = readings.times_h, readings.values("a", "il2_plasma")
    rise = np.maximum(level - level[:, :1], 0.0)
    dosing = plan.dosing["a"]
    first = (hours >= dosing.distinct[0]) & (hours <= min(dosing.first_stop_h, 48.0))
    if REGIMENS[place][0] == "aldesleukin" and "bolus" not in REGIMENS[place][1]:  # saved values are before a dose
        np.testing.assert_allclose(readings.course("a", "cmax"), rise[:, first].max(axis=1), rtol=1e-3)
        day = hours <= 24.0
        area = np.trapezoid(rise[:, day], hours[day], axis=1)
        np.testing.assert_allclose(readings.course("a", "auc_0_24"), area, rtol=1e-3)
    two = hours <= 48.0
    for name in READ:
        curve = readings.values("a", name)[:, two]
        for how, expected in (
            ("peak", curve.max(axis=1)),
            ("min", curve.min(axis=1)),
            ("mean", np.trapezoid(curve, hours[two], axis=1) / 48.0),
        ):
            found = readings.window("a", name, how, first=0.0, last=2.0)
            np.testing.assert_allclose(found, expected, rtol=1e-3, err_msg=f"{name} {how}")


def test_three_infusions_a_day_have_three_intervals_of_area(human: EngineSolver) -> None:
    text = (
        'name = "hd"\nmodel = "human"\nhorizon = 7\n[population]\ncohort = "healthy"\npatients = 1\n[[arm]]\n'
        'name = "a"\ndrug = "aldesleukin"\nregimen = "600000 IU/kg IV over 15 min q8h x14"\n'
        '[[endpoint]]\nid = "auc_0_24"\n[[endpoint]]\nid = "auc_tau"\n'
    )
    result = run_in_memory(make_plan(parse_study(text, where="hd"), RunOptions(), human))
    day, interval = (float(result.course("a", name)[0]) for name in ("auc_0_24", "auc_tau"))
    assert day == pytest.approx(56_270.0, rel=0.01)
    assert day > 2.95 * interval


@pytest.mark.parametrize("regimen", ["9 MIU/m2 IV over 24 h once", "9 MIU/m2 IV over 120 h once"])
def test_the_half_life_of_an_infusion_is_that_after_its_end(human: EngineSolver, regimen: str) -> None:
    text = (
        'name = "civ"\nmodel = "human"\n[population]\ncohort = "healthy"\npatients = 1\n[[arm]]\nname = "a"\n'
        f'drug = "aldesleukin"\nregimen = "{regimen}"\n[[endpoint]]\nid = "t_half_h"\n'
    )
    result = run_in_memory(make_plan(parse_study(text, where="civ"), RunOptions(), human))
    assert 1.0 < float(result.course("a", "t_half_h")[0]) < 3.5


def test_the_trajectories_keep_their_bits_when_they_are_read(human: EngineSolver) -> None:
    plan = make_plan(parse_study(study(3, 5.0, [2.0], None), where="x"), RunOptions(patients=2), human)
    alone = human.solve(*plan.inputs(0, 0, 2), plan.times_h, 1)
    assert alone.values.tobytes() == plan.solve(0, 0, 2).values.tobytes()


def test_what_is_absent_has_its_reason_in_the_summary(spec, options, solver) -> None:
    result = run_study(spec, options=options(), solver=solver)
    rows = {(arm["name"], row["id"]): row for arm in result.summary["arms"] for row in arm["endpoints"]}
    assert rows["untreated", "cmax"]["value"] is None
    assert rows["untreated", "cmax"]["note"] == "no dose"
    assert "note" not in rows["low", "cmax"]


def test_a_table_that_is_lost_is_computed_again(spec, options, solver) -> None:
    first = run_study(spec, options=options(), solver=solver)
    whole = (first.folder / "summary.json").read_bytes()
    lost = sorted((first.folder / "segments" / "pk").iterdir())[0]
    lost.unlink()
    solver.calls.clear()
    again = run_study(spec, options=options(resume=True), solver=solver)
    assert solver.calls == [10]
    assert lost.is_file()
    assert (again.folder / "summary.json").read_bytes() == whole


def test_edges_a_rounding_error_apart_are_one() -> None:
    fixed = np.array([0.0, 0.1 + 0.2, 24.0])
    assert snapped([0.3, 24.0 + 1e-12, 10.0], fixed, 24.0).tolist() == [0.0, 0.1 + 0.2, 10.0, 24.0]

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from bimodal.compare.as_json import comparison_json, comparison_schema
from bimodal.compare.compare import compare_molecules
from bimodal.compare.exposure import exposures, followed_level, median_patient, scale_regimen
from bimodal.compare.pk import pharmacokinetics
from bimodal.compare.write import write_comparison
from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.report import write_figure
from bimodal.report.figures.compare import Side, draw_comparison
from bimodal.report.figures.compare import compare as draw
from bimodal.study import RunOptions, run_study, simulate_spec
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.sampling import pk_edges
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver
from page_blocks import page_blocks
from read_course import read_course

PEG = "rezpegaldesleukin"
TWO = (["aldesleukin", PEG], ["1 MIU SC daily for 5 days", "100 ug SC once"])


def compared(solver, drugs=TWO[0], regimens=TWO[1], *, patients=9, chunk=250, workers=1, seed=1, **more):
    options = RunOptions(patients=patients, chunk=chunk, workers=workers, seed=seed)
    return compare_molecules(drugs, regimens, options=options, solver=solver, report_days=[2, 7], **more)


def exposure_again(found, place, solver):
    """Lay the printed regimen out afresh and give the median patient's exposure under it."""
    arm = found.result.summary["arms"][place]
    spec = simulate_spec([arm["drug"]], [arm["regimen"]], report_days=[7], patients=9)
    plan = make_plan(spec, RunOptions(seed=found.plan.options.seed), solver)
    median = replace(plan, population=median_patient(found.plan.population))
    return float(exposures(median, 0, np.ones(1), found.window_h)[0])


def test_equal_exposure_is_equal_when_the_printed_regimen_is_run(solver):
    found = compared(solver)
    assert [arm.name for arm in found.arms] == ["aldesleukin", PEG, f"{PEG}, equal exposure"]
    reference, scaled = exposure_again(found, 0, solver), exposure_again(found, 2, solver)
    assert scaled == pytest.approx(reference, rel=1e-4)
    assert found.arms[2].scaling.reference_pM_h == pytest.approx(reference, rel=1e-9)
    # linear pharmacokinetics: the factor is the ratio of the exposures
    assert found.arms[2].scaling.factor == pytest.approx(reference / exposure_again(found, 1, solver), rel=1e-4)


def test_equal_exposure_holds_on_the_human_model_with_its_receptor_sink():
    human = load_solver("human")
    found = compared(
        human,
        ["aldesleukin", PEG, "bempegaldesleukin"],
        ["1 MIU SC daily x3", "0.5 mg SC q2d x2", "6 ug/kg IV once"],
        patients=3,
    )
    reference = exposure_again(found, 0, human)
    for place in (3, 4):
        assert exposure_again(found, place, human) == pytest.approx(reference, rel=1e-3)
        assert found.arms[place].scaling.factor < 1.0
    assert not any(found.result.failed(arm) for arm in found.result.arms)
    rows = {(row["id"], row["statistic"]): row["value"] for row in comparison_json(found)["arms"][1]["signals"]}
    assert 0.0 < rows["occupancy_cd25", "mean"] < rows["occupancy_cd25", "peak"] < 1.0


def test_the_same_people_are_in_every_arm(solver):
    found = compared(solver)
    first = [found.result.values(arm, "treg_count")[:, 0] for arm in found.result.arms]
    assert all((first[0] == other).all() for other in first)


def test_an_arm_does_not_depend_on_the_others(solver):
    two = compared(solver, equal="dose")
    three = compared(solver, ["aldesleukin", PEG, "bempegaldesleukin"], [*TWO[1], "1 mg IV once"], equal="dose")
    days = np.intersect1d(two.result.days, three.result.days)
    for arm in ("aldesleukin", PEG):
        left, right = (
            found.result.values(arm, "treg_fold")[:, np.isin(found.result.days, days)] for found in (two, three)
        )
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_chunks_and_workers_change_nothing(solver):
    assert comparison_json(compared(solver)) == comparison_json(compared(solver, chunk=2, workers=2))


def test_a_regimen_serves_all_molecules_and_a_molecule_several_regimens(solver):
    assert [arm.name for arm in compared(solver, TWO[0], ["100 ug SC once"], equal="dose").arms] == TWO[0]
    twice = compared(solver, ["aldesleukin"], ["1 MIU SC once", "2 MIU SC once"], equal="both")
    assert [arm.name for arm in twice.arms] == ["aldesleukin (1)", "aldesleukin (2)", "aldesleukin (2), equal exposure"]
    assert twice.arms[2].scaling.factor == pytest.approx(0.5, rel=1e-5)
    assert twice.result.summary["arms"][2]["regimen"] == "1 MIU SC"


def test_only_equal_exposure_keeps_the_reference_and_the_scaled_ones(solver):
    assert [arm.name for arm in compared(solver, equal="exposure").arms] == ["aldesleukin", f"{PEG}, equal exposure"]


def test_exposure_is_compared_over_the_longest_first_interval(solver):
    regimens = ["1 MIU SC daily for 14 days", "100 ug SC weekly x2"]
    assert compared(solver, TWO[0], regimens, equal="dose").window_h == 168.0
    assert compared(solver, TWO[0], TWO[1], equal="dose").window_h == 28 * 24.0
    assert compared(solver, TWO[0], TWO[1], equal="dose", follow_up_days=5.0).window_h == 10 * 24.0


def test_json_follows_its_schema_and_counts_failures(solver):
    solver.fail_above_bsa = 2.85
    data = json.loads(json.dumps(comparison_json(compared(solver, patients=40)), allow_nan=False))
    jsonschema.validate(data, comparison_schema())
    assert data["failed"] > 0
    assert data["arms"][0]["failed"] == data["arms"][1]["failed"] < 40
    assert any("of 40 patients" in text for text in data["warnings"])
    assert sum("outside what the model was calibrated on" in text for text in data["warnings"]) == 1
    assert {row["id"] for row in data["arms"][0]["pk"]} <= set(data["definitions"])
    assert {(row["id"], row["day"]) for row in data["arms"][0]["cells"]} >= {("treg_fold", 2.0), ("nk_dim_fold", 7.0)}


def test_a_run_in_memory_gives_the_numbers_of_a_run_in_a_folder(solver, spec, tmp_path):
    stored = run_study(spec, options=RunOptions(out=tmp_path / "a"), solver=solver)
    kept = run_in_memory(make_plan(spec, RunOptions(chunk=7), solver))
    assert kept.summary == stored.summary


def test_given_subjects_are_compared_and_their_median_is_the_patient_of_equal_exposure(solver, tmp_path):
    (tmp_path / "p.csv").write_text("id,weight_kg,height_cm\na,60,160\nb,80,180\nc,100,200\n", "utf-8")
    found = compared(solver, patients=None, subjects=tmp_path / "p.csv")
    assert found.result.summary["patients"] == 3
    assert median_patient(found.plan.population).part(0, 1).covariates["weight_kg"].tolist() == [80.0]
    arms = comparison_json(found)["arms"]
    areas = [next(row["value"] for row in arms[k]["pk"] if row["id"] == "auc_window") for k in (0, 2)]
    assert areas[0] == pytest.approx(areas[1], rel=1e-3)


def test_too_much_for_memory_is_refused(solver, spec):
    plan = make_plan(spec, RunOptions(patients=200_000), solver)
    with pytest.raises(StudyError, match="memory"):
        run_in_memory(plan, times_h=np.linspace(0.0, 48.0, 900))


@pytest.mark.parametrize(
    ("drugs", "regimens", "more", "says"),
    [
        ([], [], {}, "no regimen"),
        (["aldesleukin"], ["1 MIU SC once"], {}, "cannot be compared"),
        ([], ["1 MIU SC once", "2 MIU SC once"], {}, "do not pair"),
        (["aldesleukin", PEG], ["1 MIU SC once"] * 3, {}, "do not pair"),
        (["aldesleukin"] * 7, ["1 MIU SC once"], {}, "one page"),
        (["aldesleukin", "daclizumab"], ["1 mg SC once"], {}, "no IL-2 in it"),
        (["aldesleukin", PEG], ["1 mg SC once", "none"], {}, "untreated"),
        (["aldesleukin", PEG], ["1 mg SC once"], {"equal": "all"}, "not a way to compare"),
        (["aldesleukin", PEG], ["1 MIU SC once"], {}, "potency"),
        (["aldesleukin", "aldesleukine"], ["1 mg SC once"], {}, "aldesleukin"),
        (["aldesleukin", "aldesleukin"], ["1e-9 IU SC once", "1 MIU SC once"], {}, "no dose of 'aldesleukin"),
    ],
)
def test_what_cannot_be_compared_is_said(solver, drugs, regimens, more, says):
    with pytest.raises(BimodalError) as caught:
        compared(solver, drugs, regimens, **more)
    assert says in str(caught.value)


def test_a_molecule_without_pharmacokinetics_is_refused_in_its_own_words():
    with pytest.raises(StudyError, match="none published"):
        compared(load_solver("human"), ["aldesleukin", "neo-2-15"], ["1 mg IV once"], patients=2)


def test_pk_of_one_compartment_is_that_of_the_formula():
    dose, k = 100.0, np.array([0.1, 0.3])
    doses = (0.0, 24.0, 48.0)
    dosing = DosingTimes(doses, until_h=200.0)

    def level(times, given):
        return sum(
            np.where(given(times, t), dose * np.exp(-k[:, None] * np.maximum(times - t, 0.0)), 0.0) for t in doses
        )

    course = read_course(
        lambda t: level(t, np.greater), [0.0, 24.0, *pk_edges(dosing)], after=lambda t: level(t, np.greater_equal)
    )
    found = pharmacokinetics(course, np.zeros(2), dosing, 24.0)
    np.testing.assert_allclose(found["t_half_h"], np.log(2.0) / k, rtol=1e-9)
    np.testing.assert_allclose(found["auc_first"], dose / k * (1 - np.exp(-24 * k)), rtol=1e-3)
    np.testing.assert_allclose(found["auc_inf"], dose / k, rtol=1e-3)
    np.testing.assert_allclose(found["accumulation"], 1 + np.exp(-24 * k) + np.exp(-48 * k), rtol=1e-3)
    np.testing.assert_allclose(found["cmax_tau"], dose * (1 + np.exp(-24 * k) + np.exp(-48 * k)), rtol=1e-9)
    np.testing.assert_allclose(found["trough"], dose * (np.exp(-24 * k) + np.exp(-48 * k)), rtol=1e-9)
    np.testing.assert_allclose(found["cmax"], dose, rtol=1e-12)
    assert (found["tmax_h"] == 0.0).all()


def test_numbers_that_cannot_be_said_are_not_said():
    dosing = DosingTimes((0.0,), until_h=48.0)

    def level(times):
        return np.vstack([np.zeros(len(times)), np.full(len(times), np.nan), np.exp(-times)])

    found = pharmacokinetics(read_course(level, [0.0, *pk_edges(dosing)]), level(np.zeros(1))[:, 0], dosing, 48.0)
    assert np.isnan(found["auc_tau"]).all()
    assert np.isnan(found["trough"]).all()
    assert np.isnan(found["t_half_h"][:2]).all()
    assert found["auc_first"][0] == 0.0
    assert np.isnan(found["auc_first"][1])


def test_another_report_day_changes_no_number_of_a_molecule():
    human, options = load_solver("human"), RunOptions(patients=2)
    drugs, regimens = ["aldesleukin", PEG], ["1 MIU SC daily x3", "1 mg SC q2d x2"]
    one, two = (
        comparison_json(
            compare_molecules(drugs, regimens, options=options, solver=human, report_days=days, equal="dose")
        )
        for days in ([7.0], [0.4, 3.3, 7.0])
    )
    for left, right in zip(one["arms"], two["arms"], strict=True):
        assert left["pk"] == right["pk"]
        assert left["signals"] == right["signals"]


@settings(deadline=None, max_examples=30)
@given(
    st.floats(1e-4, 1e4),
    st.sampled_from(["1 MIU/m2 SC daily for 5 days", "0.6 MIU/kg IV over 15 min q8h x14, rest 9 days, repeat x2"]),
)
def test_a_scaled_regimen_reads_back_as_itself(factor, text):
    from bimodal.dosing import parse_regimen

    scaled = scale_regimen(parse_regimen(text), factor)
    assert parse_regimen(str(scaled)) == scaled
    assert scaled.phases[0].amount == pytest.approx(factor * parse_regimen(text).phases[0].amount, rel=1e-5)


def test_the_figure_is_drawn_and_always_the_same(solver, tmp_path):
    found = compared(solver)
    regimens = {arm["name"]: arm["regimen"] for arm in found.result.summary["arms"]}
    sides = [
        Side(
            arm.name,
            "$x$ \u202e <b>" if place else arm.label,
            regimens[arm.name],
            arm.scaling and arm.scaling.factor,
            "il2_plasma",
            1.0,
            found.result.readings.on_day(arm.name, "il2_plasma", 0.0),
        )
        for place, arm in enumerate(found.arms)
    ]
    drawn = [write_figure(draw(found.result, sides, found.window_h), tmp_path / name, "compare") for name in "ab"]
    assert [path.read_bytes() for path in drawn[0]] == [path.read_bytes() for path in drawn[1]]
    assert all(path.stat().st_size > 10_000 for path in drawn[0])


def test_a_comparison_is_not_written_over_another(solver, tmp_path):
    data = comparison_json(compared(solver, equal="dose"))
    folder = write_comparison(data, tmp_path / "a")
    assert write_comparison(data, folder) == folder
    other = {**data, "seed": 2}
    with pytest.raises(OutputError, match="something else"):
        write_comparison(other, folder)
    write_comparison(other, folder, force=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(OutputError, match="something else"):
        write_comparison(data, tmp_path / "mine")


def test_the_molecule_of_the_documentation_can_be_compared(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "compare.md").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(page_blocks(text, "toml")[0].text, "utf-8")
    drugs = ["aldesleukin", str(tmp_path / "mine.toml")]
    regimens = [part.replace("28 days", "7 days").replace("x4", "x2") for part in re.findall(r'-r "(.*?)"', text)]
    found = compared(load_solver("human"), drugs, regimens, patients=2)
    assert [arm.molecule.id for arm in found.arms] == ["aldesleukin", "mine", "mine"]


def test_native_il2_is_all_il2_in_plasma_and_an_engineered_molecule_itself():
    outputs = ("il2_plasma", "drug_free")
    assert followed_level(load_molecule("aldesleukin"), outputs) == ("il2_plasma", 1.0)
    assert followed_level(load_molecule(PEG), outputs) == ("drug_free", 1000.0)
    assert followed_level(load_molecule(PEG), outputs[:1]) == ("il2_plasma", 1.0)


def test_a_complex_and_free_il2_of_mice_are_drawn_without_empty_panels_or_a_fall_at_the_end_of_the_window():
    found = compare_molecules(
        ["jes6-1-complex", "mouse-il-2"],
        ["1 ug IP daily for 3 days"] * 2,
        options=RunOptions(patients=3),
        model="mouse",
        report_days=[2, 7],
        equal="dose",
    )
    figure = draw_comparison(found)
    said = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "The same 3 parameter sets" in said
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert not any("nothing to draw" in text.get_text() for panel in shown for text in panel.texts)
    signals = [panel for panel in shown if panel.get_xlabel() == "hours"]
    assert len(signals) == 7
    ends = [line.get_xdata().max() for panel in signals for line in panel.lines]
    assert max(ends) <= 24.0 + 1e-6

"""A [design] in a study file: what is refused in words, what is stored, printed and drawn, and that it repeats."""

import io
import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from matplotlib.text import Text
from rich.console import Console

from bimodal import INTENDED_USE
from bimodal.cli import design_tables
from bimodal.errors import BimodalError, StudyError
from bimodal.report import write_report
from bimodal.report.design_section import estimate_text
from bimodal.report.figures import design_shares, design_traces
from bimodal.study import RunOptions, parse_study, run_study
from bimodal.study.design.anchored_curve import anchored_curve
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.phase_randomised import phase_randomised
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.summary import summary_schema
from bimodal.study.spec.design import DesignSpec
from bimodal.study.spec.spec import StudySpec
from bimodal.timing.trial import TrialDesign, simulate_trial

HEAD = """name = "mine"
follow_up_days = 2
[population]
cohort = "healthy"
patients = 60
[[arm]]
name = "high"
drug = "aldesleukin"
regimen = "2 MIU/m2 SC daily for 5 days"
[[arm]]
name = "low"
drug = "aldesleukin"
regimen = "0.3 MIU/m2 SC daily for 5 days"
[[arm]]
name = "neither"
drug = "aldesleukin"
regimen = "none"
[[arm]]
name = "both"
drug = "aldesleukin"
regimen = "4 MIU/m2 SC daily for 5 days"
[[endpoint]]
id = "treg_fold"
days = [2, 4, 6]
[[endpoint]]
id = "cmax"
[design]
"""
DESIGNS = {
    "parallel": 'kind = "parallel"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [4]\nper_arm = [6, 12]\n'
    "trials = 300\nmax_per_arm = 60",
    "reduced": 'kind = "parallel"\narms = ["high", "low"]\nendpoint = "treg_fold"\nreduce = "mean"\ntest = "t"\n'
    "per_arm = [6]\ntrials = 300\nmax_per_arm = 40",
    "responders": 'kind = "parallel"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [4]\nabove = 1.3\n'
    "per_arm = [10]\ntrials = 300\nmax_per_arm = 40",
    "once each": 'kind = "parallel"\narms = ["high", "low"]\nendpoint = "cmax"\nper_arm = [6]\ntrials = 300\n'
    "max_per_arm = 20",
    "crossover": 'kind = "crossover"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [2, 6]\nper_arm = [6]\n'
    "trials = 300\nmax_per_arm = 30\nwashout_day = 4",
    "factorial": 'kind = "factorial"\narms = ["neither", "high", "low", "both"]\nendpoint = "treg_fold"\ndays = [4]\n'
    "per_arm = [8]\ntrials = 300\nmax_per_arm = 30",
    "group-sequential": 'kind = "group-sequential"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [4]\n'
    'per_arm = [12]\ntrials = 300\nlooks = [0.5, 1]\nspending = "pocock"',
    "adaptive": 'kind = "adaptive"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [4]\nabove = 1.01\n'
    "trials = 300",
    "phase-randomised": 'kind = "phase-randomised"\narms = ["high"]\nendpoint = "treg_fold"\ntrials = 200',
}
CURVE = """dlt_curve = [
  {dose = "low", probability = 0.05, lower = 0.02, upper = 0.1},
  {dose = "high", probability = 0.3, lower = 0.2, upper = 0.4},
]
doses = ["low", "high"]
"""


def study(design):
    return parse_study(HEAD + design, where="mine.toml")


def refused(design):
    with pytest.raises(BimodalError) as caught:
        study(design)
    return str(caught.value)


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "phase-randomised"])
def test_every_kind_is_tried_and_stored(name, solver, options):
    result = run_study(study(DESIGNS[name]), options=options(), solver=solver)
    summary = json.loads((result.folder / "summary.json").read_text("utf-8"))
    jsonschema.validate(summary, summary_schema())
    found = summary["design"]
    assert found["kind"] == study(DESIGNS[name]).design.kind
    assert found["interval"].startswith("95 %")
    for table in found["tables"]:
        for row in table["rows"]:
            assert len(row["values"]) == len(table["columns"])
            for value in row["values"]:
                if value["lower"] is not None and value["upper"] is not None:
                    assert value["lower"] <= value["value"] <= value["upper"]
    first = found["tables"][0]["rows"][0]["values"]
    assert 0.0 <= first[1]["value"] < 0.2 or name == "adaptive"
    # the stand-in model is back at rest before the next dose, so its folds hardly differ; its peaks do
    assert first[0]["value"] > 0.9 or name != "once each"


def test_a_timing_design_is_of_a_rate():
    assert "'phase-randomised' has no key 'days'" in refused(DESIGNS["phase-randomised"] + "\ndays = [4]")
    assert "this design needs a rate" in refused(DESIGNS["phase-randomised"])


def test_a_timing_design_is_that_of_the_calculator_of_timing():
    pool = Outcome("rate", "responders", {"a": np.repeat([1.0, 0.0], [10, 90])[:, None]})
    asked = DesignSpec(kind="phase-randomised", cyclers=0.8, window_days=3, period_days=7, error_days=0.5, trials=200)
    found = {table.id: dict(table.rows) for table in phase_randomised(asked, pool, "a", 1).tables}
    truth = simulate_trial(TrialDesign(cyclers=0.8, width_d=3, error_d=0.5, p_mean=0.1), seed=1, repeats=200)
    size = found["size"]["timed against untimed, per arm"][0]
    assert size.value == truth.power.per_arm
    # 10 of 100 virtual patients leave the number far from sure
    assert size.lower < size.value < size.upper
    assert found["size"]["phase-randomised, in all"][0].value == truth.phase_randomised
    assert found["responses"]["timed, simulated"][0].value == pytest.approx(truth.p_timed_simulated)
    everybody = Outcome("rate", "responders", {"a": np.ones((5, 1))})
    with pytest.raises(StudyError, match="5 of 5 virtual patients of arm 'a' respond"):
        phase_randomised(asked, everybody, "a", 1)


def test_more_workers_chunks_and_another_run_give_the_same_design(solver, tmp_path):
    spec = study(DESIGNS["parallel"])
    runs = [
        run_study(spec, options=RunOptions(out=tmp_path / str(k), **more), solver=solver)
        for k, more in enumerate(({"chunk": 10}, {"chunk": 60, "workers": 2}, {"chunk": 10, "seed": 2}))
    ]
    texts = [(run.folder / "summary.json").read_bytes() for run in runs]
    assert texts[0] == texts[1]
    assert runs[0].summary["design"] != runs[2].summary["design"]


def test_a_design_makes_another_run_of_the_same_arms(solver, options):
    with_design, without = study(DESIGNS["parallel"]), study(DESIGNS["parallel"]).model_copy(update={"design": None})
    plans = [make_plan(spec, options(), solver) for spec in (with_design, without)]
    assert plans[0].run != plans[1].run
    assert "design" not in plans[1].identity
    assert StudySpec.model_validate(with_design.canonical()) == with_design
    assert with_design.canonical()["design"]["per_arm"] == [6, 12]


def test_the_same_seed_gives_the_same_people_whatever_is_compared(solver, options):
    first = run_study(study(DESIGNS["parallel"]), options=options(), solver=solver).summary["design"]
    other = DESIGNS["parallel"].replace('arms = ["high", "low"]', 'arms = ["both", "low"]')
    second = run_study(study(other), options=options(out=options().out.with_name("b")), solver=solver).summary["design"]
    size = [found["tables"][0]["rows"][0]["values"][1] for found in (first, second)]
    assert size[0] == size[1]


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ('kind = "4+4"', ["'design.kind'", "'3+3', 'crm'", "line 28"]),
        ('kind = "parallel"\ncohort_size = 3', ["no key 'cohort_size'", "it takes endpoint, days", "line 29"]),
        ('kind = "parallel"\nendpont = "x"', ["unknown key 'design.endpont'", "'endpoint'"]),
        ('kind = "parallel"\nendpoint = "treg_fold"', ["of 2 different arms", "design.arms"]),
        ('kind = "parallel"\narms = ["high", "lo"]', ["no arm 'lo'", "did you mean 'low'"]),
        ('kind = "parallel"\narms = ["high", "low"]', ["which endpoint is compared", "treg_fold, cmax"]),
        ('kind = "parallel"\narms = ["high", "low"]\nendpoint = "nk_fold"', ["'nk_fold' is no endpoint of this study"]),
        ('kind = "parallel"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [5]', ["not read on day 5"]),
        ('kind = "parallel"\narms = ["high", "low"]\nendpoint = "treg_fold"', ["say one day", "reduce"]),
        (
            'kind = "parallel"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [4]\ntest = "fisher"',
            ["compared by 't' or 'wilcoxon', not by 'fisher'"],
        ),
        ('kind = "factorial"\narms = ["high", "low"]\nendpoint = "cmax"', ["4 different arms"]),
        ('kind = "crossover"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [4]', ["one day of each period"]),
        (
            'kind = "crossover"\narms = ["high", "low"]\nendpoint = "treg_fold"\ndays = [2, 6]\nwashout_day = 3',
            ["add day 3 to the days"],
        ),
        (
            'kind = "group-sequential"\narms = ["high", "low"]\nendpoint = "cmax"\nlooks = [0.5, 0.4]',
            ["rise from above 0 to 1"],
        ),
        ('kind = "adaptive"\narms = ["high", "low"]\nendpoint = "cmax"', ["needs a rate", "'above'"]),
        ('kind = "adaptive"\narms = ["high", "low"]\nalpha = 0.05', ["has no key 'alpha'", "declare_above"]),
        (
            'kind = "group-sequential"\narms = ["high", "low"]\nendpoint = "cmax"\nbenefit = "lower"',
            ["say 'futility' as well"],
        ),
        (
            'kind = "group-sequential"\narms = ["high", "low"]\nendpoint = "cmax"\nfutility = "linear"',
            ["design.futility", "obrien-fleming"],
        ),
        ('kind = "boin"\ntarget_dlt = 0.75\n' + CURVE, ["targets from 0.05 to 0.6"]),
        ('kind = "crm"\ncrm_model = "logistic"\nskeleton = [0.3, 0.97]\n' + CURVE, ["first guesses below 0.95"]),
        ('kind = "boin"\nstop_at = 40\n' + CURVE, ["more than 'max_patients'"]),
        ('kind = "boin"\nmax_patients = 3\ncohort_size = 6\n' + CURVE, ["less than 'cohort_size'"]),
        ('kind = "boin"\naccrual_per_month = 2\n' + CURVE, ["dlt_window_days"]),
        ('kind = "boin"\ndlt_curve_days = 28\n' + CURVE, ["dlt_window_days"]),
        (
            'kind = "boin"\ndoses = ["low", "high"]\ndlt_window_days = 28\ndlt_curve_days = 28',
            ["there is no 'dlt_curve'"],
        ),
        ('kind = "crm"\ndoses = ["low", "hihg"]', ["no arm 'hihg'"]),
        ('kind = "crm"\ndoses = ["low"]', ["design.doses"]),
        ('kind = "boin"\ndlt_model = "curve"', ["the curve is missing"]),
        ('kind = "boin"\n' + CURVE.replace('"low", prob', '"high", prob', 1), ["one point for each dose", "low, high"]),
        ('kind = "boin"\n' + CURVE.replace("upper = 0.4", "upper = 0.25"), ["'lower' is at most 'probability'"]),
        ('kind = "boin"\n' + CURVE.replace("lower = 0.2,", "lower = 0.01,"), ["'lower' falls from one dose"]),
        ('kind = "boin"\ntarget_dlt = "30"\n' + CURVE, ["design.target_dlt"]),
        ('kind = "crm"\nskeleton = [0.3, 0.2]\n' + CURVE, ["one probability for each of the 2 doses, rising"]),
    ],
)
def test_a_wrong_design_is_refused_in_words(design, said):
    message = refused(design)
    assert "mine.toml" in message
    for words in said:
        assert words in message


# ---- escalations ----


@pytest.mark.parametrize("kind", ["3+3", "crm", "boin"])
def test_an_escalation_on_a_curve_of_its_own(kind, solver, options):
    spec = study(f'kind = "{kind}"\ntrials = 500\ndlt_window_days = 28\n{CURVE}')
    found = run_study(spec, options=options(), solver=solver).summary["design"]
    tables = {table["id"]: table for table in found["tables"]}
    assert set(tables) == {"central", "least_toxic", "most_toxic", "overall"}
    assert [row["key"] for row in tables["central"]["rows"]] == ["low", "high", "no dose"]
    shares = [row["values"][1]["value"] for row in tables["central"]["rows"]]
    assert sum(shares) == pytest.approx(1.0)
    assert any("estimate of the MTD" in note for note in found["notes"])
    assert any("within 28 days" in fact for fact in found["facts"])


def test_a_crossover_is_not_of_one_value_a_patient(solver, options):
    text = (HEAD + DESIGNS["crossover"]).replace('endpoint = "treg_fold"\ndays = [2, 6]', 'endpoint = "orr"')
    text = text.replace("washout_day = 4", "").replace('id = "cmax"', 'id = "orr"')
    with pytest.raises(BimodalError, match="one value per patient and not one of each period"):
        parse_study(text.replace('name = "mine"', 'name = "mine"\nmodel = "human_oncology"'), where="mine.toml")


def central(spec, solver, options, name="a"):
    found = run_study(spec, options=options(out=options().out.with_name(name)), solver=solver).summary["design"]
    return found, [row["values"][0]["value"] for row in found["tables"][0]["rows"][:-1]]


def test_a_window_of_its_own_changes_what_is_counted(solver, options):
    """0.3 in 56 days is 1 - 0.7^(1/2) in 28, by a constant hazard."""
    text = f'kind = "boin"\ntrials = 500\ndlt_window_days = 28\n{CURVE}'
    _, same = central(study(text), solver, options)
    found, half = central(study(text + "dlt_curve_days = 56"), solver, options, "b")
    assert same == [0.05, 0.3]
    assert half == pytest.approx([1 - math.sqrt(0.95), 1 - math.sqrt(0.7)])
    assert any("from 56 to 28 days by a constant hazard" in note for note in found["notes"])


def test_the_window_of_the_anchored_curve_acts(solver, options):
    text = escalating("1 MIU/m2", "3 MIU/m2", days=56)
    _, none = central(parse_study(text, where="e.toml"), solver, options)
    _, whole = central(parse_study(text + "dlt_window_days = 56", where="e.toml"), solver, options, "b")
    short, less = central(parse_study(text + "dlt_window_days = 28", where="e.toml"), solver, options, "c")
    assert none == whole
    assert less == pytest.approx([1 - math.sqrt(1 - p) for p in whole])
    assert any("shorter than the 56 days in which 3 MIU/m2 was not tolerated" in note for note in short["notes"])


def test_a_duration_is_said_with_a_window_and_rises_with_slow_accrual(solver, options):
    text = f'kind = "crm"\ntrials = 500\n{CURVE}'
    plain, _ = central(study(text), solver, options)
    assert "days" not in [column["id"] for column in plain["tables"][-1]["columns"]]
    assert plain["traces"][0]["days"] is None
    days = []
    for name, more in (("b", ""), ("c", "accrual_per_month = 2")):
        found, _ = central(study(f"{text}dlt_window_days = 28\n{more}"), solver, options, name)
        overall = found["tables"][-1]
        place = [column["id"] for column in overall["columns"]].index("days")
        days.append(overall["rows"][0]["values"][place]["value"])
    # ten cohorts of three: at most ten windows, and two waits of half a month in each
    assert days[0] < 280.0
    assert days[1] == pytest.approx(days[0] + 10 * 2 * 365.25 / 24, abs=40.0)


def toxic(solver):
    return replace(solver, observables=(*solver.observables, "tox_index"))


def simulated(*, window, trials=300):
    design = f'kind = "boin"\ndlt_model = "simulated"\ndoses = ["low", "high"]\ntrials = {trials}\n'
    text = HEAD.replace("[population]", "[scans]\ndlt_tox_index = 0.99\ndlt_days = 5\n[population]", 1) + design
    return parse_study(text + (f"dlt_window_days = {window}" if window else ""), where="mine.toml")


def test_toxicities_of_simulated_patients_count_within_the_window(solver, options):
    """The index of the stand-in passes the limit with the large doses, which begin on day 2."""
    spec = simulated(window=5)
    late = "0.01 MIU/m2 SC daily for 2 days then 2 MIU/m2 SC daily for 3 days"
    arms = tuple(arm.model_copy(update={"regimen": late}) if arm.name == "high" else arm for arm in spec.arm)
    found = {}
    for window in (None, 1, 5):
        design = spec.design.model_copy(update={"dlt_window_days": window})
        own = spec.model_copy(update={"arm": arms, "design": design})
        found[window] = central(own, toxic(solver), options, str(window))
    assert found[1][1][1] == found[1][1][0]
    assert found[5][1] == found[None][1]
    assert found[5][1][1] > 0.9
    assert "within 1 days" in found[1][0]["facts"][1]
    # who has it has it on the third day, an eighth of the window at most after day 2
    steps = [trace["steps"] for trace in found[5][0]["traces"]]
    days = [trace["days"] for trace in found[5][0]["traces"]]
    assert all(2.0 <= day / len(own) <= 5.0 for day, own in zip(days, steps, strict=True))
    assert any(day / len(own) < 5.0 for day, own in zip(days, steps, strict=True))


def test_a_window_beyond_the_simulation_is_refused(solver, options):
    with pytest.raises(StudyError, match="toxicities count for 30 days, and"):
        run_study(simulated(window=30), options=options(), solver=toxic(solver))
    assert solver.calls == []


def test_failed_patients_are_counted_beside_a_simulated_curve(solver, options):
    failing = replace(toxic(solver), fail_above_bsa=3.2)
    result = run_study(simulated(window=5), options=options(), solver=failing)
    failed = result.summary["failed"] // 4
    assert failed > 0
    notes = result.summary["design"]["notes"]
    assert any(f"{2 * failed} virtual patients failed and count neither" in note for note in notes), notes


def test_an_escalation_without_a_curve_computes_nothing(solver, options):
    spec = study('kind = "boin"\ndoses = ["low", "high"]')
    with pytest.raises(StudyError, match="every day for four weeks or more") as caught:
        run_study(spec, options=options(), solver=solver)
    assert "dlt_curve = [{dose" in caught.value.fix
    assert solver.calls == []
    assert not options().out.exists()
    with pytest.raises(StudyError, match="every day for four weeks or more"):
        run_in_memory(make_plan(spec, options(), solver))


def test_a_molecule_without_a_curve_is_refused_by_name(solver, options):
    text = (HEAD + 'kind = "crm"\ndoses = ["low", "high"]').replace('drug = "aldesleukin"', 'drug = "efavaleukin-alfa"')
    text = text.replace(" MIU/m2", " mg conjugate")
    with pytest.raises(StudyError, match="no dose-DLT curve for efavaleukin-alfa"):
        run_study(parse_study(text, where="mine.toml"), options=options(), solver=solver)


def escalating(*doses, days=28):
    arms = "\n".join(
        f'[[arm]]\nname = "{dose}"\ndrug = "aldesleukin"\nregimen = "{dose} SC daily for {days} days"' for dose in doses
    )
    return f'name = "e"\n[population]\ncohort = "healthy"\npatients = 2\n{arms}\n[design]\nkind = "3+3"\ntrials = 200\n'


def test_aldesleukin_under_the_skin_has_a_curve(solver, options):
    spec = parse_study(escalating("0.3 MIU/m2", "1 MIU/m2", "3 MIU/m2"), where="e.toml")
    found = run_study(spec, options=options(), solver=solver).summary["design"]
    truth = [row["values"][0]["value"] for row in found["tables"][0]["rows"][:3]]
    assert truth[0] < truth[1] < 1 / 3 < truth[2]
    assert any("Koreth 2011" in fact and "Meropol 1996" in fact for fact in found["facts"])
    # the same by weight and by a flat dose, of a person of 70 kg and 1.8 m2
    flat = parse_study(escalating("540000 IU", "1.8 MIU", "5.4 MIU"), where="e.toml")
    again = run_study(flat, options=options(out=options().out.with_name("b")), solver=solver).summary["design"]
    assert [row["values"][0]["value"] for row in again["tables"][0]["rows"][:3]] == pytest.approx(truth)


@pytest.mark.parametrize(
    ("doses", "more", "said"),
    [
        (("3 MIU/m2", "1 MIU/m2"), {}, "rise from one to the next"),
        (("1 MIU/m2", "3 MIU/m2"), {"days": 5}, "every day for four weeks"),
    ],
)
def test_the_curve_of_aldesleukin_is_for_one_schedule(doses, more, said, solver, options):
    spec = parse_study(escalating(*doses, **more), where="e.toml")
    with pytest.raises(StudyError, match=said):
        run_study(spec, options=options(), solver=solver)


def test_the_anchored_curve_agrees_with_what_was_seen():
    doses = np.array([0.3, 0.4, 1.0, 1.25, 1.75, 3.0])
    median, lower, upper = anchored_curve(doses)
    for values in (median, lower, upper):
        assert (np.diff(values) > 0.0).all()
    assert ((lower > 0.0) & (lower < median) & (median < upper) & (upper < 1.0)).all()
    # tolerated: less than one in three; not tolerated: more
    assert (median[:4] < 1 / 3).all()
    assert (median[4:] > 1 / 3).all()
    # what was not seen is less sure: the interval is widest where the two trials disagree most
    assert upper[3] - lower[3] > 0.2


# ---- printed and drawn ----


@pytest.mark.parametrize("kind", ["3+3", "crm", "boin"])
def test_single_trials_and_decisions_are_stored_printed_and_drawn(kind, solver, options, monkeypatch):
    more = "backfill = 1\n" if kind == "boin" else ""
    spec = study(f'kind = "{kind}"\ntrials = 200\ndlt_window_days = 28\n{more}{CURVE}')
    result = run_study(spec, options=options(), solver=solver)
    summary = json.loads((result.folder / "summary.json").read_text("utf-8"))
    jsonschema.validate(summary, summary_schema())
    found = summary["design"]
    assert [trace["trial"] for trace in found["traces"]] == [1, 2, 3, 4, 5, 6]
    for trace in found["traces"]:
        seen = [hit for step in trace["steps"] for hit in step["outcomes"]]
        seen += [one["outcome"] for step in trace["steps"] for one in step["backfilled"]]
        assert (len(seen), sum(seen)) == (trace["patients"], trace["dlts"])
        assert trace["days"] > 0.0
        assert trace["steps"][-1]["decision"] == "end"
    for row in found["decisions"]["rows"]:
        assert len(row["values"]) == len(found["decisions"]["columns"])
    text = io.StringIO()
    monkeypatch.setattr(design_tables, "out", lambda: Console(file=text, width=150, highlight=False, soft_wrap=True))
    design_tables.print_design(result.summary)
    page = write_report(result, result.folder, figures=result.folder / "figures").read_text("utf-8")
    for where in (text.getvalue(), page):
        assert found["decisions"]["title"] in where
        assert found["traces"][0]["steps"][0]["why"] in where
    assert "Single simulated escalations" in page
    drawn = " ".join(one.get_text() for one in design_traces.figure(result).findobj(Text))
    assert INTENDED_USE in " ".join(drawn.split())
    assert f"trial 1: selects {found['traces'][0]['selected'] or 'no dose'}" in drawn
    assert ("backfilled" in drawn) == (kind == "boin")


def test_a_design_without_doses_has_no_trace(solver, options):
    result = run_study(study(DESIGNS["once each"]), options=options(), solver=solver)
    assert not {"traces", "decisions"} & set(result.summary["design"])
    assert not design_traces.available(result)


def test_small_numbers_are_not_written_with_powers_of_ten():
    assert estimate_text({"value": 4e-4, "lower": 8e-6, "upper": 8e-4}, "number") == "0.0004 [<0.0001, 0.0008]"
    assert estimate_text({"value": 0.0, "lower": 0.0, "upper": 0.000384}, "share") == "0 % [0, 0.04]"


def test_sizes_beyond_the_virtual_patients_are_said(solver, options):
    text = DESIGNS["once each"].replace("per_arm = [6]", "per_arm = [6, 70, 80]")
    notes = run_study(study(text), options=options(), solver=solver).summary["design"]["notes"]
    assert any("trials of 70 and more per arm are drawn from 60 virtual patients" in note for note in notes)


def test_an_endpoint_nobody_has_is_refused_with_the_count(solver, options):
    with pytest.raises(StudyError, match="0 of 60 virtual patients have a value in every arm"):
        run_study(study(DESIGNS["parallel"]), options=options(), solver=replace(solver, fail_above_bsa=0.0))


def test_failed_patients_are_counted_and_drawn_for_no_trial(solver, options):
    failing = replace(solver, fail_above_bsa=3.2)
    summary = run_study(study(DESIGNS["parallel"]), options=options(), solver=failing).summary
    failed = summary["failed"] // 4
    assert 0 < failed < 60
    notes = summary["design"]["notes"]
    assert any(f"{failed} of 60 virtual patients have no value in every arm" in note for note in notes), notes


def test_a_design_is_printed_and_in_the_report(solver, options, monkeypatch):
    result = run_study(study(DESIGNS["group-sequential"]), options=options(), solver=solver)
    text = io.StringIO()
    monkeypatch.setattr(design_tables, "out", lambda: Console(file=text, width=150, highlight=False, soft_wrap=True))
    design_tables.print_design(result.summary)
    printed = text.getvalue()
    for words in (
        "Design: group-sequential",
        "Pocock-type spending",
        "patients per arm at the end",
        "Looks of a trial of 12",
    ):
        assert words in printed
    page = write_report(result, result.folder, figures=result.folder / "figures").read_text("utf-8")
    for words in ("Design: group-sequential", "Looks of a trial of 12 per arm", "What the design shows"):
        assert words in page
    assert (result.folder / "figures" / "design_shares.svg").exists()
    drawn = " ".join(text.get_text() for text in design_shares.figure(result).findobj(Text))
    for words in (INTENDED_USE, "n = 240, 0 failed", "patients per arm at the end", "power"):
        assert words in " ".join(drawn.split())


def test_a_study_without_a_design_says_nothing_of_one(spec, solver, options, capsys):
    result = run_study(spec, options=options(), solver=solver)
    assert "design" not in result.summary
    design_tables.print_design(result.summary)
    assert capsys.readouterr().out == ""

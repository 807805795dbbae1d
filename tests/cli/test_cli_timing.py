"""`bimodal timing` as a user meets it."""

import json
import re
from pathlib import Path

import pytest

from bimodal.cli import main
from bimodal.timing.simulate_series import sample_days, simulate_series
from bimodal.timing.wording import SAFETY

ROOT = Path(__file__).parents[2]
PROMISES = re.compile(r"\boptimal|best time|effector phase detected|recommended\s+dose", re.IGNORECASE)
HEAD = "patient_id,datetime,kind,value,unit,flag\n"


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(patient, values, unit="mg/L"):
    return "".join(
        f"{patient},2026-01-{day + 1:02d}T08:00+01:00,crp,{value},{unit},\n" for day, value in enumerate(values)
    )


def run(capsys, *words):
    code = main(["timing", *words])
    shown = capsys.readouterr()
    assert not PROMISES.search(shown.out + shown.err)
    return code, shown.out, shown.err


def framed(out):
    lines = [line for line in out.splitlines() if line.strip()]
    return lines[0] == lines[-1] == SAFETY


def written():
    return sorted(path.name for path in Path().rglob("*") if path.is_file())


def test_no_output_about_timing_promises_anything():
    files = [
        *ROOT.glob("src/bimodal/timing/*.py"), *ROOT.glob("src/bimodal/report/**/timing*"),
        *ROOT.glob("src/bimodal/cli/timing*.py"), ROOT / "docs" / "timing.md",
        *ROOT.glob("benchmarks/results/timing*"),
    ]  # fmt: skip
    assert len(files) > 30
    assert [path.name for path in files if PROMISES.search(path.read_text("utf-8"))] == []


def test_noise_is_answered_with_do_not_time_and_exit_code_0(capsys):
    made = simulate_series("OU 27 h", sample_days("14 every 2 d", 1), seed=1, index=1).series
    values = [f"{value:.3f}" for value in made.values]
    Path("crp.csv").write_text(HEAD + rows("MUSTERMANN-7", [*values, *values[:6]]), encoding="utf-8")
    code, out, _ = run(capsys, "assess", "crp.csv", "--compare", "--json", "a.json")
    assert code == 0
    assert framed(out)
    assert "Do not time: no evidence of a cycle" in out
    for part in ("series 1", "NO_EVIDENCE", "mean CRP", "under other priors", "For comparison, not evidence"):
        assert part in out
    first = Path("a.json").read_text("utf-8")
    assert run(capsys, "assess", "crp.csv", "--json", "-")[1] == first
    assert json.loads(first)["status"] == "NO_EVIDENCE"
    assert "MUSTERMANN" not in out + first
    assert "2026" not in first
    assert written() == ["a.json", "crp.csv"]


def test_several_patients_and_too_few_samples(capsys):
    Path("crp.csv").write_text(HEAD + rows("a", [3, 4, 5]) + rows("b", [5, 5, 6, 7]), encoding="utf-8")
    code, out, _ = run(capsys, "assess", "crp.csv", "--out", "o")
    assert code == 0
    assert framed(out)
    assert out.count("INSUFFICIENT_DATA") == 2
    assert {"report.html", "assessment.json", "timing_series.png"} <= set(written())
    assert sorted(path.name for path in Path("o").iterdir()) == ["series-1", "series-2"]
    code, out, _ = run(capsys, "assess", "crp.csv", "--json", "-")
    assert [one["status"] for one in json.loads(out)["series"]] == ["INSUFFICIENT_DATA"] * 2
    assert run(capsys, "assess", "crp.csv", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "a,2026-01-01T08:00,crp,3,mg/L,\n", "offset"),
        (HEAD + rows("a", [3]) + rows("b", [3], "mg/dL"), "unit"),
        ("", "empty|no rows|header"),
        (HEAD + "a,2026-01-01T08:00Z,crp,-3,mg/L,\n", "row 2"),
    ],
)
def test_bad_files_are_refused_with_the_row(capsys, text, message):
    Path("crp.csv").write_text(text, encoding="utf-8")
    code, out, err = run(capsys, "assess", "crp.csv")
    assert (code, out) == (2, "")
    assert re.search(message, err)
    assert "crp.csv" in err
    assert "Traceback" not in err


def test_windows_of_measured_samples_need_a_declared_protocol(capsys):
    Path("crp.csv").write_text(HEAD + rows("a", [3, 4, 5]), encoding="utf-8")
    code, _, err = run(capsys, "windows", "crp.csv", "--offset-h", "21")
    assert code == 2
    assert "declared protocol" in err
    code, _, err = run(capsys, "windows", "crp.csv")
    assert code == 2
    assert "nobody knows it" in err
    assert run(capsys, "windows")[0] == 2
    assert run(capsys, "windows", "crp.csv", "--simulate", "mech")[0] == 2
    assert run(capsys, "windows", "--simulate", "nonsense", "--offset-h", "0")[0] == 2


def test_windows_read_the_tables_that_assess_reads(capsys):
    from bimodal.timing.protocol import STATEMENT

    Path("protocol.toml").write_text(
        f'[protocol]\ntitle = "CRP"\nreference = "DRKS00000000"\nstatement = "{STATEMENT}"\n'
        '[window]\noffset_h = 21\noffset_source = "assumed"\n',
        encoding="utf-8",
    )
    days = "".join(f"{day:02d}.01.2026;08:10;{level}\n" for day, level in enumerate(["3,1", "4,2", "5,5"], start=5))
    Path("crp.csv").write_text(f"Datum;Uhrzeit;CRP (mg/L)\n{days}", encoding="utf-8")
    words = ("windows", "crp.csv", "--protocol", "protocol.toml")
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "zone" in err
    code, out, err = run(capsys, *words, "--zone", "Europe/Berlin", "--dates", "day-first")
    assert code == 0
    assert "INSUFFICIENT_DATA" in out
    assert "Traceback" not in err


def test_a_patient_with_a_dose_and_no_sample(capsys):
    text = HEAD + rows("a", [3, 4]) + "b,2026-01-03T08:00Z,dose,18,MIU,\n"
    Path("crp.csv").write_text(text, encoding="utf-8")
    code, out, _ = run(capsys, "assess", "crp.csv", "--out", "o")
    assert code == 0
    assert "series 2  INSUFFICIENT_DATA" in out


@pytest.mark.parametrize("design", ["0 daily", "-3 daily", "daily", "7 in 0 d"])
def test_impossible_designs_are_refused(capsys, design):
    code, _, err = run(capsys, "windows", "--simulate", "mech", "--offset-h", "0", "--design", design)
    assert code in (0, 2)
    assert "Traceback" not in err


def test_windows_of_simulated_samples(capsys):
    words = ("--simulate", "cycle A 1.0", "--design", "14 every 2 d", "--index", "1", "--offset-h", "21")
    code, out, _ = run(capsys, "windows", *words, "--json", "w.json")
    assert code == 0
    assert framed(out)
    for part in ("chance", "unknown in humans", "If there is no cycle", "P(no persistent cycle)"):
        assert part in out
    data = json.loads(Path("w.json").read_text("utf-8"))
    assert data["safety"] == SAFETY
    for slot in data["slots"]:
        assert slot["p_hit"] == pytest.approx(data["p_h1"] * slot["p_given_cycle"])


def test_plan_prints_counts_errors_and_the_cost_of_waiting(capsys):
    code, out, err = run(capsys, "plan", "--samples", "7", "--every", "48h", "--series", "4", "--json", "p.json")
    assert code == 0
    assert framed(out)
    for part in ("of 4, SE", "chance", "pseudo-cycle", "progress meanwhile", "Such a plan cannot answer"):
        assert part in out
    assert "series" in err
    assert json.loads(Path("p.json").read_text("utf-8"))["plans"][0]["plan"]["span_d"] == 12.0
    assert run(capsys, "plan", "--every", "daily")[0] == 2
    assert run(capsys, "plan", "--every", "nand")[0] == 2
    assert run(capsys, "plan", "--every", "infd")[0] == 2
    assert run(capsys, "plan", "--samples", "1")[0] == 2


def test_trial_prints_closed_forms_beside_simulation_and_the_tables(capsys):
    Path("p.txt").write_text("0.1\n0.12\n0.08\n0.11\n", encoding="utf-8")
    words = ("--f", "0.5", "--w", "2", "--tables", "--retreated", "100", "--phases", "p.txt", "--json", "t.json")
    code, out, _ = run(capsys, "trial", *words)
    assert code == 0
    assert framed(out)
    for part in (
        "closed form",
        "566 per arm",
        "0.00071",
        "Rayleigh: 4 phases",
        "0.280 (51)",
        "19,734",
        "None of it is established",
    ):
        assert part in out
    data = json.loads(Path("t.json").read_text("utf-8"))
    assert data["trial"]["power"]["per_arm"] == 566
    assert [row["model"] for row in data["tables"]["standard_course"]] == [
        "first",
        "any",
        "additive",
        "majority",
        "net",
    ]


def test_trial_with_monitoring_times_only_the_found(capsys):
    words = (
        "--samples",
        "14",
        "--every",
        "2d",
        "--series",
        "6",
        "--course",
        "additive",
        "--doses",
        "3",
        "--json",
        "t.json",
    )
    code, out, _ = run(capsys, "trial", *words)
    assert code == 0
    assert "the others are treated as today" in out
    assert json.loads(Path("t.json").read_text("utf-8"))["trial"]["design"]["monitoring_days"] == 26.0


@pytest.mark.parametrize(
    "words",
    [("--f", "2"), ("--w", "9"), ("--course", "lucky"), ("--p-out", "0.5"), ("--w", "0.2"), ("--phases", "none.txt"),
     ("--retreated", "3", "--responded", "4")],
)  # fmt: skip
def test_impossible_trials_are_refused(capsys, words):
    code, _, err = run(capsys, "trial", *words)
    assert code == 2
    assert err.startswith("error: ")


def test_selftest_says_misses_first_and_exits_with_1_for_them(capsys, monkeypatch):
    from bimodal.timing import selftest
    from bimodal.timing.selftest_bars import Bar

    bars = (Bar("B1", "fine", "a", "b", True), Bar("B2", "power", ">= 75 %", "3.0 %", False))
    made = selftest.SelfTest(bars, {}, 40, False, 1)
    monkeypatch.setattr(selftest, "run_selftest", lambda *args, **kwargs: made)
    code, out, _ = run(capsys, "selftest", "--out", "s")
    assert code == 1
    assert framed(out)
    assert out.index("B2") < out.index("B1")
    assert written() == ["timing.json", "timing.md"]

"""What `docs/extending.md` says is all there is to change: its diffs, applied to a copy of the package, which runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bimodal
from page_blocks import page_blocks

PACKAGE = Path(bimodal.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
MOST_FILES = {"A cell type": 4, "What a drug does": 4, "A trial endpoint": 2}
MOST_EDITS_FOR_A_SPECIES = 3

SCRIPT = """
import json
import numpy as np
from bimodal.cohort import load_cohort
from bimodal.drugs import load_molecule
from bimodal.model.manifest import read_manifest
from bimodal.report.text import cell_label
from bimodal.study import RunOptions, load_registry
from bimodal.study.endpoints.trial import ScanPlan, trial_outcomes
from bimodal.study.endpoints.trial.statistics import trial_statistic
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.spec.load import check_study

def run(model, cohort, arms, endpoints):
    spec = {"name": "toy", "model": model, "population": {"cohort": cohort, "patients": 1},
            "arm": [{"name": name, "drug": "aldesleukin", **arm} for name, arm in arms.items()],
            "endpoint": [{"id": name, "days": [5]} for name in endpoints]}
    return run_in_memory(make_plan(check_study(spec, where="toy"), RunOptions(), load_solver(model))).summary

def values(summary):
    return {arm["name"]: {row["id"]: row["value"] for row in arm["endpoints"]} for arm in summary["arms"]}

dose = {"regimen": "1 MIU SC daily for 5 days"}
steroid = {"drug": "toy-steroid", "regimen": "20 mg SC daily for 5 days"}
arms = {"none": {"regimen": "none"}, "il2": dose, "with steroid": {**dose, "partner": [steroid]}}
folds = ["gdt_fold", "treg_fold", "pstat5_gdt"]
still = np.full((2, 101), 3e10), np.zeros((2, 101))
scanned = trial_outcomes(np.arange(101.0), tumour_cells=still[0], death_hazard_integral=still[1],
                         tox_hazard_integral=still[1], patients=[0, 1], seed=1, plan=ScanPlan())
rat = run("rat", "rats", {"il2": {"regimen": "0.01 MIU SC daily for 5 days"}}, ["treg_fold"])
gamma = read_manifest("human_mass_action").table().by_id["gdt_gamma_rest"]
print(json.dumps({
    "human": values(run("human", "healthy", arms, folds)),
    "label": cell_label("gdt"),
    "lymphocytes": list(load_registry()["lymphocytes_count"].of),
    "gamma": gamma.status,
    "cohort": load_cohort("healthy").parameters["gdt_count_rest"].median,
    "sets": load_molecule("toy-steroid").partner_parameters(),
    "others": load_molecule("tofacitinib").partner_parameters(),
    "control": trial_statistic("disease_control_rate", scanned).value,
    "rat": values(rat),
    "warnings": rat["warnings"],
}))
"""


def page_diffs() -> dict[str, list[str]]:
    """Give the diffs of each section of the page, in order."""
    sections = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.M)[1:]
    pairs = zip(sections[::2], sections[1::2], strict=True)
    return {title: [block.text for block in page_blocks(text, "diff")] for title, text in pairs}


def changed(diff: str) -> tuple[str | None, str]:
    """Give the file a diff changes, None where it is a new one, and the file it leaves."""
    old, new = diff.splitlines()[:2]
    return (None if old == "--- /dev/null" else old.removeprefix("--- a/")), new.removeprefix("+++ b/")


def hunks(diff: str) -> Iterator[tuple[list[str], list[str]]]:
    """Give what each hunk finds and what it leaves, line by line."""
    for hunk in diff.split("\n@@\n")[1:]:
        lines = hunk.splitlines()
        assert all(not line or line[0] in " +-" for line in lines), hunk
        yield [line[1:] for line in lines if line[:1] != "+"], [line[1:] for line in lines if line[:1] != "-"]


def apply(diff: str, root: Path) -> None:
    old, new = changed(diff)
    path = root / new
    assert (old is None) == (not path.exists()), f"{new} is there already, or not there"
    text = path.read_text("utf-8") if old else ""
    for found, left in hunks(diff):
        before, after = ("".join(f"{line}\n" for line in part) for part in (found, left))
        assert not before or f"\n{text}".count(f"\n{before}") == 1, f"{new} does not have once:\n{before}"
        text = f"\n{text}".replace(f"\n{before}", f"\n{after}", 1)[1:] if before else text + after
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the changed copy says of itself."""
    root = tmp_path_factory.mktemp("extended")
    shutil.copytree(PACKAGE, root / "src" / "bimodal", ignore=shutil.ignore_patterns("__pycache__"))
    for diffs in page_diffs().values():
        for diff in diffs:
            apply(diff, root)
    env = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_no_more_files_than_the_page_says() -> None:
    diffs = page_diffs()
    assert list(diffs) == [*MOST_FILES, "A species"]
    for title, most in MOST_FILES.items():
        assert 0 < len({changed(diff)[1] for diff in diffs[title]}) <= most, title
    edits = sum(len(list(hunks(diff))) for diff in diffs["A species"] if changed(diff)[0] is not None)
    assert 0 < edits <= MOST_EDITS_FOR_A_SPECIES


@pytest.mark.docs
def test_a_toy_cell_is_followed_and_stands_still_untreated(told) -> None:
    folds = {arm: values["gdt_fold"] for arm, values in told["human"].items()}
    assert folds["none"] == pytest.approx(1.0, abs=1e-6)
    assert folds["il2"] != pytest.approx(1.0, abs=1e-3)
    assert 0.0 < told["human"]["il2"]["pstat5_gdt"] < 1.0
    assert told["label"] == "γδ T"
    assert told["lymphocytes"][-1] == "gdt_count"
    assert told["gamma"] == "assumed"
    assert told["cohort"] == 60


@pytest.mark.docs
def test_a_toy_mechanism_changes_what_a_dose_does(told) -> None:
    alone, beside = told["human"]["il2"], told["human"]["with steroid"]
    for fold in ("gdt_fold", "treg_fold"):
        assert beside[fold] < 0.8 * alone[fold]
    assert told["sets"]["loss_double"] == 50.0
    assert told["others"]["loss_double"] == 1e9


@pytest.mark.docs
def test_a_toy_trial_endpoint_is_counted(told) -> None:
    assert told["control"] == 1.0


@pytest.mark.docs
def test_a_toy_species_runs_and_says_that_it_is_another(told) -> None:
    assert told["rat"]["il2"]["treg_fold"] > 0.0
    assert any("the model is of the rat" in text for text in told["warnings"])

"""Rules of the house that a machine can check."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CODE = [*ROOT.glob("src/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]


def test_no_file_is_over_500_lines():
    assert {p.name: n for p in CODE if (n := len(p.read_text("utf-8").splitlines())) > 500} == {}


def test_no_text_becomes_code():
    risky = re.compile(r"(?<![\w.])(eval|exec)\(|pickle\.load|sympify\(|yaml\.load\(")
    assert [p.name for p in ROOT.glob("src/**/*.py") if risky.search(p.read_text("utf-8"))] == []


def test_readme_has_the_two_commands_that_ci_runs():
    readme = (ROOT / "README.md").read_text("utf-8")
    indented = [line.strip() for line in readme.splitlines() if line.startswith("    pip ")]
    assert indented == ["pip install . && bimodal run koreth-2011", "pip install '.[test]' && pytest"]
    assert "&& pytest" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_lock_is_hashed_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)
    blocks = re.split(r"^(?=[A-Za-z0-9_.-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(pins) == len(blocks) > 20
    assert all("--hash=sha256:" in block for block in blocks)


def test_lock_pins_all_that_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^ ]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    for requirement in map(Requirement, asked):
        pinned = [version for name, version in pins if name == canonicalize_name(requirement.name)]
        assert pinned, requirement.name
        assert all(requirement.specifier.contains(version) for version in pinned), requirement


def test_no_output_promises_a_best_dose():
    words = re.compile(r"\b(optimal|best|recommended) dose", re.IGNORECASE)
    allowed = {"test_house.py"}
    assert [p.name for p in CODE if p.name not in allowed and words.search(p.read_text("utf-8"))] == []

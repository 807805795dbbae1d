"""What is published: the wheel holds the package whole and nothing else, the source package all that is kept here."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def kept() -> set[str]:
    """The files of this checkout that Git keeps or would."""
    words = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    ran = subprocess.run(words, capture_output=True, check=False)
    if ran.returncode:
        pytest.skip("no git checkout")
    return {name for name in ran.stdout.decode("utf-8").rstrip("\0").split("\0") if (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    make = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t"]
    for kind in ("sdist", "wheel"):
        ran = subprocess.run([*make, kind], cwd=ROOT, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(built / f"bimodal-{PROJECT['version']}-py3-none-any.whl")


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile, kept: set[str]) -> None:
    own = {name.removeprefix("src/") for name in kept if name.startswith("src/bimodal/")}
    beside = f"bimodal-{PROJECT['version']}.dist-info/"
    names = set(wheel.namelist())
    assert {name for name in names if not name.startswith(beside)} == own
    assert {name.removeprefix(beside) for name in names if name.startswith(beside)} == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    assert not [name for name in names if re.search(r"(^|/)(tests?|docs|benchmarks|__pycache__)/|\.pyc$", name)]


def test_the_wheel_has_the_data_of_every_room(wheel: zipfile.ZipFile) -> None:
    """A second look that asks no Git: one file of each kind that is read at run time."""
    names = set(wheel.namelist())
    for name in (
        "py.typed",
        "cohort/data/healthy.toml",
        "drugs/data/aldesleukin.toml",
        "evidence/data/roles.toml",
        "evidence/data/studies/koreth-2011.toml",
        "model/data/assay.ant",
        "predict/data/prediction.schema.json",
        "qualify/data/self_check.json",
    ):
        assert f"bimodal/{name}" in names
    ends = {Path(name).suffix for name in names}
    assert {".ant", ".csv", ".css", ".gz", ".html", ".js", ".json", ".py", ".toml", ".typed"} <= ends


def test_the_source_package_holds_all_that_is_kept(built: Path, kept: set[str]) -> None:
    top = f"bimodal-{PROJECT['version']}/"
    with tarfile.open(built / f"{top[:-1]}.tar.gz") as packed:
        names = {name.removeprefix(top) for name in packed.getnames()}
    assert names - {"PKG-INFO"} == kept
    assert {"tests/test_house.py", "docs/index.md", "docs/site/build.py", "benchmarks/README.md", "LICENSE"} <= names


def test_the_metadata_says_what_the_project_says(wheel: zipfile.ZipFile) -> None:
    beside = f"bimodal-{PROJECT['version']}.dist-info"
    about = BytesParser().parsebytes(wheel.read(f"{beside}/METADATA"))
    assert (about["Name"], about["Version"]) == ("bimodal", PROJECT["version"])
    assert about["Requires-Python"] == PROJECT["requires-python"]
    assert set(about.get_all("Provides-Extra") or ()) == {
        name.lower().replace("_", "-") for name in PROJECT["optional-dependencies"]
    }
    assert "bimodal = bimodal.__main__:start" in wheel.read(f"{beside}/entry_points.txt").decode()
    assert b"Root-Is-Purelib: true" in wheel.read(f"{beside}/WHEEL")


def test_the_version_is_one_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.findall(r"^version: (.*)$", citation, re.MULTILINE) == [PROJECT["version"]]
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heads[0] == PROJECT["version"]
    assert len(set(heads)) == len(heads)


def test_the_versions_of_python_that_are_named_are_those_that_ci_runs() -> None:
    """One that only is let fail there is not named."""
    named = {line.rsplit(" :: ")[-1] for line in PROJECT["classifiers"] if "Python :: 3." in line}
    flow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    matrix = re.search(r"^ +python: \[(.*)\]$", flow, re.MULTILINE)
    assert matrix is not None
    assert {word.strip(' "') for word in matrix[1].split(",")} == named
    assert "build.py" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "python docs/site/build.py" in flow

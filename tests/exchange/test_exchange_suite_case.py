"""A case of the SBML test suite: passed, refused, wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimodal.errors import ModelError
from bimodal.exchange.suite_case import run_case, suite_cases
from bimodal.model.antimony_text import to_sbml
from bimodal.qualify.request import Request, Work
from bimodal.qualify.sections import sbml_suite

DECAY = "model m\n A = 10; k = 0.5;\n A' = -k*A;\nend\n"
RIGHT = "time,A\n0,10\n1,6.06530659712633\n2,3.67879441171442\n"
SETTINGS = "start: 0\nduration: 2\nsteps: 2\nvariables: A\nabsolute: 1e-7\nrelative: 1e-6\namount:\nconcentration:\n"


def case(root: Path, name: str, *, results: str = RIGHT, settings: str = SETTINGS, sbml: str | None = None) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    text = to_sbml(DECAY, "", file="decay.ant") if sbml is None else sbml
    (folder / f"{name}-sbml-l3v2.xml").write_text(text, "utf-8")
    (folder / f"{name}-settings.txt").write_text(settings, "utf-8")
    (folder / f"{name}-results.csv").write_text(results, "utf-8")
    (folder / f"{name}-model.m").write_text("componentTags: RateRule\ntestTags: Amount\n", "utf-8")
    return folder


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    root = tmp_path / "cases" / "semantic"
    case(root, "00001")
    case(root, "00002", results=RIGHT.replace("6.065", "6.075"))
    case(root, "00003", settings=SETTINGS.replace("steps: 2\n", ""))
    case(root, "00004", sbml="<sbml")
    return tmp_path


def test_each_case_says_what_became_of_it(suite: Path) -> None:
    found = [run_case(folder)[0] for folder in suite_cases(suite)]
    assert [one.kind for one in found] == ["passed", "mismatch", "refused", "refused"]
    assert found[1].reason.startswith("A at 1: 6.06530")
    assert found[0].tags == ("Amount", "RateRule")


def test_the_folder_may_be_the_suite_or_its_cases(suite: Path) -> None:
    assert suite_cases(suite) == suite_cases(suite / "cases") == suite_cases(suite / "cases" / "semantic")
    with pytest.raises(ModelError, match="no case"):
        suite_cases(suite / "cases" / "semantic" / "00001")


def test_the_section_misses_with_a_silent_mismatch(suite: Path, tmp_path: Path) -> None:
    work = Work(request=Request(sbml_suite=suite), parts=tmp_path / "parts")
    section = sbml_suite.compute(work)
    assert section.status == "missed"
    assert section.said == "4 cases: 1 passed, 2 refused, 1 mismatch."
    assert section.figure("mismatch").status == "missed"
    assert section.figure("case-00002").what.startswith("00002-sbml-l3v2.xml: A at 1")

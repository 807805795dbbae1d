"""The runner: what is finished is kept, what is stale or damaged is computed again, and no section stops another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.qualify import package_hash, registry
from bimodal.qualify import qualify as qualify_module
from bimodal.qualify.beside import computed_beside
from bimodal.qualify.compute_section import compute_section
from bimodal.qualify.figure import Figure, exactly
from bimodal.qualify.qualify import qualify
from bimodal.qualify.registry import chosen
from bimodal.qualify.request import Request, Work
from bimodal.qualify.section import Section

ONE = Request(quick=True, workers=1)


@dataclass
class FakePlan:
    """A section whose answer a test decides; it counts how often it was asked."""

    id: str
    answer: Callable[[Work], Section]
    after: tuple[str, ...] = ()
    alone: bool = False
    title: str = "A title"
    question: str = "?"
    asked: list[str] = field(default_factory=list)

    def compute(self, work: Work) -> Section:
        self.asked.append(work.key)
        return self.answer(work)


def good(name: str) -> Callable[[Work], Section]:
    return lambda work: Section.judged(name, "A title", "fine", [exactly(work.request.seed, 1, id="x", what="seed")])


def _reads(work: Work) -> Section:
    met, of = work.done["b"].met
    return Section.judged("after", "A title", "fine", [exactly(met, of, id="all", what="of b")])


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakePlan]:
    after = FakePlan("after", _reads, after=("b",))
    found = [FakePlan(name, good(name)) for name in ("a", "b", "c")]
    fakes = (*found, after)
    monkeypatch.setattr(registry, "SECTIONS", fakes)
    monkeypatch.setattr(qualify_module, "SECTIONS", fakes)
    return {plan.id: plan for plan in fakes}


def without_times(folder: Path) -> dict[str, object]:
    record = json.loads((folder / "qualify.json").read_text("utf-8"))
    record.pop("took")
    return record


def test_all_sections_stand_in_the_json(plans: dict[str, FakePlan], tmp_path: Path) -> None:
    found = qualify(ONE, tmp_path / "q")
    record = without_times(tmp_path / "q")
    assert found.passed
    assert record["schema_version"] == 1
    assert record["heading"] == "not a regulatory submission or credibility determination"
    assert [row["id"] for row in record["sections"]] == ["a", "b", "c", "after"]
    assert record["counts"] == {"failed": 0, "missed": 0, "not run": 0, "passed": 4}


def test_an_interrupted_run_goes_on_and_gives_the_same_json(plans: dict[str, FakePlan], tmp_path: Path) -> None:
    qualify(ONE, tmp_path / "whole")
    plans["c"].answer = lambda work: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        qualify(ONE, tmp_path / "cut")
    assert not (tmp_path / "cut" / "qualify.json").exists()
    asked = len(plans["a"].asked)
    plans["c"].answer = good("c")
    heard: list[tuple[str, bool]] = []
    qualify(ONE, tmp_path / "cut", heard=lambda section, kept: heard.append((section.id, kept)))
    assert len(plans["a"].asked) == asked
    assert ("a", True) in heard
    assert ("c", False) in heard
    assert without_times(tmp_path / "cut") == without_times(tmp_path / "whole")


@pytest.mark.parametrize("how", ["cut short", "a number changed", "not an object", "another key", "no figures"])
def test_a_damaged_section_is_computed_again(plans: dict[str, FakePlan], tmp_path: Path, how: str) -> None:
    folder = tmp_path / "q"
    qualify(ONE, folder)
    before, path = without_times(folder), folder / "sections" / "a.json"
    text = path.read_text("utf-8")
    content = json.loads(text)
    changed = {
        "cut short": text[: len(text) // 2],
        "a number changed": text.replace('"value": 1', '"value": 2'),
        "not an object": "[]",
        "another key": json.dumps({**content, "key": "0" * 64}),
        "no figures": json.dumps({**content, "section": {}}),
    }[how]
    assert changed != text
    path.write_text(changed, "utf-8")
    qualify(ONE, folder)
    assert len(plans["a"].asked) == 2
    assert len(plans["b"].asked) == 1
    assert without_times(folder) == before
    assert json.loads(path.read_text("utf-8"))["section"] == content["section"]


def test_other_code_or_choices_compute_anew(
    plans: dict[str, FakePlan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    qualify(ONE, tmp_path / "q")
    qualify(Request(quick=False, workers=1), tmp_path / "q")
    assert len(plans["a"].asked) == 2
    monkeypatch.setattr(package_hash, "package_sha256", lambda: "other")
    qualify(Request(quick=False, workers=1), tmp_path / "q")
    assert len(plans["a"].asked) == 3
    qualify(Request(quick=False, workers=1, patients=5), tmp_path / "q")
    assert len(plans["a"].asked) == 4


def test_one_section_that_breaks_stops_no_other(plans: dict[str, FakePlan], tmp_path: Path) -> None:
    def breaks(work: Work) -> Section:
        raise RuntimeError("no such thing")

    def complains(work: Work) -> Section:
        raise BimodalError("the model is not there", fix="install it")

    plans["a"].answer, plans["b"].answer = breaks, complains
    found = qualify(ONE, tmp_path / "q")
    assert [section.status for section in found.sections][:3] == ["failed", "failed", "passed"]
    assert "RuntimeError: no such thing" in found.section("a").said
    assert not found.passed
    qualify(ONE, tmp_path / "q")
    assert len(plans["a"].asked) == 2, "a failed section is tried again"


def test_a_section_that_was_not_run_is_asked_again_and_never_passes(plans: dict[str, FakePlan], tmp_path: Path) -> None:
    plans["a"].answer = lambda work: Section.missing("a", "A title", "no such package")
    found = qualify(ONE, tmp_path / "q")
    assert found.counts == {"failed": 0, "missed": 0, "not run": 1, "passed": 3}
    plans["a"].answer = good("a")
    assert qualify(ONE, tmp_path / "q").counts["passed"] == 4


def test_only_takes_what_a_section_reads_and_keeps_the_others(plans: dict[str, FakePlan], tmp_path: Path) -> None:
    found = qualify(ONE, tmp_path / "q", only=["after"])
    assert [section.status for section in found.sections] == ["not run", "passed", "not run", "passed"]
    assert found.section("a").said == "not run: left out by --only"
    qualify(ONE, tmp_path / "q")
    again = qualify(ONE, tmp_path / "q", only=["c"])
    assert again.section("a").status == "passed"
    assert len(plans["a"].asked) == 1
    with pytest.raises(StudyError, match="no section 'afer'"):
        qualify(ONE, tmp_path / "q", only=["afer"])


def test_a_folder_of_something_else_is_refused(plans: dict[str, FakePlan], tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(OutputError, match="something else"):
        qualify(ONE, tmp_path)
    with pytest.raises(OutputError, match="is no folder"):
        qualify(ONE, tmp_path / "run.json")
    assert plans["a"].asked == []


def test_a_request_goes_through_json() -> None:
    request = Request(quick=True, seed=3, patients=7, workers=2, sbml_suite=Path("/a/b"))
    assert Request.read(json.loads(json.dumps(request.plain()))) == request


def test_figures_that_are_only_shown_judge_nothing() -> None:
    assert Section.judged("a", "A", "", [Figure(id="x", what="", value=1)]).status == "not run"


def test_a_second_process_computes_the_same(tmp_path: Path) -> None:
    """More than a full pipe of sections, as nobody listens while the first process is at work."""
    only = ["predictions", "parameters", "hashes", "coverage"]
    with computed_beside(chosen(only), Request(quick=True, workers=2), tmp_path / "two", studies=False) as others:
        assert others.process is not None
        until = time.monotonic() + 60
        while not (tmp_path / "two" / "sections" / "hashes.json").exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert (tmp_path / "two" / "sections" / "hashes.json").exists()
        two = others.finished(None)
    one = {plan.id: compute_section(plan, ONE, tmp_path / "one", done={}) for plan in chosen(only)}
    assert {name: found.section for name, found in two.items()} == {name: found.section for name, found in one.items()}


def test_a_second_process_that_is_lost_is_done_without(tmp_path: Path) -> None:
    with computed_beside(chosen(["parameters"]), Request(quick=True, workers=2), tmp_path, studies=False) as others:
        assert others.process is not None
        others.process.kill()
        found = others.finished(None)
    assert found["parameters"].section.status == "passed"

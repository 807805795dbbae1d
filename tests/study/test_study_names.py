"""The name of a results folder is data: no letter of it means anything."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bimodal.errors import OutputError
from bimodal.study import run_study
from bimodal.study.store import literal_name

NASTY = [
    "x/treg_count=3", "status=0/arm=7", "a[1]b", "star*", "**", "q?", "{a,b}", "[!a]", "]", "[", "back\\slash*",
    "it's \"quoted\"", "new\nline", "-dash", "ünï ☃", "http:", "s3:/bucket", "~", "%41", "a;b", "\\*",
]  # fmt: skip


@pytest.fixture(scope="module")
def summaries(tmp_path_factory):
    return tmp_path_factory.mktemp("names"), {}


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab1=[]*?{}\\'\"!-.,~ \n\té☃"), min_size=1, max_size=12))
def test_any_name_gives_the_same_bytes(summaries, spec, solver, options, name):
    place, found = summaries
    folder = place / f"r{name}" / "it"
    result = run_study(spec, options=options(out=folder, patients=3), solver=solver)
    found.setdefault("summary", (folder / "summary.json").read_bytes())
    assert (folder / "summary.json").read_bytes() == found["summary"]
    assert (result.values("low", "treg_count") > 3.0).all()


for one in NASTY:
    test_any_name_gives_the_same_bytes = example(name=f"/{one}")(test_any_name_gives_the_same_bytes)


def test_a_folder_whose_name_begins_with_a_dash_or_a_protocol(spec, solver, options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = run_study(spec, options=options(patients=3), solver=solver)
    for name in ("-dash", "http:/x", "~", "a[1]b"):
        run_study(spec, options=options(out=Path(name), patients=3), solver=solver)
        assert Path(name, "summary.json").read_bytes() == (whole.folder / "summary.json").read_bytes()


def test_the_neighbour_that_a_pattern_would_match_is_left_alone(spec, solver, options, tmp_path):
    other = run_study(spec, options=options(out=tmp_path / "a1b", seed=2), solver=solver)
    one = run_study(spec, options=options(out=tmp_path / "a[1]b"), solver=solver)
    plain = run_study(spec, options=options(), solver=solver)
    assert (one.values("low", "treg_count") == plain.values("low", "treg_count")).all()
    assert not (one.values("low", "treg_count") == other.values("low", "treg_count")).all()


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_a_name_that_is_no_text(spec, solver, options, tmp_path):
    result = run_study(spec, options=options(out=tmp_path / os.fsdecode(b"\xff[1]"), patients=3), solver=solver)
    assert (result.values("low", "treg_count") > 3.0).all()


def test_where_open_files_have_no_names_a_pattern_is_refused(spec, solver, options, tmp_path, monkeypatch):
    monkeypatch.setattr(literal_name, "_OPEN_FILES", tmp_path / "nowhere")
    with pytest.raises(OutputError, match="cannot be stored under this name"):
        run_study(spec, options=options(out=tmp_path / "a[1]b", patients=3), solver=solver)
    assert solver.calls == []
    plain = run_study(spec, options=options(out=tmp_path / "x" / "treg_count=3", patients=3), solver=solver)
    assert (plain.values("low", "treg_count") > 3.0).all()

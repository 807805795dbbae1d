from __future__ import annotations

import os

import pytest
from report_fake import fake_result

from bimodal.errors import OutputError
from bimodal.files.write import write_bytes
from bimodal.report import write_figures, write_report
from bimodal.report.render import to_svg


def test_every_figure_is_written_as_png_and_svg_and_nothing_else_is_left(tmp_path):
    folder = tmp_path / "new" / "figures"
    paths = write_figures(fake_result(size=5), folder)
    assert len(paths) == 10
    assert sorted(paths) == sorted(folder.iterdir())
    assert {path.suffix for path in paths} == {".png", ".svg"}
    assert {path.stem for path in paths} == {
        "cell_folds", "il2_over_time", "pstat5_occupancy", "published_vs_simulated", "treg_tconv_ratio"
    }  # fmt: skip


def test_a_report_with_figures_draws_each_once_and_writes_the_same_files(tmp_path, monkeypatch):
    alone = write_report(fake_result(size=5), tmp_path / "alone")
    apart = write_figures(fake_result(size=5), tmp_path / "apart")
    drawn = []
    monkeypatch.setattr("bimodal.report.write.to_svg", lambda figure: (drawn.append(figure), to_svg(figure))[1])
    together = write_report(fake_result(size=5), tmp_path / "both", figures=tmp_path / "both" / "figures", png=True)
    assert together.read_bytes() == alone.read_bytes()
    for path in apart:
        assert (together.parent / "figures" / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(drawn) == 5


def test_only_what_the_page_shows_is_drawn_unless_png_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("bimodal.report.write.to_png", lambda figure: pytest.fail("drawn twice"))
    write_report(fake_result(size=5), tmp_path, figures=tmp_path / "figures")
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg"}


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "taken").write_text("here")
    with pytest.raises(OutputError, match=r"report\.html cannot be written"):
        write_report(fake_result(size=1), tmp_path / "taken")


def test_an_interrupted_write_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = write_bytes(tmp_path / "a.txt", b"old")

    def broken(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_writing_again_replaces_the_file(tmp_path):
    path = tmp_path / "a.txt"
    write_bytes(path, b"one")
    assert write_bytes(path, b"two").read_bytes() == b"two"

"""What is done on Windows and macOS, asked of this system: names, paths, locks, folders, workers, memory."""

from __future__ import annotations

import ntpath
import os
import posixpath
import sys
from pathlib import PureWindowsPath
from types import SimpleNamespace

import pytest

from bimodal.app.data_folder import data_folder
from bimodal.engine.cache import cache_folder
from bimodal.files import file_lock
from bimodal.files.file_name import file_name
from bimodal.files.own_group import own_group
from bimodal.files.path_from import path_from
from bimodal.timing import selftest_checks


@pytest.mark.parametrize("word", ["con", "NUL", "Com1", "lpt9", "aux.low-dose", "prn ", "com²", "con.x.y"])
def test_devices_of_windows_become_files(word):
    assert file_name(word) == f"_{word}"
    assert file_name(f"_{word}") == f"_{word}"


@pytest.mark.parametrize("word", ["koreth-2011", "console", "con-1", "com10", "auxiliary", "nulla.csv", "com", "x.con"])
def test_other_words_stay(word):
    assert file_name(word) == word


def test_a_study_called_like_a_device_gets_a_folder(tmp_path, monkeypatch):
    from bimodal.study.store.folder import results_folder

    plan = SimpleNamespace(options=SimpleNamespace(out=None), spec=SimpleNamespace(name="aux.low"), run="0" * 64)
    assert results_folder(plan).as_posix() == f"results/_aux.low-{'0' * 12}"


@pytest.mark.parametrize(
    ("folder", "name", "paths", "right"),
    [
        (r"C:\runs\one", r"C:\drugs\mine.toml", ntpath, "../../drugs/mine.toml"),
        (r"C:\runs", r"c:\RUNS\mine.toml", ntpath, "mine.toml"),
        (r"C:\runs", r"D:\drugs\mine.toml", ntpath, "D:/drugs/mine.toml"),
        (r"C:\runs", r"\\server\share\mine.toml", ntpath, "//server/share/mine.toml"),
        ("/runs/one", "/drugs/a\\b.toml", posixpath, "../../drugs/a\\b.toml"),
    ],
)
def test_kept_paths_are_read_on_every_system(folder, name, paths, right):
    kept = path_from(folder, name, paths=paths)
    assert kept == right
    if paths is ntpath:
        back = ntpath.normpath(PureWindowsPath(folder) / kept)
        assert ntpath.normcase(back) == ntpath.normcase(name)


def test_ctrl_c_of_a_terminal_is_kept_from_workers_on_both_families():
    assert own_group("posix") == {"start_new_session": True}
    assert own_group("nt") == {"creationflags": 0x200}  # CREATE_NEW_PROCESS_GROUP


def test_memory_that_a_system_does_not_tell_meets_no_bar(monkeypatch):
    told = SimpleNamespace(stdout="1.5 nan\n")
    monkeypatch.setattr(selftest_checks.subprocess, "run", lambda *_, **__: told)
    bar = selftest_checks.cost()
    assert (bar.found, bar.met) == ("1.5 s, memory not known", False)


class Msvcrt(SimpleNamespace):
    """What Windows does for a lock: one holder of a byte, and an error for whoever comes second."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        super().__init__()
        self.held: set[tuple[int, int]] = set()

    def locking(self, handle: int, how: int, count: int) -> None:
        assert (how, count) == (self.LK_NBLCK, 1)
        facts = os.fstat(handle)
        if (facts.st_dev, facts.st_ino) in self.held:
            raise PermissionError(13, "Permission denied")
        self.held.add((facts.st_dev, facts.st_ino))


def test_a_lock_on_windows_is_held_by_one(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "msvcrt", Msvcrt())
    monkeypatch.setattr(file_lock.sys, "platform", "win32")
    held = file_lock.FileLock(tmp_path / "lock")
    with pytest.raises(BlockingIOError):
        file_lock.FileLock(tmp_path / "lock")
    file_lock.FileLock(tmp_path / "lock", shared=True).release()  # nothing is held then
    held.release(remove=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("system", "given", "cache", "data"),
    [
        ("win32", {"LOCALAPPDATA": "local"}, "local/bimodal/cache", "local/bimodal-app"),
        ("darwin", {"HOME": "home"}, "home/Library/Caches/bimodal", "home/Library/Caches/bimodal-app"),
        ("linux", {"HOME": "home"}, "home/.cache/bimodal", "home/.cache/bimodal-app"),
    ],
)
def test_folders_are_where_a_system_keeps_them(tmp_path, monkeypatch, system, given, cache, data):
    for name in ("BIMODAL_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    monkeypatch.setattr(sys, "platform", system)
    assert cache_folder() == tmp_path / cache
    assert data_folder() == tmp_path / data

"""The cache of compiled code: never wrong, whatever happens to its files."""

import subprocess
import sys

import pytest

from bimodal.engine import System, cache, solve
from bimodal.expr import Graph


def decay() -> System:
    g = Graph()
    x, k = g.symbol("x"), g.symbol("k")
    return System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,))


def answer() -> float:
    return float(solve(decay(), [[1.0]], None, [0.0, 1.0])["x"][0, 1])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BIMODAL_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_second_time_the_code_is_found(folder, monkeypatch):
    first = answer()
    assert len(list(folder.glob("*.o"))) == 1

    def refuse(*_):
        raise AssertionError("compiled again")

    monkeypatch.setattr("bimodal.engine.kernel._translate", refuse)
    assert answer() == first


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:40] + b"\0" + b[41:]])
def test_a_damaged_file_is_replaced(damage, folder):
    first = answer()
    (file,) = folder.glob("*.o")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert answer() == first
    assert file.read_bytes() == whole


def test_two_processes_at_once(folder):
    code = (
        "from bimodal.engine import System, solve\nfrom bimodal.expr import Graph\n"
        "g = Graph(); x, k = g.symbol('x'), g.symbol('k')\n"
        "s = System(g, ('x',), ('k',), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (('x', x),), (1.0,))\n"
        "print(repr(float(solve(s, [[1.0]], None, [0.0, 1.0])['x'][0, 1])))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [run.communicate(timeout=120)[0].strip() for run in running]
    assert said == [repr(answer())] * 2
    assert [p.name for p in folder.iterdir() if p.suffix != ".o"] == []


def test_a_killed_compile_leaves_nothing_that_counts(folder):
    folder.mkdir()
    (folder / ".abc.1.part").write_bytes(b"half")
    assert answer() == pytest.approx(0.36787944, rel=1e-6)


def test_off_and_unwritable(folder, monkeypatch):
    monkeypatch.setenv("BIMODAL_CACHE", "off")
    assert cache.cache_folder() is None
    first = answer()
    monkeypatch.setenv("BIMODAL_CACHE", "/dev/null/nowhere")
    assert answer() == first
    assert not folder.exists()


def test_old_files_make_room(folder, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_FILES", 3)
    for i in range(6):
        cache.store(f"key{i}", b"code")
    assert len(list(folder.iterdir())) == 3

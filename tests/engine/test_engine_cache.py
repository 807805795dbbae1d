"""The cache of compiled code: never wrong, whatever happens to its files."""

import os
import random
import shutil
import subprocess
import sys

import numpy as np
import pytest

from bimodal.engine import Segments, System, cache, solve
from bimodal.engine.jit import jit
from bimodal.engine.native import Native
from bimodal.expr import Graph

DAMAGES = {
    "half": lambda b: b[: len(b) // 2],
    "empty": lambda b: b"",
    "one byte": lambda b: b[:40] + bytes([b[40] ^ 1]) + b[41:],
    "last bit": lambda b: b[:-1] + bytes([b[-1] ^ 128]),
    "longer": lambda b: b + b"\0",
    "foreign": lambda b: b"\x80\x04N." * 20,
}


def decay(times: float = 1.0) -> System:
    g = Graph()
    x, k = g.symbol("x"), g.symbol("k")
    rate = g.neg(g.mul(g.mul(g.const(times), k), x))
    return System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (rate,), (("x", x),), (1.0,))


def answer(times: float = 1.0) -> float:
    return float(solve(decay(times), [[1.0]], None, [0.0, 1.0])["x"][0, 1])


@pytest.fixture(scope="module")
def loops():
    """The loops of the engine as they are kept, so that no test has to compile them."""
    answer()
    usual = cache.cache_folder()
    return [] if usual is None else list(usual.glob("*.loop"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, loops):
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    # well below the most files that are kept, so that nothing has to make room
    newest = sorted(loops, key=lambda file: file.stat().st_mtime_ns)[-100:]
    for file in newest:
        shutil.copy(file, kept)
    monkeypatch.setenv("BIMODAL_CACHE", str(kept))
    return kept


def test_second_time_the_code_is_found(folder, monkeypatch):
    first = answer()
    assert len(list(folder.glob("*.code"))) == 1

    def refuse(*_):
        raise AssertionError("compiled again")

    monkeypatch.setattr("bimodal.engine.kernel.translate", refuse)
    assert answer() == first


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_replaced(damage, folder):
    first = answer()
    (file,) = folder.glob("*.code")
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
    assert list(folder.glob(".*")) == []


def test_a_killed_compile_leaves_nothing_that_counts(folder):
    (folder / ".abc.1.part").write_bytes(b"half")
    assert answer() == pytest.approx(0.36787944, rel=1e-6)


def test_the_code_of_one_system_under_the_name_of_another_is_not_run(folder):
    first = answer()
    (one,) = folder.glob("*.code")
    second = answer(2.0)
    (two,) = set(folder.glob("*.code")) - {one}
    whole = one.read_bytes(), two.read_bytes()
    one.write_bytes(whole[1])
    two.write_bytes(whole[0])
    assert (answer(), answer(2.0)) == (first, second) == pytest.approx((0.36787944, 0.13533528), rel=1e-5)
    assert (one.read_bytes(), two.read_bytes()) == whole


def test_every_flipped_bit_is_seen(folder):
    cache.store("a", bytes(range(256)), "loop")
    whole = (folder / "a.loop").read_bytes()
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        (folder / "a.loop").write_bytes(changed)
        assert cache.load("a", "loop") is None
    (folder / "a.loop").write_bytes(whole)
    (folder / "a.code").write_bytes(whole)
    assert cache.load("a", "loop") == bytes(range(256))
    assert cache.load("a", "code") is None  # the kind is bound too


@jit
def plus_one(x):
    return x + 1


@jit
def plus_two(x):
    return x + 2


def compiled(function, folder):
    """Compile as a new process would; say whether it was found, and which file holds the code."""
    before = set(folder.glob("*.loop"))
    loop = Native(__name__, function.__name__)
    assert loop(40) == function.py_func(40)
    return loop.compiled == 0, set(folder.glob("*.loop")) - before


def test_a_loop_is_compiled_once(folder):
    before = list(folder.glob("*.loop"))
    found, files = compiled(plus_one, folder)
    assert (found, len(files)) == (False, 1)
    assert compiled(plus_one, folder) == (True, set())
    assert Native(__name__, "plus_one")(0.5) == 1.5  # of another type: other code
    assert len(list(folder.glob("*.loop"))) == 2 + len(before)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_loop_is_compiled_again(damage, folder):
    (file,) = compiled(plus_one, folder)[1]
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert not compiled(plus_one, folder)[0]
    assert compiled(plus_one, folder)[0]


def test_loops_that_changed_places_are_compiled_again(folder):
    (one,), (two,) = compiled(plus_one, folder)[1], compiled(plus_two, folder)[1]
    whole = one.read_bytes(), two.read_bytes()
    one.write_bytes(whole[1])
    two.write_bytes(whole[0])
    assert [compiled(plus_one, folder)[0], compiled(plus_two, folder)[0]] == [False, False]


def test_what_cannot_be_rebuilt_is_compiled_again(folder):
    (file,) = compiled(plus_one, folder)[1]
    cache.store(file.stem, b"sound, and no code at all", "loop")
    assert not compiled(plus_one, folder)[0]


def test_a_thousand_random_changes_give_the_same_numbers(folder):
    first, chance = answer(), random.Random(1)
    (file,) = folder.glob("*.code")
    whole = file.read_bytes()
    for _ in range(1000):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        file.write_bytes(changed)
        assert cache.load(file.stem) is None
    assert answer() == first
    assert file.read_bytes() == whole


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no modes")
def test_what_others_may_write_is_not_read(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(cache.tempfile, "tempdir", None)
    cache.store("a", b"code")
    (folder / "a.code").chmod(0o666)
    assert cache.load("a") is None
    (folder / "a.code").chmod(0o600)
    assert cache.load("a") == b"code"
    folder.chmod(0o777)
    assert cache.cache_folder() == tmp_path / f"bimodal-{os.getuid()}"
    assert cache.load("a") is None
    folder.chmod(0o700)
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setenv("BIMODAL_CACHE", str(tmp_path / "link"))
    assert cache.cache_folder() == tmp_path / f"bimodal-{os.getuid()}"


def test_off_and_unwritable(folder, monkeypatch):
    monkeypatch.setenv("BIMODAL_CACHE", "off")
    assert cache.cache_folder() is None
    first = answer()
    monkeypatch.setenv("BIMODAL_CACHE", "/dev/null/nowhere")
    assert answer() == first
    assert not list(folder.glob("*.code"))


def test_old_files_make_room(folder, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_FILES", 3)
    for i in range(6):
        cache.store(f"key{i}", b"code")
    assert len(list(folder.glob("*.code"))) == 3


def test_what_is_known_of_code_is_found_without_writing_its_text(folder, monkeypatch):
    asked = Segments(np.array([0.0, 0.5, 1.0]), ("x",))

    def readings():
        return solve(decay(), [[1.0]], None, [0.0, 1.0], segments=asked).segments.integral.tolist()

    first = readings()
    assert len(list(folder.glob("*.plan"))) == 2  # of the system, and of what is read of it
    with monkeypatch.context() as patch:
        patch.setattr("bimodal.engine.kernel.build_program", lambda _: pytest.fail("written again"))
        assert readings() == first
    for file in folder.glob("*.plan"):
        file.write_bytes(file.read_bytes()[:-1])
    assert readings() == first
    for file in folder.glob("*.code"):
        file.unlink()
    assert readings() == first
    assert len(list(folder.glob("*.code"))) == 2


@pytest.mark.parametrize("other", ["graph", "outputs", "settable", "order"])
def test_systems_that_differ_in_anything_share_no_plan(other, folder):
    def system(change: bool) -> System:
        g = Graph()
        if change and other == "graph":
            g.symbol("k")  # the same mathematics, nodes made in another order
        x, k = g.symbol("x"), g.symbol("k")
        outputs = (("x", x), ("y", k)) if change and other == "outputs" else (("x", x),)
        settable = frozenset({"k"}) if change and other == "settable" else frozenset()
        names = ("l", "k") if change and other == "order" else ("k", "l")
        rate = g.neg(g.mul(g.mul(k, g.symbol("l")), x))
        return System(g, ("x",), names, settable, (), (g.const(1.0),), (rate,), outputs, (1.0,))

    found = [float(solve(system(change), [[1.0, 2.0]], None, [0.0, 1.0])["x"][0, 1]) for change in (False, True, False)]
    assert found == pytest.approx([np.exp(-2.0)] * 3, rel=1e-5)
    assert found[0] == found[2]
    assert len(list(folder.glob("*.plan"))) == 2

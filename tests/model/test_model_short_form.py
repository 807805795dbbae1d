"""The short form of the built-in texts: what it is written out to, and that nothing wrong in it passes."""

from __future__ import annotations

from importlib.resources import files

import pytest

from bimodal.errors import ModelError
from bimodal.model import load_model
from bimodal.model.antimony_text import to_sbml
from bimodal.model.level import before_end
from bimodal.model.manifest import read_manifest
from bimodal.model.short_form import read_list, write_out
from bimodal.model.short_lines import Source


def plain(*texts: str) -> str:
    return write_out(Source(f"{name}.ant", text) for name, text in zip("abc", texts, strict=False)).text


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("a = 1; b = 2\n\nc = 3  // why\n// why\n", "a = 1; b = 2\nc = 3\n// why\n"),
        ("x := (a +\n  b) *  // why\n  // more\n  c;\ny = 1;", "x := (a + b) * c;\ny = 1;\n"),
        ("J: A ->\n B;\n  k * A;\nvar p,\n  q;", "J: A -> B; k * A;\nvar p, q;\n"),
        ("@list n = a,\n  b\nf(@n, c);", "f(a, b, c);\n"),
        ("@list n = a\n@list m = @n, b\nf(@m);", "f(a, b);\n"),
        ("@each x in a, b\n  // of {x}\n  {x}_k = 1;\n@end\ny = 1;", "  // of {x}\n  a_k = 1;\n  b_k = 1;\ny = 1;\n"),
        ("@list n = a, b\n@each x in @n, c: k_{x} = 1;", "k_a = 1;\nk_b = 1;\nk_c = 1;\n"),
        ("@each x in a, b\n@each y in c, d: {x}{y};\n@end", "ac;\nad;\nbc;\nbd;\n"),
        ("@list p = {x}_in, {x}_out\n@each x in a, b: {x}: m(@p);", "a: m(a_in, a_out);\nb: m(b_in, b_out);\n"),
        ("@list n = a, b\ny := k * @sum(x in @n: {x} * (1 + {x}));", "y := k * (a * (1 + a) + b * (1 + b));\n"),
        ("y := @sum(x in a, b: @sum(z in c, d: {x}{z}));", "y := ((ac + ad) + (bc + bd));\n"),
        ("@text t(x, y)\n{x}.{y} = 1;\n@end\n@insert t(a, b)\n@insert t(c, d);", "a.b = 1;\nc.d = 1;\n"),
        ("@text t(x)\n{x};\n@end\n@each c in a, b: @insert t({c}.r)", "a.r;\nb.r;\n"),
    ],
)
def test_it_is_written_out(short: str, long: str) -> None:
    assert plain(short) == long


def test_lists_and_texts_hold_for_the_files_that_come_after() -> None:
    assert plain("@list n = a, b\n@text t(x)\n{x} = 1;\n@end", "f(@n);\n@insert t(c)") == "f(a, b);\nc = 1;\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a = 1;\n@lists n = a", 2, "'@lists' is neither a directive nor a list above"),
        ("f(@n);\n@list n = a", 1, "'@n' is neither"),
        ("@list n a", 1, "'@list' is incomplete"),
        ("@list n = a, 1b", 1, "'1b' is neither a name nor a list"),
        ("@list n = a, b, a", 1, "'a' is in the list 'n' twice"),
        ("@list n = a\n@list n = b", 2, "'n' is taken"),
        ("@list sum = a", 1, "'sum' is taken"),
        ("@each x in a, b\nx = 1;", 1, "'@each' has no '@end'"),
        ("@each x in a:", 1, "'@each' has no '@end'"),
        ("@each x of a\n@end", 1, "'@each' is incomplete"),
        ("a = 1;\n@end", 2, "'@end' ends nothing"),
        ("@each x in a\n@end b", 2, "'@end' does not stand alone"),
        ("@each x in a\n@list n = a\n@end", 2, "stands inside another block"),
        ("@each x in a: {y} = 1;", 1, "nothing stands for '{y}' here"),
        ("a = {x};", 1, "nothing stands for '{x}' here"),
        ("a = @sum(x: {x});", 1, "'@sum' is incomplete"),
        ("a = @ 1;", 1, "'@' stands alone"),
        ("@insert t(a)", 1, "no text 't' above"),
        ("@text t(x)\n@end\n@insert t(a, b)", 3, "takes 1 names, not 2"),
        ("@text t(x)\n@insert t({x})\n@end\n@insert t(a)", 2, "inserts itself"),
        ("@text t\n@end", 1, "'@text' is incomplete"),
        ("a = 1;\nx := (a +\n  b;\nc = 2;", 2, "has no end"),
        ("a = 1);", 1, "closed that was not opened"),
        ("a = 1;\nx = a +", 2, "has no end"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ModelError) as caught:
        plain(text)
    assert says in str(caught.value)
    assert f"a.ant, line {line}" in str(caught.value)


def test_a_fault_that_antimony_finds_is_told_with_the_line_of_the_file() -> None:
    parts = before_end(
        [Source("m.ant", "// a model\nmodel *m()\n  x =\n    1;\nend\n")], [Source("more.ant", "\n  y = = 1;\n")]
    )
    with pytest.raises(ModelError, match=r"more\.ant, line 2"):
        to_sbml(write_out(parts), "m", file="m.ant")


def test_a_list_of_cells_is_read_without_the_rest() -> None:
    assert read_list("cells", Source("m.ant", "@list t = a, b\n@list cells = @t, c\nf(@unknown);")) == ("a", "b", "c")
    with pytest.raises(ModelError, match="no list 'cells'"):
        read_list("cells", Source("m.ant", "@list t = a"))


def test_the_cells_of_a_model_stand_once_in_its_text(tmp_path) -> None:
    human = read_manifest("human_mass_action")
    assert human.level is not None
    assert human.level.cells == read_list("cells", Source("human.ant", _data("human.ant")))
    for cell in human.level.cells:
        assert {f"{cell}_count", f"pstat5_{cell}", f"occupancy_{cell}"} <= set(human.observables)
    for name in ("human.toml", "human_mass_action.toml"):
        assert not any(f"{cell}_count" in _data(name) for cell in human.level.cells)


def test_a_users_file_is_plain_antimony(tmp_path) -> None:
    path = tmp_path / "mine.ant"
    path.write_text("model m\n@list n = a, b\nx' = -x; x = 1\nend\n", "utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(path)


def test_texts_are_read_without_scrolling_sideways() -> None:
    folder = files("bimodal.model").joinpath("data")
    long = [
        f"{entry.name}:{number}"
        for entry in folder.iterdir()
        if entry.name.endswith(".ant")
        for number, line in enumerate(entry.read_text("utf-8").splitlines(), 1)
        if len(line) > 100
    ]
    assert long == []


def _data(name: str) -> str:
    return files("bimodal.model").joinpath("data", name).read_text("utf-8")

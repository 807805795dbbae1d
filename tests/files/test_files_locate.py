"""The line of a key is that on which a person would look for it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimodal.files.locate import line_of, without_strings


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("t", "b c"), 3),
        (("r",), 4),
        (("r", 0), 4),
        (("r", 0, "x"), 5),
        (("r", 0, "missing"), 4),
        (("r", 1, "x"), 7),
        (("r", 1, "y", "z"), 8),
        (("r", 1, "deep", "er", "v"), 10),
        (("r", 1, "deep", "er", "missing"), 9),
        (("r", 1, "deep", "missing"), 9),
        (("r", 1, "part", 0, "n"), 12),
        (("r", 1, "part", 1, "n"), 14),
        (("inline", "c", "d"), 16),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_lines_of_keys(path: tuple[str | int, ...], line: int | None) -> None:
    text = (
        'a = 1\n[t]\n"b c" = 2\n[[r]] # one\nx = 1\n[[ r ]]\nx = 2\ny . z = 3\n[r.deep."er"]\n  v = 4\n'
        "[[r.part]]\nn = 1\n[[r.part]]\nn = 2\n[inline]\nc = {d = 1}\n"
    )
    tomllib.loads(text)
    assert line_of(text, path) == line


def test_the_closest_table_stands_for_a_missing_key() -> None:
    text = "a = 1\n[b]\n# comment\n[b.c]\nd = 2\n"
    assert line_of(text, ("b", "c", "d")) == 5
    assert line_of(text, ("b", "c", "x")) == 4
    assert line_of(text, ("b", "x")) == 2
    assert line_of(text, ("z",)) is None
    assert line_of("", ("z",)) is None


@pytest.mark.parametrize(
    "text",
    [
        'note = """\nwanted = 1\n[wanted]\n"""\nwanted = 2',
        "note = '''\nwanted = 1\n''\\\n'''\nwanted = 2",
        'note = """a\\"""\nwanted = 1\n""""\n\nwanted = 2',
        'note = [\n"wanted = 1", # wanted = 1\n\n]\nwanted = 2',
        'note = \'a # """\'\n#\n\r\n# wanted = 1\nwanted = 2',
        'note = "\\"" # "\n\n# """\n\nwanted = 2',
    ],
)
def test_a_key_within_a_string_or_a_comment_is_no_key(text: str) -> None:
    assert tomllib.loads(text)["wanted"] == 2
    assert line_of(text, ("wanted",)) == 5


NAMES = st.text("ab \"'.=[#\\\n-0é", min_size=1, max_size=4)
VALUES = st.text("ab \"'.=[]{}#\\\n-0é", max_size=12)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@given(st.dictionaries(NAMES, st.tuples(VALUES, st.booleans()), min_size=1, max_size=8), st.data())
def test_every_key_of_a_table_is_found_whatever_its_value_is(rows: dict[str, tuple[str, bool]], data: st.DataObject):
    lines, where = ["[[t]]"], {}
    for name, (value, is_long) in rows.items():
        where[name] = len(lines) + 1
        body = value.replace("\\", "\\\\").replace('"', '\\"')
        lines += f'{quoted(name)} = """\n{body}"""'.split("\n") if is_long else [f"{quoted(name)} = {quoted(value)}"]
    text = "\n".join(lines)
    assert list(tomllib.loads(text)["t"][0]) == list(rows)
    name = data.draw(st.sampled_from(sorted(rows)))
    if "\\" not in quoted(name):  # an escape is left as it is written
        assert line_of(text, ("t", 0, name)) == where[name]


@given(st.text("\"'#\\\na=[].", max_size=60), st.lists(st.text(max_size=3) | st.integers(0, 2), max_size=3))
def test_noise_has_a_line_or_none(text: str, path: list[str | int]) -> None:
    line = line_of(text, path)
    assert line is None or 1 <= line <= text.count("\n") + 1
    assert without_strings(text).count("\n") == text.count("\n")

"""TOML of a user is a table or a refusal, and nothing keeps the reader busy."""

import contextlib
import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from bimodal.errors import DrugError
from bimodal.files.check import check_table
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml, read_toml
from cpu import bounded

KIND = FileKind("the toy file", DrugError, fix="`bimodal init toy` writes one")


class Dose(BaseModel):
    model_config = ConfigDict(extra="forbid")

    amount: float = Field(gt=0)
    unit: str = Field(default="mg", alias="in")


class Arm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    dose: tuple[Dose, ...] = ()
    levels: dict[str, Dose] = Field(default_factory=dict)
    maybe: Dose | None = None

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if name == "wrong":
            raise ValueError("Nobody is called so")
        return name


class Toy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    arm: tuple[Arm, ...] = Field(min_length=1)


TEXT = (
    'title = "t"\n[[arm]]\nname = "a"\n[[arm]]\nname = "b"\n[[arm.dose]]\namount = 1.0\n[arm.levels.low]\namount = 2\n'
)


def refused(text: str) -> DrugError:
    with pytest.raises(DrugError) as caught:
        check_table(Toy, parse_toml(text, KIND, where="toy.toml"), KIND, where="toy.toml", text=text)
    return caught.value


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    content, text = read_toml(path, KIND)
    assert check_table(Toy, content, KIND, where="toy.toml", text=text).arm[1].levels["low"].amount == 2.0


@pytest.mark.parametrize(
    ("old", "new", "what", "line", "fix"),
    [
        ('title = "t"', 'titel = "t"', "unknown key 'titel'", 1, "did you mean 'title'? there are: arm, title"),
        ('title = "t"', "", "key 'title' is missing", None, "`bimodal init toy` writes one"),
        ('name = "a"', 'nmae = "a"', "unknown key 'arm[1].nmae'", 3, "did you mean 'name' or 'maybe'?"),
        ('name = "b"', "", "key 'arm[2].name' is missing", 4, "`bimodal init toy`"),
        ('name = "b"', 'name = "wrong"', "key 'arm[2].name': nobody is called so (found 'wrong')", 5, None),
        ("amount = 1.0", "amonut = 1.0", "unknown key 'arm[2].dose[1].amonut'", 7, "did you mean 'amount'?"),
        ("amount = 1.0", "amount = -1", "key 'arm[2].dose[1].amount': input should be greater than 0 (found -1)", 7,
         None),
        ("amount = 2", "amuont = 2", "unknown key 'arm[2].levels.low.amuont'", 9, "did you mean 'amount'?"),
        ("amount = 2", 'amount = {a = 1}', "key 'arm[2].levels.low.amount': input should be a valid number", 9, None),
        ('name = "a"', 'name = "a"\nmaybe = {amuont = 1}', "unknown key 'arm[1].maybe.amuont'", 4,
         "did you mean 'amount'"),
    ],
)  # fmt: skip
def test_the_first_fault_is_said_with_line_key_and_nearest_name(
    old: str, new: str, what: str, line: int | None, fix: str | None
) -> None:
    fault = refused(TEXT.replace(old, new, 1))
    assert fault.what == what
    assert fault.where == ("toy.toml" if line is None else f"toy.toml, line {line}")
    assert (fault.fix or "").startswith(fix or "")
    assert (fault.fix is None) == (fix is None)


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "[a\n", "a = 'x", "a = 1\r2", "a = 2026-13-01"])
def test_what_breaks_the_format_is_said_with_its_line(text: str) -> None:
    message = str(refused(text))
    assert "the toy file is not TOML: " in message
    assert "(at line" in message or "(at end of document)" in message


@pytest.mark.parametrize("digits", [20, 400, 4_299, 4_301, 100_000])
@pytest.mark.parametrize("shape", ["a = {}", "a = [{{b = [1, {}]}}]", "[a]\nb.c = -{}"])
def test_whole_numbers_of_over_64_bits_are_refused(digits: int, shape: str) -> None:
    text = shape.format("9" * digits)
    with pytest.raises(DrugError, match="too large") as caught:
        parse_toml(text, KIND, where="toy.toml")
    assert f"toy.toml, line {len(text.splitlines())}" in str(caught.value)
    assert len(str(caught.value)) < 300


def test_long_hexadecimal_numbers_are_refused_and_64_bits_are_read() -> None:
    with pytest.raises(DrugError, match="too large"):
        parse_toml("a = 0x" + "f" * 5_000, KIND, where="toy.toml")
    for number in (2**63 - 1, -(2**63)):
        assert parse_toml(f"a = {number}", KIND, where="toy.toml") == {"a": number}
    with pytest.raises(DrugError, match="too large"):
        parse_toml(f"a = {2**63}", KIND, where="toy.toml")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a = " * 100_000,
        "a" + ".a" * 400_000 + " = 1",
        "[" + "a . " * 200_000 + "a]",
        "x = {" + "'a'.\"a\"." * 100_000 + "a = 1}",
        "a = " + "[" * 100 + "]" * 100,
        "[[" + "a." * 100 + "a]]",
        "\n".join("[" + ".".join("a" * k) + "]" for k in range(1, 100)),
    ],
)
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    with bounded(200), pytest.raises(DrugError, match="nested too deeply"):
        parse_toml(text, KIND, where="toy.toml")


@pytest.mark.parametrize(
    "text",
    ['"""' + '\n\\"""' * 150_000, "a = '''" + "'" * 900_000, '"' * 999_999, "a = " + '"\\"" #' * 150_000, "a" * 999_999,
     "a" + " " * 900_000, "a = [" + "0.1, " * 150_000, "# " + "a." * 400_000],
)  # fmt: skip
def test_no_megabyte_keeps_the_reader_busy(text: str) -> None:
    with bounded(200), contextlib.suppress(DrugError):
        parse_toml(text, KIND, where="toy.toml")


def test_dots_in_strings_and_comments_are_no_keys() -> None:
    dotted = "a" + ".a" * 200
    text = f'# {dotted}\nx = "{dotted}" # {dotted}\ny = \'{dotted}\'\nz = """\n{dotted}\n"""\nw = [1.5, 2.5]\n'
    assert parse_toml(text, KIND, where="toy.toml")["x"] == dotted


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.datetimes(),
    st.times(),
)
TABLES = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=3)
)


@given(st.dictionaries(st.sampled_from(["title", "arm", "name", "dose", "x"]), TABLES, max_size=4))
def test_any_plain_data_is_a_model_or_a_refusal(content: dict[str, object]) -> None:
    what = ""
    try:
        assert check_table(Toy, content, KIND, where="toy.toml").arm
    except DrugError as fault:
        what = fault.what
    assert len(what) < 300


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.binary(max_size=80)
    | st.text("[]{}=.,\"'#\\\n\r\t ab0x9_-:TZ+\0é", max_size=80).map(lambda text: text.encode())
    | st.tuples(st.integers(0, len(TEXT)), st.text(max_size=8), st.integers(0, 20)).map(
        lambda cut: (TEXT[: cut[0]] + cut[1] + TEXT[cut[0] + cut[2] :]).encode("utf-8", "surrogatepass")
    )
)
def test_any_bytes_are_a_table_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "toy.toml"
    path.write_bytes(content)
    where = str(path)
    try:
        table, text = read_toml(path, KIND)
        check_table(Toy, table, KIND, where=str(path), text=text)
    except DrugError as fault:
        where = str(fault.where)
    assert str(path) in where


def test_dates_are_read_as_dates() -> None:
    assert parse_toml("a = 2026-01-05", KIND, where="t") == {"a": datetime.date(2026, 1, 5)}

"""Every reader of a user's file stands on the two shared ones: the same enemies get the same answers everywhere."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bimodal.cohort import load_cohort, read_subjects
from bimodal.dosing import read_event_table
from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError
from bimodal.fit.from_file.problem_file import load_problem_file
from bimodal.fit.from_file.read_measurements import read_measurements
from bimodal.model import load_model
from bimodal.predict.batch import load_batch
from bimodal.predict.observed import judge_observations
from bimodal.predict.prediction import Prediction
from bimodal.study import load_study
from bimodal.timing import read_series
from bimodal.timing.config import load_config
from bimodal.timing.protocol import STATEMENT, read_protocol


class NoTable:
    rows = ()


TOML: dict[str, Callable[[Path], Any]] = {
    "study": load_study,
    "drug": load_molecule,
    "cohort": load_cohort,
    "problem": load_problem_file,
    "batch": load_batch,
    "settings": load_config,
    "protocol": read_protocol,
}
CSV: dict[str, Callable[[Path], Any]] = {
    "doses": lambda path: read_event_table(path, unit="MIU"),
    "samples": read_series,
    "subjects": lambda path: read_subjects(path, NoTable()),
    "measurements": lambda path: read_measurements(path, {}),
    "observations": lambda path: judge_observations(Prediction.model_construct(arms=()), path),
}
MODEL: dict[str, Callable[[Path], Any]] = {"model": load_model}


def said(reader: Callable[[Path], Any], path: Path) -> str:
    with pytest.raises(BimodalError) as caught:
        reader(path)
    return str(caught.value)


@pytest.mark.parametrize("name", [*TOML, *CSV, *MODEL])
def test_what_is_no_text_file_gets_the_same_answer_from_every_reader(name: str, tmp_path: Path) -> None:
    reader = {**TOML, **CSV, **MODEL}[name]
    ending = "toml" if name in TOML else "xml" if name in MODEL else "csv"
    paths = {kind: tmp_path / f"{kind}.{ending}" for kind in ("none", "folder", "pipe", "latin", "zero")}
    paths["folder"].mkdir()
    os.mkfifo(paths["pipe"])
    paths["latin"].write_bytes(b"caf\xe9")
    paths["zero"].write_bytes(b"a,b\n1,\0\n")
    answers = {
        "none": "cannot be read: No such file or directory",
        "folder": "cannot be read: Is a directory",
        "pipe": "cannot be read: it is no regular file",
        "latin": "is not UTF-8 text",
        "zero": "is not text: it holds a zero byte",
    }
    for kind, words in answers.items():
        message = said(reader, paths[kind])
        assert words in message
        assert paths[kind].name in message


@pytest.mark.parametrize("name", TOML)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema = " + "9" * 5_000, "a whole number is too large"),
        ("name = 0x" + "f" * 5_000, "a whole number is too large"),
        (f'[protocol]\nstatement = "{STATEMENT}"\n[window]\noffset_h = ' + "9" * 400, "a whole number is too large"),
        ("schema" + ".a" * 1_200 + " = 1", "nested too deeply"),
        ("name = [{a" + ".a" * 2_000 + " = 1}]", "nested too deeply"),
        ("name = " + "[" * 5_000, "nested too deeply"),
        ("name = ", "TOML: Invalid value (at "),
    ],
)
def test_hostile_toml_gets_the_same_answer_from_every_reader(name: str, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    message = said(TOML[name], path)
    assert words in message
    assert "mine.toml" in message
    assert len(message) < 500


@pytest.mark.parametrize("name", CSV)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("a;b;c\n", "not separated by commas"),
        ("nothing,else\n", "unknown column 'nothing'"),
        ('"a\n', "CSV: unexpected end of data"),
    ],
)
def test_hostile_csv_gets_the_same_answer_from_every_reader(name: str, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    message = said(CSV[name], path)
    assert words in message
    assert "mine.csv" in message


def test_a_mark_before_the_settings_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "timing.toml"
    path.write_bytes(b"\xef\xbb\xbfassay_cv = 0.1")
    assert load_config(path).assay_cv == 0.1
    path.write_text("assay_cv = 0.1\nassay_sd = 0.1\n")
    message = said(load_config, path)
    assert "unknown key 'assay_sd'" in message
    assert "timing.toml, line 2" in message
    assert "did you mean 'assay_cv'?" in message


def test_a_batch_names_line_and_nearest_key(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text(
        '[[prediction]]\nname = "a"\nendpoints = ["treg_fold@7"]\n[[prediction.arm]]\nname = "a"\nregimn = "none"\n'
    )
    message = said(load_batch, path)
    assert "unknown key 'prediction[1].arm[1].regimn'" in message
    assert "b.toml, line 6" in message
    assert "did you mean 'regimen'?" in message


def test_no_other_place_reads_toml_or_compares_names() -> None:
    source = Path(__file__).parents[2] / "src" / "bimodal"
    shipped = {"model/conditions.py", "model/manifest.py", "study/verdict/calibrated.py"}  # read the package's own data
    for word, allowed in {"tomllib": {"files/toml.py", *shipped}, "get_close_matches": {"files/suggest.py"}}.items():
        using = {str(p.relative_to(source)) for p in source.rglob("*.py") if word in p.read_text("utf-8")}
        assert using == allowed

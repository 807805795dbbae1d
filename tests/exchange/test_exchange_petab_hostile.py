"""Wrong PEtab files: what is said names file, line and what to do, and nothing outside the folder is opened."""

from __future__ import annotations

import re
import sys
from itertools import pairwise

import pytest
from petab_problems import FILES_1, FILES_2, PARAMETERS_1, PARAMETERS_2, conversion, write_problem

from bimodal.cli.main import main
from bimodal.errors import BimodalError, PetabError
from bimodal.exchange.petab import lint_petab, read_petab

YAML_1, YAML_2 = FILES_1["problem.yaml"], FILES_2["problem.yaml"]
OBS = "observableId observableFormula noiseFormula\n"
HEAD_1 = "observableId simulationConditionId time measurement observableParameters\n"
#: A few lines that would be ten to the ninth words if they were written out.
BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcdefghi"))
WRONG_1 = {
    "no yaml": ({"problem": "a: [1"}, "this is no YAML"),
    "a list": ({"problem": "- 1\n"}, "this is no PEtab file"),
    "deep": ({"problem": "[" * 5000}, "nested too deeply"),
    "long": ({"problem": YAML_1 + "extensions: [" + "a, " * 20_000 + "]\n"}, "has more than 5,000 parts"),
    "large": ({"problem": YAML_1 + "#" * 200_000}, "larger than 200 kB"),
    "no version": ({"problem": YAML_1.replace("format_version: 1\n", "")}, "no format version"),
    "version 3": ({"problem": YAML_1.replace("version: 1", "version: 3.0")}, "version '3.0' is not supported"),
    "python": ({"problem": YAML_1.replace("1\n", "!!python/object/apply:os.system ['true']\n", 1)}, "this is no YAML"),
    "many aliases": ({"problem": BOMB + "format_version: *i\n"}, "no format version"),
    "underscore": ({"measurements": HEAD_1 + "obs_a c0 1_0 1 _\n"}, "'1_0' is not a number"),
    "two problems": ({"problem": YAML_1 + YAML_1[YAML_1.index("- sbml") :]}, "2 problems"),
    "a number of a file": ({"problem": YAML_1.replace("[conditions.tsv]", "3")}, "no list of file names"),
    "missing file": ({"problem": YAML_1.replace("conditions.tsv", "other.tsv")}, "cannot be read: No such file"),
    "outside": ({"problem": YAML_1.replace("model.xml", "../model.xml")}, "lies outside the folder"),
    "absolute": ({"problem": YAML_1.replace("model.xml", "/etc/passwd")}, "lies outside the folder"),
    "address": ({"problem": YAML_1.replace("model.xml", "https://example.org/m.xml")}, "lies outside the folder"),
    "no observables": ({"problem": re.sub(r"  observable_files.*\n", "", YAML_1)}, "has no observable table"),
    "two models": ({"problem": YAML_1.replace("[model.xml]", "[model.xml, model.xml]")}, "has 2 models"),
    "no column": ({"measurements": "observableId time measurement\nobs_a 0 1\n"}, "'simulationConditionId' is missing"),
    "column twice": ({"measurements": "time time\n0 1\n"}, "the column 'time' appears twice"),
    "empty table": ({"conditions": ""}, "the table is empty"),
    "no measurement": ({"measurements": HEAD_1}, "there is no measurement"),
    "nan": ({"measurements": HEAD_1 + "obs_a c0 0 nan _\n"}, "a number is missing"),
    "infinite": ({"measurements": HEAD_1 + "obs_a c0 0 1e999 _\n"}, "not a finite number"),
    "decimal comma": ({"measurements": HEAD_1 + "obs_a c0 0 1,5 _\n"}, "'1,5' is not a number"),
    "time before": ({"measurements": HEAD_1 + "obs_a c0 -1 1 _\n"}, "lies before the start"),
    "time of nobody": ({"measurements": HEAD_1 + "obs_a c0 soon 1 _\n"}, "'soon' is not a number"),
    "unknown observable": ({"measurements": HEAD_1 + "obs_b c0 0 1 _\n"}, "there is no observable 'obs_b'"),
    "unknown condition": ({"measurements": HEAD_1 + "obs_a c1 0 1 _\n"}, "there is no condition 'c1'"),
    "too many overrides": ({"measurements": HEAD_1 + "obs_a c0 0 1 2\n"}, "1 values stand for 0 placeholders"),
    "long line": ({"measurements": HEAD_1 + "obs_a c0 0 1 _ 5\n"}, "the line has 6 cells"),
    "logarithm": (
        {"observables": "observableId observableFormula noiseFormula observableTransformation\nobs_a A 1 log\n",
         "measurements": HEAD_1 + "obs_a c0 0 0 _\n"},
        "has no logarithm",
    ),
    "transformation": (
        {"observables": "observableId observableFormula noiseFormula observableTransformation\nobs_a A 1 ln\n"},
        "there is no 'ln'",
    ),
    "distribution": (
        {"observables": "observableId observableFormula noiseFormula noiseDistribution\nobs_a A 1 cauchy\n"},
        "there is no distribution 'cauchy'",
    ),
    "gap of placeholders": (
        {"observables": OBS + "obs_a A*observableParameter2_obs_a 1\n"},
        "not numbered from 1",
    ),
    "unknown name": ({"observables": OBS + "obs_a AA 1\n"}, "'AA' is unknown"),
    "no formula": ({"observables": OBS + "obs_a _ 1\n"}, "has no formula"),
    "circle": (
        {"observables": OBS + "obs_a obs_b 1\nobs_b obs_a 1\n"},
        "contains itself",
    ),
    "code": (
        {"observables": OBS + "obs_a __import__('os') 1\n"},
        "has a letter that means nothing",
    ),
    "nested": ({"observables": OBS + f"obs_a {'(' * 5000} 1\n"}, "nested more than"),
    "powers": ({"observables": OBS + f"obs_a {'2^' * 5000}2 1\n"}, "nested more than"),
    "no scale": ({"parameters": PARAMETERS_1.replace("log10", "log2", 1)}, "there is no scale 'log2'"),
    "bounds": ({"parameters": PARAMETERS_1.replace("1e-3 1e3", "1e3 1e-3", 1)}, "is above the upper bound"),
    "no bound": ({"parameters": PARAMETERS_1.replace("1e-3 1e3", "_ 1e3", 1)}, "has no bound"),
    "fixed without value": ({"parameters": PARAMETERS_1 + "x lin 0 1 _ 0\n"}, "is not estimated and has no value"),
    "estimate": ({"parameters": PARAMETERS_1.replace("0.8 1", "0.8 maybe")}, "does not say whether to estimate"),
    "twice": ({"parameters": PARAMETERS_1 + "k1 lin 0 1 1 1\n"}, "the parameter 'k1' stands twice"),
    "a state": ({"parameters": PARAMETERS_1 + "A lin 0 1 1 1\n"}, "has no constant value"),
    "id": ({"parameters": PARAMETERS_1 + "1x lin 0 1 1 1\n"}, "'1x' is no id"),
    "reaction": ({"conditions": "conditionId forward\nc0 1\n"}, "which is a reaction"),
    "model": ({"model": "<sbml/>"}, "SBML"),
    "entity": ({"model": conversion().replace("<sbml", "<!DOCTYPE x [<!ENTITY a 'b'>]><sbml", 1)}, "document type"),
}  # fmt: skip
WRONG_2 = {
    "pysb": ({"problem": YAML_2.replace("language: sbml", "language: pysb")}, "'pysb' is not supported"),
    "extension": ({"problem": YAML_2 + "extensions:\n  sciml: {version: 1}\n"}, "are not supported: sciml"),
    "no location": ({"problem": YAML_2.replace("    location: model.xml\n", "")}, "the model has no location"),
    "target twice": ({"conditions": "conditionId targetId targetValue\nc k1 1\nc k1 2\n"}, "changes 'k1' twice"),
    "target of the table": (
        {"conditions": "conditionId targetId targetValue\nc x 1\n", "parameters": PARAMETERS_2 + "x 0 1 1 true\n"},
        "which is a parameter of the table",
    ),
    "no value": ({"conditions": "conditionId targetId targetValue\nc k1 _\n"}, "'k1' gets no value"),
    "both at once": (
        {"conditions": "conditionId targetId targetValue\nc A 1\nd A 2\n",
         "experiments": "experimentId time conditionId\ne1 0 c\ne1 0 d\n"},
        "'A' is set twice at time 0",
    ),
    "forever": ({"experiments": "experimentId time conditionId\ne1 inf _\n"}, "cannot begin at infinity"),
    "no condition": ({"experiments": "experimentId time conditionId\ne1 0 c9\n"}, "there is no condition 'c9'"),
    "no experiment": ({"measurements": "observableId experimentId time measurement\nobs_a e9 0 1\n"}, "'e9'"),
    "prior": (
        {"parameters": "parameterId lowerBound upperBound nominalValue estimate priorDistribution priorParameters\n"
         "a0 0 10 1 true weibull 1;2\nk1 0 9 1 true normal 1\nk2 0 9 1 true uniform 3;2\n"},
        "there is no prior distribution 'weibull'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), WRONG_1.values(), ids=WRONG_1)
def test_a_wrong_file_of_version_1_is_named(tmp_path, changed, said):
    with pytest.raises(BimodalError, match=re.escape(said)) as caught:
        read_petab(write_problem(tmp_path, FILES_1, **changed))
    assert caught.value.where


@pytest.mark.parametrize(("changed", "said"), WRONG_2.values(), ids=WRONG_2)
def test_a_wrong_file_of_version_2_is_named(tmp_path, changed, said):
    with pytest.raises(PetabError, match=re.escape(said)) as caught:
        read_petab(write_problem(tmp_path, FILES_2, **changed))
    assert caught.value.where


def test_all_faults_of_a_table_are_told_with_their_lines(tmp_path):
    changed, _ = WRONG_2["prior"]
    with pytest.raises(PetabError) as caught:
        read_petab(write_problem(tmp_path, FILES_2, **changed))
    said = str(caught.value)
    assert "parameters.tsv, line 2, column 'priorDistribution'" in said
    assert "'normal' has 2 parameters, 1 are given" in said
    assert "'uniform' from 3 to 2 is empty" in said


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    path = write_problem(inside, FILES_1)
    (tmp_path / "model.xml").write_text(conversion(), "utf-8")
    (inside / "model.xml").unlink()
    (inside / "model.xml").symlink_to(tmp_path / "model.xml")
    with pytest.raises(PetabError, match="lies outside the folder"):
        read_petab(path)


@pytest.mark.parametrize("words", [[], ["--starts", "0"]])
def test_the_command_says_it_without_a_traceback(tmp_path, capsys, words):
    path = write_problem(tmp_path, FILES_2, **WRONG_2["pysb"][0])
    assert main(["fit", str(path), *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "'pysb' is not supported" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    path = write_problem(tmp_path, FILES_1)
    monkeypatch.setitem(sys.modules, "petab", None)
    with pytest.raises(PetabError, match="cannot check the problem") as caught:
        lint_petab(path)
    assert "bimodal[petab]" in str(caught.value)
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(PetabError, match="need the extra 'petab'"):
        read_petab(path)


def test_the_library_names_what_it_finds(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder, changed in ((good, {}), (bad, {"conditions": "conditionId nothing\nc0 1\n"})):
        folder.mkdir()
        remarks = lint_petab(write_problem(folder, FILES_1, **changed))
        assert bool(remarks) is (folder is bad)

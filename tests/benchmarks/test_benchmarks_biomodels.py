"""The script that runs published models beside libRoadRunner: what it calls a difference."""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MODEL = (
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m"><listOfParameters>'
    '<parameter id="x" value="3" constant="false"/></listOfParameters><listOfRules><rateRule variable="x">'
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><cn>-0.1</cn><ci>x</ci></apply></math></rateRule>'
    "</listOfRules></model></sbml>"
)


@pytest.fixture
def bench(monkeypatch):
    """Import the script as it is run: from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "biomodels", raising=False)
    import biomodels

    return biomodels


def test_what_is_a_difference_and_where(bench):
    theirs = np.stack([np.exp(-0.1 * bench.TIMES), np.full(len(bench.TIMES), 1e-12)], axis=1)
    assert bench.compare(["x", "y"], theirs * (1 + 1e-6) + 1e-12, theirs) == ("agree", "")
    ours = theirs.copy()
    ours[bench.TIMES == 7.0, 0] = 5.0
    kind, where = bench.compare(["x", "y"], ours, theirs)
    assert kind == "instant"
    assert where.startswith("1 of 2 quantities, most x at 7: 5 against")
    ours[bench.TIMES == 7.3, 0] = 6.0
    assert bench.compare(["x", "y"], ours, theirs)[0] == "differ"
    ours = theirs.copy()
    ours[5, 1] = np.nan  # a number they have and we have not
    assert bench.compare(["x", "y"], ours, theirs)[0] != "agree"
    assert bench.compare(["x", "y"], theirs, ours)[0] == "agree"


def test_files_are_run_and_told_apart(bench, tmp_path):
    pytest.importorskip("roadrunner")
    for name, text in (
        ("good", MODEL),
        ("html", "<html/>"),
        ("cut", MODEL[:200]),
        ("large", MODEL.replace("<listOfRules>", "<!-- <species > <species > --><listOfRules>")),
    ):
        (tmp_path / f"{name}.xml").write_text(text)
    found = {path.stem: bench.run_file(path, 1) for path in sorted(tmp_path.glob("*.xml"))}
    assert {name: kind for name, (kind, _) in found.items()} == {
        "good": "agree",
        "html": "no model",
        "cut": "refused",
        "large": "no model",
    }


def test_a_slow_model_is_ended(bench, tmp_path):
    (tmp_path / "good.xml").write_text(MODEL)
    (outcome,) = bench.run_all([tmp_path / "good.xml"], jobs=1, most_species=200, seconds=0.0)
    assert (outcome.file, outcome.kind) == ("good", "slow")


def test_explanations_say_who_is_right_and_why(bench):
    explained = tomllib.loads(bench.EXPLAINED.read_text(encoding="utf-8"))
    assert explained
    for name, one in explained.items():
        assert name.startswith("BIOMD")
        assert one["right"] in ("bimodal", "libRoadRunner", "both", "neither")
        assert one["why"]

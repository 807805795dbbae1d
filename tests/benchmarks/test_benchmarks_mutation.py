"""Mutation testing and branch coverage: which mutants are of words alone, and how lines are added up by room."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scripts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import branch_coverage
        import mutation

        yield SimpleNamespace(coverage=branch_coverage, mutation=mutation)


def function(text: str) -> ast.FunctionDef:
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("if x < 1:\n  raise ValueError('low', 2)\n return 'A' + x", True),
        ("if x < 1:\n  raise ValueError(None)\n return 'a' + x", True),
        ("if x <= 1:\n  raise ValueError('low')\n return 'a' + x", False),
        ("if x < 1:\n  raise KeyError('low')\n return 'a' + x", False),
        ("if x < 1:\n  raise ValueError('low')\n return None + x", False),
    ],
)
def test_a_mutant_of_words_changes_texts_and_the_wording_of_errors_alone(scripts, after, words):
    before = function("def f__mutmut_orig(x):\n if x < 1:\n  raise ValueError('low')\n return 'a' + x")
    assert scripts.mutation.only_words(before, function(f"def f__mutmut_3(x):\n {after}")) is words


def test_a_mutant_is_told_by_its_lines_that_differ(scripts):
    before = function("def f__mutmut_orig(x):\n y = 1\n y = x < 1\n return y")
    after = function("def f__mutmut_2(x):\n y = 1\n y = x <= 1\n return y")
    assert scripts.mutation.change(before, after) == "y = x < 1 -> y = x <= 1"


def test_every_test_file_is_in_one_part_of_the_suite(scripts):
    parts = [name for given in scripts.coverage.parts().values() for name in given]
    assert sorted(parts) == sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py"))


def test_compiled_lines_are_counted_apart(scripts):
    path = ROOT / "src" / "bimodal" / "engine" / "jit.py"
    file = {"executed_lines": [1, 2], "missing_lines": [3], "executed_branches": [[1, 2]], "missing_branches": [[1, 3]]}
    room = scripts.coverage.sums({str(path): file})["engine"]
    assert room == {
        "statements": 3,
        "statements_seen": 2,
        "branches": 2,
        "branches_seen": 1,
        "compiled_lines": 0,
    }
    rows = scripts.coverage.compiled_lines(ROOT / "src" / "bimodal" / "engine" / "loop.py")
    assert rows
    assert scripts.coverage.room_of(ROOT / "src" / "bimodal" / "study" / "plan" / "arm.py") == "study/plan"

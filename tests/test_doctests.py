"""Every example in the documentation of the code runs and shows what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re

import pytest

import bimodal

# importing it is running the command
_COMMAND = "bimodal.__main__"
MODULES = sorted({"bimodal", *(info.name for info in pkgutil.walk_packages(bimodal.__path__, "bimodal."))} - {_COMMAND})


@pytest.fixture(scope="module")
def examples() -> dict[str, list[doctest.Example]]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    return {name: [e for t in finder.find(importlib.import_module(name)) for e in t.examples] for name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_docs_of_the_code_run(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


def test_an_example_shows_more_than_that_a_name_exists(examples: dict[str, list[doctest.Example]]) -> None:
    hollow = re.compile(r"\w+\.__(name|class|doc|module)__\s*")
    assert [(name, e.source) for name, found in examples.items() for e in found if hollow.fullmatch(e.source)] == []


@pytest.mark.parametrize("name", bimodal.__all__)
def test_every_public_name_has_an_example(name: str, examples: dict[str, list[doctest.Example]]) -> None:
    used = re.compile(rf"\bbm\.{name}\b")
    assert any(used.search(example.source) for found in examples.values() for example in found)

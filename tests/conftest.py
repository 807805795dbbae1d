"""Settings all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, settings

from chromium import chromium, missing

# parallel runs of pytest set the width of a terminal, which printed tables and sentences would follow
os.environ.pop("COLUMNS", None)

pytest_plugins = ["study_fake"]

# the same examples on every machine and every time; `pytest --hypothesis-profile=explore` looks for new ones
settings.register_profile("seeded", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
# for benchmarks/mutation.py: that a test fails is enough, the smallest example is not asked for
settings.register_profile("unshrunk", derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile("seeded")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    if lack := missing():
        pytest.skip(lack)
    with chromium() as found:
        yield found

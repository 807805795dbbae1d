"""CPU time as a multiple of a fixed piece of Python work on the same machine: a guard against blow-up, not a clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_STEPS = 200_000


def _reference() -> float:
    """CPU seconds of a fixed loop: about 0.015 on a machine of 2024."""
    start = time.process_time()
    count = 0
    for step in range(_STEPS):
        count += len(str(step))
    return time.process_time() - start


@contextmanager
def bounded(loops: float) -> Iterator[None]:
    """Fail when the body takes more CPU than ``loops`` runs of the fixed loop, measured before and after it."""
    before = _reference()
    start = time.process_time()
    yield
    taken = time.process_time() - start
    found = taken / max(before, _reference())
    if found > loops:
        pytest.fail(f"took {found:.0f} times the reference loop, more than {loops:.0f}")

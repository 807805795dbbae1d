"""Where a computed value goes in the function that computes it."""

from __future__ import annotations

from collections.abc import Callable

from bimodal.engine.ir import Builder, Value

#: Receives a computed value in the function that computes it.
Sink = Callable[[Builder, Value], None]


def into(pointer: str, index: int) -> Sink:
    """Store it."""
    return lambda b, value: b.store(value, pointer, index)


def less_diagonal(pointer: str, index: int) -> Sink:
    """Store it less what stands on the diagonal."""
    return lambda b, value: b.store(b.sub(value, b.load("%gh", 0)), pointer, index)


def plus_share(state: int) -> Sink:
    """Store a rate plus what earlier stages add to it."""
    return lambda b, value: b.store(b.add(value, b.load("%s", state)), "%x", state)

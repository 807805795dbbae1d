"""What the loops read segments into: what all threads share, and the working memory of one of them."""

from __future__ import annotations

from typing import Any, NamedTuple

#: How often a step is halved at most, one after the other.
HALVINGS = 24


class Read(NamedTuple):
    """What all threads share.

    Parameters
    ----------
    observe, sample, gather
        Addresses of machine code, see :class:`Sampler`.
    edges
        (S + 1,).
    needs
        (M,) states the outputs depend on.
    levels
        (N, O), infinite where there is none.
    found
        (N, S, R, O) readings of closed segments.
    carry
        (N, 9, O) readings of the open segment where a patient waits.
    opened
        (N, 2) the next edge, and whether the segment before it waits to begin.
    """

    observe: Any
    sample: Any
    gather: Any
    edges: Any
    needs: Any
    levels: Any
    found: Any
    carry: Any
    opened: Any


class Pad(NamedTuple):
    """Working memory of one thread with W lanes.

    Parameters
    ----------
    bend, nodes, start, acc, level
        Dense output (R M, W), outputs at the nodes (4 O, W) and at the beginning (O, W) of the step, readings of the
        open segment (9 O, W), levels (O, W).
    flags, closer
        (O, W) which outputs need a closer look, see :class:`Sampler`, and (W,) the largest of them.
    plain, began, lands
        (W,) which lanes are added as they are, when such a step began, and when any step ends.
    x, one, seen
        (M,) states that matter, a time, and outputs of one look.
    edge, head, steady
        (O,) outputs at an edge and at the beginning of a piece of a panel, and whether they rise or fall throughout it.
    five, piece, waiting, spans
        The panel at hand (5, O), a piece of it, and panels that wait (., 5, O) with their shares of the step (., 2).
    """

    bend: Any
    nodes: Any
    start: Any
    acc: Any
    level: Any
    flags: Any
    closer: Any
    plain: Any
    began: Any
    lands: Any
    x: Any
    one: Any
    seen: Any
    edge: Any
    head: Any
    steady: Any
    five: Any
    piece: Any
    waiting: Any
    spans: Any

"""Putting rules into rules, and ordering what is fixed at the start."""

from __future__ import annotations

from collections.abc import Mapping

from bimodal.errors import ModelError
from bimodal.expr import Graph, Node


def resolve(graph: Graph, rules: Mapping[str, Node], file: str, *, keep: set[str] | None = None) -> dict[str, Node]:
    """Put rules into rules until none is left; ``keep`` names quantities that stay symbols."""
    done: dict[str, Node] = {}
    kept = keep or set()
    for name in rules:
        stack, waiting = [name], set()
        while stack:
            current = stack[-1]
            # sorted: a set of names has another order in every process, and the order decides the last bit of results
            needs = sorted(s for s in graph.symbols([rules[current]]) if s in rules and s not in done and s not in kept)
            if current in done:
                stack.pop()
            elif not needs:
                used = {s: done[s] for s in graph.symbols([rules[current]]) if s in done}
                done[current] = graph.substitute([rules[current]], used)[0]
                waiting.discard(stack.pop())
            else:
                waiting.add(current)
                if waiting & set(needs):
                    raise ModelError(f"the rule of '{current}' depends on itself", where=file)
                stack.extend(needs)
    return done


def ordered(graph: Graph, fixed: Mapping[str, Node], at_start: Mapping[str, Node], file: str) -> list[tuple[str, Node]]:
    """Order quantities fixed at the start so that each uses earlier ones only."""
    expressions = dict(zip(fixed, graph.substitute(list(fixed.values()), dict(at_start)), strict=True))
    needs = {name: graph.symbols([node]) & set(fixed) for name, node in expressions.items()}
    order: list[tuple[str, Node]] = []
    placed: set[str] = set()
    while len(order) < len(expressions):
        ready = [name for name in expressions if name not in placed and needs[name] <= placed]
        if not ready:
            stuck = sorted(set(expressions) - placed)
            raise ModelError(f"the starting value of '{stuck[0]}' depends on itself", where=file)
        order += [(name, expressions[name]) for name in ready]
        placed |= set(ready)
    return order

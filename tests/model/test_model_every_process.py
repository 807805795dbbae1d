"""A model is the same in every process: sets of names come in another order in each, and must decide nothing."""

import os
import subprocess
import sys

SCRIPT = """
from functools import reduce
from bimodal.expr import Graph
from bimodal.model.rule_order import resolve

g = Graph()
names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
x, y = g.symbol("x"), g.symbol("y")
rules = {"total": reduce(g.add, [g.symbol(name) for name in names])}
rules |= {name: g.mul(g.symbol("base"), g.const(float(k))) for k, name in enumerate(names, start=2)}
rules["base"] = g.add(x, y)
done = resolve(g, rules, "a test")
print([g.term(node) for node in g.order(done.values())])
"""


def test_putting_rules_into_rules_does_not_depend_on_the_hash_seed():
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert "'x'" in said.pop()

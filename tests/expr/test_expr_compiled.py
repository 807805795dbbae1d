"""Compiled code against the plain reading of the same expressions."""

from __future__ import annotations

import math

import numpy as np
from expr_trees import NAMES, bounded, build, trees, values
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.engine import System
from bimodal.engine.kernel import compile_system
from bimodal.expr import Graph, evaluate


@settings(deadline=None, max_examples=25)
@given(many=st.lists(trees, min_size=1, max_size=25), where=values)
def test_compiled_and_evaluated_agree(many: list[tuple], where: dict[str, float]) -> None:
    # "x" is a state, "y" a constant (so it is hoisted) and "z" a settable parameter
    g = Graph()
    roots = [build(g, tree) for tree in many]
    bounds = [bounded(g, root, where) for root in roots]
    system = System(
        graph=g,
        state_ids=("x",),
        parameter_ids=NAMES[1:],
        settable=frozenset({"z"}),
        derived=(),
        initial=(g.const(where["x"]),),
        rates=(g.const(0.0),),
        outputs=tuple((f"o{i}", root) for i, root in enumerate(roots)),
        scales=(1.0,),
    )
    kernel = compile_system(system, width=2)
    full, states = kernel.start(np.array([[where["y"], where["z"]]]))
    got = kernel.call("observe", 0.0, states[0], full[0])
    plain = [float(v) for v in evaluate(g, roots, where)]
    for value, reference, (_, error) in zip(got, plain, bounds, strict=True):
        if math.isfinite(error) and math.isfinite(reference):
            # hoisting turns a / b into a * (1 / b), which costs another rounding or two
            assert abs(value - reference) <= 30 * error

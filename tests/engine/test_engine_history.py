"""Compiled code is that of the system alone, whatever was made of the same model before."""

from dataclasses import replace

import numpy as np

from bimodal.engine import solve
from bimodal.engine.assemble import Assembly
from bimodal.engine.program import build_program
from bimodal.engine.tableau import RODAS5P
from bimodal.expr import derivatives
from bimodal.model.model import _built_in
from bimodal.study.endpoints import load_registry
from bimodal.study.solver.derived_outputs import with_derived_outputs

fresh_model = _built_in.__wrapped__  # load_model keeps one for the process


def text(system) -> str:
    return Assembly(build_program(system.alone()), RODAS5P, 4, fused=True).text()


def test_code_does_not_depend_on_what_was_compiled_before():
    # systems of one model shared its graph: a run after another one in the same process had other last bits
    model, used = fresh_model("human"), fresh_model("human")
    build_program(used.system)
    build_program(used.network.system([(name, used.network.amount(name)) for name in list(used.network.species)[:5]]))
    other = used.network.system([("treg_count", "treg_count")])
    list(derivatives(other.graph, other.rates, other.parameter_ids))
    registry = load_registry()
    assert text(used.system) == text(model.system)
    assert text(with_derived_outputs(used.system, registry)) == text(with_derived_outputs(model.system, registry))


def test_numbers_do_not_depend_on_what_was_compiled_before(monkeypatch):
    monkeypatch.setenv("BIMODAL_CACHE", "off")
    times = np.linspace(0.0, 24.0 * 90, 10)
    values = []
    for first in (False, True):
        model = fresh_model("tumour_alone")
        if first:
            build_program(model.system)
            solve(model.network.system([(s, s) for s in model.network.state_ids]), _row(model), None, times)
        values.append(solve(replace(model.system), _row(model), None, times).values.tobytes())
    assert values[0] == values[1]


def _row(model):
    values = model.table.values()
    return [[values[name] for name in model.system.parameter_ids]]

"""What the page is compared with: a slider and five charts in NiceGUI, the engine in the process of the server.

Started by ``browser.py`` as ``python browser_nicegui.py PORT``; needs NiceGUI, which the project does not depend on.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from nicegui import ui  # pyright: ignore

from bimodal.fit.median_person import median_person
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver

SOLVER = load_solver("human").with_tolerances(1e-3, None)
DOSES = [round(0.03 * 10 ** (step / 24), 3) for step in range(68)]
CELLS = ("treg", "nk_bright", "cd8", "nk_dim", "tconv")


def curves(dose: float) -> list[list[np.ndarray]]:
    """Simulate the typical patient, and give the curves of each chart as (T, 2)."""
    spec = simulate_spec(["aldesleukin"], [f"{dose:g} MIU/m2 SC daily for 56 days"], patients=1, report_days=(84.0,))
    plan = median_person(make_plan(spec, RunOptions(patients=1), SOLVER))
    parameters, events = plan.inputs(0, 0, 1)
    values = SOLVER.solve(parameters, events, plan.times_h, 1).values[0]
    of = {name: values[:, place] for place, name in enumerate(SOLVER.model.system.output_ids)}
    days = np.asarray(plan.times_h) / 24.0
    folds = [of[f"{cell}_count"] / of[f"{cell}_count"][0] for cell in CELLS]
    charts = [folds, [of["il2_plasma"]], [of[f"pstat5_{cell}"] for cell in CELLS], [folds[0] / folds[4]], [of["scd25"]]]
    return [[np.column_stack([days, y]) for y in chart] for chart in charts]


@ui.page("/")
def page() -> None:
    """Lay out the slider and the charts."""
    said = ui.label("0").classes("moved")
    slider = ui.slider(min=0, max=len(DOSES) - 1, step=1, value=36)
    with ui.grid(columns=3):
        charts = [ui.echart(_options(chart)).style("width: 430px; height: 280px") for chart in curves(1.0)]

    def moved(_: Any) -> None:
        for drawn, chart in zip(charts, curves(DOSES[int(slider.value)]), strict=True):
            for series, curve in zip(drawn.options["series"], chart, strict=True):
                series["data"] = curve.round(4).tolist()
            drawn.update()
        said.set_text(f"{slider.value}")

    slider.on_value_change(moved)


def _options(chart: list[np.ndarray]) -> dict[str, Any]:
    drawn = [{"type": "line", "symbol": "none", "data": curve.round(4).tolist()} for curve in chart]
    return {"animation": False, "xAxis": {"type": "value"}, "yAxis": {"type": "value"}, "series": drawn}


if __name__ in ("__main__", "__mp_main__"):
    ui.run(host="127.0.0.1", port=int(sys.argv[1]), show=False, reload=False)

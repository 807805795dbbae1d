"""Sensitivity: by how many per cent each key output moves when a parameter moves by one, ten largest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bimodal.engine.sensitivities import sensitivities
from bimodal.qualify.bodies import HIGH, LOW, bodies
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_TITLE = "Sensitivity of key outputs"
_TOP = 10
#: The largest error estimate among the ten of an output, of the largest elasticity.
_MOST = 0.01


@dataclass(frozen=True)
class KeyOutput:
    """An output of one model on one regimen: at a day, as a fold of the start, or at its largest value."""

    id: str
    what: str
    model: str
    regimen: str
    cohort: str
    output: str
    day: float | None = None
    fold: bool = False


_LOW, _HIGH = ("human", LOW, "healthy"), ("human", HIGH, "melanoma")
KEY_OUTPUTS = (
    KeyOutput("il2-peak", "largest plasma IL-2, low doses", *_LOW, "il2_plasma"),
    KeyOutput("pstat5-treg-peak", "largest pSTAT5 of Treg, low doses", *_LOW, "pstat5_treg"),
    KeyOutput("treg-fold", "Treg fold on day 28, low doses", *_LOW, "treg_count", 28.0, True),
    KeyOutput("tconv-fold", "Tconv fold on day 28, low doses", *_LOW, "tconv_count", 28.0, True),
    KeyOutput("nk-fold", "CD56bright NK fold on day 28, low doses", *_LOW, "nk_bright_count", 28.0, True),
    KeyOutput("high-il2-peak", "largest plasma IL-2, high dose", *_HIGH, "il2_plasma"),
    KeyOutput("high-cd8-fold", "CD8 fold on day 28, high dose", *_HIGH, "cd8_count", 28.0, True),
    KeyOutput("tumour", "tumour cells on day 28, high dose", "human_oncology", HIGH, "melanoma", "tumour_cells", 28.0),
)


def compute(work: Work) -> Section:
    """Differentiate every key output by every parameter of its model that is not zero, and by the dose."""
    wanted = [one for one in KEY_OUTPUTS if not (work.quick and one.model != "human")]
    figures: list[Figure] = []
    runs: dict[tuple[str, str], _Run] = {}
    first: list[str] = []
    for one in work.each(wanted, lambda output: output.what):
        case = (one.model, one.regimen)
        if case not in runs:
            runs[case] = _Run(one)
        top = runs[case].top(one)
        figures += top
        first.append(f"{one.what}: {top[1].what}")
    said = f"{len(wanted)} outputs of the median person by every parameter. First of each: {'; '.join(first)}."
    notes = [
        "An elasticity of 2 says that one per cent more of the parameter gives two per cent more of the output; it "
        "holds near the values of the table, one parameter at a time.",
        "The dose stands among the parameters: all doses of the regimen together.",
    ]
    if work.quick:
        notes.append("Quick: outputs of the human model without a tumour.")
    return Section.judged("sensitivity", _TITLE, said, figures, notes)


class _Run:
    """All derivatives of one model on one regimen."""

    def __init__(self, one: KeyOutput) -> None:
        person = bodies(one.model, one.regimen, one.cohort)
        system = person.system
        schedule = person.schedule(system)
        table = person.solver.table
        index = system.parameter_index
        # what a definition fixes has no other value
        rows = [row.id for row in table.rows if row.id in index and "efinition" not in row.source]
        self.names = [name for name in rows if person.inputs[0, index[name]] != 0.0]
        self.found = sensitivities(
            system,
            person.inputs,
            schedule,
            person.times_h,
            wrt=[*self.names, "dose"],
            dose_slopes={"dose": schedule.values},
            step={"dose": 1e-4},
            estimate_error=True,
        )

    def top(self, one: KeyOutput) -> list[Figure]:
        found = self.found
        column = found.output_ids.index(one.output)
        values = found.values[0, :, column]
        place = int(np.argmax(values)) if one.day is None else int(np.searchsorted(found.times, 24.0 * one.day - 1e-6))
        scale = np.append(found.parameters[0, :-1], 1.0)
        slopes = found.derivatives[0, :, column] * scale / values[:, None]
        assert found.error is not None
        errors = np.abs(found.error[0, :, column] * scale / values[:, None])
        elastic, error = slopes[place], errors[place]
        if one.fold:
            elastic, error = elastic - slopes[0], error + errors[0]
        order = np.argsort(-np.abs(elastic))[:_TOP]
        names = [*self.names, "dose"]
        worst = float(error[order].max() / np.abs(elastic[order]).max())
        judged = within(
            worst,
            _MOST,
            id=f"{one.id}-error",
            what="largest error estimate of these, of the largest elasticity",
            group=f"{one.what} ({one.model})",
        )
        return [
            judged,
            *(
                Figure(
                    id=f"{one.id}-{names[k]}",
                    what=names[k],
                    value=float(elastic[k]),
                    unit="% per %",
                    group=f"{one.what} ({one.model})",
                )
                for k in order.tolist()
            ),
        ]

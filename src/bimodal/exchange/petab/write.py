"""A fit of a problem file as a PEtab problem, version 2: its model, doses, data and free parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bimodal.errors import PetabError
from bimodal.exchange.dose_changes import dose_changes
from bimodal.exchange.observable_text import ObservableText
from bimodal.exchange.written_model import written_model
from bimodal.files.file_name import file_name
from bimodal.files.write import write_text
from bimodal.study.solver.engine_solver import EngineSolver

if TYPE_CHECKING:
    from bimodal.fit.from_file.measurement import Measurement
    from bimodal.fit.from_file.problem_file import ProblemFile

#: How much earlier, in the model's unit of time, a value at the time of a dose is written: it is one before the dose.
BEFORE = 1e-6
_SAME = 1e-9
_TABLES = ("conditions", "experiments", "measurements", "observables", "parameters")
Rows = list[list[str]]


def write_petab(ready: ProblemFile, folder: Path) -> list[Path]:
    """Write the fit of a problem file as a PEtab problem.

    Parameters
    ----------
    ready
        Of the median person.
    folder
        Where its files go.

    Returns
    -------
    list of Path
        The YAML file first.

    Raises
    ------
    PetabError
        The fit has what PEtab cannot say: virtual patients, visit rules, bands, values of a whole course.
    """
    written = _Written(ready)
    name = file_name(_id(ready.plan.spec.name))
    tables = {
        "conditions": [["conditionId", "targetId", "targetValue"], *written.conditions],
        "experiments": [["experimentId", "time", "conditionId"], *written.experiments],
        "measurements": [["observableId", "experimentId", "time", "measurement", "noiseParameters"], *written.measured],
        "observables": [
            ["observableId", "observableFormula", "noiseFormula", "noiseDistribution", "noisePlaceholders"],
            *written.observables,
        ],
        "parameters": [
            [
                "parameterId",
                "lowerBound",
                "upperBound",
                "nominalValue",
                "estimate",
                "priorDistribution",
                "priorParameters",
            ],
            *written.parameters,
        ],
    }
    yaml = ["format_version: 2.0.0", "model_files:", f"  {name}:", "    language: sbml", "    location: model.xml"]
    for table in _TABLES:
        yaml += [f"{table.removesuffix('s')}_files:", f"- {table}.tsv"]
    paths = [
        write_text(folder / f"{name}.yaml", "\n".join(yaml) + "\n"),
        write_text(folder / "model.xml", written.sbml),
    ]
    for table in _TABLES:
        text = "".join("\t".join(row) + "\n" for row in tables[table])
        paths.append(write_text(folder / f"{table}.tsv", text))
    return paths


def _id(text: str) -> str:
    found = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    return found if re.match(r"[A-Za-z_]", found) else f"n_{found}"


def _said(value: float) -> str:
    return repr(float(value))


@dataclass(frozen=True, eq=False)
class _Written:
    """The parts of the problem, as rows of its tables."""

    ready: ProblemFile

    def __post_init__(self) -> None:
        plan, where = self.ready.plan, str(self.ready.path)
        if plan.population.count != 1:
            raise PetabError("a fit of virtual patients cannot be written as PEtab", where=where, fix="patients = 1")
        if not isinstance(plan.solver, EngineSolver):
            raise PetabError("the model of this fit cannot be written as PEtab", where=where)
        if plan.solver.model.receptors_at_rest is not None:
            raise PetabError(
                f"'{plan.solver.name}' has starting values that are solved for, which PEtab cannot say",
                where=where,
                fix="the model 'human'",
            )
        for arm in plan.spec.arm:
            if arm.rules:
                raise PetabError("visit rules cannot be written as PEtab", where=f"{where}, arm '{arm.name}'")
        for seen in self.ready.measured:
            if seen.sd is None and seen.sd_log is None:
                raise PetabError("a band cannot be written as PEtab", where=f"{where}, line {seen.line} of the data")
            if seen.day is None:
                raise PetabError(
                    f"'{seen.observable}' is read from a whole course, which PEtab cannot say",
                    where=f"{where}, line {seen.line} of the data",
                )

    @cached_property
    def solver(self) -> EngineSolver:
        """What runs the model."""
        return cast(EngineSolver, self.ready.plan.solver)

    @cached_property
    def arms(self) -> dict[str, int]:
        """Place of each arm that is measured."""
        names = {seen.arm for seen in self.ready.measured}
        return {arm.name: place for place, arm in enumerate(self.ready.plan.arms) if arm.name in names}

    @cached_property
    def ids(self) -> dict[str, str]:
        """Id of each arm."""
        found = {name: _id(name) for name in self.arms}
        if len(set(found.values())) < len(found):
            return {name: f"{_id(name)}_{number}" for number, name in enumerate(found, start=1)}
        return found

    @cached_property
    def texts(self) -> ObservableText:
        """What observables are as formulas."""
        return ObservableText(self.solver)

    @cached_property
    def rows(self) -> dict[str, dict[str, float]]:
        """By arm: the parameters of the model, free ones left out."""
        free = {parameter.id for parameter in self.ready.free}
        ids = self.solver.parameter_ids
        return {
            arm: {
                n: v
                for n, v in zip(ids, self.ready.plan.inputs(place, 0, 1)[0][0].tolist(), strict=True)
                if n not in free
            }
            for arm, place in self.arms.items()
        }

    @cached_property
    def common(self) -> dict[str, float]:
        """Parameters that are the same in all arms."""
        first, *others = self.rows.values()
        return {name: value for name, value in first.items() if all(other[name] == value for other in others)}

    @cached_property
    def sbml(self) -> str:
        """The model with these numbers, and with a place for each starting value that a fold is taken over."""
        starts = {parameter.id: parameter.start for parameter in self.ready.free}
        return written_model(self.solver.model, {**self.common, **starts}, tuple(self.formulas_of_starts))

    @cached_property
    def formulas_of_starts(self) -> Mapping[str, str]:
        """By the parameter that keeps it: what the observables need of the time before the first dose."""
        for seen in self.ready.measured:
            self.texts.formula(seen.observable)
        return self.texts.starts

    def doses(self, arm: str) -> list[tuple[float, list[tuple[str, str]]]]:
        """Return when something is given in an arm, in the model's time, and what it changes."""
        return dose_changes(self.solver, self.ready.plan.inputs(self.arms[arm], 0, 1)[1])

    @cached_property
    def _conditions(self) -> dict[str, list[tuple[float, str, list[tuple[str, str]]]]]:
        """By arm: time, id and changes of each condition."""
        found: dict[str, list[tuple[float, str, list[tuple[str, str]]]]] = {}
        for arm, name in self.ids.items():
            own = [(key, _said(value)) for key, value in self.rows[arm].items() if key not in self.common]
            for key, _ in own:
                if self.solver.defines_body(key):
                    raise PetabError(
                        f"'{key}' differs between arms, and starting values follow from it, which PEtab cannot say",
                        where=f"{self.ready.path}, arm '{arm}'",
                    )
            starts = list(self.formulas_of_starts.items())
            doses = self.doses(arm)
            before = bool(starts) or (bool(doses) and doses[0][0] <= 0.0)
            listed = [(-2.0 * BEFORE if before else 0.0, f"{name}_begins" if own else "", own)]
            if starts:
                listed.append((-1.5 * BEFORE, "before_doses", starts))
            listed += [
                (time, f"{name}_dose_{number}", changes) for number, (time, changes) in enumerate(doses, start=1)
            ]
            found[arm] = listed
        return found

    @property
    def conditions(self) -> Rows:
        """Rows of the condition table."""
        found: dict[str, list[tuple[str, str]]] = {}
        for listed in self._conditions.values():
            found.update({name: changes for _, name, changes in listed if changes})
        return [[name, target, value] for name, changes in found.items() for target, value in changes]

    @property
    def experiments(self) -> Rows:
        """Rows of the experiment table."""
        return [
            [self.ids[arm], _said(time), name if changes else ""]
            for arm, listed in self._conditions.items()
            for time, name, changes in listed
        ]

    def _observable(self, seen: Measurement) -> str:
        return f"observable_{_id(seen.observable)}" + ("_log" if seen.sd is None else "")

    @property
    def observables(self) -> Rows:
        """Rows of the observable table."""
        found: dict[str, list[str]] = {}
        for seen in self.ready.measured:
            name = self._observable(seen)
            noise = f"noise_of_{name.removeprefix('observable_')}"
            kind = "log-normal" if seen.sd is None else "normal"
            found[name] = [name, self.texts.formula(seen.observable), noise, kind, noise]
        return list(found.values())

    @property
    def measured(self) -> Rows:
        """Rows of the measurement table."""
        times = {arm: [time for time, _ in self.doses(arm)] for arm in self.arms}
        found: Rows = []
        for seen in self.ready.measured:
            assert seen.day is not None  # refused at first
            time = _before_doses(seen.day * 24.0 * self.solver.per_hour, times[seen.arm])
            sd = seen.sd if seen.sd is not None else seen.sd_log
            found.append([self._observable(seen), self.ids[seen.arm], _said(time), _said(seen.value), _said(sd or 0.0)])
        return found

    @property
    def parameters(self) -> Rows:
        """Rows of the parameter table.

        A prior on the logarithm moves up by its variance, because PEtab multiplies densities of values and not of
        their logarithms: the posterior on the scale of the search is the same.
        """
        found: Rows = []
        for one in self.ready.free:
            kind, numbers = "", ""
            if one.prior is not None:
                log = one.scale == "log"
                kind = "log-normal" if log else "normal"
                mean = one.prior.mean + (one.prior.sd**2 if log else 0.0)
                numbers = f"{_said(mean)};{_said(one.prior.sd)}"
            found.append([one.id, _said(one.lower), _said(one.upper), _said(one.start), "true", kind, numbers])
        return found


def _before_doses(time: float, doses: Sequence[float]) -> float:
    """Return a time, a little earlier if it is that of a dose."""
    return time - BEFORE if any(math.isclose(time, dose, rel_tol=_SAME, abs_tol=_SAME) for dose in doses) else time

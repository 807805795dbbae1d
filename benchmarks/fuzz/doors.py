"""Every reader of a user's text, with valid texts to be changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bimodal.cohort.loader import parse_cohort
from bimodal.cohort.subjects import read_subjects
from bimodal.dosing import parse_regimen, read_event_table
from bimodal.dosing.expand import expand
from bimodal.dosing.rule_parse import parse_rule
from bimodal.drugs import load_molecule
from bimodal.files.as_json import parse_json
from bimodal.files.read import FileKind
from bimodal.fit.from_file.problem_file import load_problem_file
from bimodal.fit.from_file.read_measurements import read_measurements
from bimodal.fit.result import FitResult
from bimodal.model import parser_apart
from bimodal.model.antimony_text import to_sbml
from bimodal.model.guard import check_antimony
from bimodal.model.sbml_reader import read_sbml
from bimodal.response.partner import parse_partner
from bimodal.search.goal import read_goal
from bimodal.search.spec import load_search
from bimodal.study import parse_study
from bimodal.study.spec.responder import read_responder
from bimodal.timing import read_series
from bimodal.timing.config import load_config
from bimodal.timing.protocol import read_protocol
from bimodal.units.dose_unit import parse_dose_unit
from fuzz import examples
from fuzz.antimony_forks import AntimonyForks
from fuzz.change import Form, as_bytes

MEGABYTES = 1000.0


@dataclass(frozen=True)
class Door:
    """A reader and texts it takes.

    Parameters
    ----------
    examples, form
        What is changed, and as what.
    share
        One of so many inputs, where the reader is slow.
    threads
        Whether the reader starts threads, which no fork of a process that has them survives.
    names_files
        Whether a key of the text may name a file, which is then opened as data of its kind.
    programs
        Programs that the reader may start.
    elsewhere
        Seconds of processor it had other processes work so far.
    """

    examples: tuple[str, ...]
    read: Callable[[str], Any]
    form: Form = "text"
    share: int = 1
    threads: bool = False
    names_files: bool = False
    programs: tuple[str, ...] = ()
    elsewhere: Callable[[], float] = lambda: 0.0


def doors(folder: Path) -> Mapping[str, Callable[[], Door]]:
    """Return what makes each door, by name; files of inputs are written into the folder."""
    from fuzz.more_doors import more_doors

    return {**_files(folder), **_words(), **_models(folder), **more_doors(folder)}


def in_file(folder: Path, name: str, read: Callable[[Path], Any]) -> Callable[[str], Any]:
    """Have a reader of files read a text."""
    path = folder / name

    def write_and_read(text: str) -> Any:
        path.write_bytes(as_bytes(text))
        return read(path)

    return write_and_read


def _files(folder: Path) -> dict[str, Callable[[], Door]]:
    table: Any = SimpleNamespace(rows=())
    kind = FileKind("the card")

    def problem() -> Door:
        (folder / "washout.xml").write_text(to_sbml(examples.ANTIMONY, "", file="x.ant"))
        (folder / "washout.csv").write_text("arm,observable,hour,value,sd_log\ndosed,drug,1,8,0.1\n")
        read = in_file(folder, "problem.toml", load_problem_file)
        programs = ("antimony_parser.py", "sbml_flattener.py")
        return Door((examples.PROBLEM,), read, "toml", share=2, names_files=True, programs=programs)

    def drug(*names: str) -> tuple[str, ...]:
        return examples.shipped("drugs", *names)

    return {
        "study": lambda: Door(examples.studies(), lambda text: parse_study(text, where="x.toml"), "toml"),
        "drug": lambda: Door(
            drug("aldesleukin", "basiliximab", "h9-super-2", "wt-fc-n-bivalent", "nemvaleukin-alfa"),
            in_file(folder, "drug.toml", load_molecule),
            "toml",
        ),
        "cohort": lambda: Door(
            examples.shipped("cohort", "healthy", "cancer", "hcv-vasculitis"),
            lambda text: parse_cohort(as_bytes(text), "x.toml"),
            "toml",
        ),
        "problem": problem,
        "settings": lambda: Door((examples.SETTINGS,), in_file(folder, "settings.toml", load_config), "toml"),
        "protocol": lambda: Door((examples.PROTOCOL,), in_file(folder, "protocol.toml", read_protocol), "toml"),
        "search": lambda: Door((examples.SEARCH,), in_file(folder, "search.toml", load_search), "toml"),
        "doses": lambda: Door((examples.DOSES,), in_file(folder, "doses.csv", read_event_table), "table"),
        "fit data": lambda: Door(
            (examples.FIT,), in_file(folder, "fit.csv", lambda path: read_measurements(path, {"x": "1"})), "table"
        ),
        "CRP": lambda: Door((examples.CRP, examples.OTHER_CRP[2]), in_file(folder, "crp.csv", read_series), "table"),
        "subjects": lambda: Door(
            (examples.SUBJECTS,), in_file(folder, "subjects.csv", lambda path: read_subjects(path, table)), "table"
        ),
        "run.json": lambda: Door((examples.CARD,), lambda text: parse_json(text, kind, where="run.json"), "json"),
        "fit result": lambda: Door((_fit_result(),), in_file(folder, "fit.json", FitResult.load), "json"),
    }


def _words() -> dict[str, Callable[[], Door]]:
    return {
        "regimen": lambda: Door(examples.REGIMENS, lambda text: expand(parse_regimen(text)), "words"),
        "rule": lambda: Door(examples.RULES, parse_rule, "words"),
        "unit": lambda: Door(("MIU/m2", "ng/kg", "mg IL-2"), parse_dose_unit, "words"),
        "goal": lambda: Door(examples.GOALS, read_goal, "words"),
        "responder": lambda: Door(examples.RESPONDERS, read_responder, "words"),
        "partner": lambda: Door(examples.PARTNERS, parse_partner, "words", names_files=True),
    }


def _models(folder: Path) -> dict[str, Callable[[], Door]]:
    forks, own = AntimonyForks(MEGABYTES), parser_apart.subprocess

    def antimony(text: str, apart: Any) -> Any:
        parser_apart.subprocess = apart
        try:
            return read_sbml(to_sbml(text, "", file="x.ant"), file="x.ant")
        finally:
            parser_apart.subprocess = own

    def apart(text: str, share: int) -> Door:
        forked: Any = SimpleNamespace(run=forks.run, TimeoutExpired=own.TimeoutExpired)
        read = lambda one: antimony(one, forked)  # noqa: E731
        return Door((text,), read, share=share, programs=("antimony_forks.py",), elsewhere=lambda: forks.seconds)

    def sbml() -> Door:
        written = tuple(to_sbml(text, "", file="x.ant") for text in (examples.ANTIMONY, examples.MODULES))
        return Door(
            (*written, examples.petab("model.xml")),
            lambda text: read_sbml(text, file="x.xml"),
            "xml",
            share=2,
            programs=("sbml_flattener.py",),
        )

    return {
        "Antimony guard": lambda: Door(
            (examples.ANTIMONY, examples.MODULES), lambda text: check_antimony(text, "x.ant")
        ),
        "Antimony": lambda: apart(examples.ANTIMONY, 5),
        "Antimony modules": lambda: apart(examples.MODULES, 10),
        "Antimony by process": lambda: Door(
            (examples.MODULES,), lambda text: antimony(text, own), share=100, programs=("antimony_parser.py",)
        ),
        "SBML": sbml,
    }


def _fit_result() -> str:
    free = {
        "value": 0.2,
        "lower": 0.01,
        "upper": 10.0,
        "scale": "log",
        "standard_error": 0.1,
        "at_bound": None,
        "prior": None,
    }
    said = {
        "name": "washout",
        "problem_sha256": "0" * 64,
        "data": {"a.csv": "0" * 64},
        "seed": 1,
        "estimates": {"k": free},
    }
    said |= {
        "cost": 3.5,
        "cost_data": 3.0,
        "cost_priors": 0.5,
        "correlations": [[1.0]],
        "groups": {"a": {"residuals": [0.1]}},
    }
    return json.dumps(said | {"starts": [{"cost": 3.5, "evaluations": 9, "message": "converged"}], "best_start": 0})

"""Readers of what comes to the server, of predictions, of results, of queries and of PEtab problems."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import bimodal as bm
from bimodal.app.intake import read_study
from bimodal.app.limits import Limits as ServerLimits
from bimodal.app.timing_ask import read_file
from bimodal.cli.timing_trial import read_phases
from bimodal.exchange.petab.formula import read_formula
from bimodal.exchange.petab.problem import read_petab
from bimodal.expr import Graph
from bimodal.predict.batch import load_batch
from bimodal.predict.endpoints import parse_endpoints
from bimodal.predict.file import read_prediction, seal
from bimodal.predict.observed import judge_observations
from bimodal.results.database import Limits
from bimodal.results.diff import diff
from bimodal.results.query import query
from fuzz import examples
from fuzz.doors import Door, in_file

_TABLES = ("conditions", "experiments", "measurements", "observables", "parameters")
_STUDY = """name = "washout"
model = "washout.ant"
horizon = 3
population = {patients = 3, spread = {k = 0.3}}
[[arm]]
name = "one"
regimen = "none"
[[arm]]
name = "two"
regimen = "none"
[[endpoint]]
id = "drug"
days = [1, 2]
"""


def more_doors(folder: Path) -> dict[str, Callable[[], Door]]:
    """Return what makes each door, by name."""
    return {**_server(), **_predictions(folder), **_petab(folder), **_results(folder)}


def _server() -> dict[str, Callable[[], Door]]:
    limits = ServerLimits()
    from fuzz.change import as_bytes
    from fuzz.mutate_tree import as_json

    def posted() -> tuple[str, ...]:
        import tomllib

        return tuple(as_json(tomllib.loads(text)) for text in examples.studies())

    return {
        "study by JSON": lambda: Door(posted(), lambda text: read_study(as_bytes(text), "json", limits), "json"),
        "study by TOML": lambda: Door(
            examples.studies(), lambda text: read_study(as_bytes(text), "toml", limits), "toml"
        ),
        "samples": lambda: Door(
            (examples.CRP, *examples.OTHER_CRP),
            lambda text: read_file(as_bytes(text), {"zone": "Europe/Berlin"}, limits),
            "table",
        ),
    }


def _predictions(folder: Path) -> dict[str, Callable[[], Door]]:
    def sealed(path: Path) -> Any:
        """Seal what was changed, so that more is looked at than the seal."""
        with suppress(ValueError, AttributeError, TypeError, RecursionError):
            path.write_text(json.dumps(_sealed(path.read_text("utf-8"))), "utf-8")
        return read_prediction(path)

    def batch(path: Path) -> Any:
        return load_batch(path).specs(path.name, path.parent)

    def observed() -> Door:
        registered = folder / "registered.json"
        registered.write_text(json.dumps(_sealed(examples.prediction())))
        known = read_prediction(registered)
        read = in_file(folder, "observed.csv", lambda path: judge_observations(known, path))
        return Door((examples.OBSERVED,), read, "table")

    return {
        "prediction": lambda: Door((examples.prediction(),), in_file(folder, "one.json", sealed), "json"),
        "batch": lambda: Door((examples.batch(),), in_file(folder, "batch.toml", batch), "toml"),
        "observed": observed,
        "endpoints": lambda: Door(examples.ENDPOINTS, lambda text: parse_endpoints([text]), "words"),
        "phases": lambda: Door((examples.PHASES,), in_file(folder, "phases.txt", read_phases)),
    }


def _sealed(text: str) -> dict[str, Any]:
    content = json.loads(text)
    return seal({key: value for key, value in content.items() if key not in ("digests", "sha256")})


def _petab(folder: Path) -> dict[str, Callable[[], Door]]:
    def problem(changed: str) -> Path:
        """Write the problem of the examples beside the file that is changed."""
        own = folder / f"petab-{changed}"
        own.mkdir(exist_ok=True)
        for name in ("washout.yaml", "model.xml", *(f"{table}.tsv" for table in _TABLES)):
            (own / name).write_text(examples.petab(name), "utf-8")
        return own

    def table(kind: str) -> Callable[[], Door]:
        def made() -> Door:
            own = problem(kind)
            read = in_file(own, f"{kind}.tsv", lambda _: read_petab(own / "washout.yaml"))
            return Door((examples.petab(f"{kind}.tsv"),), read, "table", share=5, programs=("sbml_flattener.py",))

        return made

    def formula(text: str) -> Any:
        graph = Graph()
        return read_formula(text, graph, graph.symbol)

    return {
        "PEtab": lambda: Door(
            (examples.petab("washout.yaml"),),
            in_file(problem("yaml"), "washout.yaml", read_petab),
            "yaml",
            share=2,
            programs=("sbml_flattener.py",),
        ),
        **{f"PEtab {kind}": table(kind) for kind in _TABLES},
        "PEtab formula": lambda: Door(examples.FORMULAS, formula, "words"),
    }


def _results(folder: Path) -> dict[str, Callable[[], Door]]:
    def run() -> Path:
        out = folder / "results"
        if not out.exists():
            (folder / "washout.ant").write_text(examples.ANTIMONY)
            (folder / "washout.toml").write_text(_STUDY)
            bm.run_study(folder / "washout.toml", out=out, workers=1)
        return out

    def asked() -> Door:
        out = run()
        small = Limits(seconds=1, memory_mb=200)
        return Door(
            examples.QUERIES, lambda text: query(out, text, most=50, limits=small), "words", share=20, threads=True
        )

    def summary() -> Door:
        out = run()
        text = (out / "summary.json").read_text("utf-8")
        return Door((text,), in_file(folder, "summary.json", lambda path: diff(out, path)), "json")

    return {"query": asked, "summary": summary}

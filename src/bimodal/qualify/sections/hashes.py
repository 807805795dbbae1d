"""Fingerprints: of models, tables, studies, predictions and the package, and whether stored results are of the same."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from bimodal.model import list_models, load_model
from bimodal.predict.file import list_predictions, read_prediction
from bimodal.qualify.figure import Figure, exactly, none
from bimodal.qualify.package_hash import package_sha256
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.study import load_evidence

_FILES = ("targets.csv", "roles.toml", "simulated.json", "measurement_noise.csv")


def compute(work: Work) -> Section:
    """Fingerprint all inputs, and compare those of stored results with the shipped ones."""
    rows = load_evidence()
    changed = sorted({row.target.study for row in rows if row.changed})
    judged = [
        none(
            changed,
            id="stored-changed",
            what="studies whose stored run is of another model or study file",
            unit="studies",
            group="stored results",
        ),
        exactly(
            _broken(),
            0,
            id="predictions-changed",
            what="registered predictions that are not as they were written",
            unit="files",
            group="stored results",
        ),
    ]
    shown = [Figure(id="package", what="every file of the package", value=package_sha256(), group="package")]
    for name in list_models():
        model = load_model(name)
        shown += [
            Figure(id=f"{name}-mathematics", what=f"{name}: mathematics", value=model.sha256, group="models"),
            Figure(id=f"{name}-table", what=f"{name}: parameter table", value=model.table.sha256, group="models"),
        ]
    evidence = files("bimodal.evidence") / "data"
    for name in _FILES:
        digest = hashlib.sha256((evidence / name).read_bytes()).hexdigest()
        shown.append(Figure(id=name, what=name, value=digest, group="evidence"))
    studies = len({row.target.study for row in rows})
    said = (
        f"{len(list_models())} models, {studies} studies and {len(list_predictions(None))} predictions; "
        f"{len(changed)} stored runs are of another model."
    )
    return Section.judged("hashes", "Fingerprints", said, [*judged, *shown])


def _broken() -> int:
    from bimodal.errors import StudyError

    broken = 0
    for path in list_predictions(None).values():
        try:
            read_prediction(path)
        except StudyError:
            broken += 1
    return broken

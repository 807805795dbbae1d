"""Parameters: where every number comes from, and which of the fitted ones the data tell."""

from __future__ import annotations

import csv
import io
import re
from importlib.resources import files

import numpy as np

from bimodal.model import list_models, load_model
from bimodal.qualify.figure import Figure, exactly
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_TITLE = "Parameters"
_BY_STATUS = "rows of each model by status"
_TOLD = "identifiability: fitted rows of the human"
_ERROR = re.compile(r"\bse ([0-9.]+(?:e[+-]?[0-9]+)?) ?%")
#: Classes of standard errors, per cent: what the data tell, tell a little, and leave to the prior.
CLASSES = ((50.0, "told by the data"), (100.0, "told a little"), (float("inf"), "left to the prior"))


def compute(work: Work) -> Section:
    """Count rows of every table by status, look for rows without source or fit, and sort fitted ones by their error."""
    figures: list[Figure] = []
    names = list_models()
    without = unfitted = 0
    for name in names:
        table = load_model(name).table
        figures += [
            Figure(id=f"{name}-{status}", what=f"{name}: {status}", value=count, unit="rows", group=_BY_STATUS)
            for status, count in table.statuses().items()
        ]
        without += sum(not row.source.strip() or not row.where_in_source.strip() for row in table.rows)
        unfitted += sum(row.status == "fitted" and "bimodal fit" not in row.where_in_source for row in table.rows)
    judged = [
        exactly(
            without, 0, id="without-source", what="rows of all models without a source", unit="rows", group="sources"
        ),
        exactly(
            unfitted,
            0,
            id="fitted-without-fit",
            what="fitted rows that name no command that fits them",
            unit="rows",
            group="sources",
        ),
    ]
    human = load_model("human").table
    told = _standard_errors()
    counts: list[Figure] = []
    low = 0.0
    for high, words in CLASSES:
        rows = [name for name, error in told.items() if low <= error < high]
        limit = f"below {high:g} %" if np.isfinite(high) else f"{low:g} % and more"
        counts.append(
            Figure(
                id=f"identified-{words.replace(' ', '-')}",
                what=f"standard error {limit}: {words}",
                value=len(rows),
                unit="rows",
                group=_TOLD,
                note=", ".join(rows),
            )
        )
        low = high
    silent = [row.id for row in human.rows if row.status == "fitted" and row.id not in told]
    if silent:
        counts.append(
            Figure(
                id="identified-unknown",
                what="no standard error in the table",
                value=len(silent),
                unit="rows",
                group=_TOLD,
                note=", ".join(silent),
            )
        )
    statuses = human.statuses()
    said = (
        f"The human model has {len(human.rows)} parameters: {statuses['measured']} measured, {statuses['fitted']} "
        f"fitted, {statuses['assumed']} assumed. Of all {len(names)} models {without} rows lack a source."
    )
    notes = [
        "An assumed row is one whose value no source gives for a person as modelled; docs/human-fit.md says what each "
        "of them does.",
        "Standard errors are those of the stored fits, local and with priors: a small one may be that of a narrow "
        "prior.",
    ]
    return Section.judged("parameters", _TITLE, said, [*judged, *counts, *_ensemble(), *figures], notes)


def _standard_errors() -> dict[str, float]:
    """Return the standard error of each fitted row of the human that has one, per cent."""
    found: dict[str, float] = {}
    for row in load_model("human").table.rows:
        if row.status == "fitted" and (match := _ERROR.search(row.note)):
            found[row.id] = float(match[1])
    return found


def _ensemble() -> list[Figure]:
    """Return by which factor each tumour parameter differs between the equally good parameter sets."""
    text = (files("bimodal.fit") / "oncology" / "data" / "oncology_ensemble.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    found: list[Figure] = []
    for name in rows[0]:
        if name in ("cost", "misfit"):
            continue
        values = np.array([float(row[name]) for row in rows])
        found.append(
            Figure(
                id=f"range-{name}",
                what=f"{name}: largest over smallest of {len(rows)} equally good sets",
                value=float(values.max() / values.min()),
                lower=float(values.min()),
                upper=float(values.max()),
                interval="range over the sets",
                group="identifiability: tumour parameters",
                age="stored with the package: bimodal fit oncology",
            )
        )
    return sorted(found, key=lambda row: -float(row.value or 0.0))

"""A prediction: what the frozen model says, with its date and the fingerprint of everything that went in."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bimodal.study.schema import DIALECT

Finite = Annotated[float, Field(allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
#: Percentiles over patients that a prediction keeps, so that a median of any number of patients can be judged by it.
PERCENTILES = (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 97.5, 99.0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PredictedEndpoint(_Part):
    """One observable of one arm on one day.

    Parameters
    ----------
    id, day, unit
        Observable, elapsed day (None for one value per patient) and unit.
    n
        Patients with a value.
    median, lower, upper
        Over patients: median, 5th and 95th percentile; None when nobody has a value.
    median_se
        Monte-Carlo standard error of the median: what more virtual patients would still move.
    mean, sd
        Over patients.
    percentiles
        Values at `PERCENTILES`.

    Examples
    --------
    >>> PredictedEndpoint(id="cmax", day=None, unit="pM", n=0, median=None, lower=None, upper=None, median_se=None,
    ...                   mean=None, sd=None, percentiles=None).n
    0
    """

    id: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")
    day: Finite | None
    unit: str = Field(min_length=1)
    n: int = Field(ge=0)
    median: Finite | None
    lower: Finite | None
    upper: Finite | None
    median_se: Finite | None
    mean: Finite | None
    sd: Finite | None
    percentiles: Annotated[tuple[Finite, ...], Field(min_length=len(PERCENTILES), max_length=len(PERCENTILES))] | None


class PredictedArm(_Part):
    """One arm of a prediction.

    Parameters
    ----------
    name, drug, regimen
        As simulated, the regimen in canonical words.
    n, failed
        Patients, and those without a result.
    endpoints
        What is predicted.

    Examples
    --------
    >>> PredictedArm(name="a", drug="aldesleukin", regimen="1 MIU SC", n=1, failed=0, endpoints=()).failed
    0
    """

    name: str = Field(min_length=1)
    drug: str
    regimen: str = Field(min_length=1)
    n: int = Field(ge=1)
    failed: int = Field(ge=0)
    endpoints: tuple[PredictedEndpoint, ...]


class Prediction(_Part):
    """The content of a prediction file, schema 1.

    Parameters
    ----------
    schema_version
        1, written as ``schema``.
    id, name, date
        ``<date>-<name>``; the date is that of registration, UTC.
    dated_by
        ``clock``, or ``hand`` where the date was given.
    bimodal, intended_use
        Version of the package and what a prediction may be used for.
    why
        What it is for, in words.
    study
        The whole study as data; with `files` it can be simulated again.
    files
        Text of every file the study names, by the name it has there.
    seed, patients, failed
        Of the simulation.
    interval
        What `lower` and `upper` are.
    provenance
        Fingerprints of run, model, parameters, results; engine and tolerance.
    arms
        What is predicted.
    warnings
        What a reader must know.
    digests
        SHA-256 of each part, so that a changed part can be named.
    sha256
        SHA-256 of everything else in canonical JSON.

    Examples
    --------
    >>> Prediction.__name__
    'Prediction'
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(alias="schema")
    id: str = Field(min_length=1)
    name: str = Field(pattern=NAME)
    date: str = Field(pattern=DATE)
    dated_by: Literal["clock", "hand"]
    bimodal: str
    intended_use: str = Field(min_length=1)
    why: str
    study: dict[str, Any]
    files: dict[str, str]
    seed: int = Field(ge=0)
    patients: int = Field(ge=1)
    failed: int = Field(ge=0)
    interval: str = Field(min_length=1)
    provenance: dict[str, Any]
    arms: tuple[PredictedArm, ...] = Field(min_length=1)
    warnings: tuple[str, ...]
    digests: dict[str, Sha256]
    sha256: Sha256


def make_prediction_schema() -> dict[str, Any]:
    """Generate the schema of prediction files from the code that reads them.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12.

    Examples
    --------
    >>> make_prediction_schema()["properties"]["schema"]["const"]
    1
    """
    return {"$schema": DIALECT, **Prediction.model_json_schema(), "title": "bimodal prediction, schema 1"}


def prediction_schema() -> dict[str, Any]:
    """Return the schema that ships with the package.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12.

    Examples
    --------
    >>> prediction_schema()["title"]
    'bimodal prediction, schema 1'
    """
    return json.loads(files("bimodal.study").joinpath("data", "prediction.schema.json").read_text("utf-8"))

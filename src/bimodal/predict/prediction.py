"""A prediction: what the frozen model says, with its date and the fingerprint of everything that went in."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from bimodal.study.spec.schema import DIALECT

Finite = Annotated[float, Field(allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
#: Percentiles over patients that a prediction keeps, so that a median of any number of patients can be judged by it.
PERCENTILES = (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 97.5, 99.0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_serializer(mode="wrap")
    def _only_what_is_said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # keys that came later appear only where they are used, so that older predictions stay as they were
        plain: dict[str, Any] = handler(self)
        later = {
            name for name, field in type(self).model_fields.items() if not field.is_required() and field.default is None
        }
        return {key: value for key, value in plain.items() if value is not None or key not in later}


class PredictedEndpoint(_Part):
    """One observable of one arm on one day.

    Parameters
    ----------
    id, day, unit
        Observable, elapsed day (None for one value per patient) and unit.
    median, lower, upper
        Over patients: median, 5th and 95th percentile; None when nobody has a value.
    median_se
        Monte-Carlo standard error of the median: what more virtual patients would still move.
    percentiles
        Values at `PERCENTILES`; of a time to an event those of the Kaplan-Meier curve, the end of follow-up where it
        does not come so far.
    statistic, value, count, criterion, note
        Of a number of a trial: ``proportion``, ``median`` or ``value``; the number; how many of `n` had the event; by
        which rules responses were judged; what else a reader must know. None for what each patient has.
    interval
        What `lower` and `upper` are in a number of a trial.
    reached
        Of a time to an event: per cent of patients by whose event the curve comes down within the follow-up.
    ensemble_lower, ensemble_upper, ensemble
        Smallest and largest value over equally good parameter sets, and what that range is called.
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
    statistic: Literal["median", "proportion", "value"] | None = None
    value: Finite | None = None
    count: Annotated[int, Field(ge=0)] | None = None
    criterion: str | None = None
    note: str | None = None
    interval: str | None = None
    reached: Annotated[float, Field(ge=0.0, le=100.0)] | None = None
    ensemble_lower: Finite | None = None
    ensemble_upper: Finite | None = None
    ensemble: str | None = None


class PredictedArm(_Part):
    """One arm of a prediction.

    Parameters
    ----------
    name, drug, regimen
        As simulated, the regimen in canonical words.
    """

    name: str = Field(min_length=1)
    drug: str
    regimen: str = Field(min_length=1)
    n: int = Field(ge=1)
    failed: int = Field(ge=0)
    endpoints: tuple[PredictedEndpoint, ...]


class PredictedEnsemble(_Part):
    """The equally good parameter sets behind the ranges of a prediction.

    Parameters
    ----------
    words
        What a range over them is called.
    sets, patients
        How many, and with how many people each was simulated.
    source, sets_sha256
        Command that makes them, and their fingerprint.
    values
        Name of a cohort to its sets: medians and coefficients of variation by parameter, and shares of classes.
    """

    words: str = Field(min_length=1)
    sets: int = Field(ge=1)
    patients: int = Field(ge=1)
    source: str
    sets_sha256: Sha256
    values: dict[str, Any]


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
    study
        The whole study as data; with `files` it can be simulated again.
    files
        Text of every file the study names, by the name it has there.
    provenance
        Fingerprints of run, model, parameters, results; engine and tolerance.
    ensemble
        Equally good parameter sets over which trial endpoints were simulated too: how many, of how many patients, from
        which command, and every value of them. None where there were none.
    digests
        SHA-256 of each part, so that a changed part can be named.
    sha256
        SHA-256 of everything else in canonical JSON.
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
    ensemble: PredictedEnsemble | None = None
    digests: dict[str, Sha256]
    sha256: Sha256


def make_prediction_schema() -> dict[str, Any]:
    """Generate the schema of prediction files from the code that reads them.

    Examples
    --------
    >>> make_prediction_schema()["properties"]["schema"]["const"]
    1
    """
    return {"$schema": DIALECT, **Prediction.model_json_schema(), "title": "bimodal prediction, schema 1"}


def prediction_schema() -> dict[str, Any]:
    """Return the schema that ships with the package.

    Examples
    --------
    >>> prediction_schema()["title"]
    'bimodal prediction, schema 1'
    """
    return json.loads(files("bimodal.predict").joinpath("data", "prediction.schema.json").read_text("utf-8"))

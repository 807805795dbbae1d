"""The JSON Schema of study files."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from bimodal.study.spec.spec import StudySpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def make_study_schema() -> dict[str, Any]:
    """Generate the schema of study files from the code that reads them.

    Examples
    --------
    >>> make_study_schema()["additionalProperties"]
    False
    """
    return {"$schema": DIALECT, **StudySpec.model_json_schema(), "title": "bimodal study file"}


def study_schema() -> dict[str, Any]:
    """Return the schema that ships with the package, so that an editor can check a study file as it is written.

    Examples
    --------
    >>> study_schema()["title"]
    'bimodal study file'
    """
    return json.loads(files("bimodal.study").joinpath("data", "study.schema.json").read_text("utf-8"))

"""A study together with every file it names, so that it can be run anywhere, later."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from bimodal.errors import StudyError
from bimodal.files.read import FileKind
from bimodal.study.spec.model_file import MODEL_ENDINGS
from bimodal.study.spec.spec import StudySpec

#: Endings by which a study names a file.
FILE_ENDINGS = (".toml", ".csv", *MODEL_ENDINGS)
_FILE = FileKind("a file of the study", StudyError, max_bytes=5_000_000)


def portable_study(spec: StudySpec) -> tuple[dict[str, Any], dict[str, str]]:
    """Give a study as data together with the text of every file it names, so that it can be run anywhere, later.

    Returns
    -------
    study, files
        The study with each path replaced by a plain name, and the texts by that name.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> portable_study(load_study("koreth-2011"))[1]
    {}
    """
    texts: dict[str, str] = {}
    names: dict[str, str] = {}

    def packed(text: str | None) -> str | None:
        return text if text is None or not text.lower().endswith(FILE_ENDINGS) else pack(text)

    def pack(text: str) -> str:
        if text not in names:
            plain = Path(text).name
            while plain in texts:
                plain = f"_{plain}"
            names[text], texts[plain] = plain, _text(Path(text))
        return names[text]

    raw = {key: value for key, value in spec.canonical().items() if value is not None}
    raw["model"] = packed(spec.model)
    raw["population"] = {
        key: packed(value) if key in ("cohort", "subjects") else value
        for key, value in raw["population"].items()
        if value is not None
    }
    # an arm of a model file may name no drug, which a study file says by leaving the key out
    raw["arm"] = [
        {key: packed(value) if key == "drug" else value for key, value in arm.items() if key != "drug" or value}
        | {"partner": [{**row, "drug": packed(row["drug"])} for row in arm["partner"]], "cohort": packed(arm["cohort"])}
        | ({"table": _some(arm["table"]) | {"file": pack(arm["table"]["file"])}} if "table" in arm else {})
        for arm in raw["arm"]
    ]
    raw["endpoint"] = [{key: value for key, value in row.items() if value is not None} for row in raw["endpoint"]]
    return raw, texts


def _some(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


def _text(path: Path) -> str:
    # a prediction holds the same text whichever system wrote the line ends
    return io.StringIO(_FILE.text(path), newline=None).getvalue()

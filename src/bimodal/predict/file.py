"""Prediction files: written once, found by their id, and checked against their own fingerprint."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn, cast

from pydantic import ValidationError

from bimodal.errors import OutputError, StudyError
from bimodal.files.as_json import read_json
from bimodal.files.fingerprint import json_sha256
from bimodal.files.presence import is_folder, is_there
from bimodal.files.read import FileKind
from bimodal.files.suggest import suggest_names
from bimodal.predict.prediction import Prediction

FOLDER = Path("predictions")
_FILE = FileKind("the prediction", StudyError, max_bytes=20_000_000)
_SEALS = ("digests", "sha256")


def seal(content: dict[str, Any]) -> dict[str, Any]:
    """Add the fingerprints to the content of a prediction.

    Examples
    --------
    >>> sorted(seal({"name": "a", "arms": []}))
    ['arms', 'digests', 'name', 'sha256']
    """
    sealed = {**content, "digests": {name: json_sha256(part) for name, part in _parts(content)}}
    return {**sealed, "sha256": json_sha256(sealed)}


def broken_seals(content: dict[str, Any]) -> list[str]:
    """Name what in a prediction is not as it was registered.

    Returns
    -------
    list of str
        Fields that cannot be trusted; empty when all is as it was.

    Examples
    --------
    >>> broken_seals({**seal({"name": "a", "seed": 1}), "seed": 2})
    ['seed']
    """
    digests = cast(dict[str, Any], content.get("digests")) if isinstance(content.get("digests"), dict) else {}
    if not digests:
        return ["digests"]
    parts = dict(_parts(content))
    found = {name: json_sha256(part) for name, part in parts.items()}
    changed = [f"{name}{_where(parts[name])}" for name in found if name in digests and digests[name] != found[name]]
    changed += [f"{name}{_where(parts[name])}, added" for name in found if name not in digests]
    changed += [f"{name}, removed" for name in digests if name not in found]
    whole = json_sha256({key: value for key, value in content.items() if key != "sha256"})
    if whole != content.get("sha256") and not changed:
        changed = ["digests or sha256"]
    return changed


def write_prediction(content: dict[str, Any], folder: Path) -> Path:
    """Seal a prediction and write it as ``<id>.json``, never over a file that is there."""
    path = folder / f"{content['id']}.json"
    # as it will be read back, so that 28 and 28.0 do not differ between sealing and checking
    plain = Prediction.model_validate({**content, "digests": {}, "sha256": "0" * 64}).model_dump(
        mode="json", by_alias=True, exclude=set(_SEALS)
    )
    text = json.dumps(seal(plain), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(text, "utf-8", newline="\n")
            _place(part, path)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        refuse_existing(path)
    except OSError as fault:
        raise OutputError(
            f"{path.name} cannot be written: {fault.strerror or fault}",
            where=str(folder),
            fix="choose another --folder",
        ) from None
    return path


def _place(part: Path, path: Path) -> None:
    try:
        os.link(part, path)  # unlike a rename, a link never replaces what is there
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(part.read_text("utf-8"))


def refuse_existing(path: Path) -> NoReturn:
    """Say that a prediction of this id is there."""
    raise OutputError(
        "a prediction of this name and date is registered already, and predictions are never overwritten",
        where=str(path),
        fix="give another --name",
    )


def read_prediction(path: Path) -> Prediction:
    """Read a prediction file and refuse one that is not as it was registered.

    Raises
    ------
    StudyError
        The file cannot be read, is no prediction, or was changed; then the message names the changed fields.

    Examples
    --------
    >>> read_prediction(Path("no-such-file.json"))
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: the prediction cannot be read: No such file or directory
      where: no-such-file.json
    """
    content = read_json(path, _FILE)
    if content.get("schema") != 1:
        raise StudyError(
            "this is no prediction of schema 1", where=str(path), fix="`bimodal predict list` names the predictions"
        )
    try:
        changed = broken_seals(content)
    except (ValueError, RecursionError):
        raise StudyError("the prediction is not plain JSON text", where=str(path)) from None
    if changed:
        shown = ", ".join(changed[:8]) + (f" and {len(changed) - 8} more" if len(changed) > 8 else "")
        raise StudyError(
            f"the prediction was changed after it was registered; not to be trusted: {shown}",
            where=str(path),
            fix="take the file from where it was published, or register a new prediction",
        )
    try:
        return Prediction.model_validate(content)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise StudyError(f"the prediction has a wrong field '{key}': {first['msg']}", where=str(path)) from None


def list_predictions(folder: Path | None = FOLDER) -> dict[str, Path]:
    """Find every prediction file: those of the package, then those of a folder if one is given.

    Returns
    -------
    dict
        Id to path, sorted; nothing is opened.

    Examples
    --------
    >>> isinstance(list_predictions(Path("nowhere")), dict)
    True
    """
    found: dict[str, Path] = {}
    for place in (Path(str(files("bimodal.evidence").joinpath("data", "predictions"))), folder):
        if place is not None and is_folder(place):
            found |= {path.stem: path for path in sorted(place.glob("*.json"))}
    return dict(sorted(found.items()))


def observed_beside(path: Path) -> Path | None:
    """Find the observed values that were kept with a prediction: ``observed/<id>.csv`` in its folder.

    Examples
    --------
    >>> observed_beside(find_prediction("every-3-days-0.26-miu-m2")).name
    '2026-11-21-every-3-days-0.26-miu-m2.csv'
    """
    found = path.parent / "observed" / f"{path.stem}.csv"
    return found if is_there(found) else None


def find_prediction(name_or_path: str, folder: Path = FOLDER) -> Path:
    """Find a prediction by its id, by its name where only one date has it, or by its path.

    Examples
    --------
    >>> find_prediction("no-such", Path("nowhere"))
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: there is no prediction 'no-such'
      try:   `bimodal predict list` prints every name
    """
    path = Path(name_or_path)
    if path.suffix == ".json" or (is_there(path) and not is_folder(path)):
        return path
    known = list_predictions(folder)
    if name_or_path in known:
        return known[name_or_path]
    same = [name for name in known if name[11:] == name_or_path]
    if len(same) == 1:
        return known[same[0]]
    if same:
        raise StudyError(f"several predictions are called '{name_or_path}'", fix="one of " + ", ".join(same))
    raise StudyError(
        f"there is no prediction '{name_or_path}'", fix=suggest_names(name_or_path, known, "bimodal predict list")
    )


def _parts(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give every part that has its own digest: each key, and for the arms each endpoint."""
    for key in sorted(set(content) - {*_SEALS, "arms"}):
        yield key, content[key]
    arms: Any = content.get("arms")
    if "arms" in content and not isinstance(arms, list):
        yield "arms", arms
        return
    for i, arm in enumerate(cast(list[Any], arms or [])):
        if not isinstance(arm, dict):
            yield f"arms[{i}]", arm
            continue
        fields = cast(dict[str, Any], arm)
        yield f"arms[{i}]", {key: value for key, value in fields.items() if key != "endpoints"}
        endpoints: Any = fields.get("endpoints")
        for k, row in enumerate(cast(list[Any], endpoints) if isinstance(endpoints, list) else [endpoints]):
            yield f"arms[{i}].endpoints[{k}]", row


def _where(row: Any) -> str:
    entry = cast(dict[str, Any], row) if isinstance(row, dict) else {}
    if "id" not in entry:
        return ""
    day = "" if entry.get("day") is None else f", day {entry['day']}"
    return f" ({str(entry.get('id'))[:40]}{day})"

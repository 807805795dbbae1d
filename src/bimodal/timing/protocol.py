"""The declaration without which no window is worked out for measured samples."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml

STATEMENT = "research protocol; nobody is dosed, delayed or retimed from this output"
"""What a protocol file has to declare, word for word."""

_FILE = FileKind(
    "the protocol file",
    TimingError,
    max_bytes=100_000,
    fix="give a TOML file; docs/timing.md shows one",
    malformed="the protocol file is no TOML",
)
_PROTOCOL_KEYS = {"title", "reference", "statement"}
_WINDOW_KEYS = {"offset_h", "offset_sd_h", "offset_source", "width_h", "doses", "every_h"}


@dataclass(frozen=True)
class WindowPlan:
    """What is asked of a window, all in study hours.

    Parameters
    ----------
    offset_h
        Hours from a peak of CRP to the middle of the window. Unknown in humans: it has to be stated, never assumed
        by this package.
    offset_sd_h
        How unsure the offset is.
    offset_source
        Where the offset comes from.
    width_h
        Width of the window.
    doses, every_h
        Doses of the course and hours between them.
    title, reference
        Of the protocol; blank for simulated samples.
    sha256
        Of the protocol file; blank for simulated samples.

    Raises
    ------
    TimingError
        A number is impossible.

    Examples
    --------
    >>> WindowPlan(offset_h=21.0, offset_source="assumed for the example").width_h
    48.0
    """

    offset_h: float
    offset_source: str
    offset_sd_h: float = 12.0
    width_h: float = 48.0
    doses: int = 1
    every_h: float = 8.0
    title: str = ""
    reference: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        limits = {
            "offset_h": (self.offset_h, -1000.0, 1000.0),
            "offset_sd_h": (self.offset_sd_h, 0.0, 96.0),
            "width_h": (self.width_h, 1.0, 168.0),
            "doses": (self.doses, 1, 100),
            "every_h": (self.every_h, 0.5, 168.0),
        }
        for name, (value, low, high) in limits.items():
            if not (math.isfinite(value) and low <= value <= high):
                raise TimingError(f"{name} is out of range", where=f"{name} = {value}", fix=f"{low:g} to {high:g}")
        if not self.offset_source.strip():
            raise TimingError(
                "the offset from CRP to effector cells has no source",
                where="offset_source",
                fix="say where it comes from, or that it is assumed",
            )


def read_protocol(path: Path) -> WindowPlan:
    """Read a protocol file.

    Parameters
    ----------
    path
        TOML with a table ``[protocol]`` (``title``, ``reference`` of the registration or approval, ``statement``) and
        a table ``[window]`` (``offset_h``, ``offset_source``; optional ``offset_sd_h``, ``width_h``, ``doses``,
        ``every_h``).

    Returns
    -------
    WindowPlan
        With the hash of the file.

    Raises
    ------
    TimingError
        The file cannot be read, lacks something, holds an unknown key, or does not declare what it must.

    Examples
    --------
    >>> read_protocol(Path("none.toml"))
    Traceback (most recent call last):
    ...
    bimodal.errors.TimingError: the protocol file cannot be read: No such file or directory
      where: none.toml
      try:   give a TOML file; docs/timing.md shows one
    """
    where = path.name
    raw = _FILE.content(path, where)
    data = parse_toml(_FILE.decode(raw, where), _FILE, where=where)
    faults = Faults()
    protocol = _table(data, "protocol", _PROTOCOL_KEYS, where, faults)
    window = _table(data, "window", _WINDOW_KEYS, where, faults)
    for key in sorted(set(data) - {"protocol", "window"}):
        faults.add(TimingError(f"'{key}' is no table of a protocol file", where=where, fix="[protocol] and [window]"))
    faults.raise_any()  # what a table lacks is said once it is known which keys were meant
    texts: dict[str, str] = {}
    for key in ("title", "reference", "statement"):
        with faults.kept():
            texts[key] = _text(protocol, key, where)
    if texts.get("statement", STATEMENT).strip() != STATEMENT:
        faults.add(
            TimingError(
                "the protocol file does not declare what it must",
                where=f"{where}: protocol.statement",
                fix=f'statement = "{STATEMENT}"',
            )
        )
    if "offset_h" not in window:
        faults.add(
            TimingError(
                "no offset from a peak of CRP to the effector cells is stated, and nobody knows it",
                where=f"{where}: window.offset_h",
                fix="state offset_h, offset_sd_h and offset_source",
            )
        )
    else:
        with faults.kept():
            texts["offset_source"] = _text(window, "offset_source", where)
    numbers: dict[str, float] = {}
    for key in window:
        if key != "offset_source":
            with faults.kept():
                numbers[key] = _number(window, key, where)
    doses = numbers.pop("doses", 1.0)
    if doses != int(doses):
        faults.add(TimingError("doses is no whole number", where=f"{where}: window.doses", fix="for example 3"))
    faults.raise_any()
    return WindowPlan(
        **numbers,
        doses=int(doses),
        offset_source=texts["offset_source"],
        title=texts["title"],
        reference=texts["reference"],
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _table(data: Mapping[str, Any], name: str, keys: set[str], where: str, faults: Faults) -> Mapping[str, Any]:
    table = data.get(name)
    if not isinstance(table, dict):
        fix = "docs/timing.md shows a protocol file"
        faults.add(TimingError(f"the table [{name}] is missing", where=where, fix=fix))
        return {}
    for key in table:
        if key not in keys:
            fix = f"one of {', '.join(sorted(keys))}"
            faults.add(TimingError(f"'{key}' is no key of [{name}]", where=where, fix=fix))
    return table


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise TimingError(f"'{key}' is missing or no short text", where=where, fix=f'{key} = "..."')
    return value.strip()


def _number(table: Mapping[str, Any], key: str, where: str) -> float:
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TimingError(f"'{key}' is no number", where=where, fix=f"{key} = 24")
    if not math.isfinite(value):
        raise TimingError(f"'{key}' is not finite", where=where, fix=f"{key} = 24")
    return float(value)

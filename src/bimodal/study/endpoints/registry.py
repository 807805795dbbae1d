"""The one registry of observables: every id a study, target or report may name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bimodal.errors import StudyError
from bimodal.files.check import check_table
from bimodal.files.read import FileKind
from bimodal.files.suggest import suggest_names
from bimodal.files.toml import parse_toml
from bimodal.study.endpoints.cell import Cell, CellKind
from bimodal.study.endpoints.each_cell import for_each_cell
from bimodal.study.endpoints.gate import Gate

_OWN_ID = re.compile(r"[a-z][a-z0-9_]*")
_MONTHS = re.compile(r"_([1-9]\d{0,3})_months$", re.ASCII)
_ANY_MONTHS = "_n_months"
_ANY_RESPONDER = "responder_name"
_RESPONDER = re.compile(r"responder_[a-z0-9][a-z0-9_]{0,40}", re.ASCII)
_WHERE = "endpoints/registry.toml"

Kind = Literal["model", "sum", "ratio", "weighted", "fold", "gain", "gated", "pk", "dosing", "trial"]


class Observable(BaseModel):
    """One thing that can be read from a simulation, with its unit and what it means.

    A number without its definition is not comparable with a published one; so every id is explained once, here.

    Parameters
    ----------
    id, unit, label, definition
        The name, the unit ("1" for none), and two texts for people.
    species
        Whose models may be asked for it; nothing said is anybody's.
    kind
        How it is made: the model gives it, or sum, ratio, weighted mean, fold, gain, cells within a gate, PK rule,
        count of doses, trial rule.
    per
        ``time``: a value at every saved time; ``course``: one value per patient; ``scan``: a value at every scan;
        ``trial``: one value per arm, or per two arms where `contrast` is given.
    of, over, weights, scale, gate
        What it is made from (see ``registry.toml``).
    statistic
        What kind of number a trial endpoint is.
    contrast, rate
        For an endpoint that sets two arms against each other: how, and the rate of which it is.
    optional
        A model may lack it.

    Examples
    --------
    >>> load_registry()["treg_fold"].unit
    '1'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")
    unit: str = Field(min_length=1)
    species: tuple[str, ...] = ()
    label: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    kind: Kind
    per: Literal["time", "course", "scan", "trial"] = "time"
    of: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    scale: float = 1.0
    gate: str | None = None
    statistic: Literal["median", "proportion", "value"] | None = None
    contrast: Literal["ratio", "difference"] | None = None
    rate: str | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _parts_fit_the_kind(self) -> Observable:
        needs = {
            "model": (0, 0, 0),
            "dosing": (0, 0, 0),
            "sum": (None, 0, 0),
            "fold": (1, 0, 0),
            "gain": (1, 0, 0),
            "gated": (2, 0, 0),
            "pk": (1, 0, 0),
            "trial": (None, 0, 0),
            "ratio": (None, None, 0),
            "weighted": (None, 0, len(self.of)),
        }[self.kind]
        for name, need in zip(("of", "over", "weights"), needs, strict=True):
            found = len(getattr(self, name))
            # what a responder rule reads stands in the study, not here
            if found != need if need is not None else found == 0 and not self.by_rule:
                raise ValueError(f"{self.id}: a {self.kind} observable has a wrong number of names in '{name}'")
        if (self.gate is None) == (self.kind == "gated"):
            raise ValueError(f"{self.id}: cells within a gate, and nothing else, say their gate")
        if (self.per == "trial") != (self.statistic is not None):
            raise ValueError(f"{self.id}: a trial endpoint, and nothing else, says its statistic")
        if (self.contrast is None) != (self.rate is None):
            raise ValueError(f"{self.id}: 'contrast' and 'rate' come together")
        return self

    @property
    def any_months(self) -> bool:
        """Whether the id still lacks its number of months, as ``os_rate_n_months`` does."""
        return self.id.endswith(_ANY_MONTHS)

    @property
    def by_rule(self) -> bool:
        """Whether it counts patients by a rule of the study, as ``responder_<name>`` does."""
        return self.id.startswith("responder_")

    def at_months(self, months: int) -> Observable:
        """Give the endpoint at a number of months of one whose id ends in ``_n_months``."""
        words = {name: getattr(self, name).replace("n months", f"{months} months") for name in ("label", "definition")}
        own = self.id.removesuffix(_ANY_MONTHS) + f"_{months}_months"
        return self.model_copy(update={"id": own, **words})


@dataclass(frozen=True)
class Registry:
    """The observables by id, in the order of the file; unknown ids raise with the nearest names.

    Parameters
    ----------
    listing
        Command that prints the ids; None where there is none.
    cells, cell_kinds
        The cell types of the blood and their kinds, by id, in the order of the file.
    gates
        The gates of flow cytometers, by id.

    Examples
    --------
    >>> "il2_plasma" in load_registry()
    True
    >>> load_registry().primitives(["treg_tconv_ratio_fold"])
    ('treg_count', 'tconv_count')
    """

    observables: Mapping[str, Observable]
    listing: str | None = "bimodal list endpoints"
    cells: Mapping[str, Cell] = field(default_factory=dict[str, Cell])
    cell_kinds: Mapping[str, CellKind] = field(default_factory=dict[str, CellKind])
    gates: Mapping[str, Gate] = field(default_factory=dict[str, Gate])

    def cells_of(self, species: str) -> tuple[str, ...]:
        """List the cell types of a species, in the order of the file; those of man where it has none of its own.

        Examples
        --------
        >>> load_registry().cells_of("human")[:2], "nk_mature" in load_registry().cells_of("mouse")
        (('treg', 'tconv'), True)
        """
        found = tuple(cell.id for cell in self.cells.values() if species in cell.species)
        return found or tuple(cell.id for cell in self.cells.values() if "human" in cell.species)

    def __getitem__(self, key: str) -> Observable:
        found = self.get(key)
        if found is None:
            raise StudyError(f"there is no observable '{key}'", fix=suggest_names(key, self.observables, self.listing))
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def get(self, key: str) -> Observable | None:
        """Look an id up without raising.

        Examples
        --------
        >>> load_registry().get("no_such_id") is None
        True
        """
        found, match = self.observables.get(key), _MONTHS.search(key)
        if found is None and _RESPONDER.fullmatch(key) and _ANY_RESPONDER in self.observables:
            return self.observables[_ANY_RESPONDER].model_copy(update={"id": key})
        if found is not None or match is None:
            return found
        any_months = self.observables.get(key[: match.start()] + _ANY_MONTHS)
        return None if any_months is None else any_months.at_months(int(match[1]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.observables)

    def __len__(self) -> int:
        return len(self.observables)

    def primitives(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Name what the model must give so that `ids` can be computed, in registry order.

        Examples
        --------
        >>> load_registry().primitives(["nk_fold"])
        ('nk_bright_count', 'nk_dim_count')
        """
        found: set[str] = set()
        pending = list(ids)
        while pending:
            entry = self[pending.pop()]
            if entry.kind == "model":
                found.add(entry.id)
            pending += [*entry.of, *entry.over, *entry.weights]
        return tuple(name for name in self if name in found)

    def computable(self, primitives: Iterable[str]) -> tuple[str, ...]:
        """List what can be computed from what a model gives, in registry order.

        Examples
        --------
        >>> load_registry().computable(["treg_count"])[:3]
        ('treg_count', 'treg_fold', 'doses_given')
        """
        given = set(primitives)
        found = (name for name in self if given.issuperset(self.primitives([name])))
        return tuple(name for name in found if not self[name].by_rule)


class _Rows(BaseModel):
    cell_kind: tuple[CellKind, ...] = ()
    cell: tuple[Cell, ...] = ()
    gate: tuple[Gate, ...] = ()


class _Observables(BaseModel):
    observable: tuple[Observable, ...] = ()


@cache
def load_registry() -> Registry:
    """Read the registry that ships with the package.

    Examples
    --------
    >>> load_registry()["cmax"].per
    'course'
    """
    return parse_registry(files("bimodal.study.endpoints").joinpath("registry.toml").read_text("utf-8"))


def _whose(row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Write out of which species a row is: its own, or those of the file and what it says beside them (``also``)."""
    usual = [*said.get("species", []), *row.get("also", [])]
    return {"species": usual, **{key: value for key, value in row.items() if key != "also"}}


def parse_registry(text: str) -> Registry:
    """Read a registry from TOML text and check that every id it names exists.

    Examples
    --------
    >>> len(parse_registry("schema = 1"))
    0
    """
    kind = FileKind("the registry of observables", StudyError)
    said = parse_toml(text, kind, where=_WHERE)
    named = {name: said.get(name, ()) for name in ("cell_kind", "gate")}
    named["cell"] = [_whose(row, said) for row in said.get("cell", ())]
    tables = check_table(_Rows, named, kind, where=_WHERE, text=text)
    cells = tables.cell
    whole = {"observable": for_each_cell([_whose(row, said) for row in said.get("observable", ())], cells)}
    rows = check_table(_Observables, whole, kind, where=_WHERE, text=text).observable
    known_kinds = {kind.id: kind for kind in tables.cell_kind}
    gates = {gate.id: gate for gate in tables.gate}
    for cell in cells:
        if cell.kind not in known_kinds:
            raise StudyError(f"cell '{cell.id}' is of the kind '{cell.kind}', which is not there", where=_WHERE)
    entries: dict[str, Observable] = {}
    for row in rows:
        if not _OWN_ID.fullmatch(row.id):
            raise StudyError(f"'{row.id}' is no id of an observable", where=_WHERE)
        if row.id in entries:
            raise StudyError(f"observable '{row.id}' is there twice", where=_WHERE)
        if row.gate is not None and row.gate not in gates:
            raise StudyError(f"observable '{row.id}' has the gate '{row.gate}', which is not there", where=_WHERE)
        for part in (*row.of, *row.over, *row.weights):
            if part not in entries or entries[part].per != "time":
                raise StudyError(
                    f"observable '{row.id}' is made from '{part}', which does not stand above it with a value in time",
                    where=_WHERE,
                )
        entries[row.id] = row
    return Registry(entries, cells={cell.id: cell for cell in cells}, cell_kinds=known_kinds, gates=gates)

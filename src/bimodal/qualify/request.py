"""What is asked of a qualification."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from bimodal.qualify.section import Section

#: Called with (steps done, steps in all, what is next).
Tell = Callable[[int, int, str], None]
_FEW = 24
_Item = TypeVar("_Item")


def silent(_done: int, _total: int, _what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Choices of one qualification.

    Parameters
    ----------
    quick
        Fewer patients, models and series: minutes in place of hours; every section says what it left out.
    patients
        Most virtual patients in each arm of a study; None takes 24 with ``quick``, else those of the study.
    workers
        Threads; changes no number but times.
    sbml_suite, petab_suite
        Folders of test suites that do not ship with the package.

    Examples
    --------
    >>> Request(quick=True).most_patients, Request().most_patients
    (24, None)
    """

    quick: bool = False
    seed: int = 1
    patients: int | None = None
    workers: int = 1
    sbml_suite: Path | None = None
    petab_suite: Path | None = None

    @property
    def most_patients(self) -> int | None:
        """Most virtual patients in each arm of a study."""
        return _FEW if self.patients is None and self.quick else self.patients

    def plain(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        suites = {name: None if path is None else str(path.absolute()) for name, path in self.suites.items()}
        return {"quick": self.quick, "seed": self.seed, "patients": self.patients, "workers": self.workers, **suites}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Request:
        """Read what :meth:`plain` wrote."""
        sbml, petab = (None if plain[name] is None else Path(plain[name]) for name in ("sbml_suite", "petab_suite"))
        numbers = {name: plain[name] for name in ("quick", "seed", "patients", "workers")}
        return cls(**numbers, sbml_suite=sbml, petab_suite=petab)

    @property
    def suites(self) -> dict[str, Path | None]:
        """Folders of test suites by name."""
        return {"sbml_suite": self.sbml_suite, "petab_suite": self.petab_suite}

    def about(self) -> dict[str, Any]:
        """Return what a result depends on."""
        return {"quick": self.quick, "seed": self.seed, "patients": self.most_patients}


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a section has to work with.

    Parameters
    ----------
    parts
        Folder in which it may keep finished parts of its own.
    key
        Fingerprint of code, machine and request: a part with another is of no use.
    done
        Sections that came before it.
    tell
        Called with how far it is.
    elsewhere
        Processor seconds of finished parts that it found, of another process or an earlier run; it adds them here.
    """

    request: Request
    parts: Path
    key: str = ""
    done: Mapping[str, Section] = field(default_factory=dict)
    tell: Tell = silent
    elsewhere: list[float] = field(default_factory=list)

    def each(self, items: Sequence[_Item], what: Callable[[_Item], str]) -> Iterator[_Item]:
        """Go through pieces of work, and tell of each before it is done.

        Examples
        --------
        >>> told = []
        >>> work = Work(request=Request(), parts=Path("parts"), tell=lambda *step: told.append(step))
        >>> list(work.each(["human"], str)), told
        (['human'], [(0, 1, 'human')])
        """
        for place, item in enumerate(items):
            self.tell(place, len(items), what(item))
            yield item

    @property
    def quick(self) -> bool:
        """Whether it should be short."""
        return self.request.quick

"""A public test suite as a section: its folder is asked for, its cases are run one by one and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bimodal.qualify.figure import Figure, exactly
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

Case = TypeVar("Case")


@dataclass(frozen=True, kw_only=True)
class SuiteSection(Generic[Case]):
    """What tells one suite from another.

    Parameters
    ----------
    id, title
        Of the section.
    source, option
        Where the suite is found, and what gives its folder.
    every
        With ``--quick`` only every so many-th case is run.
    kinds
        What may become of a case.
    faults
        Those of them that must not occur, with words for them.
    listed
        Those of which every case is named.
    find, run
        Cases of a folder; outcomes of one.
    name
        Of a case, to tell how far it is.
    say
        Kind, id and words of an outcome.

    Examples
    --------
    >>> from bimodal.qualify.request import Request
    >>> toy = SuiteSection(
    ...     id="toy", title="Toy", source="a shelf", option="--toy FOLDER", every=2, kinds=("fine", "wrong"),
    ...     faults={"wrong": "wrong"}, listed=("wrong",), find=lambda path: [path], run=lambda path: ["fine"],
    ...     name=str, say=lambda kind: (kind, "1", "case 1"),
    ... )
    >>> toy.compute(Work(request=Request(), parts=Path()), Path("toys")).status
    'passed'
    """

    id: str
    title: str
    source: str
    option: str
    every: int
    kinds: Sequence[str]
    faults: Mapping[str, str]
    listed: Sequence[str]
    find: Callable[[Path], Sequence[Path]]
    run: Callable[[Path], Iterable[Case]]
    name: Callable[[Path], str]
    say: Callable[[Case], tuple[str, str, str]]

    def compute(self, work: Work, path: Path | None, notes: Iterable[str] = ()) -> Section:
        """Run the suite of a folder."""
        if path is None:
            fix = f"get {self.source} and give {self.option}"
            return Section.missing(self.id, self.title, "the suite does not ship with the package", fix)
        cases = self.find(path)
        if work.quick:
            cases = cases[:: self.every]
        found: list[tuple[str, str, str]] = []
        for place, case in enumerate(cases):
            work.tell(place, len(cases), self.name(case))
            found += map(self.say, self.run(case))
        counts = Counter(kind for kind, _, _ in found)
        figures = [
            *(exactly(counts[kind], 0, id=kind, what=what, unit="cases") for kind, what in self.faults.items()),
            *(
                Figure(id=kind, what=kind, value=counts[kind], unit="cases")
                for kind in self.kinds
                if kind not in self.faults
            ),
            *(
                Figure(id=f"case-{id_}", what=words, value=kind, group="not passed")
                for kind, id_, words in found
                if kind in self.listed
            ),
        ]
        said = f"{len(found)} cases: {', '.join(f'{counts[kind]} {kind}' for kind in self.kinds if counts[kind])}."
        quick = [f"Quick: every {self.every}th case."] if work.quick else []
        return Section.judged(self.id, self.title, said, figures, [*quick, *notes])

"""Rooms of the code whose name is also a name of the public face.

``bimodal.compare`` is a package with modules in it, and `bimodal.compare(...)` compares. Python sets the package as an
attribute of `bimodal` whenever any of its modules is imported, so the package itself has to do what the name says.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspect import Signature


def noun(room: str) -> Any:
    """Give what a room stands for in the public face.

    Parameters
    ----------
    room
        Full name of the package, such as ``bimodal.compare``.

    Examples
    --------
    >>> len(noun("bimodal.drugs")) > 10
    True
    """
    name = room.rpartition(".")[2]
    return getattr(import_module(f"bimodal.api.{name}"), name)


class FunctionRoom(ModuleType):
    """A package that can be called.

    Examples
    --------
    >>> import bimodal.compare.pk
    >>> bimodal.compare(["aldesleukin"], "1 MIU SC once")
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: one molecule cannot be compared
      try:   give --drug and --regimen for each molecule
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function of the same name."""
        return noun(self.__name__)(*args, **kwargs)

    @property
    def __signature__(self) -> Signature:
        from inspect import signature

        return signature(noun(self.__name__))


class ListingRoom(ModuleType):
    """A package that lists what comes with it.

    Examples
    --------
    >>> import bimodal.drugs.load
    >>> bimodal.drugs["aldesleukin"].molar_mass.value
    15300.0
    """

    def __getitem__(self, name: str) -> Any:
        return noun(self.__name__)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(noun(self.__name__))

    def __len__(self) -> int:
        return len(noun(self.__name__))

    def __contains__(self, name: object) -> bool:
        return name in noun(self.__name__)

    def __repr__(self) -> str:
        return repr(noun(self.__name__))

    def _repr_html_(self) -> str:
        return noun(self.__name__)._repr_html_()

    def to_pandas(self) -> Any:
        """Give the listing as a data frame."""
        return noun(self.__name__).to_pandas()

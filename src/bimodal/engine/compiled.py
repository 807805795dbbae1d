"""Machine code of a system, compiled when first asked for and kept as long as the system."""

from __future__ import annotations

from typing import Literal
from weakref import WeakKeyDictionary

from bimodal.engine.kernel import Kernel, compile_system
from bimodal.engine.sampler import Sampler, compile_sampler
from bimodal.engine.system import System
from bimodal.engine.tableau import RODAS4

#: ``wide``: Rodas5P, one patient per lane. ``narrow``: the same for a patient alone, who would leave other lanes idle:
#: same bytes in a third of the time. ``fast``: Rodas4, for :meth:`Settings.fast`.
Variant = Literal["wide", "narrow", "fast"]

_KEPT: WeakKeyDictionary[System, dict[Variant, Kernel]] = WeakKeyDictionary()
_SAMPLERS: WeakKeyDictionary[Kernel, dict[tuple[tuple[int, ...], bool], Sampler]] = WeakKeyDictionary()


def compiled(system: System, variant: Variant = "wide") -> Kernel:
    """Return the machine code of a system; a variant is a method and how many patients it advances at a time.

    Examples
    --------
    >>> from bimodal.model import load_model
    >>> system = load_model("tumour_alone").system
    >>> compiled(system) is compiled(system)
    True
    """
    kept = _KEPT.setdefault(system, {})
    if variant not in kept:
        # the first of several threads wins: its code may be running already and must not be freed
        kept.setdefault(variant, _compile(system, variant))
    return kept[variant]


def sampler(kernel: Kernel, positions: tuple[int, ...], *, levels: bool) -> Sampler:
    """Return the machine code that reads some outputs of a compiled system inside its steps."""
    kept = _SAMPLERS.setdefault(kernel, {})
    if (positions, levels) not in kept:
        kept.setdefault((positions, levels), compile_sampler(kernel, positions, levels=levels))
    return kept[positions, levels]


def keep(system: System, kernel: Kernel) -> None:
    """Use a kernel compiled elsewhere for every variant of a system, as a benchmark of one width does."""
    _KEPT[system] = {"wide": kernel, "narrow": kernel, "fast": kernel}


def _compile(system: System, variant: Variant) -> Kernel:
    if variant == "narrow":
        return compile_system(system, width=1)
    return compile_system(system, tableau=RODAS4) if variant == "fast" else compile_system(system)

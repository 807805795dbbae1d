"""Compiles the loops of the engine with Numba, and keeps their code as that of the systems is kept.

Numba's own cache lies beside the source, or where an environment variable says: it is not checked before it is loaded,
ends every later start when it is damaged, does not notice a change in a function of another file, and without a place
to write nothing runs at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Callable
from functools import cache as once
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core import serialize
from numba.core.compiler import CompileResult

from bimodal.engine import cache


def jit(function: Callable[..., Any]) -> Any:
    """Compile a loop when it is first called, with numpy's rules for division and without the interpreter's lock."""
    compiled: Any = numba.njit(error_model="numpy", nogil=True)(function)
    if hasattr(compiled, "_cache"):  # not where Numba is switched off to debug
        compiled._cache = _LoopCache(function)
    return compiled


class _LoopCache:
    """What Numba asks for the code of one function; see `numba.core.caching.Cache`."""

    cache_path: Path | None = None

    def __init__(self, function: Callable[..., Any]) -> None:
        code = function.__code__
        self.name = (function.__module__, function.__qualname__, code.co_code, repr(code.co_consts))

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return the code for these types, None if it is not there."""
        code = cache.load(self._key(signature, target.codegen()), "loop")
        if code is None:
            return None
        target.refresh()
        with contextlib.suppress(Exception):  # whatever is wrong with it, it is compiled again
            rebuild: Any = CompileResult._rebuild  # pyright: ignore[reportPrivateUsage]  # Numba has no public way
            return rebuild(target, *serialize.loads(code))
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep the code for these types."""
        if not result.library.has_dynamic_globals and all(lifted.can_cache for lifted in result.lifted):
            code = serialize.dumps(result._reduce())
            cache.store(self._key(signature, result.codegen), code, "loop")

    def flush(self) -> None:
        """Do nothing: all is written at once."""

    def enable(self) -> None:
        """Do nothing: ``BIMODAL_CACHE`` is the switch."""

    disable = enable

    def _key(self, signature: Any, codegen: Any) -> str:
        versions = (numba.__version__, llvmlite.__version__, sys.version)
        made_from = (self.name, str(signature), codegen.magic_tuple(), versions, _source())
        return hashlib.sha256(repr(made_from).encode()).hexdigest()


@once
def _source() -> str:
    """Return the hash of the whole room: a loop holds the code of the functions it calls."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()

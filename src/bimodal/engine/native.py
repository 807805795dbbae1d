"""Runs the loops of the engine from their machine code, so that Numba is there only where one has to be compiled."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import struct
import sys
from functools import cache as once
from importlib import import_module, metadata
from typing import Any

import numpy as np

from bimodal.engine import cache
from bimodal.engine.machine import host, load_object, source_sha256
from bimodal.errors import EngineError

#: Most numbers a loop returns.
RESULTS = 4


class Native:
    """A loop of the engine, found in the cache of machine code or compiled for the kinds of its arguments.

    Arguments are whole and other numbers, truth values, contiguous arrays, and tuples of these.

    Parameters
    ----------
    room
        Module of the loop, imported only to compile it.
    name
        Of a function there under :func:`bimodal.engine.jit.jit`.

    Examples
    --------
    >>> Native("bimodal.engine.loop", "any_missing")(np.array([1.0, np.nan]))
    True
    """

    def __init__(self, room: str, name: str) -> None:
        self.room, self.name = room, name
        self.compiled = 0  # how often the cache had no code
        self._codes: dict[tuple[str, ...], _Code] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Run the loop."""
        kinds: list[str] = []
        words = [0] * RESULTS
        for argument in arguments:
            _lay_out(argument, kinds, words)
        form = tuple(kinds)
        if form not in self._codes:
            self._codes[form] = self._find(form, arguments)
        return self._codes[form](np.array(words, np.int64))

    def _find(self, form: tuple[str, ...], arguments: tuple[Any, ...]) -> _Code:
        """Load the code for a form of arguments, compiled if it is not kept, or cannot be loaded."""
        made_from = (self.room, self.name, form, host(), _versions(), source_sha256())
        key = hashlib.sha256(repr(made_from).encode()).hexdigest()
        if (kept := cache.load(key, "loop")) is not None:
            with contextlib.suppress(Exception):
                return _Code(kept)
        from bimodal.engine.jit import compile_loop

        self.compiled += 1
        code, entry, returns = compile_loop(getattr(import_module(self.room), self.name), arguments)
        whole = json.dumps([entry, returns]).encode() + b"\n" + code
        cache.store(key, whole, "loop")
        return _Code(whole)


class _Code:
    """Machine code of a loop, as it is kept: a line that says its name and what it returns, then the object."""

    def __init__(self, whole: bytes) -> None:
        head, _, code = whole.partition(b"\n")
        name, self._returns = json.loads(head)
        self._keep = load_object(code)
        # what Numba makes takes where to put its own result, where to put an exception, and our address
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        self._run = kind(self._keep.get_function_address(name))

    def __call__(self, words: Any) -> Any:
        own = (ctypes.c_int64 * 2)()
        if self._run(ctypes.addressof(own), ctypes.addressof(own) + 8, words.ctypes.data):
            raise EngineError("a loop of the engine ended in an error", fix="report it: this should never happen")
        if self._returns is None:
            return None
        results = [_result(kind, int(word)) for kind, word in zip(self._returns, words, strict=False)]
        return results[0] if isinstance(self._returns, str) else tuple(results)


def _lay_out(value: Any, kinds: list[str], words: list[int]) -> None:
    """Append what kind of argument it is, and its words: a number, or where an array lies and its lengths."""
    if isinstance(value, tuple):
        kinds.append(f"{type(value).__name__}{len(value)}")
        for part in value:
            _lay_out(part, kinds, words)
    elif isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            raise EngineError("a loop of the engine was given an array with gaps")
        kinds.append(f"{value.dtype.str}{value.ndim}")
        words += [value.ctypes.data, *value.shape]
    elif isinstance(value, (bool, np.bool_)):
        kinds.append("b")
        words.append(int(value))
    elif isinstance(value, (int, np.integer)):
        kinds.append("i")
        words.append(int(value))
    else:
        kinds.append("f")
        words.append(struct.unpack("q", struct.pack("d", value))[0])


def _result(kind: str, word: int) -> int | bool | float:
    if kind == "f":
        return struct.unpack("d", struct.pack("q", word))[0]
    return bool(word) if kind == "b" else word


@once
def _versions() -> tuple[Any, ...]:
    switches = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    return metadata.version("numba"), metadata.version("llvmlite"), sys.version, switches

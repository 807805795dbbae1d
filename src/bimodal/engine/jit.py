"""Compiles the loops of the engine with Numba, to machine code that needs no Numba to run.

A loop is given its arguments as whole numbers in a row (see :class:`bimodal.engine.native.Native`) and allocates
nothing, so that its code calls nothing of Numba's. Numba's own cache is not used: it lies beside the source or where
an environment variable says, is not checked before it is loaded, is pickle, does not notice a change in a function of
another file, and to load from it costs half a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from bimodal.engine.native import RESULTS

_CODES = {types.boolean: "b", types.int64: "i", types.float64: "f"}

_WORD = ir.IntType(64)
# Numba says little of its types
_njit: Any = numba.njit
_BASE_TUPLE: Any = types.BaseTuple


def jit(function: Callable[..., Any]) -> Any:
    """Compile a loop when it is first called, with numpy's rules for division and without the interpreter's lock.

    Without memory management: a loop that allocates is refused.
    """
    return _njit(error_model="numpy", nogil=True, _nrt=False)(function)


def compile_loop(loop: Any, arguments: tuple[Any, ...]) -> tuple[bytes, str, str | list[str] | None]:
    """Return the object code of a loop for the types of some arguments, its name there, and what it returns.

    The code takes the address of words: room for results, then the arguments. What it returns is ``i``, ``f`` or ``b``
    for a whole number, another number and a truth value, a list of them for a tuple.
    """
    typed = tuple(_type_of(value) for value in arguments)
    unpack: Any = intrinsic(_make_unpack(types.Tuple(typed)))

    def enter(address: int) -> int:
        _give(address, loop(*unpack(address + 8 * RESULTS)))
        return 0

    bare = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Any = _njit(error_model="numpy", nogil=True, _nrt=False, **bare)(enter)
    compiled.compile((types.int64,))
    (result,) = compiled.overloads.values()
    (overload,) = (known for known in loop.overloads.values() if known.signature.args == typed)
    returned = overload.signature.return_type
    return result.library._get_compiled_object(), result.fndesc.llvm_func_name, _codes(returned)


def _codes(kind: Any) -> str | list[str] | None:
    if isinstance(kind, _BASE_TUPLE):
        return [_CODES[part] for part in kind.types]
    return None if kind == types.none else _CODES[kind]


def _type_of(value: Any) -> Any:
    """Return the type of an argument: arrays are contiguous and may be written, whatever those at hand are."""
    if isinstance(value, tuple):
        return _BASE_TUPLE.from_types([_type_of(part) for part in value], type(value))
    if isinstance(value, np.ndarray):
        return types.Array(numba.from_dtype(value.dtype), value.ndim, "C")
    return types.boolean if isinstance(value, (bool, np.bool_)) else numba.typeof(value)


def _make_unpack(wanted: Any) -> Callable[..., Any]:
    def unpack(typing: Any, address: Any) -> Any:
        """Read arguments from the words at an address."""

        def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            words = builder.inttoptr(values[0], _WORD.as_pointer())
            place = 0

            def word() -> Any:
                nonlocal place
                place += 1
                return builder.load(builder.gep(words, [ir.Constant(_WORD, place - 1)]))

            def read(kind: Any) -> Any:
                if isinstance(kind, _BASE_TUPLE):
                    return context.make_tuple(builder, kind, [read(part) for part in kind.types])
                if isinstance(kind, types.Array):
                    return _read_array(context, builder, kind, word)
                if isinstance(kind, types.Float):
                    return builder.bitcast(word(), ir.DoubleType())
                if isinstance(kind, types.Boolean):
                    return builder.trunc(word(), ir.IntType(1))
                return word()

            return read(wanted)

        return wanted(address), generate

    return unpack


def _read_array(context: Any, builder: Any, kind: Any, word: Callable[[], Any]) -> Any:
    array = arrayobj.make_array(kind)(context, builder)
    data = builder.inttoptr(word(), array.data.type)
    shape = [word() for _ in range(kind.ndim)]
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    steps = [ir.Constant(_WORD, size)]
    for length in shape[:0:-1]:
        steps.insert(0, builder.mul(steps[0], length))
    arrayobj.populate_array(
        array, data=data, shape=cgutils.pack_array(builder, shape), strides=cgutils.pack_array(builder, steps),
        itemsize=ir.Constant(_WORD, size), meminfo=None,
    )  # fmt: skip
    return array._getvalue()


def _give_typed(typing: Any, address: Any, result: Any) -> Any:
    """Write a result as words at an address."""

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        words = builder.inttoptr(values[0], _WORD.as_pointer())
        kinds = result.types if isinstance(result, _BASE_TUPLE) else [result]
        parts = cgutils.unpack_tuple(builder, values[1]) if isinstance(result, _BASE_TUPLE) else [values[1]]
        for place, (kind, part) in enumerate(zip(kinds, parts, strict=True)):
            if kind == types.none:
                continue
            number = builder.bitcast(part, _WORD) if isinstance(kind, types.Float) else builder.zext(part, _WORD)
            builder.store(number, builder.gep(words, [ir.Constant(_WORD, place)]))
        return context.get_dummy_value()

    return types.void(address, result), generate


_give: Any = intrinsic(_give_typed)

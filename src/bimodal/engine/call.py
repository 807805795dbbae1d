"""Calls machine code from compiled loops."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def call_typed(typing: Any, address: Any, arguments: Any) -> Any:
    """Call machine code at an address with pointers given as integers."""
    signature = types.void(address, arguments)

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        pointers = cgutils.unpack_tuple(builder, values[1])
        byte = ir.IntType(8).as_pointer()
        function = ir.FunctionType(ir.VoidType(), [byte] * len(pointers)).as_pointer()
        target = builder.inttoptr(values[0], function)
        builder.call(target, [builder.inttoptr(p, byte) for p in pointers])
        return context.get_dummy_value()

    return signature, generate


call: Any = intrinsic(call_typed)

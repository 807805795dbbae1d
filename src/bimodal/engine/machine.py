"""What machine code depends on besides what it computes: the computer at hand, and the source that writes it."""

from __future__ import annotations

import hashlib
from functools import cache as once
from pathlib import Path
from typing import Any

import bimodal.expr


def host() -> tuple[Any, ...]:
    """Return all that machine code depends on besides the text it is made from."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    return llvm.get_host_cpu_name(), features, llvm.llvm_version_info, llvm.get_default_triple()


def target(*, wide: bool = False) -> Any:
    """Return what LLVM compiles for; ``wide`` prefers the widest vectors to those the maker of the chip does."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    flags = llvm.get_host_cpu_features().flatten() + (",-prefer-256-bit" if wide else "")
    return llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), features=flags, opt=2)


def load_object(code: bytes) -> Any:
    """Return an execution engine with object code; it owns the code."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


@once
def source_sha256() -> str:
    """Return the hash of this room and of that of expressions: any of it may change the code that is written."""
    digest = hashlib.sha256()
    for room in (__file__, bimodal.expr.__file__):
        for path in sorted(Path(room).parent.glob("*.py")):
            digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()

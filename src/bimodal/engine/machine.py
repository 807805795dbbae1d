"""The computer at hand, as LLVM knows it."""

from __future__ import annotations

from typing import Any


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

"""Turns an object file of WebAssembly, as LLVM writes it, into a module that can be loaded: no linker is needed.

An object that nothing else is linked to already is a module, as long as its relocations ask for no change: its
functions are only not exported. Sections are those of the WebAssembly core specification 1.0, section 5.5; what a
linker reads of an object is described in the tool conventions of WebAssembly (Linking.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bimodal.errors import EngineError

_MAGIC = b"\0asm\x01\0\0\0"
_CUSTOM, _EXPORT, _FUNCTION_KIND, _DATA_SECTION = 0, 7, 0, 11
#: Sections that come after the one of exports: start, elements, count of data, code, data.
_AFTER_EXPORTS = (8, 9, 12, 10, 11)
_SYMBOLS = 8  # subsection of "linking"
_FUNCTION, _DATA, _GLOBAL, _SECTION, _TAG, _TABLE = range(6)
_UNDEFINED, _NAMED = 0x10, 0x40
#: Indices of functions, types and globals: as long as there is one object they are already the final ones.
_FINAL = frozenset({0, 6, 7, 13})
#: Addresses of data, with an addend behind: final as well if the data lie where the object puts them, from address 0.
_ADDRESSES = frozenset({3, 4, 5})
_I32_CONST, _END = 0x41, 0x0B


def loadable(code: bytes, exports: Sequence[str]) -> bytes:
    """Return a module that exports some functions of an object file.

    Raises
    ------
    EngineError
        It is no object file, lacks one of the functions, or cannot do without a linker.

    Examples
    --------
    >>> loadable(b"something else", ["step"])
    Traceback (most recent call last):
    ...
    bimodal.errors.EngineError: this is no WebAssembly
    """
    if not code.startswith(_MAGIC):
        raise EngineError("this is no WebAssembly")
    kept: list[tuple[int, bytes]] = []
    places: dict[str, int] = {}
    for kind, body in _sections(code):
        if kind != _CUSTOM:
            kept.append((kind, body))
            continue
        reader = _Reader(body)
        title = reader.name()
        if title == "linking":
            places = _functions(reader)
        elif title.startswith("reloc."):
            _refuse_open(reader)
    lacking = [name for name in exports if name not in places]
    if lacking:
        raise EngineError(f"the WebAssembly has no function '{lacking[0]}'")
    entries = b"".join(_text(name) + bytes([_FUNCTION_KIND]) + _number(places[name]) for name in exports)
    before = next((i for i, (kind, _) in enumerate(kept) if kind in _AFTER_EXPORTS), len(kept))
    kept.insert(before, (_EXPORT, _number(len(exports)) + entries))
    return _MAGIC + b"".join(bytes([kind]) + _number(len(body)) + body for kind, body in kept)


def data_size(code: bytes) -> int:
    r"""Return how many bytes of memory, from address 0 on, the data of an object file take.

    Raises
    ------
    EngineError
        They lie at no fixed address.

    Examples
    --------
    >>> data_size(b"\x00asm\x01\x00\x00\x00" + bytes([11, 8, 1, 0, 0x41, 16, 0x0B, 2, 7, 7]))
    18
    """
    size = 0
    for kind, body in _sections(code):
        reader = _Reader(body)
        for _ in range(reader.number() if kind == _DATA_SECTION else 0):
            start = (reader.number(), reader.byte(), reader.number(), reader.byte())
            if (start[0], start[1], start[3]) != (0, _I32_CONST, _END):
                raise EngineError("the WebAssembly needs a linker: its data lie at no fixed address")
            count = reader.number()
            reader.take(count)
            size = max(size, start[2] + count)
    return size


class _Reader:
    """Reads bytes from first to last."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    @property
    def left(self) -> bool:
        return self.place < len(self.data)

    def take(self, count: int) -> bytes:
        self.place += count
        return self.data[self.place - count : self.place]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """Read a whole number, seven bits a byte (LEB128)."""
        found = shift = 0
        while True:
            byte = self.byte()
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found

    def name(self) -> str:
        return self.take(self.number()).decode()


def _sections(code: bytes) -> Iterator[tuple[int, bytes]]:
    reader = _Reader(code[len(_MAGIC) :])
    while reader.left:
        kind = reader.byte()
        yield kind, reader.take(reader.number())


def _functions(linking: _Reader) -> dict[str, int]:
    """Return the name and place of every function a linking section says the object defines."""
    found: dict[str, int] = {}
    linking.number()  # version
    while linking.left:
        kind, body = linking.byte(), _Reader(linking.take(linking.number()))
        if kind != _SYMBOLS:
            continue
        for _ in range(body.number()):
            sort, flags = body.byte(), body.number()
            if sort == _DATA:
                body.name()
                for _ in range(0 if flags & _UNDEFINED else 3):
                    body.number()
            elif sort == _SECTION:
                body.number()
            else:
                place = body.number()
                if not flags & _UNDEFINED or flags & _NAMED:
                    name = body.name()
                    if sort == _FUNCTION and not flags & _UNDEFINED:
                        found[name] = place
    return found


def _refuse_open(relocations: _Reader) -> None:
    relocations.number()  # of which section
    for _ in range(relocations.number()):
        sort = relocations.byte()
        if sort not in _FINAL | _ADDRESSES:
            raise EngineError(f"the WebAssembly needs a linker: it has a relocation of sort {sort}")
        for _ in range(3 if sort in _ADDRESSES else 2):
            relocations.number()


def _number(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _text(name: str) -> bytes:
    return _number(len(name.encode())) + name.encode()

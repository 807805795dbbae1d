"""The process that parses a user's Antimony, forked from one that has libAntimony loaded.

Starting Python and loading the library takes many times as long as parsing. A fork is confined as the program
`antimony_parser` is and calls the same `parse`; it takes 25 texts, and a text it ends over is asked again in one of its
own. Run as a program this file is the process that forks.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import struct
import subprocess
import sys
import time
from typing import Any

_TEXTS = 25
#: Length of what is said, exit status, seconds of processor, megabytes, texts before this one in the same fork.
_HEAD = struct.Struct("<QqddQ")


class AntimonyForks:
    """Stands where `subprocess.run` stands in `bimodal.model.parser_apart`."""

    def __init__(self, megabytes: float) -> None:
        self.seconds = 0.0  # of processor, of all forks so far
        self._megabytes = megabytes
        self._server: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def run(self, command: list[str], *, input: bytes, **_: Any) -> subprocess.CompletedProcess[bytes]:  # noqa: A002
        """Parse in a fork; one that takes more memory than the fuzz allows is found by it."""
        if self._server is None or self._owner != os.getpid():  # a batch has a server of its own
            self._owner = os.getpid()
            self._server = subprocess.Popen(
                [sys.executable, "-I", __file__, *command[-2:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        to, back = self._server.stdin, self._server.stdout
        assert to is not None
        assert back is not None
        before = 1
        while before:  # where a fork ended over its n-th text, a new one is asked
            to.write(len(input).to_bytes(8, "little") + input)
            to.flush()
            length, code, seconds, megabytes, before = _HEAD.unpack(back.read(_HEAD.size))
            said = back.read(length)
            self.seconds += seconds
            if code == 0:
                break
        if megabytes > self._megabytes:
            raise MemoryError(f"the parser took {megabytes:.0f} MB")
        return subprocess.CompletedProcess(command, code, said, b"MemoryError" if code == 1 else b"")

    def close(self) -> None:
        """End the process that forks."""
        if self._server is not None:
            self._server.communicate()
            self._server = None


def _serve(parser_file: str, place: str) -> None:
    sys.path.append(place)
    spec = importlib.util.spec_from_file_location("antimony_parser", parser_file)
    assert spec is not None
    assert spec.loader is not None
    parser: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(parser)
    import antimony  # noqa: F401 - loaded while something can still be opened

    asked, answer = os.fdopen(os.dup(0), "rb", buffering=0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)  # what the library itself prints
    answered = os.memfd_create("answered")  # by the fork that is at work
    while True:
        os.pwrite(answered, bytes([0]), 0)
        child = os.fork()
        if child == 0:
            parser._confine()
            for number in range(_TEXTS):
                os.pwrite(answered, bytes([number]), 0)
                _answer(parser, asked, answer, number)
            os._exit(0)
        _, status, used = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == _NO_MORE:
            return
        if code:
            before = os.pread(answered, 1, 0)[0]
            os.write(answer, _HEAD.pack(0, code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, before))


_NO_MORE = 99


def _answer(parser: Any, asked: Any, answer: int, number: int) -> None:
    length = _exactly(asked, 8)
    if not length:
        os._exit(_NO_MORE)
    question = json.loads(_exactly(asked, int.from_bytes(length, "little")))
    began = time.process_time()
    try:
        said = json.dumps(parser.parse(question["text"], question["name"])).encode()
    except MemoryError:
        os._exit(1)
    seconds, megabytes = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = _HEAD.pack(len(said), 0, seconds, megabytes, number) + said
    while whole:
        whole = whole[os.write(answer, whole) :]


def _exactly(file: Any, count: int) -> bytes:
    parts = list[bytes]()
    while count and (part := file.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2])

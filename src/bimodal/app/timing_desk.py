"""Works out answers about timing, one at a time, each in a process that ends with the request."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict
from typing import IO, Any, Literal

from bimodal.app.jobs import QuotaError
from bimodal.app.limits import Limits
from bimodal.files.own_group import own_group

What = Literal["assess", "plan", "trial"]
_BEAT_S = 1.0


class TimingDesk:
    """The one place where timing is worked out.

    Parameters
    ----------
    limits
        How long one answer may take.
    command
        Runs the worker.
    """

    def __init__(self, limits: Limits, command: Sequence[str] | None = None) -> None:
        self._limits = limits
        self._command = command or [sys.executable, "-P", "-m", "bimodal.app.timing_worker"]
        self._busy = False

    @property
    def busy(self) -> bool:
        """Whether something is being worked out."""
        return self._busy

    def take(self) -> None:
        """Take the place.

        Raises
        ------
        QuotaError
            It is taken.
        """
        if self._busy:
            raise QuotaError("another question about timing is being worked out", fix="try again in a moment")
        self._busy = True

    def leave(self) -> None:
        """Give the place back."""
        self._busy = False

    async def work(self, what: What, asked: Mapping[str, str], content: bytes = b"") -> AsyncGenerator[bytes]:
        """Give lines of JSON: how far it is, at least one a second, and last the answer or what is wrong.

        The caller has taken the place and leaves it; when it closes this, the process ends.
        """
        limits = self._limits
        line = {
            "what": what, "asked": dict(asked), "limits": asdict(limits),
            "content": base64.b64encode(content).decode("ascii"),
        }  # fmt: skip
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could hold what is in the file
            **own_group(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        text = json.dumps(line).encode("ascii") + b"\n"
        told = threading.Thread(target=_tell, args=(process.stdin, text), daemon=True)
        told.start()
        try:
            async with aclosing(self._listen(process.stdout)) as lines:
                async for said in lines:
                    yield said
        finally:
            process.kill()
            process.wait()
            told.join()
            with suppress(OSError):  # what a dead process did not hear
                process.stdin.close()
            process.stdout.close()

    async def _listen(self, stdout: IO[bytes]) -> AsyncGenerator[bytes]:
        end, last = time.monotonic() + self._limits.timing_s, b'{"done": 0, "total": 1, "what": "starting"}\n'
        yield last
        reading = asyncio.ensure_future(asyncio.to_thread(stdout.readline))
        try:
            while True:
                done, _ = await asyncio.wait({reading}, timeout=_BEAT_S)
                if time.monotonic() > end:
                    words = f"it took longer than {self._limits.timing_s:g} s: ask for less, or use the desk"
                    yield _line(error=words)
                    return
                if not done:
                    yield last
                    continue
                said = reading.result()
                if not said:
                    yield _line(error="it could not be worked out: its process ended without an answer")
                    return
                yield said
                if not said.startswith(b'{"done"'):
                    return
                last = said
                reading = asyncio.ensure_future(asyncio.to_thread(stdout.readline))
        finally:
            reading.cancel()  # its thread ends with the process


def _tell(stdin: IO[bytes], text: bytes) -> None:
    """Hand over the question; a process that ended does not hear it."""
    with suppress(OSError):
        stdin.write(text)
        stdin.flush()


def _line(**facts: Any) -> bytes:
    return json.dumps(facts).encode("ascii") + b"\n"

"""Watches a process that reads hostile texts: whatever it runs, asks the network or opens elsewhere is a finding."""

from __future__ import annotations

import ctypes
import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bimodal

#: A file that hostile texts name: nothing may open it, by Python or by a library in C.
CANARY = "canary.txt"
_BEGUN = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork", "os.forkpty", "pty.spawn")
_NETWORK = ("socket.", "urllib.", "http.", "ftplib.", "smtplib.", "poplib.", "imaplib.", "telnetlib.", "webbrowser.")
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink",
            "os.truncate", "os.utime", "shutil.")  # fmt: skip
_ODD = ("ctypes.dlopen", "pickle.find_class", "sqlite3.connect", "mmap.__new__")
#: What installed modules do when they are first imported, as the unit package does over its first wrong unit.
_OF_IMPORTS = ("exec", "compile", "open", "os.listdir", "os.scandir", *_ODD)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_IN_OPEN = 0x20


def _importing(why: str) -> bool:
    """Say whether an import of an installed module is at work, and not over a file that a text names."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None and CANARY not in why


class Watch:
    """An audit hook, which cannot be taken away again: put one up in a child process only.

    Parameters
    ----------
    scratch
        The folder of the inputs, where reading and writing is allowed.
    programs
        Programs that may be started, such as the one of the package that parses Antimony.
    """

    def __init__(self, scratch: Path, programs: tuple[str, ...] = ()) -> None:
        #: A text whose keys may name files to read.
        self.named = ""
        self._found, self._on, self._programs = list[str](), False, programs
        self._scratch = str(scratch.resolve()) + os.sep
        paths = sysconfig.get_paths()
        code = {paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"], *sys.path}
        roots = {str(Path(bimodal.__file__).parent), str(Path(__file__).parents[1]), *filter(None, code)}
        places = tuple(sorted({os.path.realpath(root) + os.sep for root in roots}))
        self._reading = (*places, self._scratch, "/usr/share/zoneinfo/", "/usr/lib/locale/", "/proc/self/", "/dev/null",
                         "/dev/urandom", "/sys/devices/system/cpu", "/usr/share/locale/")  # fmt: skip
        self._code = places

    def begin(self) -> None:
        """Start to watch; there is no way back in this process."""
        self._on = True
        sys.addaudithook(self._hook)

    def taken(self) -> str:
        """Return what was seen since the last look, empty for nothing."""
        found, self._found = self._found, []
        return "; ".join(dict.fromkeys(found))[:300]

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._on:
            return
        self._on = False  # what is asked here is not a finding itself
        try:
            why = self._judge(event, args)
            if why and not (event.startswith(_OF_IMPORTS) and _importing(why)):
                self._found.append(f"{event} {why}"[:200])
        finally:
            self._on = True

    def _judge(self, event: str, args: tuple[Any, ...]) -> str:
        if event == "open":
            return self._opened(*args)
        if event == "exec":
            return self._run(getattr(args[0], "co_filename", "?"))
        if event == "compile":
            return "" if args[0] is None else self._run(args[1])
        if event == "subprocess.Popen":
            own = any(str(word).endswith(self._programs) for word in args[1]) if self._programs else False
            return "" if own else str(args[1])
        if event in ("os.listdir", "os.scandir", "glob.glob"):
            return self._outside(args[0], self._reading)
        if event.startswith(_CHANGES):
            named = [arg for arg in args if isinstance(arg, str | bytes)]
            return ", ".join(filter(None, (self._outside(one, (self._scratch,)) for one in named)))
        if event.startswith((*_BEGUN, *_NETWORK, *_ODD)):
            return " ".join(map(str, args))
        return ""

    def _opened(self, path: Any, mode: Any, flags: Any) -> str:
        if path is None or isinstance(path, int):
            return ""
        writes = (isinstance(flags, int) and flags & _WRITING) or (isinstance(mode, str) and set(mode) & set("wax+"))
        return self._outside(path, (self._scratch,) if writes and os.fsdecode(path) != os.devnull else self._reading)

    def _run(self, name: Any) -> str:
        """Name code that is of no file of the installation."""
        name = os.fsdecode(name) if isinstance(name, str | bytes) else "?"
        return "" if name.startswith("<frozen ") else self._outside(name, self._code)

    def _outside(self, path: Any, places: tuple[str, ...]) -> str:
        if path is None or isinstance(path, int):
            return ""
        name = os.fsdecode(path)
        try:
            where = os.path.realpath(name)
        except (OSError, ValueError):
            return ""  # such a name opens nothing
        if self.named and places is self._reading and os.path.basename(name) in self.named:
            return ""
        inside = (where + os.sep).startswith(places) and where != self._scratch + CANARY
        return "" if inside else name


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder for inputs with the canary in it, in memory where there is such a place, and work in it."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="bimodal-fuzz-", dir=memory if memory.is_dir() else None) as place:
        folder, before = Path(place), Path.cwd()
        (folder / CANARY).write_text("the canary\n")
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


class Canary:
    """Counts how often a file is opened, by whomever (Linux alone)."""

    def __init__(self, path: Path) -> None:
        self._queue = -1
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            self._queue = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            libc.inotify_add_watch(self._queue, os.fsencode(path), _IN_OPEN)

    def opened(self) -> bool:
        """Say whether it was opened since the last look."""
        try:
            return self._queue >= 0 and bool(os.read(self._queue, 4096))
        except BlockingIOError:
            return False

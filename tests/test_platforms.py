"""Traps of other systems, looked for in the text of the package: encodings, line ends, names, locales, modules."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path, PureWindowsPath

import pytest

from bimodal.files.file_name import file_name

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}
ELSEWHERE = {
    *("crypt", "curses", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource"),
    *("spwd", "syslog", "termios", "tty", "winreg", "winsound", "_winapi"),
}
#: What only some systems have, and where somebody asks first whether it is there.
ASKED_FIRST = {
    "getuid": {"cache.py"},
    "sched_getaffinity": {"workers.py", "examine.py"},
}
LACKING = {
    *(
        "SIGALRM",
        "SIGHUP",
        "SIGKILL",
        "SIGPIPE",
        "SIGQUIT",
        "SIGUSR1",
        "SIGUSR2",
        "alarm",
        "setitimer",
        "fork",
        "forkpty",
    ),
    *("getegid", "geteuid", "getgid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo", "mknod", "nice", "setsid"),
    *("sched_getaffinity", "sched_setaffinity", "statvfs", "sysconf", "uname", "O_NONBLOCK", "O_NOCTTY", "O_DIRECTORY"),
    *("O_CLOEXEC", "O_NOFOLLOW", "fchmod", "chown", "posix_fadvise", "pread", "preadv", "pwrite", "chroot"),
}
BY_LOCALE = re.compile(r"%[aAbBcxXpZ](?![\w.])")


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """Name every call by the last word of what is called."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            found.append((called.id if isinstance(called, ast.Name) else getattr(called, "attr", ""), node))
    return found


def said(call: ast.Call, place: int, key: str) -> str | None:
    """Give an argument as it stands in the text, by place or by name."""
    named = {one.arg: one.value for one in call.keywords}
    if key in named:
        return ast.unparse(named[key])
    return ast.unparse(call.args[place]) if len(call.args) > place else None


def at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


def text_without_encoding(tree: ast.AST) -> list[ast.Call]:
    """List what opens, reads or writes text in whatever encoding or line ends the system prefers."""
    own = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "bimodal.files.write"
        for name in node.names
    }
    lacking = []
    for name, call in calls(tree):
        method = isinstance(call.func, ast.Attribute)
        if name in ("open", "fdopen"):
            of_path = method and name == "open" and ast.unparse(call.func) not in ("io.open", "os.open", "gzip.open")
            mode = said(call, 0 if of_path else 1, "mode") or "'r'"
            if ast.unparse(call.func) == "os.open" or "'b" in mode or "b'" in mode or "+b" in mode:
                continue
            if said(call, 99, "encoding") is None:
                lacking.append(call)
            # line ends do not matter to the void, nor in a pipe to ourselves, which is read with any
            elif "devnull" in ast.unparse(call) or name == "fdopen":
                continue
            elif any(letter in mode for letter in "wax") and said(call, 99, "newline") is None:
                lacking.append(call)
        elif name == "read_text" and said(call, 0, "encoding") is None:
            lacking.append(call)
        elif name == "write_text" and (method or name not in own):
            if said(call, 1, "encoding") is None or said(call, 99, "newline") != "'\\n'":
                lacking.append(call)
        elif name in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"):  # of bytes unless asked
            mode = said(call, int(name.startswith("Spooled")), "mode")
            if mode is not None and "b" not in mode and said(call, 99, "encoding") is None:
                lacking.append(call)
        elif name == "TextIOWrapper" and said(call, 1, "encoding") is None:
            lacking.append(call)
        elif name in ("run", "Popen", "check_output", "check_call") and "subprocess" in ast.unparse(call.func):
            words = {one.arg for one in call.keywords}
            if words & {"text", "universal_newlines"} and "encoding" not in words:
                lacking.append(call)
        elif name == "to_csv" and said(call, 99, "lineterminator") is None and said(call, 0, "path") is not None:
            lacking.append(call)
    return lacking


def test_every_text_file_names_its_encoding_and_its_line_ends():
    assert [at(path, call) for path, tree in TREES.items() for call in text_without_encoding(tree)] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("open('a')", 1),
        ("open('a', 'rb')", 0),
        ("open('a', encoding='utf-8')", 0),
        ("open('a', 'w', encoding='utf-8')", 1),
        ("path.open()", 1),
        ("path.open('a+b')", 0),
        ("path.open('w', encoding='utf-8', newline='\\n')", 0),
        ("os.open('a', 0)", 0),
        ("path.read_text()", 1),
        ("path.read_text('utf-8')", 0),
        ("path.write_text(x, 'utf-8')", 1),
        ("path.write_text(x, 'utf-8', newline='\\n')", 0),
        ("from bimodal.files.write import write_text\nwrite_text(path, x)", 0),
        ("write_text(path, x)", 1),
        ("tempfile.TemporaryFile(dir=x)", 0),
        ("tempfile.NamedTemporaryFile('w')", 1),
        ("subprocess.run(x, text=True)", 1),
        ("subprocess.run(x, text=True, encoding='utf-8')", 0),
        ("table.to_csv('a.csv')", 1),
        ("table.to_csv('a.csv', lineterminator='\\n')", 0),
    ],
)
def test_the_search_for_encodings_finds_what_it_should(line, found):
    assert len(text_without_encoding(ast.parse(line))) == found


def test_rows_of_tables_end_alike_everywhere():
    lacking = [
        at(path, call)
        for path, tree in TREES.items()
        for name, call in calls(tree)
        if name in ("writer", "DictWriter") and "csv" in ast.unparse(call.func) and not said(call, 99, "lineterminator")
    ]
    assert lacking == []


def test_no_module_of_one_system_is_asked_for_when_a_file_is_loaded():
    lacking = []
    for path, tree in TREES.items():
        inside = {id(node) for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) for node in ast.walk(one)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in inside:
                names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                lacking += [at(path, node) for name in names if name.split(".")[0] in ELSEWHERE]
    assert lacking == []


def test_what_some_systems_lack_is_asked_for_first():
    lacking = []
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            of = ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""
            if of in ("os", "signal") and isinstance(node, ast.Attribute) and node.attr in LACKING:
                if path.name not in ASKED_FIRST.get(node.attr, ()):
                    lacking.append(at(path, node))
                else:
                    assert f'hasattr(os, "{node.attr}")' in path.read_text("utf-8")
    assert lacking == []


def test_processes_are_started_anew_and_never_forked():
    """Nothing hangs on fork, on what can be pickled, or on a guard in the script of a user."""
    used = {
        at(path, node)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and ("multiprocessing" in ast.unparse(node) or "ProcessPool" in ast.unparse(node))
    }
    assert used == set()


def test_nothing_follows_the_locale():
    lacking = []
    for path, tree in TREES.items():
        imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))
        lacking += [at(path, node) for node in imports if re.search(r"\blocale\b", ast.unparse(node))]
        for name, call in calls(tree):
            if name in ("strftime", "strptime") and BY_LOCALE.search(ast.unparse(call)):
                lacking.append(at(path, call))
            if name in ("strxfrm", "strcoll", "format_string"):
                lacking.append(at(path, call))
    assert lacking == []


def test_files_are_moved_over_others_by_replace_alone():
    """On Windows a rename onto a file that is there fails."""
    renames = [
        at(path, call)
        for path, tree in TREES.items()
        for name, call in calls(tree)
        if name in ("rename", "renames") and not call.keywords
    ]
    assert renames == []


def test_a_process_is_asked_whether_it_lives_only_where_that_does_not_end_it():
    """On Windows a signal of number 0 is Ctrl-C."""
    asked = {
        path.name for path, tree in TREES.items() for _, call in calls(tree) if ast.unparse(call.func) == "os.kill"
    }
    assert asked == {"written_whole.py"}
    source = next(path for path in SOURCES if path.name == "written_whole.py").read_text("utf-8")
    assert 'os.name == "posix"' in source


def kept_files() -> list[str]:
    ran = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    if ran.returncode:
        pytest.skip("no git checkout")
    return ran.stdout.decode("utf-8").rstrip("\0").split("\0")


def test_names_in_this_repository_exist_on_every_system():
    names = kept_files()
    folded = Counter(name.casefold() for name in names)
    assert [name for name, count in folded.items() if count > 1] == []
    parts = {part for name in names for part in PureWindowsPath(name).parts}
    assert [part for part in parts if re.search(r'[<>:"|?*\\\x00-\x1f]|[. ]$', part) or file_name(part) != part] == []
    # 260 letters are what Windows takes: a long folder of a user and that of packages come before
    assert max(len(name.removeprefix("src/")) for name in names) <= 110


def test_git_leaves_line_ends_alone():
    """Stored hashes are of bytes, and Git for Windows would change the bytes."""
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text("utf-8").splitlines()
    ended = [name for name in kept_files() if name.endswith((".toml", ".csv", ".json", ".ant", ".py", ".md", ".js"))]
    assert [name for name in ended if (ROOT / name).is_file() and b"\r" in (ROOT / name).read_bytes()] == []

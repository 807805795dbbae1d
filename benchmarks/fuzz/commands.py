"""Commands with changed words and changed files, each in a process of its own."""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz import examples
from fuzz.change import Form, as_bytes, change
from fuzz.doors import MEGABYTES
from fuzz.in_process import LIMIT_S, STEERING
from fuzz.mutate import mutate

#: A name in braces is a changed file of that kind, or one of the things that are no file of a user.
_COMMANDS = (
    "run {study:toml} -n 2 --no-report",
    "run koreth-2011 -n 2 --no-report --shard 1/1",
    "simulate -r REGIMEN -n 2 --no-report",
    "simulate -r none -n 2 --no-report --drug {drug:toml}",
    "simulate -r none -n 2 --no-report --cohort {cohort:toml}",
    "simulate -r none --subjects {subjects:csv} --no-report",
    "simulate --table {doses:csv} -n 2 --no-report --table-unit MIU",
    "simulate --model {SBML:xml} --until 2 --points 3",
    "simulate --model {model:ant} --until 2 --points 3",
    "simulate --model {SBML:xml} --table {doses:csv} --table-unit nmol",
    "fit {problem:toml} --starts 1",
    "timing assess {CRP:csv}",
    "timing assess {CRP:csv} --config {settings:toml}",
    "timing trial --phases {phases:txt}",
    "response --drug {drug:toml}",
    "search {search:toml} --budget 1 -n 2 --out searched",
    "predict open {run.json:json}",
    "predict register {study:toml}",
    "predict list --folder x",
    "show aldesleukin",
    "show treg_fold",
    "list drugs",
    "export human --to sbml --out x.xml",
    "init study x.toml",
    "init drug x.toml",
    "simulate -r none -n 2 --no-report --seed 7 --workers 1 --chunk 10 --rtol 1e-5 --follow-up-days 1",
    "simulate -r none -n 2 --no-report --report-days 1,2 --set clearance=2 --json x.json --out here",
)
_NO_FILES = ("/dev/zero", "/dev/null", ".", "pipe", "/proc/self/mem", "gone", "a\x1b[31mb", "x" * 300)


def warm() -> None:
    """Load what every command needs, so that a child begins at the work."""
    import bimodal.predict
    import bimodal.report
    import bimodal.study.run.runner
    import bimodal.timing.assess
    import bimodal.timing.trial
    import bimodal.timing.trial_tables  # noqa: F401
    from bimodal.model.model import load_model

    for name in ("human", "human_oncology"):
        assert load_model(name).system.state_ids


def commands(count: int, seed: int, folder: Path) -> Iterator[list[str]]:
    """Give `count` commands, their files written into `folder`."""
    chance, kinds = random.Random(f"{seed}/commands"), _kinds()
    (folder / "washout.ant").write_text(examples.ANTIMONY)
    (folder / "washout.csv").write_text("arm,observable,hour,value,sd_log\ndosed,drug,1,8,0.1\n")
    os.mkfifo(folder / "pipe")
    for number in range(count):
        words, line = list[str](), chance.choice(_COMMANDS)
        for word in line.split(" "):
            if word.startswith("{"):
                kind, ending = word[1:-1].split(":")
                if chance.random() < 0.1:
                    words.append(chance.choice(_NO_FILES))
                    continue
                path = folder / f"{number}.{ending}"
                path.write_bytes(as_bytes(change(*kinds[kind], chance)))
                words.append(path.name)
            else:
                words.append("1 MIU/m2 SC daily for 3 days" if word == "REGIMEN" else word)
        if "{" not in line or chance.random() < 0.3:
            place = chance.randrange(1, len(words))
            changed = mutate(words[place], chance)[:5000].replace("..", "").lstrip("/")  # nothing outside the folder
            # the system itself takes no zero byte and no half letter in a command line
            words[place] = changed.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
        yield words


def _kinds() -> dict[str, tuple[str, Form]]:
    from bimodal.model.antimony_text import to_sbml

    return {
        "study": (examples.STUDY, "toml"),
        "drug": (examples.shipped("drugs", "aldesleukin")[0], "toml"),
        "cohort": (examples.shipped("cohort", "healthy")[0], "toml"),
        "problem": (examples.PROBLEM, "toml"),
        "settings": (examples.SETTINGS, "toml"),
        "search": (examples.SEARCH, "toml"),
        "subjects": (examples.SUBJECTS, "table"),
        "doses": (examples.DOSES, "table"),
        "CRP": (examples.CRP, "table"),
        "run.json": (examples.CARD, "json"),
        "SBML": (to_sbml(examples.ANTIMONY, "", file="x.ant"), "xml"),
        "model": (examples.ANTIMONY, "text"),
        "phases": (examples.PHASES, "text"),
    }


def _command(arguments: list[str], folder: Path) -> tuple[int, float, float, str]:
    """Run one command in a child process that has everything imported; code, seconds, megabytes, output."""
    from importlib import import_module

    entry = import_module("bimodal.cli.main").main
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            code = 250
            try:
                os.chdir(folder)
                for stream in (1, 2):
                    os.dup2(said.fileno(), stream)
                resource.setrlimit(resource.RLIMIT_CPU, (40, 41))
                code = entry(arguments)
                sys.stdout.flush()
            except BaseException:
                import traceback

                traceback.print_exc()
                sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 251)
        _, status, used = os.wait4(child, 0)
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def by_command(count: int, seed: int) -> dict[str, Any]:
    """Run `count` commands with changed words and changed files."""
    warm()
    codes, fell, worst, mb = Counter[int](), [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as place:
        for arguments in commands(count, seed, Path(place)):
            code, seconds, used, text = _command(arguments, Path(place))
            codes[code] += 1
            worst, mb = max(worst, seconds if code == 2 else 0.0), max(mb, used)
            why = [
                f"exit {code}" if code not in (0, 1, 2) else "",
                "traceback" if "Traceback" in text else "",
                "steering letter" if STEERING.search(text) else "",
                f"refused after {seconds:.1f} s" if code == 2 and seconds > LIMIT_S else "",
                f"{used:.0f} MB" if used > MEGABYTES else "",
            ]
            if any(why):
                fell.append([", ".join(filter(None, why)), repr(arguments)[:300], text[-300:]])
                print(fell[-1], file=sys.stderr, flush=True)
    codes_text = {str(code): n for code, n in sorted(codes.items())}
    return {"commands": count, "codes": codes_text, "fell": fell, "worst_refusal_s": round(worst, 2), "mb": round(mb)}

"""Commands with changed words and changed files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from fuzz.doors import ANTIMONY, doors
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
    chance, known = random.Random(f"{seed}/commands"), doors()
    examples = {name: door.example for name, door in known.items()} | {"model": ANTIMONY, "phases": "0.1\n0.5\n0.7\n"}
    (folder / "washout.ant").write_text(ANTIMONY)
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
                path.write_bytes(mutate(examples[kind], chance).encode("utf-8", "surrogatepass"))
                words.append(path.name)
            else:
                words.append("1 MIU/m2 SC daily for 3 days" if word == "REGIMEN" else word)
        if "{" not in line or chance.random() < 0.3:
            place = chance.randrange(1, len(words))
            changed = mutate(words[place], chance)[:5000].replace("..", "").lstrip("/")  # nothing outside the folder
            # the system itself takes no zero byte and no half letter in a command line
            words[place] = changed.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
        yield words

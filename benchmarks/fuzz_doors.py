"""Fuzzes every reader of a user's text, in process and through the command line.

    python benchmarks/fuzz_doors.py [--parts in_process,by_command] [--inputs 100000] [--commands 1000] [--seed 1]
                                    [--readers study,drug]

With ``--readers`` the rows of the other readers stay as they were measured before.

Valid examples are changed with a fixed seed (`fuzz/mutate.py`). An input falls if it ends in anything but a value or a
`BimodalError`, by a signal, after more than 2 s of processor, or above 1 GB. Exit code 1 if anything falls. Writes
``benchmarks/results/fuzz_doors.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.machine import commit, line, machine

RESULTS = Path(__file__).parent / "results"
LIMIT_S, LIMIT_MB, BATCH = 2.0, 1000.0, 1000
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def _try(door: Any, text: str) -> tuple[str, float, str]:
    """Read one input; what fell, empty where it was not, the seconds of processor, and how it ended."""
    from bimodal.errors import BimodalError

    began, fell, end = _spent(door), "", "read"
    try:
        door.read(text)
    except BimodalError as fault:
        fell = "steering letter in the message" if _STEERING.search(str(fault)) else ""
        end = "parser broke" if "the parser broke down" in str(fault) else "refused"
    except Exception as fault:  # what this study looks for
        fell, end = f"{type(fault).__name__}: {str(fault)[:80]}", "fell"
    took = _spent(door) - began
    return fell or ("slow" if took > LIMIT_S else ""), took, end


def _spent(door: Any) -> float:
    """Seconds of processor of this process, of those it waited for, and of what a reader has work elsewhere."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime + door.elsewhere()


def _batch(door: Any, texts: list[str]) -> dict[str, Any]:
    """Read a batch in a child process, so that a signal or a reader that hangs is seen and named."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (int(LIMIT_S * 30), int(LIMIT_S * 30) + 1))
        fell, worst, read, ends = [], 0.0, 0, Counter[str]()
        for number, text in enumerate(texts):
            os.pwrite(progress.fileno(), f"{number:8}".encode(), 0)
            why, took, end = _try(door, text)
            worst, read = max(worst, took), read + 1
            ends[end] += 1
            if why:
                fell.append([why, text])
        with os.fdopen(into, "w") as pipe:
            json.dump({"fell": fell[:20], "count": len(fell), "worst": worst, "read": read, "ends": ends}, pipe)
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    if os.WIFSIGNALED(status) or not said:
        number = int(os.pread(progress.fileno(), 8, 0))
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "no answer"
        found = {"fell": [[name, texts[number]]], "count": 1, "worst": LIMIT_S, "read": number + 1, "ends": {}}
    else:
        found = json.loads(said)
    return found | {"mb": used.ru_maxrss / 1024}


def in_process(count: int, seed: int, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the readers `count` inputs each, or their share of them."""
    from fuzz.doors import doors
    from fuzz.mutate import minimise, mutate

    known = doors()
    for name in names or known:
        door = known[name]
        chance, began = random.Random(f"{seed}/{name}"), time.perf_counter()
        fell: dict[str, str] = {}
        total, worst, mb, number, ends = 0, 0.0, 0.0, 0, Counter[str]()
        asked = -(-count // door.share)
        for first in range(0, asked, BATCH):
            texts = [mutate(door.example, chance) for _ in range(min(BATCH, asked - first))]
            found = _batch(door, texts)
            total, worst, mb = total + found["count"], max(worst, found["worst"]), max(mb, found["mb"])
            number += found["read"]
            ends.update(found["ends"])
            for why, text in found["fell"]:
                fell.setdefault(why.partition(":")[0] if "slow" not in why else why, text)
        small = {}
        for why, text in fell.items():
            same = lambda one, kind=why, door=door: _try(door, one)[0].partition(":")[0] == kind  # noqa: E731
            small[why] = repr(minimise(text, same) if why != "slow" and not why.startswith("SIG") else text)[:300]
        took = time.perf_counter() - began
        row = {"inputs": number, "fell": total + (mb > LIMIT_MB), "worst_s": round(worst, 3), "mb": round(mb)}
        row |= {"ends": dict(ends), "seconds": round(took, 1), "smallest": small}
        print(name, row, file=sys.stderr, flush=True)
        yield name, row


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
    from fuzz.commands import commands, warm

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
                "steering letter" if _STEERING.search(text) else "",
                f"refused after {seconds:.1f} s" if code == 2 and seconds > LIMIT_S else "",
                f"{used:.0f} MB" if used > LIMIT_MB else "",
            ]
            if any(why):
                fell.append([", ".join(filter(None, why)), repr(arguments)[:300], text[-300:]])
                print(fell[-1], file=sys.stderr, flush=True)
    codes_text = {str(code): n for code, n in sorted(codes.items())}
    return {"commands": count, "codes": codes_text, "fell": fell, "worst_refusal_s": round(worst, 2), "mb": round(mb)}


def markdown(record: dict[str, Any]) -> str:
    """Return the table of the results."""
    lines = ["# Fuzz of every reader of a user's text", ""]
    lines += [
        "An input falls if it ends in anything but a value or an error in words, by a signal, after more than "
        f"{LIMIT_S:g} s of processor, with a letter that steers a terminal, or above {LIMIT_MB:g} MB."
    ]
    if "in_process" in record:
        rows = {name: record["in_process"][name] for name in sorted(record["in_process"], key=str.casefold)}
        lines += ["", "| reader | inputs | of them read | fell | slowest, s | memory, MB | measured |"]
        lines += ["|---|---|---|---|---|---|---|"]
        for name, row in rows.items():
            read = f"{row['ends'].get('read', 0):,}" if row["ends"] else "not counted"
            cells = [f"{row['inputs']:,}", read, row["fell"], f"{row['worst_s']:.2f}"]
            about = row["about"]
            measured = f"{about['date']}, {about['commit'][:12]}{'*' if about['changed_since'] else ''}"
            lines.append(f"| {' | '.join(map(str, [name, *cells, row['mb'], measured]))} |")
        broke = sum(row["ends"].get("parser broke", 0) for row in rows.values())
        lines += [
            "",
            "Antimony is parsed by libAntimony in a process of its own that can open nothing. Starting one takes many "
            "times as long as parsing, so most texts are given to forks that are confined and asked in the same way; "
            "what comes back is read as SBML. One reader in the table starts the very process for each text. "
            "As these are slow they get a share of the inputs; the guard before them gets all. libAntimony "
            f"itself broke down over {broke:,} texts, each of which ended in a sentence.",
        ]
        lines += ["", "The last row: " + _measured(max((row["about"] for row in rows.values()), key=_when))]
        for name, row in rows.items():
            lines += [f"\n{name}, {why}: `{text}`" for why, text in row["smallest"].items()]
    if "by_command" in record:
        found = record["by_command"]
        codes = ", ".join(f"{code}: {n}" for code, n in found["codes"].items())
        lines += ["", _measured(found["about"]), "",
                  f"Commands: {found['commands']:,} with changed words and files, each in a process of its own that "
                  f"starts with everything imported. Exit codes {codes}; fell: {len(found['fell'])}; slowest refusal "
                  f"{found['worst_refusal_s']:.2f} s; most memory {found['mb']} MB."]  # fmt: skip
        lines += [f"\n- {why}: `{what}`" for why, what, _ in found["fell"]]
    return "\n".join(lines) + "\n"


def _when(about: dict[str, Any]) -> str:
    return about["at"]


def _measured(about: dict[str, Any]) -> str:
    dirty = ", with changes" if about["changed_since"] else ""
    return (
        f"Measured {about['date']} at commit {about['commit'][:12]}{dirty} with `{about['command']}` "
        f"(seed {about['seed']}). Machine: {line(about['machine'])}."
    )


def main() -> int:
    """Run both parts and write their results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", default="in_process,by_command")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--readers", default="", help="only these, separated by commas")
    options = parser.parse_args()
    path = RESULTS / "fuzz_doors.json"
    record: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def keep(part: str, counts: str, rows: dict[str, Any]) -> None:
        """Write what was measured, so that a run that is stopped has what it did."""
        about = {"command": f"python benchmarks/fuzz_doors.py --parts {part} {counts}", "seed": options.seed}
        about |= {"date": time.strftime("%Y-%m-%d", time.gmtime()), "at": time.strftime("%FT%TZ", time.gmtime())}
        about |= {"machine": machine()} | commit()
        if part == "in_process":
            record.setdefault(part, {}).update({name: row | {"about": about} for name, row in rows.items()})
        else:
            record[part] = rows | {"about": about}
        path.write_text(json.dumps(record, indent=1, ensure_ascii=True) + "\n", "utf-8")
        (RESULTS / "fuzz_doors.md").write_text(markdown(record), "utf-8")

    parts = options.parts.split(",")
    if "in_process" in parts:
        for name, row in in_process(options.inputs, options.seed, list(filter(None, options.readers.split(",")))):
            keep("in_process", f"--inputs {options.inputs}", {name: row})
    if "by_command" in parts:
        keep("by_command", f"--commands {options.commands}", by_command(options.commands, options.seed))
    print(markdown(record))
    fell = [row["fell"] for row in record.get("in_process", {}).values()]
    return int(any(fell) or bool(record.get("by_command", {"fell": []})["fell"]))


progress = tempfile.TemporaryFile()  # noqa: SIM115 - the number of the input a child is at

if __name__ == "__main__":
    raise SystemExit(main())

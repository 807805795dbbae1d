"""The tables of what the readers of users' texts did with changed ones."""

from __future__ import annotations

from typing import Any

from engine.machine import line
from fuzz.doors import MEGABYTES
from fuzz.in_process import LIMIT_S


def markdown(record: dict[str, Any]) -> str:
    """Return the table of the results."""
    lines = ["# Fuzz of every reader of a user's text", ""]
    lines += [
        "An input falls if it ends in anything but a value or an error in words, by a signal, after more than "
        f"{LIMIT_S:g} s of processor, with a letter that steers a terminal, above {MEGABYTES:g} MB, or if reading it "
        "started a program, ran code that is no file of the installation, asked the network, wrote or opened a file "
        "outside the folder of the input (a hook of Python's own auditing sees it), or opened a file that texts name "
        "and nothing may open (the system sees that, whatever language opens it)."
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
        total, fallen = (sum(row[key] for row in rows.values()) for key in ("inputs", "fell"))
        lines += [f"| all {len(rows)} | {total:,} |  | {fallen} |  |  |  |"]
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

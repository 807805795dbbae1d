"""Fuzzes every reader of a user's text, in process and through the command line.

    python benchmarks/fuzz_doors.py [--parts in_process,by_command] [--inputs 40000] [--commands 1000] [--seed 1]
                                    [--readers study,drug] [--go-on]

With ``--readers`` the rows of the other readers stay as they were measured before; ``--go-on`` keeps the inputs of the
same seed that were read already, so that a run that was ended is taken up at its last thousand.

Valid texts are changed with a fixed seed (`fuzz/change.py`). An input falls if it ends in anything but a value or a
`BimodalError`, by a signal, after more than 2 s of processor, above 1 GB, or if reading it runs a program, code that is
no file of the installation, or the network, or opens a file it should not (`fuzz/watch.py`). Exit code 1 if anything
falls. Writes ``benchmarks/results/fuzz_doors.json`` and ``.md``. Linux alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from engine.machine import commit, machine

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Run both parts and write their results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", default="in_process,by_command")
    parser.add_argument("--inputs", type=int, default=40_000, help="of each reader, or its share of them")
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--readers", default="", help="only these, separated by commas")
    parser.add_argument("--go-on", action="store_true", help="keep the inputs of this seed that were read already")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    from fuzz import in_process
    from fuzz.commands import by_command
    from fuzz.doors import doors
    from fuzz.doors_table import markdown
    from fuzz.watch import scratch_folder

    out = options.out.resolve()
    path = out / "fuzz_doors.json"
    record: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def keep(part: str, counts: str, rows: dict[str, Any]) -> None:
        """Write what was measured, so that a run that is stopped has what it did."""
        about = {"command": f"python benchmarks/fuzz_doors.py --parts {part} {counts}", "seed": options.seed}
        about |= {"date": time.strftime("%Y-%m-%d", time.gmtime()), "at": time.strftime("%FT%TZ", time.gmtime())}
        about |= {"machine": here} | at
        if part == "in_process":
            record.setdefault(part, {}).update({name: row | {"about": about} for name, row in rows.items()})
        else:
            record[part] = rows | {"about": about}
        path.write_text(json.dumps(record, indent=1, ensure_ascii=True) + "\n", "utf-8")
        (out / "fuzz_doors.md").write_text(markdown(record), "utf-8")

    here, at, parts = machine(), commit(), options.parts.split(",")
    if "in_process" in parts:
        with scratch_folder() as folder:
            known = doors(folder)
            for name in filter(None, options.readers.split(",") if options.readers else known):
                door, before = known[name](), dict(record.get("in_process", {}).get(name, {}))
                told = before.pop("about", {"seed": None})
                begun = before if options.go_on and told["seed"] == options.seed else {}
                asked = -(-options.inputs // door.share)
                for row in in_process.fuzz(door, name, asked, options.seed, folder, begun):
                    keep("in_process", f"--inputs {options.inputs}", {name: row})
                    begun = row
                print(name, begun, file=sys.stderr, flush=True)
    if "by_command" in parts:
        keep("by_command", f"--commands {options.commands}", by_command(options.commands, options.seed))
    print(markdown(record))
    fell = [row["fell"] for row in record.get("in_process", {}).values()]
    return int(any(fell) or bool(record.get("by_command", {"fell": []})["fell"]))


if __name__ == "__main__":
    raise SystemExit(main())

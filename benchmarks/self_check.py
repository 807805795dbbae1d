"""The numbers that ``bimodal doctor`` holds an installation against.

python benchmarks/self_check.py [--write]

Runs the small study of the check. Without ``--write`` it prints what differs from what is stored; with it the numbers
are stored again, and the hash of this kind of machine and these versions beside those of others that have the same
model and parameters.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bimodal.files.write import write_text
from bimodal.qualify.self_check import machine, run_case, stored

FILE = Path(__file__).parents[1] / "src" / "bimodal" / "qualify" / "data" / "self_check.json"


def main() -> None:
    """Compare, or store."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--write", action="store_true")
    write = words.parse_args().write
    found, here = run_case(), machine()
    known = stored() if FILE.exists() else {"hashes": []}
    same = all(known.get(name) == found[name] for name in ("model_sha256", "parameters_sha256", "values"))
    if not write:
        print(
            "the stored numbers are those of this tree"
            if same
            else "the stored numbers are of another model or version"
        )
        return
    others = [one for one in known["hashes"] if same and one["machine"] != here]
    hashes = [*others, {"machine": here, "results_sha256": found.pop("results_sha256")}]
    write_text(FILE, json.dumps({**found, "hashes": hashes}, indent=2) + "\n")


if __name__ == "__main__":
    main()

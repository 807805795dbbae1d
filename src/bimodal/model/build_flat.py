"""Reads every shipped text with Antimony and libSBML and keeps the networks beside it.

    python -m bimodal.model.build_flat [--check]

Run it after a change of an Antimony text, of the names in a parameter table or of how SBML is read; a test says when.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bimodal.model.assay import assay_text, has_assay
from bimodal.model.flat import flat_bytes, flat_file, flat_key, read_network
from bimodal.model.manifest import list_models, read_manifest
from bimodal.model.model import load_model, model_inputs
from bimodal.model.model_facts import text_key
from bimodal.model.network import Network
from bimodal.model.rest import load_rest, rest_text
from bimodal.model.short_form import PlainText

FOLDER = Path(__file__).parent / "data" / "flat"
COUNTS = FOLDER / "states.json"
_SIGNATURE = re.compile(rb"<!-- Created by .*? -->")


def shipped_texts() -> Iterator[tuple[PlainText, str, dict[str, float] | None]]:
    """Give every text the package reads: the text, the model in it, its parameter table."""
    manifests = [read_manifest(name) for name in list_models()]
    for level in (manifest.level for manifest in manifests if manifest.level is not None):
        yield rest_text(level), level.rest.removesuffix(".ant"), None
    for manifest in manifests:
        rest = None if manifest.level is None else load_rest(manifest.level)
        yield manifest.plain(), manifest.name, model_inputs(manifest.table(), rest)
        if has_assay(manifest):
            yield assay_text(manifest), "assay", None
    yield read_manifest("receptor_cell").plain(), "receptor_cell", None


def fresh_files() -> dict[str, Callable[[], Network]]:
    """Return the name of every file there should be, and what reads its network anew."""
    return {
        flat_file(name, flat_key(text, name, values)): partial(
            read_network, text, name, file=f"{name}.ant", values=values
        )
        for text, name, values in shipped_texts()
    }


def fresh_counts() -> str:
    """Return the content of the file of numbers of states."""
    counts = {
        name: [text_key(read_manifest(name).plain()), len(load_model(name).network.state_ids)] for name in list_models()
    }
    return json.dumps(counts, indent=1) + "\n"


def main(words: list[str]) -> int:
    """Write the files, or with ``--check`` say which of them are not what the texts give now."""
    kept = {path.name: path for path in FOLDER.glob("*.json.gz")}
    fresh = fresh_files()
    if words == ["--check"]:
        stale = {*(kept.keys() ^ fresh.keys()), *(n for n in kept.keys() & fresh.keys() if not is_fresh(n, fresh[n]()))}
        for name in sorted(stale):
            print(f"data/flat/{name} is out of date; run: python -m bimodal.model.build_flat")
        return int(bool(stale) or COUNTS.read_text(encoding="utf-8") != fresh_counts())
    FOLDER.mkdir(exist_ok=True)
    for name in kept.keys() - fresh.keys():
        kept[name].unlink()
    for name, read in fresh.items():
        (FOLDER / name).write_bytes(flat_bytes(read()))
    COUNTS.write_text(fresh_counts(), encoding="utf-8", newline="\n")
    return 0


def is_fresh(name: str, network: Network) -> bool:
    """Tell whether a file holds exactly this network; compressors and the versions Antimony signs with may differ."""
    words = [gzip.decompress(content) for content in ((FOLDER / name).read_bytes(), flat_bytes(network))]
    kept, fresh = (_SIGNATURE.sub(b"", each) for each in words)
    return kept == fresh


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

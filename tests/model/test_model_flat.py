"""The networks that are shipped read: those that Antimony and libSBML make of the texts today, to the last byte."""

import gzip
import json
import subprocess
import sys

import pytest

from bimodal.model import flat as flat_module
from bimodal.model import load_model
from bimodal.model.build_flat import COUNTS, FOLDER, fresh_counts, fresh_files, is_fresh
from bimodal.model.flat import flat_file, flat_key, flat_network, read_network
from bimodal.model.model_facts import model_facts
from bimodal.model.network_file import network_from_json, network_to_json
from bimodal.model.short_form import PlainText

FRESH = fresh_files()
#: Up to half a minute of libAntimony each; that a text has changed shows in the name of its file, tested for all.
LONG = ("mouse", "human_")


def test_there_is_one_file_for_every_shipped_text():
    assert {path.name for path in FOLDER.iterdir()} == {*FRESH, COUNTS.name}
    assert COUNTS.read_text(encoding="utf-8") == fresh_counts()


def test_a_list_counts_anew_where_a_text_has_changed(monkeypatch):
    known = model_facts("tumour_alone")
    monkeypatch.setattr("bimodal.model.model_facts.read_data", lambda _: '{"tumour_alone": ["another text", 99]}')
    assert model_facts("tumour_alone") == known
    assert known.states == len(load_model("tumour_alone").network.state_ids)


def test_a_list_of_models_loads_no_numpy():
    code = (
        "import sys\nfrom bimodal.cli import main\nmain(['list', 'models'])\n"
        "print(sorted({'numpy', 'llvmlite', 'antimony'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.endswith("[]\n")
    assert "human_mass_action" in said.stdout


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name.startswith(LONG) else name for name in FRESH]
)
def test_each_is_what_antimony_makes_of_its_text_today(name):
    assert is_fresh(name, FRESH[name]())


def a_text(line: str) -> PlainText:
    return PlainText((("model m", "m.ant, line 1"), (line, "m.ant, line 2"), ("end", "m.ant, line 3")), {})


EVENTS = a_text("x = 1; k = 2; x' = -k*x; at 3 after (x < 0.5), priority = k, persistent = false: x = 1;")


@pytest.mark.parametrize(
    "network", [load_model("human").network, read_network(EVENTS, "m", file="m.ant")], ids=["human", "events"]
)
def test_a_network_comes_back_whole(network):
    again = network_from_json(json.loads(json.dumps(network_to_json(network))))
    assert again.graph.terms == network.graph.terms
    assert all(getattr(again, key) == value for key, value in vars(network).items() if key != "graph")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An installed package with one network, of x' = -k*x."""
    text = a_text("x = 1; k = 2; x' = -k*x;")
    folder = tmp_path / "data" / "flat"
    folder.mkdir(parents=True)
    network = read_network(text, "m", file="m.ant", values={"k": 2.0})
    (folder / flat_file("m", flat_key(text, "m", {"k": 2.0}))).write_bytes(flat_module.flat_bytes(network))
    monkeypatch.setattr(flat_module, "files", lambda _: tmp_path)
    return text, folder


def test_values_come_from_the_parameter_table(kept, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("read again")

    monkeypatch.setattr(flat_module, "read_network", refuse)
    assert flat_network(kept[0], "m", file="m.ant", values={"k": 7.0}).constants[0].value == 7.0


@pytest.mark.parametrize("values", [None, {}])
def test_a_changed_text_or_table_is_read_anew(values, kept):
    changed = flat_network(a_text("x = 1; k = 2; x' = -3*k*x;"), "m", file="m.ant", values={"k": 2.0})
    assert changed.graph.value(changed.graph.const(3.0)) in {t.payload for t in changed.graph.terms}
    assert [c.id for c in flat_network(kept[0], "m", file="m.ant", values=values).constants] == (
        ["k"] if values is None else []
    )


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:30] + b"\0" + b[31:]])
def test_a_damaged_file_is_passed_over(damage, kept):
    text, folder = kept
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert flat_network(text, "m", file="m.ant", values={"k": 5.0}).constants[0].value == 5.0


def test_no_shipped_model_needs_antimony_or_libsbml():
    code = (
        "import sys\nfrom bimodal.model import load_assay, load_model, list_models, load_receptor_cell\n"
        "[load_model(name) for name in list_models()]\nload_assay(), load_receptor_cell()\n"
        "print(sorted({'antimony', 'libsbml'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout == "[]\n"


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 500_000
    assert all(gzip.decompress(path.read_bytes())[:1] == b"{" for path in FOLDER.glob("*.gz"))

"""A drug file in the page is that file on the desk: what is wrong with it, what it sets, how it varies, its EC50."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import math
import random
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from browser_engine import run_node

from bimodal.drugs import list_molecules, load_molecule
from bimodal.errors import BimodalError
from bimodal.page.bundle import make_bundle
from bimodal.page.molecules import dose_units, drug_in_model
from bimodal.page.workbench import file_content
from bimodal.response.dish import Dish
from bimodal.response.response import simulate_responses
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.verdict.outside import outside_calibration

_PATIENTS = 4
_BOUND = [
    name
    for name in list_molecules()
    if load_molecule(name).ligand in ("native", "engineered") and load_molecule(name).species == "human"
]


@pytest.fixture(scope="module")
def solver():
    return load_solver("human")


@pytest.fixture(scope="module")
def bundle_file(solver, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "bundle.json"
    molecules = [load_molecule("aldesleukin")]
    file.write_text(json.dumps(make_bundle([(solver, ["healthy"])], molecules, [], patients=_PATIENTS)))
    return file


def ask(bundle_file, texts, *wanted):
    lines = "".join(json.dumps({"text": text, "wanted": wanted}) + "\n" for text in texts)
    return [json.loads(line) for line in run_node("molecules.mjs", str(bundle_file), given=lines).splitlines()]


def toml(content, path=()):
    """Write tables as TOML, in one way of several: what the page must read."""
    own = [f"{key} = {json.dumps(value)}" for key, value in content.items() if not isinstance(value, dict)]
    head = [f"[{'.'.join(path)}]"] if path and own else []
    below = [toml(value, (*path, key)) for key, value in content.items() if isinstance(value, dict)]
    return "\n".join([*head, *own, *below])


def draw_number(draw, unit, low, high, **more):
    made = {"value": float(f"{math.exp(draw.uniform(math.log(low), math.log(high))):.6g}"), "unit": unit}
    return {**made, "source": "a test", "status": draw.choice(("measured", "fitted", "assumed")), **more}


def draw_molecule(draw):
    """Draw a drug file that the desk takes, of any structure that a molecule of IL-2 can have."""
    mass = draw_number(draw, *draw.choice((("g/mol", 1e4, 2e4), ("kg/mol", 10.0, 20.0))))
    made = {"schema": 1, "id": "mine", "name": "Mine", "ligand": "engineered", "molar_mass": mass}
    if draw.random() < 0.5:
        made["conjugate"] = {"molar_mass": draw_number(draw, "g/mol", 2.1e4, 2e5)}
        if draw.random() < 0.5:
            made["conjugate"]["il2_per_conjugate"] = draw_number(draw, "1", 1.0, 2.0)
    if draw.random() < 0.4:
        unit, size = draw.choice((("MIU", 1.0), ("kIU", 1e3), ("IU", 1e6)))
        activity = {"activity": draw.uniform(5, 20) * size, "activity_unit": unit, "mass_mg": draw.uniform(0.5, 2.0)}
        made["potency"] = {**activity, "source": "a test", "status": "measured"}
    if draw.random() < 0.3:
        made["roche_unit"] = draw_number(draw, "IU", 2.0, 6.0)
    if draw.random() < 0.2:
        made["ligand"] = "native"
        return made

    def constant(*units):
        number = draw_number(draw, *draw.choice(units))
        return {**number, "native": draw.uniform(0.1, 10.0)} if draw.random() < 0.5 else number

    made["efficacy"] = draw_number(draw, *draw.choice((("1", 0.1, 1.0), ("%", 10.0, 100.0))))
    way = draw.choice(("both", "both", "both", "no alpha", "exchange"))
    if way == "exchange":
        made["affinity"] = {"betagamma": "none", "source": "a test"}
        made["exchange"] = {"kd_nM": draw_number(draw, "nM", 1.0, 1e3)}
    else:
        made["affinity"] = {"kbg_nM": constant(("nM", 0.1, 1e3), ("pM", 100.0, 1e5), ("uM", 1e-3, 1.0))}
        if way == "both":
            made["affinity"]["ka_nM"] = constant(("nM", 0.1, 1e3), ("pM", 100.0, 1e5))
            if draw.random() < 0.4:
                made["affinity"]["k2_per_cell"] = constant(("molecule/cell", 1.0, 1e4))
        else:
            made["affinity"] |= {"alpha": "none", "source": "a test"}
    if draw.random() < 0.4:
        names = [
            name for name in ("alpha", "betagamma", "k2") if draw.random() < 0.7 and (way == "both" or name != "k2")
        ]
        made["valency"] = 2
        made["avidity"] = {name: draw_number(draw, "1", 1.0, 100.0) for name in names or ["betagamma"]}
    if draw.random() < 0.3:
        made["release"] = {
            "rate": draw_number(draw, "1/h", 1e-3, 1.0),
            "inactive_clearance": draw_number(draw, "mL/h", 1.0, 100.0),
        }
    made["pk"] = draw_movement(draw)
    return made


def draw_movement(draw):
    def varied(*units):
        number = draw_number(draw, *draw.choice(units))
        return {**number, "cv": draw.choice((0.0, 0.3, "30 %", 0.05))} if draw.random() < 0.4 else number

    made = {
        "clearance": varied(("L/h", 1e-2, 10.0), ("mL/min", 1.0, 100.0), ("L/day", 0.1, 10.0)),
        "v_plasma": varied(("L", 1.0, 10.0), ("mL", 1000.0, 9000.0)),
    }
    if draw.random() < 0.5:
        made |= {"k_out": varied(("1/h", 0.01, 1.0)), "k_back": varied(("1/h", 0.01, 1.0), ("1/day", 0.1, 9.0))}
    if draw.random() < 0.7:
        made |= {"sc_transfer": varied(("1/h", 0.01, 1.0)), "sc_bioavailability": varied(("1", 0.1, 0.9))}
    return made


def on_the_desk(text, folder):
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return load_molecule(file)


def test_two_hundred_random_molecules_set_what_they_set_on_the_desk(solver, bundle_file, tmp_path):
    draw = random.Random(17)
    texts = [toml(draw_molecule(draw)) for _ in range(200)]
    system = solver.model.system
    for text, found in zip(texts, ask(bundle_file, texts), strict=True):
        molecule = on_the_desk(text, tmp_path)
        assert found.get("faults") == [], text
        desk = drug_in_model(molecule, solver, _PATIENTS, 1)
        assert desk is not None
        assert found["ports"] == desk["ports"], text
        assert sorted(place for place, _ in found["set"]) == sorted(place for place, _ in desk["set"]), text
        ours = dict(map(tuple, found["set"]))
        for place, value in desk["set"]:
            assert ours[place] == pytest.approx(value, rel=1e-12), (system.parameter_ids[place], text)
        assert found["drug"]["nmol"] == pytest.approx(dose_units(molecule), rel=1e-12), text
        assert found["drug"]["warnings"] == list(outside_calibration(molecule)), text
        potency = molecule.substance.potency
        assert found["drug"]["iu_per_mg"] == (None if potency is None else pytest.approx(potency, rel=1e-12))
        assert found["varied"] == desk["varied"], text
        if desk["varied"]:
            columns = np.reshape(found["columns"], (_PATIENTS, -1))
            np.testing.assert_allclose(columns, _columns(desk), rtol=1e-12)


def _columns(desk):
    numbers = np.frombuffer(gzip.decompress(base64.b64decode(desk["values"])), "<f8")
    return numbers.reshape(_PATIENTS, -1)


def test_what_the_page_saves_is_the_molecule_that_it_opened(bundle_file, tmp_path):
    draw = random.Random(3)
    texts = [toml(draw_molecule(draw)) for _ in range(60)]
    for text, found in zip(texts, ask(bundle_file, texts), strict=True):
        assert on_the_desk(found["saved"], tmp_path) == on_the_desk(text, tmp_path)


_BROKEN = [
    "remove",
    "zero",
    "negative",
    "text",
    "unit",
    "source",
    "status",
    "unknown",
    "ligand",
    "valency",
    "word",
    "number",
]


def break_molecule(draw, content):
    """Change one thing in a file, mostly for the worse."""
    made = copy.deepcopy(content)
    tables = [(made, key) for key, value in made.items() if isinstance(value, dict)]
    tables += [(made[key], name) for _, key in tables for name, value in made[key].items() if isinstance(value, dict)]
    owner, key = draw.choice(tables)
    one = owner[key]
    how = draw.choice(_BROKEN)
    number = one if "source" in one and "status" in one else None
    if how == "remove":
        del owner[draw.choice([key])]
    elif how == "ligand":
        made["ligand"] = draw.choice(("native", "engineered", "partner", "other"))
    elif how == "valency":
        made["valency"] = draw.choice((1, 2, 3))
    elif how == "word":
        made.setdefault("affinity", {})[draw.choice(("alpha", "betagamma"))] = draw.choice(("none", "some"))
    elif how == "unknown":
        one["colour"] = "red"
    elif how == "number" and isinstance(made.get("pk"), dict):
        made["pk"][draw.choice(("k_out", "sc_bioavailability", "human"))] = draw.choice(
            ("none published", draw_number(draw, "1", 0.5, 4.0), draw_number(draw, "1/h", 0.5, 4.0))
        )
    elif number is not None:
        value = "activity" if "activity" in number else "value"
        number |= {
            "zero": {value: 0.0},
            "negative": {value: -1.0},
            "text": {value: "1"},
            "unit": {"activity_unit" if value == "activity" else "unit": "parsec"},
            "source": {"source": " "},
            "status": {"status": "guessed"},
            "number": {"cv": draw.choice((-0.1, 3.0, "x"))},
        }[how]
    return made


def judged(text, folder):
    """Give the molecule of a file, and why the desk refuses it."""
    try:
        return on_the_desk(text, folder), ""
    except BimodalError as fault:
        return None, fault.what


def test_a_file_is_refused_by_the_page_where_the_desk_refuses_it(bundle_file, tmp_path):
    draw = random.Random(5)
    texts = [toml(break_molecule(draw, draw_molecule(draw))) for _ in range(400)]
    refused = 0
    for text, found in zip(texts, ask(bundle_file, texts), strict=True):
        molecule, refusal = judged(text, tmp_path)
        if refusal:
            refused += 1
            assert found.get("faults"), (refusal, text)
            in_its_words = any(says in refusal or refusal in says for says in found["faults"])
            # of a value of the wrong kind the desk says what its reader says; a partner has its own faults
            assert in_its_words or "input should be" in refusal or "partner" in refusal, (refusal, found)
        elif molecule.ligand != "partner":
            assert not found.get("faults"), text
    assert 200 < refused < 400


def test_every_molecule_of_the_package_is_read_as_it_stands(bundle_file):
    texts = [(files("bimodal.drugs") / "data" / f"{name}.toml").read_text(encoding="utf-8") for name in _BOUND]
    for text, found in zip(texts, ask(bundle_file, texts, "toml"), strict=True):
        assert found["toml"] == json.loads(json.dumps(tomllib.loads(text)))
    whole = [toml(file_content(load_molecule(name))) for name in _BOUND]
    assert all(found.get("faults", []) == [] for found in ask(bundle_file, whole))


def test_ec50_in_the_page_are_those_of_the_desk(bundle_file, tmp_path):
    draw = random.Random(11)
    texts = [toml(file_content(load_molecule(name))) for name in ("aldesleukin", "efavaleukin-alfa")]
    texts += [toml(draw_molecule(draw)) for _ in range(3)]
    for text, found in zip(texts, ask(bundle_file, texts, "dish"), strict=True):
        ((response,),) = simulate_responses([on_the_desk(text, tmp_path)], Dish(minutes=(30.0,)))
        desk = {row["cell"]: row["ec50_pM"] for row in response.to_json()["cells"]}
        assert found["ec50"].keys() == desk.keys()
        for cell, value in desk.items():
            assert found["ec50"][cell] == (None if value is None else pytest.approx(value, rel=1e-4)), (cell, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1979-05-27", "line 1"),
        ("x = 'a\nb'", "does not end on its line"),
        ("[a]\n[a]", "twice"),
        ("a = 1\na = 2", "twice"),
        ("[[a]]", "no lists of tables"),
        ("a = {b = 1}\na.c = 2", "closed"),
        ("a = 1 b = 2", "end of the line"),
        ('a = "\\ud800"', "no character"),
        ("a.b.c.d.e.f.g.h.i.j = 1", "nested too deeply"),
        ("= 1", "expected a key"),
        ("a = 01", "expected"),
    ],
)
def test_what_is_no_toml_is_said_with_its_line(bundle_file, text, words):
    (found,) = ask(bundle_file, [text], "toml")
    assert words in found["fault"]


def test_keys_of_objects_are_only_keys(bundle_file):
    hostile = '[__proto__]\nbad = 1\n[constructor.prototype]\nbad = 1\n[molar_mass]\n__proto__ = "x"\n'
    base = 'schema = 1\nid = "x"\nname = "x"\nbase = "__proto__"\n'
    (one, other) = ask(bundle_file, [hostile, base])
    assert any("__proto__ is unknown" in says for says in one["faults"])
    assert "is not a molecule of IL-2" in other["fault"]


def test_values_of_every_kind_are_read_as_python_reads_them(bundle_file):
    text = Path(__file__).with_name("every_kind.toml").read_text(encoding="utf-8")
    (found,) = ask(bundle_file, [text], "toml")
    assert found["toml"] == json.loads(json.dumps(tomllib.loads(text)))

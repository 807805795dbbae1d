"""Sorts of molecules: what each may say, and what is refused when two are mixed."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from drug_keys import drug_keys

from bimodal.drugs import lacking, load_molecule, molecule_template, uses
from bimodal.drugs.molecule import Molecule
from bimodal.errors import DrugError

UNITS = {
    "molar_mass": "g/mol",
    "affinity.ka_nM": "nM",
    "affinity.kbg_nM": "nM",
    "affinity.k2_per_cell": "molecule/cell",
    "exchange.kd_nM": "nM",
    "block.kd_nM": "nM",
    "inhibit.ic50_nM": "nM",
    "release.rate": "1/h",
    "release.inactive_clearance": "L/h",
    "pk.v_plasma": "L",
    "pk.clearance": "L/h",
    "pk.k_out": "1/h",
    "pk.k_back": "1/h",
    "pk.sc_transfer": "1/h",
    "pk.sc_bioavailability": "1",
}


def table(key: str, value: float = 2.0, unit: str | None = None) -> str:
    unit = unit or UNITS.get(key, "1")
    return f'[{key}]\nvalue = {value}\nunit = "{unit}"\nsource = "a test"\nstatus = "assumed"\n'


def text(*tables: str, ligand: str = "engineered", head: str = "") -> str:
    top = f'schema = 1\nid = "mine"\nname = "Mine"\nligand = "{ligand}"\n{head}'
    return top + table("molar_mass", 15000.0) + "".join(tables)


def load(folder: Path, content: str) -> Molecule:
    file = folder / "mine.toml"
    file.write_text(content, "utf-8")
    return load_molecule(file)


def refused(folder: Path, content: str, says: str, key: str) -> str:
    with pytest.raises(DrugError) as fault:
        load(folder, content)
    message = str(fault.value)
    assert says in message
    assert f"key {key}" in message
    assert "line " in message
    return message


NO_ALPHA = '[affinity]\nalpha = "none"\nsource = "a test"\n'
NO_BETAGAMMA = '[affinity]\nbetagamma = "none"\nsource = "a test"\n'
EFFICACY = table("efficacy", 1.0)
BOTH = table("affinity.ka_nM") + table("affinity.kbg_nM")
MUTEIN = text(BOTH, EFFICACY)


def test_the_shortest_file_of_each_sort(tmp_path):
    assert load(tmp_path, text(NO_ALPHA, table("affinity.kbg_nM"), EFFICACY)).affinity.alpha == "none"
    assert load(tmp_path, text(NO_BETAGAMMA, table("exchange.kd_nM"), EFFICACY)).exchange.kd_nM.value == 2.0
    assert load(tmp_path, text(table("block.kd_nM"), ligand="partner")).block.kd_nM.value == 2.0
    assert load(tmp_path, text(table("inhibit.ic50_nM"), ligand="partner")).inhibit.ic50_nM.value == 2.0
    released = text(BOTH, EFFICACY, table("release.rate"), table("release.inactive_clearance"))
    assert load(tmp_path, released).release.rate.value == 2.0
    pair = text(BOTH, EFFICACY, table("avidity.alpha"), head="valency = 2\n")
    assert load(tmp_path, pair).avidity.betagamma is None
    assert load(tmp_path, pair.replace("avidity.alpha", "avidity.k2")).avidity.k2.value == 2.0


@pytest.mark.parametrize(
    ("content", "says", "key"),
    [
        (MUTEIN + table("block.kd_nM"), "partner drugs", "block"),
        (MUTEIN + table("inhibit.ic50_nM"), "partner drugs", "inhibit"),
        (text(BOTH, table("block.kd_nM"), ligand="partner"), "has none in it", "affinity"),
        (text(table("block.kd_nM"), EFFICACY, ligand="partner"), "has none in it", "efficacy"),
        (text(ligand="partner"), "[block]", "ligand"),
        (text(BOTH, ligand="native"), "the model's own", "affinity"),
        (text(table("block.kd_nM"), ligand="native"), "the model's own", "block"),
        (text(table("exchange.kd_nM"), ligand="native"), "the model's own", "exchange"),
        (text(NO_ALPHA, BOTH, EFFICACY), "not both", "affinity.alpha"),
        (text('[affinity]\nalpha = "none"\nbetagamma = "none"\nsource = "s"\n', EFFICACY), "does nothing", "affinity"),
        (text('[affinity]\nalpha = "none"\n', table("affinity.kbg_nM"), EFFICACY), "source is missing", "affinity"),
        (text('[affinity]\nalpha = "weak"\n', table("affinity.kbg_nM"), EFFICACY), "'none'", "affinity.alpha"),
        (text(NO_BETAGAMMA, table("affinity.ka_nM"), EFFICACY), "needs [exchange]", "affinity.betagamma"),
        (text(BOTH, EFFICACY, table("exchange.kd_nM")), "leave ka_nM out", "affinity.ka_nM"),
        (text(NO_ALPHA, EFFICACY), "kbg_nM is missing", "affinity.kbg_nM"),
        (
            text(NO_ALPHA, table("affinity.kbg_nM"), table("affinity.k2_per_cell"), EFFICACY),
            "has no meaning",
            "affinity.k2_per_cell",
        ),
        (text(BOTH, EFFICACY, head="valency = 2\n"), "needs its avidity", "valency"),
        (MUTEIN + table("avidity.alpha"), "valency = 2", "avidity"),
        (text(BOTH, EFFICACY, table("avidity.alpha", 0.5), head="valency = 2\n"), "at least 1", "avidity.alpha"),
        (text(BOTH, EFFICACY, table("avidity.k2", 0.5), head="valency = 2\n"), "at least 1", "avidity.k2"),
        (
            text(NO_ALPHA, table("affinity.kbg_nM"), table("avidity.k2"), EFFICACY, head="valency = 2\n"),
            "has no meaning",
            "avidity.k2",
        ),
        (MUTEIN + table("release.rate"), "is missing", "release.inactive_clearance"),
        (MUTEIN + table("release.rate", -1.0) + table("release.inactive_clearance"), "greater than", "release.rate"),
        (text(table("block.kd_nM", 0.0), ligand="partner"), "greater than zero", "block.kd_nM"),
        (text(table("block.kd_nM", unit="L"), ligand="partner"), "cannot be turned into nM", "block.kd_nM"),
        (MUTEIN + '[pk]\nhuman = ""\n', "blank", "pk.human"),
        (MUTEIN + '[pk]\nhuman = "none published"\n' + table("pk.clearance"), "remove either", "pk.human"),
        (MUTEIN + table("pk.k_out"), "both, or neither", "pk.k_out"),
        (MUTEIN + table("pk.k_back"), "both, or neither", "pk.k_back"),
        (MUTEIN + table("pk.clearence"), "did you mean 'clearance'", "pk.clearence"),
        (MUTEIN + table("release.rates"), "did you mean 'rate'", "release.rates"),
    ],
)
def test_what_does_not_fit_together_is_refused_with_the_line(tmp_path, content, says, key):
    refused(tmp_path, content, says, key)


def test_the_line_is_that_of_the_key(tmp_path):
    content = MUTEIN + table("block.kd_nM")
    line = content.splitlines().index("[block.kd_nM]") + 1
    assert f"line {line}, key block" in refused(tmp_path, content, "partner drugs", "block")


def test_a_file_may_stand_on_a_built_in_molecule(tmp_path):
    above = 'schema = 1\nid = "mine"\nname = "Mine"\nbase = "neo-2-15"\n'
    own = load(tmp_path, above + table("pk.clearance", 0.5) + table("pk.v_plasma", 3.0))
    base = load_molecule("neo-2-15")
    assert own.affinity == base.affinity
    assert own.pk.human is None
    assert own.id == "mine"
    assert lacking(base, ["iv_bolus"]) == ["v_plasma", "clearance"]
    assert lacking(own, ["iv_bolus"]) == []
    refused(tmp_path, above.replace("neo-2-15", "neo-2-16"), "did you mean 'neo-2-15'", "base")
    refused(tmp_path, above.replace('"neo-2-15"', "3"), "not a built-in", "base")
    refused(tmp_path, above.replace('id = "mine"\n', ""), "has its own", "id")
    refused(tmp_path, above.replace("schema = 1\n", ""), "has its own", "schema")
    refused(tmp_path, above + table("block.kd_nM"), "partner drugs", "block")
    refused(tmp_path, above + "valency = 2\n", "needs its avidity", "valency")


def test_a_fault_of_a_table_that_the_base_brings_is_shown_at_the_base(tmp_path):
    above = 'schema = 1\nid = "mine"\nname = "Mine"\nbase = "neo-2-15"\nligand = "partner"\n'
    assert "line 4" in refused(tmp_path, above + table("block.kd_nM"), "has none in it", "affinity")


def test_uses_follow_from_what_the_file_gives(tmp_path):
    def ready(*more: str) -> list[str]:
        return [use.what for use in uses(load(tmp_path, MUTEIN + "".join(more))) if use.ready]

    by_vein = table("pk.clearance") + table("pk.v_plasma")
    under_skin = table("pk.sc_transfer") + table("pk.sc_bioavailability", 0.5)
    potency = '[potency]\nactivity = 1.0\nactivity_unit = "MIU"\nmass_mg = 1.0\nsource = "s"\nstatus = "assumed"\n'
    assert ready() == ["response"]
    assert ready(by_vein) == ["response", "simulate, IV"]
    assert ready(under_skin) == ["response"]
    assert ready(by_vein, under_skin) == ["response", "simulate, IV", "simulate, SC"]
    assert ready(potency) == ["response", "doses in IU"]
    assert [use.why for use in uses(load(tmp_path, MUTEIN))][1] == (
        "human pharmacokinetics: v_plasma and clearance not given"
    )


def test_importing_the_room_is_cheap():
    code = "import sys, bimodal.drugs as d; [d.load_molecule(n) for n in d.list_molecules()]; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numba", "xarray", "matplotlib", "duckdb", "pandas", "libsbml", "pint"} & set(run.stdout.split())


def test_every_key_is_known_for_suggestions():
    keys = drug_keys()
    assert {"schema", "ka_nM", "native", "value", "where_in_source", "ic50_nM", "inactive_clearance", "human"} <= keys
    assert {"activity", "mass_mg", "il2_per_conjugate", "alpha", "betagamma", "rate", "valency"} <= keys


def test_the_template_loads_and_names_every_table_and_command(tmp_path):
    template = molecule_template()
    assert load(tmp_path, template).id == "my-drug"
    for word in ("bimodal response", "bimodal simulate", "bimodal show drug", *(key for key in UNITS), "potency"):
        assert word in template, word
    assert all(len(line) <= 132 for line in template.splitlines())


def test_no_two_tables_of_the_template_contradict_each_other(tmp_path):
    """Uncommenting any of the optional tables that are written out gives a file that loads."""
    lines = molecule_template().splitlines()
    pairs = enumerate(itertools.pairwise(lines))
    starts = [i for i, (line, after) in pairs if line.startswith("# [") and after.startswith("# value")]
    assert len(starts) >= 4
    for start in starts:
        block = list(itertools.takewhile(lambda line: line.startswith("#"), lines[start:]))
        content = lines[:start] + [line.removeprefix("# ") for line in block] + lines[start + len(block) :]
        joined = "\n".join(content)
        if "[pk." in block[0]:
            joined = joined.replace('human = "none published"', "")
        if "[avidity." in block[0]:
            joined = joined.replace("# valency = 1", "valency = 2")
        load(tmp_path, joined)

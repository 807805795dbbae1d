"""The molecules that come with the package."""

import csv
import io
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from drug_keys import drug_keys

from bimodal.drugs import Kd, list_molecules, load_molecule, uses
from bimodal.units import DoseUnit, dose_nmol
from page_blocks import page_blocks

NAMES = list_molecules()
WANTED = {
    *("aldesleukin", "efavaleukin-alfa", "rezpegaldesleukin", "bempegaldesleukin", "nemvaleukin-alfa", "thor-707"),
    *("il-2v", "pt101-like", "mdna11", "n88d-fc", "v91k-fc", "h9-super-2", "reh", "neo-2-15", "f5111-complex"),
    *("nara1-complex", "jes6-1-complex", "s4b6-complex", "daclizumab", "basiliximab", "tofacitinib"),
    *(f"{name}{kind}" for name in ("wt-fc-n", "wt-fc-c", "r38q-fc-n", "f42q-fc-n") for kind in ("", "-bivalent")),
    *(f"{name}{kind}" for name in ("h16n-fc-n", "h16l-fc-n") for kind in ("", "-bivalent")),
}
# mutAffData.csv and WTmutAffData.csv, repository meyer-lab/gcSolver.jl, commit b074e92 (MIT)
TABLE = """id,ka,kbg
wt-fc-n,0.19,5.296
wt-fc-c,0.54,3.043
v91k-fc,0.69,7.5586
r38q-fc-n,0.71,3.9949
f42q-fc-n,9.48,2.815
n88d-fc,1.01,24.0166
h16n-fc-n,0.43,22.35
r38q-h16n-fc-n,0.71,22.35
"""


def raw(name: str) -> dict:
    return tomllib.loads(files("bimodal.drugs").joinpath("data", f"{name}.toml").read_text("utf-8"))


def test_the_list_is_complete():
    assert set(NAMES) >= WANTED


@pytest.mark.parametrize("name", NAMES)
def test_loads_and_every_number_has_a_source_and_a_place_in_it(name):
    molecule = load_molecule(name)
    assert molecule.id == name
    numbers = dict(molecule.quantities())
    assert "molar_mass" in numbers
    for key, number in numbers.items():
        assert number.source.strip(), key
        assert number.where_in_source.strip(), key
        if "recalled, not re-read" in number.source + number.where_in_source + number.note:
            assert number.status == "assumed", key
    affinity = molecule.affinity
    if affinity is not None and (affinity.alpha or affinity.betagamma):
        assert affinity.source
        assert affinity.where_in_source
    assert len(molecule.name) <= 44
    assert molecule.potency is None or name == "aldesleukin"


def test_no_source_is_a_lone_word_or_a_placeholder():
    sources = {number.source for name in NAMES for _, number in load_molecule(name).quantities()}
    assert all(len(source.split()) >= 2 for source in sources)
    assert not [source for source in sources if re.search(r"todo|unknown|placeholder|replace", source, re.IGNORECASE)]


def test_the_fc_panel_has_the_constants_of_the_published_table():
    for row in csv.DictReader(io.StringIO(TABLE)):
        affinity = load_molecule(row["id"]).affinity
        for number, key in ((affinity.ka_nM, "ka"), (affinity.kbg_nM, "kbg")):
            assert isinstance(number, Kd)
            assert number.value == float(row[key])
        # CD25 against the wild type fused at the same end, beta-gamma against the table's own row of IL-2
        wild = 0.54 if row["id"] in ("wt-fc-c", "v91k-fc", "n88d-fc") else 0.19
        assert (affinity.ka_nM.native, affinity.kbg_nM.native) == (wild, 0.133)


def test_bivalent_forms_differ_from_their_monomers_in_masses_and_avidity_only():
    pairs = [name for name in NAMES if name.endswith("-bivalent")]
    assert len(pairs) >= 8
    for name in pairs:
        two, one = load_molecule(name), load_molecule(name.removesuffix("-bivalent"))
        assert (two.base, two.valency, one.valency) == (one.id, 2, 1)
        assert (two.affinity, two.efficacy, two.pk, two.molar_mass) == (
            one.affinity,
            one.efficacy,
            one.pk,
            one.molar_mass,
        )
        assert two.substance.il2_per_conjugate == 2.0
        # a second head helps most where the first binds tightly
        assert two.avidity.alpha.value > 1.0
    tight, loose = (load_molecule(f"{name}-bivalent").avidity.alpha.value for name in ("wt-fc-n", "f42q-fc-n"))
    assert tight > 20 * loose


def test_bases_are_shipped_and_end():
    for name in NAMES:
        seen, base = [name], raw(name).get("base")
        while base is not None:
            assert base in NAMES
            assert base not in seen
            seen.append(base)
            base = raw(base).get("base")


def test_no_alpha_molecules_and_exchanging_complexes_say_so():
    for name in ("nemvaleukin-alfa", "thor-707", "il-2v", "mdna11", "neo-2-15", "nara1-complex", "s4b6-complex"):
        assert load_molecule(name).affinity.alpha == "none"
    for name in ("jes6-1-complex", "f5111-complex"):
        molecule = load_molecule(name)
        assert molecule.affinity.betagamma == "none"
        assert molecule.exchange is not None
    assert {name for name in NAMES if load_molecule(name).species == "mouse"} == {
        *("jes6-1-complex", "s4b6-complex", "mouse-il-2", "long-lived-mouse-il-2"),
        *("rapamycin-mouse", "tofacitinib-mouse", "treg-transfer"),
    }
    assert {name for name in NAMES if load_molecule(name).release} == {"bempegaldesleukin"}
    assert load_molecule("reh").efficacy.value < 1.0


def test_what_has_no_human_pharmacokinetics_says_so():
    for name in NAMES:
        molecule = load_molecule(name)
        by_vein = next(use for use in uses(molecule) if use.what == "simulate, IV")
        if molecule.ligand == "engineered" and molecule.species == "human" and not by_vein.ready:
            assert molecule.pk.human, name
            assert by_vein.why


def test_doses_by_mass_count_il2():
    whole = dose_nmol(1.0, DoseUnit("mg conjugate"), load_molecule("efavaleukin-alfa").substance)
    assert whole == pytest.approx(2 * 1e6 / 83000.0)
    assert dose_nmol(20.0, DoseUnit("mg"), load_molecule("basiliximab").substance) == pytest.approx(20e6 / 144000.0)


def test_basiliximab_rates_give_the_published_half_life_and_volume():
    pk = load_molecule("basiliximab").pk
    v, cl, out, back = (getattr(pk, key).value for key in ("v_plasma", "clearance", "k_out", "k_back"))
    total, product = cl / v + out + back, cl / v * back
    slow = (total - (total**2 - 4 * product) ** 0.5) / 2
    assert 0.693147 / slow / 24 == pytest.approx(7.2, rel=0.02)
    assert v * (1 + out / back) == pytest.approx(8.6, rel=0.02)


def test_the_documentation_names_every_molecule_and_key():
    text = (Path(__file__).parents[2] / "docs" / "molecules.md").read_text("utf-8")
    for name in NAMES:
        assert f"`{name.removesuffix('-bivalent')}`" in text, name
    for key in drug_keys() - {"value", "unit", "source", "status", "where_in_source", "note"}:
        assert key in text, key
    example = page_blocks(text, "toml")[0].text
    assert tomllib.loads(example)["base"] == "neo-2-15"

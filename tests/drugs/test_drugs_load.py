import importlib.resources
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimodal.drugs import Quantity, list_molecules, load_molecule
from bimodal.errors import DrugError
from bimodal.units import DoseUnit, dose_nmol

ALDESLEUKIN = importlib.resources.files("bimodal.drugs").joinpath("data", "aldesleukin.toml").read_text("utf-8")


# an engineered molecule with every table, made of the shipped file and numbers of no particular molecule
ENGINEERED = ALDESLEUKIN.replace('ligand = "native"', 'ligand = "engineered"') + "".join(
    f'\n[{key}]\nvalue = {value}\nunit = "{unit}"\nsource = "a test"\nstatus = "assumed"\n'
    for key, value, unit in (
        ("affinity.ka_nM", 10.0, "nM"),
        ("affinity.kbg_nM", 60.0, "nM"),
        ("affinity.k2_per_cell", 850.0, "molecule/cell"),
        ("efficacy", 1.0, "1"),
        ("pk.clearance", 0.01, "L/h"),
        ("pk.sc_bioavailability", 0.2165, "1"),
    )
)


def write(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text, "utf-8")
    return file


def test_aldesleukin():
    molecule = load_molecule("aldesleukin")
    assert "aldesleukin" in list_molecules()
    assert molecule.ligand == "native"
    assert molecule.substance.potency == 18e6 / 1.1
    assert molecule.substance.molar_mass == 15300.0
    assert dose_nmol(1.0, DoseUnit("MIU"), molecule.substance) == pytest.approx(3.994, abs=1e-3)
    assert load_molecule(" Aldesleukin ") == molecule


def test_every_number_has_source_and_status(tmp_path):
    molecule = load_molecule(write(tmp_path, ENGINEERED))
    quantities = dict(molecule.quantities())
    assert {"molar_mass", "potency", "affinity.ka_nM", "affinity.kbg_nM", "affinity.k2_per_cell", "efficacy"} <= set(
        quantities
    )
    for own in (quantities, dict(load_molecule("aldesleukin").quantities())):
        assert all(quantity.source.strip() and quantity.status for quantity in own.values())


def test_native_molecule_has_no_second_copy_of_the_models_numbers(tmp_path):
    assert load_molecule("aldesleukin").affinity is None
    with pytest.raises(DrugError, match="the model's own"):
        load_molecule(write(tmp_path, ENGINEERED.replace('ligand = "engineered"', 'ligand = "native"')))


def test_engineered_molecule_needs_affinity_and_efficacy(tmp_path):
    bare = ALDESLEUKIN.replace('ligand = "native"', 'ligand = "engineered"')
    with pytest.raises(DrugError, match=r"needs its affinity[^$]*line \d+"):
        load_molecule(write(tmp_path, bare))
    with pytest.raises(DrugError, match=r"needs its efficacy[^$]*line \d+"):
        load_molecule(write(tmp_path, without("efficacy")))


def test_quantity_converts():
    assert Quantity(value=2.0, unit="1/min", source="s", status="measured").to("1/h") == 120.0


@pytest.mark.parametrize(
    ("old", "new", "says", "key"),
    [
        ("value = 10.0", "value = 0.0", "greater than zero", "affinity.ka_nM"),
        ("value = 10.0", "value = -1.0", "greater than zero", "affinity.ka_nM"),
        ("value = 10.0", "value = nan", "finite", "affinity.ka_nM.value"),
        ("value = 10.0", "value = inf", "finite", "affinity.ka_nM.value"),
        ("value = 10.0", 'value = "10"', "number", "affinity.ka_nM.value"),
        ('value = 10.0\nunit = "nM"', 'value = 10.0\nunit = "L/h"', "cannot be turned into nM", "affinity.ka_nM"),
        ("[affinity.ka_nM]", "[affinity.ka_nm]", "unknown", "affinity.ka_nm"),
        ("status = ", "statsu = ", "unknown", "molar_mass.statsu"),
        ('status = "measured"', 'status = "guess"', "'measured', 'fitted' or 'assumed'", "molar_mass.status"),
        ('source = "Proleukin US prescribing information"', 'source = " "', "blank", "molar_mass.source"),
        ("mass_mg = 1.1", "mass_mg = 0.0", "greater than 0", "potency.mass_mg"),
        ("schema = 1", "schema = 2", "1", "schema"),
        ('id = "aldesleukin"', 'id = "../x"', "pattern", "id"),
        ("value = 0.2165", "value = 21.65", "at most 1", "pk.sc_bioavailability"),
        ('ligand = "engineered"', 'ligand = "nativ"', "'native', 'engineered', 'partner' or 'cells'", "ligand"),
        ('ligand = "engineered"', 'ligand = "engineered"\nspecies = "Mouse 1"', "not 'Mouse 1'", "species"),
        ('ligand = "engineered"', 'ligand = "engineered"\nvalency = 3', "1 or 2", "valency"),
        ("value = 10.0", "value = 10.0\nnative = 0.0", "greater than 0", "affinity.ka_nM.native"),
    ],
)
def test_faults_name_file_line_and_key(tmp_path, old, new, says, key):
    assert old in ENGINEERED
    text = ENGINEERED.replace(old, new, 1)
    file = write(tmp_path, text)
    with pytest.raises(DrugError) as caught:
        load_molecule(file)
    message = str(caught.value)
    assert says in message
    assert str(file) in message
    assert f"key {key}" in message
    assert "line" in message


def without(key: str) -> str:
    head, _, tail = ENGINEERED.partition(f"[{key}]")
    return head + "[" + tail.split("\n[", 1)[1]


@pytest.mark.parametrize("key", ["ka_nM", "kbg_nM"])
def test_missing_affinity(tmp_path, key):
    with pytest.raises(DrugError, match=rf"affinity\.{key} is missing[^$]*line \d+"):
        load_molecule(write(tmp_path, without(f"affinity.{key}")))


def test_the_second_step_may_be_left_out(tmp_path):
    assert load_molecule(write(tmp_path, without("affinity.k2_per_cell"))).affinity.k2_per_cell is None


def test_misspelt_key_is_suggested(tmp_path):
    with pytest.raises(DrugError, match="did you mean 'ka_nM'"):
        load_molecule(write(tmp_path, ENGINEERED.replace("affinity.ka_nM", "affinity.ka_nm")))


def test_roche_unit_needs_a_source(tmp_path):
    roche = '\n[roche_unit]\nvalue = 3.0\nunit = "IU"\nsource = "{}"\nstatus = "measured"\n'
    with pytest.raises(DrugError, match="blank"):
        load_molecule(write(tmp_path, ENGINEERED + roche.format("")))
    molecule = load_molecule(write(tmp_path, ENGINEERED + roche.format("a paper")))
    assert molecule.substance.iu_per_roche_unit == 3.0
    assert molecule.substance.roche_source == "a paper"
    with pytest.raises(DrugError, match="must be in IU"):
        load_molecule(write(tmp_path, ENGINEERED + roche.format("a paper").replace('"IU"', '"mg"')))


def test_conjugate(tmp_path):
    conjugate = '\n[conjugate.molar_mass]\nvalue = {}\nunit = "{}"\nsource = "s"\nstatus = "assumed"\n'
    molecule = load_molecule(write(tmp_path, ENGINEERED + conjugate.format("180.0", "kg/mol")))
    assert molecule.substance.conjugate_molar_mass == pytest.approx(180000.0)
    with pytest.raises(DrugError, match="lighter"):
        load_molecule(write(tmp_path, ENGINEERED + conjugate.format("1000.0", "g/mol")))


def test_unknown_drug_suggests():
    with pytest.raises(DrugError, match="did you mean 'aldesleukin'"):
        load_molecule("aldeslukin")


def test_missing_folder_and_binary(tmp_path):
    for target in (tmp_path / "no.toml", tmp_path, "a\0b.toml"):
        with pytest.raises(DrugError, match="cannot be read"):
            load_molecule(target)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DrugError, match="UTF-8"):
        load_molecule(tmp_path / "b.toml")
    (tmp_path / "big.toml").write_bytes(b"#" * 1_100_000)
    with pytest.raises(DrugError, match="larger"):
        load_molecule(tmp_path / "big.toml")
    with pytest.raises(DrugError, match=r"not TOML.*line 2"):
        load_molecule(write(tmp_path, "a = 1\nb = ]\n"))
    with pytest.raises(DrugError, match="not TOML"):
        load_molecule(write(tmp_path, "a = " + "[" * 5000))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_cut_or_scrambled_file_gives_a_drug_error_only(tmp_path, data):
    start = data.draw(st.integers(0, len(ENGINEERED)))
    length = data.draw(st.integers(0, 200))
    middle = data.draw(st.text(max_size=10, alphabet=st.characters(codec="utf-8")))
    message = "mine.toml"
    try:
        load_molecule(write(tmp_path, ENGINEERED[:start] + middle + ENGINEERED[start + length :]))
    except DrugError as error:
        message = str(error)
    assert "mine.toml" in message


def test_every_fault_of_a_drug_file_is_named(tmp_path):
    text = ENGINEERED.replace('unit = "nM"', 'unit = "kg"', 1).replace('unit = "L/h"', 'unit = "L"')
    text = text.replace("[pk.sc_bioavailability]\nvalue = 0.2165", "[pk.sc_bioavailability]\nvalu = 0.2165")
    with pytest.raises(DrugError, match="2 more faults") as caught:
        load_molecule(write(tmp_path, text))
    for says in ("the unit 'kg' cannot be turned into nM", "the unit 'L' cannot be turned into L/h", "'value'"):
        assert says in str(caught.value)
    assert str(caught.value).count("mine.toml, line ") == 3

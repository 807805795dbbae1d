from pathlib import Path

import numpy as np
import pytest
from cohort_table import Row, Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimodal.cohort import Population, read_subjects
from bimodal.errors import CohortError

TABLE = Table(
    (
        Row("v_plasma", 2.85, 0.2),
        Row("clearance", 7.7, 0.3),
        Row("treg_count_rest", 50.0, 0.4),
        Row("sc_bioavailability", 0.2, 0.3, "logitnormal"),
    )
)


def read(folder: Path, text: str | bytes) -> Population:
    file = folder / "subjects.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_subjects(file, TABLE)


def test_a_plain_file(tmp_path: Path) -> None:
    people = read(tmp_path, "id,weight_kg,height_cm,treg_count_rest\nA,72,180,33\nB-2, 60.5 ,1.65e2,0\n")
    assert people.labels == ("A", "B-2")
    assert people.patients.tolist() == [0, 1]
    assert people.covariates["weight_kg"].tolist() == [72, 60.5]
    assert people.parameters["treg_count_rest"].tolist() == [33, 0]
    bsa = np.sqrt(np.array([72 * 180, 60.5 * 165]) / 3600)
    assert np.allclose(people.covariates["bsa_m2"], bsa)
    assert np.allclose(people.parameters["clearance"], 7.7 * bsa / 1.85)
    assert set(people.parameters) == {"treg_count_rest", "clearance", "v_plasma"}
    assert people.weights.tolist() == [1, 1]


def test_a_given_clearance_is_not_scaled(tmp_path: Path) -> None:
    people = read(tmp_path, "id,weight_kg,height_cm,clearance\nA,100,200,5\n")
    assert people.parameters["clearance"].tolist() == [5]
    assert people.parameters["v_plasma"][0] > 2.85


def test_column_order_quotes_blank_lines_and_a_mark_do_not_matter(tmp_path: Path) -> None:
    text = '\ufeffheight_cm,"id",weight_kg\r\n\r\n180,"Smith, J",72\r\n\r\n'
    people = read(tmp_path, text)
    assert people.labels == ("Smith, J",)
    assert people.covariates["height_cm"].tolist() == [180]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("id,weight_kg,height_cm\n", "no subject"),
        ("id,weight_kg\nA,70\n", "'height_cm' is missing"),
        ("weight_kg,height_cm\n70,170\n", "'id' is missing"),
        ("id,weight_kg,height_cm,age\nA,70,170,3\n", r"unknown column 'age'[\s\S]*column 4"),
        ("id,wieght_kg,height_cm\nA,70,170\n", "did you mean 'weight_kg'"),
        ("id;weight_kg;height_cm\nA;70;170\n", "commas|did you mean"),
        ("id,weight_kg,height_cm,id\nA,70,170,B\n", "appears twice"),
        ("id,weight_kg,height_cm\nA,70,170\nA,60,160\n", r"line 3, column id|twice, first on line 2"),
        ("id,weight_kg,height_cm\n,70,170\n", r"id is blank[\s\S]*line 2, column id"),
        ("id,weight_kg,height_cm\nA,,170\n", r"missing[\s\S]*line 2, column weight_kg"),
        ("id,weight_kg,height_cm\nA,nan,170\n", r"finite[\s\S]*line 2, column weight_kg"),
        ("id,weight_kg,height_cm\nA,70,NA\n", r"finite[\s\S]*column height_cm"),
        ("id,weight_kg,height_cm\nA,inf,170\n", "finite"),
        ("id,weight_kg,height_cm\nA,1e400,170\n", "finite"),
        ("id,weight_kg,height_cm\nA,7_0,170\n", "finite"),
        ("id,weight_kg,height_cm\nA,0x46,170\n", "finite"),
        ("id,weight_kg,height_cm\nA,٧٠,170\n", "finite"),
        ("id,weight_kg,height_cm\nA,-70,170\n", "negative"),
        ("id,weight_kg,height_cm\nA,0,170\n", r"outside 20 to 500"),
        ("id,weight_kg,height_cm\nA,70,1.75\n", r"outside 80 to 260[\s\S]*give it in cm"),
        ("id,weight_kg,height_cm,treg_count_rest\nA,70,170,-1\n", r"negative[\s\S]*column treg_count_rest"),
        ("id,weight_kg,height_cm,sc_bioavailability\nA,70,170,45\n", "fraction"),
        ("id,weight_kg,height_cm\nA,70\n", r"2 fields, the header 3[\s\S]*line 2"),
        ("id,weight_kg,height_cm\nA,70,5,170\n", "4 fields"),
        ('id,weight_kg,height_cm\n"A,70,170\n', "line"),
        ('id,weight_kg,height_cm\n"A"x,70,170\n', "no valid CSV"),
        ("id,weight_kg,height_cm\nA\x00,70,170\n", "zero byte"),
        ("id,weight_kg,height_cm\n" + "A" * 2000 + ",70,170\n", "1,000 characters"),
        (b"id,weight_kg,height_cm\n\xff,70,170\n", "UTF-8"),
    ],
)
def test_every_fault_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(CohortError, match=message) as caught:
        read(tmp_path, text)
    assert "subjects.csv" in str(caught.value)


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(CohortError, match="cannot be read"):
        read_subjects(tmp_path / name, TABLE)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(max_size=60))
def test_no_text_breaks_the_reader(tmp_path: Path, body: str) -> None:
    try:
        people = read(tmp_path, ("id,weight_kg,height_cm\n" + body).encode("utf-8", "surrogatepass"))
    except CohortError:
        return
    assert len(people) == len(set(people.labels)) > 0


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(20, 500), st.floats(80, 260)), min_size=1, max_size=6))
def test_what_was_written_is_read(tmp_path: Path, bodies: list[tuple[float, float]]) -> None:
    lines = [f"P{i},{weight!r},{height!r}" for i, (weight, height) in enumerate(bodies)]
    people = read(tmp_path, "\n".join(["id,weight_kg,height_cm", *lines]))
    assert people.covariates["weight_kg"].tolist() == [weight for weight, _ in bodies]
    assert people.covariates["height_cm"].tolist() == [height for _, height in bodies]


def test_what_else_is_known_of_subjects(tmp_path: Path) -> None:
    people = read(
        tmp_path, "id,weight_kg,height_cm,covariate.age_years,covariate.score\nA,72,180,33,-2\nB,60,165,50,0.5\n"
    )
    assert people.covariates["age_years"].tolist() == [33, 50]
    assert people.covariates["score"].tolist() == [-2, 0.5]
    assert set(people.parameters) == {"clearance", "v_plasma"}


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("covariate.weight_kg", "a covariate cannot be called weight_kg"),
        ("covariate.clearance", "a covariate cannot be called clearance"),
        ("covariate.", "no name of a covariate"),
        ("covariate.a b", "no name of a covariate"),
        ("covariates.age", "covariates.age"),
    ],
)
def test_a_covariate_with_another_things_name_is_refused(tmp_path: Path, column: str, words: str) -> None:
    with pytest.raises(CohortError, match=words):
        read(tmp_path, f"id,weight_kg,height_cm,{column}\nA,72,180,33\n")


def test_a_covariate_of_a_subject_is_not_left_out(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="the value is missing"):
        read(tmp_path, "id,weight_kg,height_cm,covariate.age_years\nA,72,180,\n")

import ast
import json
import tomllib
from pathlib import Path

import pytest

import bimodal.evidence
from bimodal.errors import EvidenceError
from bimodal.evidence import list_studies, load_targets, study_roles, study_text
from bimodal.evidence.roles import not_yet_fitted, parse_not_yet_fitted, parse_roles
from bimodal.fit.human.human import STUDIES as FITTED
from bimodal.fit.oncology.targets import oncology_targets

ROOT = Path(__file__).parents[2]
CALIBRATION = [
    "konrad-1990",
    "kirchner-1998",
    "dilt1d-2016",
    "hartemann-2013",
    "transreg-2019",
    "ito-2014",
    "saadoun-2011",
    "koreth-2011",
    "meropol-1996",
    "atkins-1999",
    "fyfe-1995",
    "rosenberg-1998",
    "nci-dose-delivery",
    "dilfrequency",
    "yang-2003",
    "anti-cd25-direction",
    "rezpeg-direction",
    "efavaleukin-direction",
    "davey-1999",
    "kovacs-2005",
    "silcaat-2009",
    "esprit-2009",
    "tambussi-2001",
    "aids-1994",
    "caligiuri-1993",
    "soiffer-1996",
    "sle-2022",
    "infusion-1994",
    "percy-quattro-2007",
    "webster-2009-treg",
    "boyman-2006",
    "yu-2009",
]
#: Those that parameter sets of the mouse are held to.
HELD_MICE = json.loads((ROOT / "benchmarks" / "results" / "mouse_ensemble.json").read_text("utf-8"))["studies"]


def test_the_calibration_list_is_as_committed() -> None:
    assert [name for name, role in study_roles().items() if role == "calibration"] == CALIBRATION


def test_the_kept_back_studies_are_validation() -> None:
    roles = study_roles()
    assert {name for name, role in roles.items() if role == "validation"} == {
        "he-2020",
        "davey-1997",
        "sonomoto-2014",
        "cesana-2006",
        "sim-2014",
        "imodals",
        "long-2012",
        "rosenberg-1986-lak",
        "bempeg-2023",
        "webster-2009-eae",
        "webster-2009-islets",
        "letourneau-2010",
        "tang-2008",
        "grinberg-bleyer-2010",
        "baeyens-2013",
        "rabinovitch-2002",
        "shin-2011",
        "zeiser-2008",
        "malek-homeostasis",
        "malek-chimera",
        "willenbacher-2001",
        "lee-2004",
    }
    assert roles["piscitelli-1996"] == "context"


def test_no_study_is_both_fitted_and_used_to_check() -> None:
    with pytest.raises(EvidenceError, match="two roles, calibration and validation"):
        parse_roles('calibration = ["a"]\nvalidation = ["a"]\ncontext = []')


def test_a_study_waits_for_a_fit_exactly_as_long_as_none_uses_it() -> None:
    used = {*FITTED, *(target.study for target in oncology_targets()), *HELD_MICE}
    assert not_yet_fitted() & used == set()
    assert {name for name, role in study_roles().items() if role == "calibration"} - used == not_yet_fitted()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not_yet_fitted = 'a'", "list"),
        ("not_yet_fitted = [1]", "1 is no calibration study"),
        ("not_yet_fitted = ['b']", "'b' is no calibration study"),
    ],
)
def test_only_calibration_studies_wait_for_a_fit(text: str, says: str) -> None:
    with pytest.raises(EvidenceError, match=says):
        parse_not_yet_fitted(text, {"a": "calibration", "b": "validation"})
    assert parse_not_yet_fitted("", {}) == frozenset()


def test_targets_and_study_files_agree_with_the_roles() -> None:
    roles = study_roles()
    for row in load_targets():
        assert row.role in (roles[row.study], "context"), row.id
    for name in list_studies():
        assert tomllib.loads(study_text(name))["publication"]["role"] == roles[name]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("calibration = [", "TOML"),
        ("calibration = []\nvalidation = []", "keys"),
        ("calibration = []\nvalidation = []\ncontext = []\nother = []", "keys"),
        ('calibration = "a"\nvalidation = []\ncontext = []', "list"),
        ("calibration = [1]\nvalidation = []\ncontext = []", "text"),
        ('calibration = [" "]\nvalidation = []\ncontext = []', "text"),
    ],
)
def test_a_wrong_roles_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        parse_roles(text)


def test_study_files_and_targets_fit_together() -> None:
    for name in list_studies():
        study = tomllib.loads(study_text(name))
        assert study["name"] == name
        arms = {arm["name"] for arm in study["arm"]}
        for row in load_targets(name):
            assert set(row.arms) <= arms, row.id


def test_koreth_is_the_published_design() -> None:
    study = tomllib.loads(study_text("koreth-2011"))
    assert [arm["regimen"] for arm in study["arm"]] == [
        f"{dose} MIU/m2 SC daily for 56 days" for dose in ("0.3", "1", "3")
    ]
    assert {arm["drug"] for arm in study["arm"]} == {"aldesleukin"}
    assert study["population"] == {"cohort": "cgvhd", "patients": 1000}
    assert {tuple(endpoint["days"]) for endpoint in study["endpoint"]} == {(7, 14, 28, 56, 84)}
    assert set(study["publication"]) == {"citation", "role", "species", "notes"}


@pytest.mark.parametrize("name", ["", "koreth-2012", "../targets", "nobody"])
def test_unknown_studies_are_refused(name: str) -> None:
    with pytest.raises(EvidenceError, match="no study"):
        study_text(name)


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(EvidenceError) as caught:
        study_text("Koreth-2012")
    assert "did you mean 'koreth-2011'" in str(caught.value)


def test_the_room_imports_nothing_that_simulates() -> None:
    for file in Path(bimodal.evidence.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [item.name for item in node.names]
                own = [name for name in names if name.startswith("bimodal")]
                assert all(name.startswith(("bimodal.evidence", "bimodal.errors", "bimodal.files")) for name in own), (
                    file.name
                )


def test_the_table_of_studies_in_the_docs_is_that_of_the_data() -> None:
    text = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    shown = {cells[0].strip("`"): cells[2:] for cells in rows if len(cells) == 7}
    for name in list_studies():
        own = load_targets(name)
        counts = [
            sum(row.role != "context" and row.quality == q for row in own) for q in ("page", "recalled", "uncertain")
        ]
        context = sum(row.role == "context" for row in own)
        assert shown[name] == [study_roles()[name], *map(str, counts), str(context)], name

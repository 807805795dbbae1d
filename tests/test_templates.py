"""Every template works as written, and with each commented line or table taken into use."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bimodal.cli.main import app
from bimodal.drugs import load_molecule, molecule_template
from bimodal.study import RunOptions, parse_study, study_template
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.runner import shipped_solver

_CODE = re.compile(r"^# ?(?=\[|[A-Za-z_]+ = )")


def uncommented(text: str) -> list[str]:
    """Give the template once for every commented line, or commented table with the lines below it."""
    lines = text.splitlines()
    code = {k: _CODE.sub("", line) for k, line in enumerate(lines) if _CODE.match(line)}
    blocks: list[list[int]] = []
    for k in code:
        below = blocks and blocks[-1][-1] == k - 1 and code[blocks[-1][0]].startswith("[")
        if below and not code[k].startswith("["):
            blocks[-1].append(k)
        else:
            blocks.append([k])
    return ["\n".join(code[k] if k in block else line for k, line in enumerate(lines)) + "\n" for block in blocks]


@pytest.mark.parametrize("text", [study_template(), *uncommented(study_template())])
def test_the_study_template_can_be_run_with_every_commented_line(text, tmp_path):
    spec = parse_study(text, where="my-study.toml", folder=tmp_path)
    assert len(make_plan(spec, RunOptions(patients=2), shipped_solver(spec)).arms) == 3


@pytest.mark.parametrize("text", [molecule_template(), *uncommented(molecule_template())])
def test_the_drug_template_loads_with_every_commented_table(text, tmp_path):
    path = tmp_path / "my-drug.toml"
    path.write_text(text, "utf-8")
    assert load_molecule(path).id == "my-drug"
    assert tomllib.loads(text) == tomllib.loads(molecule_template()) or len(uncommented(text)) < len(
        uncommented(molecule_template())
    )


def test_what_the_drug_template_needs_for_a_regimen_is_enough(tmp_path):
    text = molecule_template()
    for table in ("pk.v_plasma", "pk.clearance", "pk.sc_transfer", "pk.sc_bioavailability", "potency"):
        text = next(one for one in uncommented(text) if f"\n[{table}]" in one and f"\n[{table}]" not in text)
    path = tmp_path / "my-drug.toml"
    path.write_text(text, "utf-8")
    study = study_template().replace('drug = "aldesleukin"', f'drug = "{path}"')
    spec = parse_study(study, where="my-study.toml", folder=tmp_path)
    plan = make_plan(spec, RunOptions(patients=2), shipped_solver(spec))
    assert all(arm.molecule is not None and arm.molecule.id == "my-drug" for arm in plan.arms)


def test_what_init_writes_is_run_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for kind, command in (
        ("study", ["run", "my-study.toml", "--patients", "1", "--no-report", "--quiet"]),
        ("drug", ["response", "--drug", "my-drug.toml", "--quiet"]),
    ):
        assert CliRunner().invoke(app, ["init", kind]).exit_code == 0
        assert CliRunner().invoke(app, command).exit_code == 0, kind

"""What `bimodal doctor` sees, and what it says of an installation that is not sound."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from bimodal.cli.main import main
from bimodal.errors import BimodalError
from bimodal.qualify import examine as examine_module
from bimodal.qualify import packages, self_check
from bimodal.qualify.check import Check
from bimodal.qualify.examine import examine
from bimodal.qualify.places import check_places


@pytest.fixture(scope="module")
def case():
    return self_check.run_case()


@pytest.fixture
def as_stored(case, monkeypatch):
    """Give the check a run that was made once, and stored numbers that a test may change."""
    known = json.loads(json.dumps(self_check.stored()))
    found = json.loads(json.dumps(case))
    monkeypatch.setattr(self_check, "stored", lambda: known)
    monkeypatch.setattr(self_check, "run_case", lambda: found)
    return known, found


def test_the_stored_numbers_are_those_of_this_tree(case):
    """After a change of the model or the engine: python benchmarks/self_check.py --write."""
    assert self_check.check_stored().status == "passed"
    known = self_check.stored()
    assert known["values"] == pytest.approx(case["values"], rel=1e-8)
    assert len(known["values"]) > 100
    assert all(one["machine"]["numpy"] for one in known["hashes"])


def test_the_closed_form_is_met():
    assert self_check.check_closed_form().status == "passed"


def test_a_number_that_differs_fails(as_stored):
    known, _ = as_stored
    name = next(iter(known["values"]))
    known["values"][name] *= 1 + 1e-6
    check = self_check.check_stored()
    assert check.status == "failed"
    assert "1.0e-06" in check.found
    assert "not to be trusted" in check.fix


def test_a_failed_patient_or_a_missing_value_fails(as_stored):
    _, found = as_stored
    found["failed"] = 1
    assert self_check.check_stored().status == "failed"
    found["failed"] = 0
    found["values"][next(iter(found["values"]))] = float("nan")
    assert self_check.check_stored().status == "failed"


def test_another_model_fails(as_stored):
    known, _ = as_stored
    known["model_sha256"] = "0" * 64
    check = self_check.check_stored()
    assert (check.status, "not those of this version" in check.found) == ("failed", True)


def test_other_bytes_on_a_known_machine_are_a_warning_and_an_unknown_machine_none(as_stored):
    known, _ = as_stored
    known["hashes"] = [{"machine": self_check.machine(), "results_sha256": "0" * 64}]
    assert self_check.check_stored().status == "warning"
    known["hashes"] = []
    check = self_check.check_stored()
    assert (check.status, "no hash is stored" in check.found) == ("passed", True)


def test_packages_that_lack_or_are_too_old_are_named(monkeypatch):
    asked = ["numpy>=1.26", "scipy>=999", "nothing-such>=1", 'optuna>=1; extra == "fit"', 'gone>=2; extra == "app"']

    def have(name):
        if name in ("nothing-such", "gone"):
            raise PackageNotFoundError(name)
        return "2.0"

    monkeypatch.setattr(packages, "requires", lambda name: asked)
    monkeypatch.setattr(packages, "version", have)
    checks = {check.id: check for check in packages.check_packages()}
    assert checks["packages"].status == "failed"
    assert checks["packages"].found == "scipy is 2.0, asked for is >=999, nothing-such is missing"
    assert checks["extra fit"].status == "passed"
    assert (checks["extra app"].status, "gone is missing" in checks["extra app"].found) == ("not run", True)


def test_a_cache_that_is_off_and_a_folder_that_cannot_be_written_are_warnings(monkeypatch, tmp_path):
    monkeypatch.setenv("BIMODAL_CACHE", "off")
    monkeypatch.setattr("tempfile.TemporaryFile", _refused)
    cache, results = check_places(tmp_path / "not" / "yet")
    assert (cache.status, results.status) == ("warning", "warning")
    assert str(tmp_path) in results.found


def _refused(**_):
    raise PermissionError(13, "Permission denied")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_cache_that_others_may_write_is_not_used(monkeypatch, tmp_path):
    open_to_all = tmp_path / "cache"
    open_to_all.mkdir(mode=0o777)
    os.chmod(open_to_all, 0o777)
    monkeypatch.setenv("BIMODAL_CACHE", str(open_to_all))
    cache, _ = check_places(tmp_path)
    assert str(open_to_all) not in cache.found


@pytest.mark.parametrize("reason", [BimodalError("the model\n  is gone"), RuntimeError("broken wheel")])
def test_a_check_that_breaks_is_a_failed_one_and_the_others_are_made(monkeypatch, reason):
    def breaks():
        raise reason

    monkeypatch.setattr(examine_module, "check_closed_form", breaks)
    monkeypatch.setattr(examine_module, "check_stored", lambda: Check("low-dose study", "passed", "fine"))
    checks = {check.id: check for check in examine()}
    assert checks["closed form"].status == "failed"
    assert "\n" not in checks["closed form"].found
    assert checks["low-dose study"].status == "passed"


def test_the_command_says_whether_it_is_sound(monkeypatch, capsys):
    checks = [Check("a", "passed", "fine"), Check("b", "not run", "no [extra]", fix='pip install "x[y]"')]
    monkeypatch.setattr(examine_module, "examine", lambda: iter(checks))
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "passed  a: fine" in said
    assert "no [extra]" in said  # not taken for markup
    assert said.endswith("sound\n")
    assert main(["doctor", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    checks.append(Check("c", "failed", "wrong"))
    assert main(["doctor", "--quiet"]) == 1
    assert capsys.readouterr().out == "failed  c: wrong\n"
    assert main(["doctor", "--json", "-"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["sound"] is False
    assert [check["status"] for check in record["checks"]] == ["passed", "not run", "failed"]

"""The command, and studies as text."""

import socket
import tomllib

import pytest

from bimodal.app import serve
from bimodal.app.intake import plain_study
from bimodal.app.study_toml import study_toml
from bimodal.cli import main
from bimodal.evidence import list_studies, study_text
from bimodal.study import parse_study

pytest.importorskip("uvicorn", reason="the extra 'app' is not installed")


def test_a_missing_extra_is_said_with_the_command_that_installs_it(monkeypatch, capsys):
    monkeypatch.setattr(serve, "find_spec", lambda name: None if name == "uvicorn" else object())
    assert main(["app"]) == 2
    assert "pip install 'bimodal[app]'" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_others_are_let_in_with_a_token_alone(host, tmp_path, capsys):
    assert main(["app", "--host", host, "--data", str(tmp_path)]) == 2
    assert "--token" in capsys.readouterr().err


def test_a_short_token_is_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BIMODAL_TOKEN", "short")
    assert main(["app", "--token", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "at least 16" in said
    assert "'short'" not in said


def test_a_port_that_is_taken_is_said(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["app", "--port", str(port), "--data", str(tmp_path / "data")]) == 2
    assert f"--port {port}" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", list_studies())
def test_every_study_stays_the_same_as_text(name):
    spec = parse_study(study_text(name), where=name)
    assert parse_study(study_toml(plain_study(spec)), where=name) == spec


def test_letters_that_toml_refuses_are_written_out():
    text = 'a "quoted" \\ line\n\x00\x7f\u2028 name'
    study = {"set": {text: 1e-7}}
    assert tomllib.loads(study_toml(study)) == study

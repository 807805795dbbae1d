"""SECURITY.md names the limits the code has, and CI's own looks at secrets and advisories see what they should."""

from __future__ import annotations

import importlib.util
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bimodal.app.limits import Limits as ServerLimits
from bimodal.results.database import Limits as QueryLimits

ROOT = Path(__file__).parents[1]
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
#: What SECURITY.md says of a constant, which is put in where the braces are.
CAPS = {
    "{:,} levels, 50,000 values": "files.toml:DEEPEST",
    "64 levels, {:,} values": "files.toml:_MOST_VALUES",
    "{:,} patients an arm, 20,000 times": "study.spec.spec:_MAX_PATIENTS",
    "{:,} times that are read": "study.plan.make_plan:_MAX_TIMES",
    "without a results folder {:,} numbers": "study.run.in_memory:_MAX_NUMBERS",
    "{:,} characters, 100,000 doses": "dosing.limits:MAX_TEXT",
    "10,000 characters, {:,} doses": "dosing.limits:MAX_DOSES",
    "a rule {:,} characters": "dosing.rule_parse:MAX_RULE",
    "a rule of responders {:,}": "study.spec.responder:_MOST",
    "50 MB, {:,} doses": "dosing.limits:MAX_TABLE_DOSES",
    "20 MB, {:,} values": "fit.from_file.read_measurements:_MAX_ROWS",
    "cells of {:,} characters; settings": "timing.rows:_LARGEST_CELL",
    "phases 5 MB, {:,} lines": "cli.timing_trial:_MOST_LINES",
    "{:,} observed values": "predict.observed:MAX_ROWS",
    "entities, {:,} characters": "model.guard:MAX_LENGTH",
    "| Antimony | {:,} characters": "model.guard:MAX_LENGTH",
    "characters, {:,} levels; functions": "model.guard:MAX_DEPTH",
    "{:,} operators a statement": "model.guard:MAX_OPERATORS",
    "functions {:,} calls deep": "model.mathml:MAX_CALL_DEPTH",
    "deep and {:,} in all": "model.mathml:MAX_CALLS",
    "{:,} submodels": "model.sbml_submodels:MAX_SUBMODELS",
    "{:,} levels of them": "model.sbml_submodels:MAX_LEVELS",
    "{:,} elements": "model.sbml_submodels:MAX_ELEMENTS",
    "{:,} seconds of computing, 2 GB ([": "model.antimony_parser:SECONDS",
    "{:,} seconds of computing, 2 GB (on": "model.antimony_parser:SECONDS",
    "{:,} parts and 64 levels": "exchange.petab.files:MAX_PARTS",
    "cells of {:,} characters, 1,000,000": "exchange.petab.tables:_LONGEST_CELL",
    "{:,} measurements": "exchange.petab.measurements:_MOST",
    "formulas of {:,} characters": "exchange.petab.formula:_LONGEST",
    "characters, {:,} levels, read by a grammar": "exchange.petab.formula:_DEEPEST",
    "one SELECT of at most {:,} characters": "results.query:_MOST_SQL",
}
SERVER = {
    "{:,} patients an arm, 24": "patients", "{:,} arms": "arms", "{:,} people": "people", "{:,.0f} days": "days",
    "{:,} waiting": "waiting", "{:,} rows of CRP": "timing_rows", "{:,.0f} seconds an answer": "timing_s",
}  # fmt: skip


@pytest.mark.parametrize("said", CAPS)
def test_a_cap_is_that_of_the_code(said: str) -> None:
    module, _, name = CAPS[said].partition(":")
    assert said.format(getattr(import_module(f"bimodal.{module}"), name)) in SECURITY


def test_caps_of_server_queries_and_parsers_are_those_of_the_code() -> None:
    server, query = ServerLimits(), QueryLimits()
    assert [said for said, name in SERVER.items() if said.format(getattr(server, name)) not in SECURITY] == []
    assert (server.body_bytes, query.seconds, query.memory_mb) == (1_000_000, 60.0, 1000)
    assert import_module("bimodal.model.antimony_parser").BYTES == 2 * 1024**3
    assert import_module("bimodal.dosing.limits").MAX_HOURS == 100 * 365.25 * 24


def test_every_size_of_a_file_stands_in_the_table() -> None:
    sizes = {1_000_000}
    for path in (ROOT / "src" / "bimodal").rglob("*.py"):
        if "qualify" not in path.parts and path.name not in ("write_back.py", "result.py", "write.py"):  # own files
            sizes |= {int(found) for found in re.findall(r"max_bytes=([\d_]+)", path.read_text("utf-8"))}
    sizes -= {10_000_000}  # a candidate that a search kept
    words = {f"{size / 1e6:g} MB" if size >= 1_000_000 else f"{size / 1e3:g} kB" for size in sizes}
    assert {word for word in words if word not in SECURITY} == set()


def test_every_way_to_search_is_bounded_as_said() -> None:
    fields = import_module("bimodal.search.spec").SearchSpec.model_json_schema()["properties"]
    most = [fields[name]["maximum"] for name in ("patients", "budget")]
    assert f"{most[0]:,} patients a candidate, {most[1]:,} candidates" in SECURITY


def of_ci(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


#: Put together here, so that no file of the repository holds one.
PLANTED = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a key of AWS": "AKIA" + "ABCDEFGHIJ234567",
    "a token of GitHub": "ghp_" + "a1" * 18,
    "a token of GitLab": "glpat-" + "a1" * 10,
    "a token of PyPI": "pypi-" + "AgE" + "a1" * 30,
    "a token of npm": "npm_" + "a1" * 18,
    "a token of Slack": "xoxb-" + "12345-67890",
    "a key of Google": "AIza" + "a1" * 17 + "b",
    "a key of OpenAI or Anthropic": "sk-" + "ant-" + "a1" * 20,
    "a key of Stripe": "sk_live_" + "a1" * 12,
    "a token of Hugging Face": "hf_" + "ab" * 17,
    "a web token": ".".join(["eyJ" + "a1" * 8, "eyJ" + "b2" * 8, "c3" * 8]),
    "a password in an address": "https://" + "me:hunter22" + "@example.org/",
    "a password": "password = " + "'correct-horse'",
}


def test_every_shape_of_a_secret_is_seen_and_told_by_line() -> None:
    scan = of_ci("secrets_scan")
    assert set(PLANTED) == set(scan.SHAPES)
    for what, text in PLANTED.items():
        assert (3, what) in list(scan.secrets(f"a\nb\nx {text} y\n")), what
    assert list(scan.secrets("0f" * 32 + " https://example.org/a:b password: str = 'x'")) == []


def test_an_audit_counts_only_what_was_looked_up() -> None:
    said = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]},
            {"name": "b", "version": "1", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    }
    assert of_ci("audit").judge(said) == (["a 1: CVE-1 (mended in: 2)"], ["c"], 2)


def test_an_audit_that_learns_nothing_of_a_faulty_release_is_no_pass(monkeypatch, capsys) -> None:
    audit = of_ci("audit")
    monkeypatch.setattr(audit.venv, "create", lambda *_, **__: None)
    monkeypatch.setattr("sys.argv", ["audit.py"])

    def ran(command: list[str], _: float) -> Any:
        said = '{"dependencies": [{"name": "urllib3", "skip_reason": "not found"}]}'
        return audit.subprocess.CompletedProcess(command, 0, said, "")

    monkeypatch.setattr(audit, "_run", ran)
    assert audit.main() == 0
    assert "not run" in capsys.readouterr().out

"""One page for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_browser import PATIENTS

from bimodal.drugs import load_molecule
from bimodal.page.bundle import make_bundle
from bimodal.page.html import page_html
from bimodal.study.solver.engine_solver import load_solver

LOW = {
    "name": "Low dose",
    "model": "human",
    "cohort": "healthy",
    "drug": "aldesleukin",
    "regimen": "1 MIU/m2 SC daily for 28 days",
}


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the human of blood, two molecules and few patients."""
    molecules = [load_molecule(name) for name in ("aldesleukin", "rezpegaldesleukin")]
    scenarios = [LOW, {**LOW, "name": "Hostile <img src=x onerror=window.bad=1>", "regimen": "none"}]
    bundle = make_bundle([(load_solver("human"), ["healthy"])], molecules, scenarios, patients=PATIENTS)
    path = tmp_path_factory.mktemp("page") / "explore.html"
    path.write_text(page_html(bundle), encoding="utf-8")
    return path

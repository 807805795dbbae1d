"""Molecules beside each other in Chromium: numbers are changed and saved, and the desk gives the same figures."""

from __future__ import annotations

import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from page_browser import PATIENTS, Seen, opened

import bimodal as bm
from bimodal import INTENDED_USE
from bimodal.compare.exposure import equal_exposure
from bimodal.drugs import load_molecule
from bimodal.fit.median_person import median_person
from bimodal.response.dish import Dish
from bimodal.response.response import simulate_responses
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver

REGIMEN = "0.3 nmol IL-2/kg SC weekly for 28 days"
_MINE = '[data-molecule="*mine"]'


def ready(seen: Seen) -> None:
    """Wait until every molecule is solved in everybody, and its EC50 are known."""
    seen.until("document.querySelector('.molecules-status')?.dataset.state === 'complete'")


def begin(seen: Seen, name: str = "Rezpegaldesleukin") -> None:
    seen.tab.get_by_role("tab", name="Molecules").click()
    ready(seen)
    head = seen.tab.locator(".molecules thead th", has_text=name)
    head.get_by_role("button", name="Change a copy of it").click()
    ready(seen)


def figures(seen: Seen, what: str) -> dict[str, str]:
    return seen.tab.evaluate(f"({{...document.querySelector('.compared {what}').dataset}})")


def save(seen: Seen, folder: Path) -> Path:
    with seen.tab.expect_download() as waiting:
        seen.tab.get_by_role("button", name="Save as drug file").click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def test_a_number_is_changed_and_the_desk_gives_what_the_page_shows(browser: Any, page: Path, tmp_path: Path) -> None:
    with opened(browser, page) as seen:
        begin(seen)
        before = figures(seen, f'{_MINE}[data-id="treg_fold"][data-day="28"]')
        native = seen.tab.get_by_label("Native IL-2 in the same assay: KD for beta-gamma", exact=True)
        assert float(native.input_value()) > 0
        seen.fill("KD for beta-gamma", "5,3")  # as many write it
        seen.fill("Clearance, without receptors", "0.05")
        ready(seen)
        after = figures(seen, f'{_MINE}[data-id="treg_fold"][data-day="28"]')
        assert after != before
        file = save(seen, tmp_path)
        assert file.name == "mine.toml"
        shown = {cell: figures(seen, f'{_MINE}[data-ec50="{cell}"]')["value"] for cell in ("treg", "cd8", "nk")}
        level = figures(seen, f'{_MINE}[data-id="drug_free"]')
        cells = {
            (id_, day): figures(seen, f'{_MINE}[data-id="{id_}"][data-day="{day}"]')
            for id_ in ("treg_fold", "nk_bright_fold", "tconv_fold")
            for day in (7, 28)
        }
        command = seen.tab.inner_text(".beside .desk pre >> nth=0")
    molecule = load_molecule(file)
    assert molecule.affinity is not None
    assert molecule.affinity.kbg_nM is not None
    assert (molecule.affinity.kbg_nM.value, molecule.affinity.kbg_nM.status) == (5.3, "assumed")
    assert molecule.affinity.kbg_nM.source.startswith("Changed by hand from")
    # pharmacokinetics of a file of the user's vary between patients: so they do in the page
    run = bm.simulate(REGIMEN, drug=str(file), cohort="healthy", patients=PATIENTS, report_days=[7, 28])
    table = run.to_pandas()
    for (id_, day), told in cells.items():
        desk = table[(table["endpoint"] == id_) & (table["day"] == day)]["value"].median()
        assert float(told["median"]) == pytest.approx(desk, rel=1e-3), (id_, day)
    assert float(level["median"]) > 0
    ((response,),) = simulate_responses([molecule], Dish(minutes=(30.0,)))
    desk = {row["cell"]: row["ec50_pM"] for row in response.to_json()["cells"]}
    for cell, value in shown.items():
        assert desk[cell] is None if value == "" else float(value) == pytest.approx(desk[cell], rel=1e-3)
    assert command.startswith("bimodal compare -d mine.toml -r ")
    assert f"-n {PATIENTS}" in command


def test_what_the_desk_would_refuse_is_said_in_place_and_changes_nothing(browser: Any, page: Path) -> None:
    with opened(browser, page) as seen:
        begin(seen)
        words = seen.tab.inner_text(".beside .headline")
        for text, says in (("-3", "greater than zero"), ("0", "greater than zero"), ("many", "is not a number")):
            seen.fill("Clearance, without receptors", text)
            seen.until(f"document.querySelector('[data-key=\"pk.clearance\"] .problem').textContent.includes('{says}')")
        seen.fill("Share of an SC dose that arrives", "1.5")
        seen.until("document.querySelector('.molecules').textContent.includes('a fraction, at most 1')")
        assert seen.tab.inner_text(".beside .headline") == words
        seen.tab.get_by_role("radio", name="at equal exposure").click()  # other answers arrive, and the refusal stays
        ready(seen)
        assert "a fraction, at most 1" in seen.tab.inner_text(".molecules")
        assert "Not taken" in seen.tab.inner_text(".own-molecule")
        seen.fill("Share of an SC dose that arrives", "0.4")
        seen.until("!document.querySelector('.own-molecule').textContent.includes('Not taken')")
        assert "a fraction, at most 1" not in seen.tab.inner_text(".molecules")
        assert [line for line in seen.complaints if "Error" in line] == []


def test_sources_are_for_the_pointer_the_keyboard_and_the_reader(browser: Any, page: Path) -> None:
    with opened(browser, page) as seen:
        begin(seen)
        chip = seen.tab.locator('[data-key="affinity.kbg_nM"] .chip').nth(1)
        told = chip.get_attribute("aria-label") or ""
        affinity = load_molecule("rezpegaldesleukin").affinity
        assert affinity is not None
        assert affinity.kbg_nM is not None
        assert affinity.kbg_nM.source in told
        chip.hover()
        assert affinity.kbg_nM.source in seen.tab.inner_text(".source-tip")
        seen.tab.mouse.move(2, 2)
        assert seen.tab.locator(".source-tip").is_hidden()
        chip.focus()
        assert affinity.kbg_nM.source in seen.tab.inner_text(".source-tip")
        seen.tab.keyboard.press("Escape")
        assert seen.tab.locator(".source-tip").is_hidden()


def test_a_saved_file_is_opened_again_and_a_link_brings_the_molecule_back(
    browser: Any, page: Path, tmp_path: Path
) -> None:
    with opened(browser, page) as seen:
        begin(seen)
        seen.fill("Volume of plasma", "4.5")
        seen.tab.get_by_label("Your molecule", exact=True).fill("Mine <img src=x onerror=window.bad=1>")
        seen.tab.keyboard.press("Tab")
        ready(seen)
        seen.until("location.hash.includes('mine=')")
        seen.tab.wait_for_timeout(600)  # the address follows the last change after 300 ms
        link, words = seen.tab.evaluate("location.hash"), seen.tab.inner_text(".beside .headline")
        file = save(seen, tmp_path)
        assert tomllib.loads(file.read_text(encoding="utf-8"))["pk"]["v_plasma"]["value"] == 4.5
    with opened(browser, page, link=link) as again:
        ready(again)
        assert again.tab.inner_text(".beside .headline") == words
        assert again.tab.get_by_label("Volume of plasma", exact=True).input_value() == "4.5"
    with opened(browser, page) as other:
        other.tab.get_by_role("tab", name="Molecules").click()
        ready(other)
        other.tab.locator("input[type=file]").set_input_files(file)
        other.until("document.querySelector('.own-molecule input')?.value.startsWith('Mine')")
        ready(other)
        assert other.tab.get_by_label("Volume of plasma", exact=True).input_value() == "4.5"
        assert other.tab.evaluate("window.bad") is None
        assert other.tab.locator("main img").count() == 0


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("<img src=x onerror=window.bad=1>.toml", "x = ]", "not TOML, line 1"),
        ("partner.toml", 'schema = 1\nid = "p"\nname = "p"\nligand = "partner"\n', "no IL-2 in it"),
        ("based.toml", 'schema = 1\nid = "p"\nname = "p"\nbase = "../../etc/passwd"\n', "is not a molecule of IL-2"),
        ("keys.toml", 'schema = 1\nid = "p"\nname = "p"\nbase = "wt-fc-n"\n[__proto__]\nx = 1\n', "is unknown"),
        ("large.toml", "# " + "x" * 10_000_000, "larger than 100 kB"),
        ("pk.toml", 'schema = 1\nid = "p"\nname = "p"\nbase = "wt-fc-n"\n[pk]\nclearance = 3\n', "is a table"),
    ],
)
def test_a_bad_file_is_a_message(browser: Any, page: Path, name: str, text: str, says: str) -> None:
    with opened(browser, page) as seen:
        seen.tab.get_by_role("tab", name="Molecules").click()
        ready(seen)
        seen.tab.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
        )
        seen.until(f"document.querySelector('.own .problem').textContent.includes('{says}')")
        assert seen.tab.evaluate("window.bad") is None
        assert seen.tab.locator("main img").count() == 0
        assert seen.tab.locator(".own-molecule").is_hidden()


def test_a_hostile_molecule_of_a_link_is_a_message(browser: Any, page: Path) -> None:
    mine = 'schema = 1\nid = "<b>"\nname = "<img src=x onerror=window.bad=1>"\nligand = "engineered"\n'
    link = f"#{urlencode({'v': 1, 'view': 'molecules', 'beside': '*mine', 'mine': mine})}"
    with opened(browser, page, link=link) as seen:
        ready(seen)
        assert "was not taken" in seen.tab.inner_text(".own .problem")
        assert seen.tab.evaluate("window.bad") is None
        assert seen.tab.locator("main img").count() == 0


def test_a_molecule_without_pharmacokinetics_says_what_it_needs_and_gets_it(browser: Any, page: Path) -> None:
    with opened(browser, page) as seen:
        seen.tab.get_by_role("tab", name="Molecules").click()
        ready(seen)
        seen.tab.get_by_label("A molecule of your own begins as a copy of").select_option("v91k-fc")
        seen.tab.get_by_role("button", name="Begin", exact=True).click()
        ready(seen)
        assert "none published" in seen.tab.inner_text(".beside .notice")
        assert seen.tab.locator(f".compared td{_MINE}[data-ec50=treg]").get_attribute("data-value") != ""
        for label in ("Clearance, without receptors", "Volume of plasma", "Absorption from under the skin"):
            seen.tab.get_by_label("Number to add").select_option(label=label)
            seen.tab.get_by_role("button", name="Add this number").click()
        seen.tab.get_by_label("Number to add").select_option(label="Share of an SC dose that arrives")
        seen.tab.get_by_role("button", name="Add this number").click()
        ready(seen)
        assert "with My IL-2 V91K" in seen.tab.inner_text(".beside .headline")


def test_equal_exposure_is_that_of_the_desk(browser: Any, page: Path) -> None:
    link = (
        f"#{urlencode({'v': 1, 'view': 'molecules', 'equal': 'exposure', 'beside': 'aldesleukin,rezpegaldesleukin'})}"
    )
    with opened(browser, page, link=link) as seen:
        ready(seen)
        told = seen.tab.inner_text(".beside .planned")
        factor = float(told.split("Rezpegaldesleukin: dose × ")[1].rstrip("."))
    spec = simulate_spec(["aldesleukin", "rezpegaldesleukin"], [REGIMEN] * 2, cohort="healthy", patients=1)
    plan = median_person(make_plan(spec, RunOptions(), load_solver("human")))
    assert factor == pytest.approx(equal_exposure(plan, 1, 0, 7 * 24.0).factor, rel=5e-3)


def test_charts_of_molecules_can_be_taken_along(browser: Any, page: Path, tmp_path: Path) -> None:
    with opened(browser, page) as seen:
        seen.tab.get_by_role("tab", name="Molecules").click()
        ready(seen)
        for chart, words in (("drug", "Aldesleukin"), ("ec50", "Treg")):
            saved = {}
            for kind in ("SVG", "PNG", "CSV"):
                with seen.tab.expect_download() as waiting:
                    seen.tab.locator(f"[data-chart={chart}] summary").click()
                    seen.tab.locator(f"[data-chart={chart}] .menu button", has_text=kind).click()
                saved[kind] = tmp_path / waiting.value.suggested_filename
                waiting.value.save_as(saved[kind])
            text = " ".join(ElementTree.fromstring(saved["SVG"].read_text(encoding="utf-8")).itertext())
            assert INTENDED_USE in text
            assert words in text
            assert saved["PNG"].read_bytes().startswith(b"\x89PNG")
            assert "Aldesleukin" in saved["CSV"].read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_molecules(browser: Any, page: Path, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install 'bimodal[browser]'")
    with opened(browser, page, theme=theme, bypass_csp=True) as seen:
        begin(seen)
        seen.tab.evaluate("document.querySelectorAll('.beside details:not(.menu)').forEach((one) => (one.open = true))")
        found = axe.Axe().run(seen.tab)
        assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize("size", [(360, 780), (3840, 2160)])
def test_molecules_fit_small_and_large_screens(browser: Any, page: Path, size: Any) -> None:
    with opened(browser, page, size=size) as seen:
        begin(seen)
        assert seen.tab.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert seen.requests == [page.as_uri()] or all(one.startswith("blob:") for one in seen.requests[1:])

"""The page of Timing as people use it, in Chromium, with the command's own server behind it."""

from __future__ import annotations

import json

import pytest
from test_app_browser import opened, serving, until
from test_app_timing import german

SIZED = "[...document.querySelectorAll('.timing-answer .headline')].some((one) => one.textContent.includes('per arm'))"
ANSWERED = "!!document.querySelector('.timing-series img')"


def _choose(tab, text, name="crp.csv"):
    tab.set_input_files(".timing-drop input", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})


def test_a_table_gives_a_verdict_and_a_bad_one_all_its_faults(browser, tmp_path):
    hostile = "<img src=x onerror=window.bad=1>.csv"
    with serving(tmp_path) as link, opened(browser, link) as tab:
        tab.get_by_role("tab", name="Timing").click()
        until(tab, "document.querySelector('.timing-safety').textContent.includes('Do not delay indicated therapy')")

        bad = (
            german()
            .replace("05.01.2026", "31.02.2026")
            .replace("22,0", "=1+1")
            .replace("07.01.2026;08:10", "07.01.2026;25:10")
        )
        _choose(tab, bad, hostile)
        problem = ".timing-part:not([hidden]) .notice.where"
        until(tab, f"document.querySelector('{problem}').textContent.includes('2 more faults')")
        said = tab.inner_text(problem)
        assert all(f"row {row}, column" in said for row in (2, 3, 4))
        assert hostile in tab.inner_text(".timing-drop")
        assert tab.evaluate("window.bad") is None

        _choose(tab, german())
        assess = tab.get_by_role("button", name="Assess")
        until(tab, "!!document.querySelector('select[data-about=zone]')")
        assert assess.is_disabled()  # no zone is chosen for a person
        tab.get_by_label("Time zone of the clock").select_option("Europe/Berlin")
        until(tab, "document.querySelector('.timing-table td')?.textContent === '2026-01-05T08:10+01:00'")
        assess.click()
        tab.get_by_role("button", name="Stop").click()
        until(tab, "document.querySelector('.timing-work').hidden")
        while True:  # the place is free as soon as the server has seen that nobody listens
            assess.click()
            until(tab, f"{ANSWERED} || document.querySelector('{problem}').textContent.includes('another question')")
            if tab.evaluate(ANSWERED):
                break
        assert "Do not time" in tab.inner_text(".timing-series .headline")
        with tab.expect_download() as saved:
            tab.get_by_role("button", name="Answer as JSON").click()
        answer = json.loads(saved.value.path().read_text())
        assert answer["sentence"] == tab.inner_text(".timing-series .headline")
        assert "--zone Europe/Berlin" in tab.inner_text(".timing-part:not([hidden]) .desk pre")

        tab.get_by_role("radio", name="The size of a trial").click()
        tab.get_by_label("Fraction with a real cycle").fill("0,4")
        until(tab, "location.hash.includes('timing=trial%7Ef%3A0.4') || location.hash.includes('timing=trial~f:0.4')")
        assert "crp.csv" not in tab.url
        tab.get_by_role("button", name="Work out").locator("visible=true").click()
        until(
            tab,
            SIZED,
        )
        shared = tab.url
        assert [words for words in tab.complaints if "status of 4" not in words] == []
        tab.goto("about:blank")
        tab.goto(shared)
        until(tab, "!document.querySelector('.timing').hidden")
        assert tab.get_by_label("Fraction with a real cycle").input_value() == "0.4"


HELD = """() => {
  const real = window.fetch;
  window.answers = [];
  const held = (url) => /timing[/](assess|trial)/.test(url);
  window.fetch = (url, how) => held(url) ? new Promise((done) => window.answers.push(done)) : real(url, how);
}"""
LATE = """() => {
  const verdicts = [{ label: "old", status: "OLD", sentence: "An old answer." }];
  const line = JSON.stringify({ done: 1, total: 2, verdicts });
  const answer = JSON.stringify({ answer: { safety: "", json: "", series: [], blocks: [] } });
  for (const done of window.answers.splice(0)) done(new Response(`${line}\\n${answer}\\n`));
}"""


def test_an_answer_to_what_was_asked_before_never_appears(browser, tmp_path):
    part = ".timing-part:not([hidden])"
    with serving(tmp_path) as link, opened(browser, link) as tab:
        tab.get_by_role("tab", name="Timing").click()
        tab.evaluate(HELD)  # answers come when the test lets them, whether or not the page still listens

        def late():
            until(tab, f"document.querySelector('{part} .timing-work').hidden")
            tab.evaluate(LATE)
            tab.wait_for_timeout(300)
            assert tab.locator(f"{part} .timing-answer").is_hidden()

        _choose(tab, german())
        zone = tab.get_by_label("Time zone of the clock")
        zone.select_option("Europe/Berlin")
        tab.get_by_role("button", name="Assess").click()
        until(tab, "window.answers.length === 1")
        zone.select_option("+05:00")
        late()
        tab.get_by_role("radio", name="The size of a trial").click()
        tab.get_by_role("button", name="Work out").locator("visible=true").click()
        until(tab, "window.answers.length === 1")
        tab.get_by_label("Fraction with a real cycle").fill("0,4")
        late()
        assert tab.get_by_role("button", name="Work out").locator("visible=true").is_enabled()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser, tmp_path, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install 'bimodal[browser]'")
    with serving(tmp_path) as link:
        context = browser.new_context(color_scheme=theme, bypass_csp=True)
        tab = context.new_page()
        tab.goto(link)
        tab.get_by_role("tab", name="Timing").click()

        def clean():
            found = axe.Axe().run(tab)
            assert found.response["violations"] == [], found.generate_report()

        clean()
        _choose(tab, german(3).replace("14,2", "x"))
        until(tab, "!document.querySelector('.timing-part .notice.where').hidden")
        clean()
        _choose(tab, german())
        until(tab, "!!document.querySelector('select[data-about=zone]')")
        clean()
        tab.get_by_label("Time zone of the clock").select_option("Europe/Berlin")
        until(tab, "!document.querySelector('.timing-reading .trial-run').disabled")
        tab.get_by_role("button", name="Assess").click()
        until(tab, ANSWERED)
        clean()
        for part in ("A sampling plan", "The size of a trial"):
            tab.get_by_role("radio", name=part).click()
            clean()
        tab.get_by_role("button", name="Work out").locator("visible=true").click()
        until(
            tab,
            SIZED,
        )
        clean()
        context.close()

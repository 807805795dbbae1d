"""The page of Trials as people use it, in Chromium, with the command's own server behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

from app_client import STUDY

PATIENCE_MS = 180_000


@contextmanager
def serving(folder, *words):
    """Start `bimodal app`, give its link, and stop it with Ctrl-C."""
    command = [sys.executable, "-m", "bimodal", "app", "--port", "0", "--data", str(folder), *words]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    try:
        lines = [process.stderr.readline()]
        while "http://" not in lines[-1]:
            assert lines[-1], "".join(lines)
            lines.append(process.stderr.readline())
        yield lines[-1].strip()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert (process.wait(), "stopped" in said, "Traceback" in said) == (0, True, False), said
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@contextmanager
def opened(browser, link):
    """Open the page on its Trials, and keep what it complains of and whom it asks."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    tab.complaints, tab.asked = [], []
    tab.on("console", lambda message: tab.complaints.append(message.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.goto(link)
    tab.get_by_role("tab", name="Trials").click()
    yield tab
    context.close()


def until(tab, condition):
    """Wait for a condition in the page; its policy lets no text become code, so it is asked from outside."""
    stop = time.monotonic() + PATIENCE_MS / 1000
    while not tab.evaluate(condition):
        assert time.monotonic() < stop, f"{condition} never came"
        time.sleep(0.05)


def test_a_study_is_written_run_read_cancelled_and_taken_up_again(browser, tmp_path):
    hostile = "<img src=x onerror=window.bad=1>"
    with serving(tmp_path, "--token") as link, opened(browser, link) as tab:
        assert "token" not in tab.url
        file = tab.get_by_label("Study file (TOML)")
        until(tab, "document.querySelector('.trial-text').value.includes('my-study')")
        run = tab.get_by_role("button", name="Run", exact=True)

        file.fill("name = ")
        until(tab, "document.querySelector('.trial-edit .problem').textContent.includes('not TOML')")
        assert run.is_disabled()
        file.fill(STUDY.replace('"untreated"', f'"{hostile}"'))
        until(tab, "document.querySelector('.trial-form input')?.value === 'small'")
        tab.get_by_label("Regimen", exact=True).first.fill("0.5 MIU SC daily for 2 days")
        until(tab, "document.querySelector('.trial-text').value.includes('0.5 MIU')")
        assert hostile in file.input_value()

        run.click()
        tab.wait_for_selector("tr[data-state=done]")
        tab.wait_for_selector(".trial-figures img")
        assert "virtual patients" in tab.inner_text(".trial-result .headline")
        assert hostile in tab.inner_text(".trial-result table")
        assert tab.evaluate("window.bad") is None
        with tab.expect_download() as saved:
            tab.get_by_role("link", name="endpoints.csv").click()
        assert saved.value.suggested_filename == "small-endpoints.csv"

        file.fill(STUDY.replace("patients = 4", "patients = 9000"))
        until(tab, "document.querySelector('.trial-form .number')?.value === '9000'")
        run.click()
        tab.get_by_role("button", name="Cancel job 2, small").click()
        tab.wait_for_selector("tr[data-state=cancelled]")
        assert tab.get_by_role("button", name="Resume job 2, small").is_visible()
        own = link.split("?")[0]
        assert [url for url in tab.asked if not url.startswith((own, "blob:", "data:"))] == []
        assert [words for words in tab.complaints if "status of 422" not in words] == []  # the study that is none
    with serving(tmp_path) as link, opened(browser, link) as tab:
        tab.wait_for_selector("tr[data-state=done]")
        assert tab.locator("tr[data-state=cancelled]").count() == 1
        tab.get_by_role("tab", name="Evidence").click()
        tab.get_by_label("Study", exact=True).select_option("konrad-1990")
        tab.locator("[data-row=D07] summary").click()
        tab.get_by_role("button", name="Open konrad-1990 in Trials").first.click()
        until(tab, "document.querySelector('.trial-text').value.includes('name = \"konrad-1990\"')")
        until(tab, "document.querySelector('.trial-form input')?.value === 'konrad-1990'")


def test_what_explore_shows_is_run_in_a_thousand(browser, tmp_path):
    with serving(tmp_path) as link, opened(browser, f"{link}#v=1&view=explore") as tab:
        tab.get_by_role("tab", name="Explore").click()
        tab.get_by_role("button", name="Hold for comparison").click()
        tab.get_by_role("button", name="three times a week").first.click()
        tab.get_by_role("button", name="1,000 on the server").click()
        until(tab, "document.querySelector('.trial-text').value.includes('patients = 1000')")
        text = tab.get_by_label("Study file (TOML)").input_value()
        assert 'regimen = "1 MIU/m2 SC daily for 56 days"' in text
        assert text.count("[[arm]]") == 2
        assert "treg_fold" in text
        until(tab, "!document.querySelector('.trial-run').disabled")
        assert tab.complaints == []

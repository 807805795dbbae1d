"""One HTML file that allows its own scripts and nothing else, from the command line and in a report."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from bimodal.cli import main
from bimodal.errors import OutputError
from bimodal.page.bundle import bundle_with
from bimodal.page.explore import explore_bundle
from bimodal.page.html import page_html, parts
from bimodal.page.modules import link

_HOSTILE = "</script><!--<script>alert(1)</script>\"'&{{csp}}"


@pytest.fixture(scope="module")
def bundle():
    return explore_bundle(["human"], cohorts=["healthy"], drugs=["aldesleukin"], patients=2)


class Reader(HTMLParser):
    """Collects scripts and styles with their contents, and every attribute that could load or run something."""

    def __init__(self, text):
        super().__init__()
        self.found, self.risky, self.policy, self._now = [], [], "", None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            loads = name in ("src", "href", "style", "action") and not (value or "").startswith("#")
            if loads or name.startswith("on"):
                self.risky.append((tag, name, value))
        if dict(attributes).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attributes)["content"]
        if tag in ("script", "style"):
            self._now = (tag, dict(attributes))
            self.found.append([tag, dict(attributes), ""])

    def handle_endtag(self, tag):
        self._now = None

    def handle_data(self, data):
        if self._now:
            self.found[-1][2] += data


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def is_locked(text):
    """Check that what runs is allowed by its hash and nothing else is."""
    reader = Reader(text)
    run = [content for tag, about, content in reader.found if tag == "script" and "type" not in about]
    styles = [content for tag, _, content in reader.found if tag == "style"]
    rules = dict(rule.split(" ", 1) for rule in reader.policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == " ".join([*map(digest, run), "'wasm-unsafe-eval'", "blob:"])
    assert rules["style-src"] == " ".join(map(digest, styles))
    assert "unsafe-inline" not in reader.policy
    assert (rules["base-uri"], rules["form-action"], rules["worker-src"]) == ("'none'", "'none'", "blob:")
    return reader


def test_a_page_allows_its_own_scripts_and_nothing_else(bundle):
    reader = is_locked(page_html(bundle))
    assert reader.risky == []
    (data,) = [content for _, about, content in reader.found if about.get("id") == "bimodal-bundle"]
    assert json.loads(data) == json.loads(json.dumps(bundle))


def test_hostile_words_stay_words(bundle):
    told = bundle_with({**bundle, "title": _HOSTILE}, [{**bundle["scenarios"][0], "name": _HOSTILE}])
    reader = is_locked(page_html(told))
    (data,) = [content for _, about, content in reader.found if about.get("id") == "bimodal-bundle"]
    assert json.loads(data)["scenarios"][0]["name"] == _HOSTILE
    assert reader.risky == []


def test_pages_are_small(bundle):
    panel = parts(bundle, entry="main_panel.js")
    assert sum(len(part.encode()) for part in (panel.data, panel.script, panel.style)) < 500_000
    assert len(page_html(bundle).encode()) < 700_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('import x from "./b.js";\n', "not understood"),
        ("export default 1;\n", "not understood"),
        ('export * from "./b.js";\n', "not understood"),
        ('const b = await import("./b.js");\n', "not understood"),
        ('import { a } from "./a.js";\n', "in a circle: a -> a"),
        ('import { a-b } from "./b.js";\n', "cannot read the name"),
    ],
)
def test_forms_the_linker_does_not_know_are_refused(text, words):
    texts = {"a.js": text, "b.js": "export const b = 1;\n"}
    with pytest.raises(OutputError, match=words) as caught:
        link("a.js", texts.__getitem__)
    assert "a.js" in str(caught.value) or "circle" in words


def test_a_page_without_a_server_calls_none(bundle):
    assert "fetch(" not in link("main.js")
    assert "connect-src" not in page_html(bundle)
    served = page_html(bundle, own_server=True)
    assert "; connect-src 'self'; " in is_locked(served).policy
    assert is_locked(served).risky == []


def test_no_module_has_a_text_of_several_lines_that_could_look_like_a_comment():
    for name in ("worker.js", "main.js", "main_app.js"):
        linked = link(name)
        assert not re.search(r"`[^`]*\n\s*(//|/\*)[^`]*`", linked)


def test_explore_writes_a_file_and_refuses_to_replace_it(tmp_path, capsys):
    out = tmp_path / "mine.html"
    words = ["explore", "--out", str(out), "-m", "human", "-c", "healthy", "-d", "aldesleukin", "-n", "2"]
    assert main(words) == 0
    assert "kB" in capsys.readouterr().out
    is_locked(out.read_text("utf-8"))
    assert main(words) == 2
    assert "is there already" in capsys.readouterr().err
    assert main([*words, "--force", "--quiet"]) == 0


def test_a_model_is_exported_as_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.ant").write_text("model m; S = 1; k = 0.5; S -> ; k*S; end")
    assert main(["export", "m.ant", "--to", "html", "--until", "5"]) == 0
    assert capsys.readouterr().out.strip() == "m.html"
    is_locked((tmp_path / "m.html").read_text("utf-8"))
    (tmp_path / "e.ant").write_text("model m; S = 1; k = 0.5; S -> ; k*S; E: at (S < 0.5): S = 1; end")
    assert main(["export", "e.ant", "--to", "html"]) == 2
    assert "cannot run in a browser" in capsys.readouterr().err


def test_a_report_has_a_panel_unless_it_is_left_out(tmp_path):
    study = tmp_path / "mine.toml"
    study.write_text(
        'name = "mine"\n[population]\ncohort = "healthy"\npatients = 3\n[[arm]]\nname = "low"\ndrug = "aldesleukin"\n'
        'regimen = "1 MIU SC daily for 3 days"\n[[endpoint]]\nid = "treg_fold"\ndays = [3]\n'
    )
    for folder, more in (("with", []), ("without", ["--no-live"])):
        assert main(["run", str(study), "--out", str(tmp_path / folder), "--quiet", *more]) == 0
    with_panel, without = ((tmp_path / folder / "report.html").read_text("utf-8") for folder in ("with", "without"))
    is_locked(with_panel)
    assert 'data-mode="panel"' in with_panel
    assert "Try another dose" in with_panel
    size = int(re.search(r"This panel is (\d+) kB", with_panel).group(1))
    assert 0 < size < 500
    assert abs(len(with_panel.encode()) - len(without.encode()) - 1000 * size) < 3000
    assert "<script" not in without
    assert "unsafe-inline" not in without


def test_parts_never_end_a_script_early(bundle):
    made = parts(bundle)
    for content in (made.bundle, made.worker, made.script):
        assert not re.search(r"</script|<!--", content, re.IGNORECASE)


def test_a_report_stands_without_a_panel_its_model_cannot_have(monkeypatch, capsys):
    from bimodal.cli.finished import _live_panel
    from bimodal.errors import EngineError

    def refuse(_):
        raise EngineError("the event 'E' of the model cannot run in a browser")

    monkeypatch.setattr("bimodal.page.study_part.study_bundle", refuse)
    assert _live_panel(None, quiet=False) is None
    assert "no live panel: the event 'E'" in " ".join(capsys.readouterr().err.split())

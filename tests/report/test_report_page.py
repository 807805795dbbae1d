from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from report_fake import fake_result

from bimodal import INTENDED_USE
from bimodal.report import write_report
from bimodal.report.page import page
from bimodal.report.text import clean

VOID = {"meta", "img", "br", "link"}
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>\x00${css} & co'


class Reader(HTMLParser):
    """Collects tags and attributes and checks that tags are closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "title"}:
            self.words.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader, " ".join(" ".join(reader.words).split())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_report(fake_result(), tmp_path_factory.mktemp("report")).read_text(encoding="utf-8")


def test_the_page_needs_nothing_from_outside(written):
    reader, _ = read(written)
    assert not {"script", "link", "iframe", "object", "base", "form"} & set(reader.tags)
    for _, name, value in reader.attributes:
        assert not name.startswith("on")
        if name in {"src", "href", "srcset", "action"}:
            assert value.startswith("data:image/svg+xml;base64,")
    assert "url(" not in written
    assert "@import" not in written
    assert "default-src 'none'" in written


def test_the_page_says_what_was_simulated_how_it_compares_and_what_it_is_for(written):
    reader, words = read(written)
    assert words.count(INTENDED_USE) == 2
    for needed in (
        "Of 6 scored published targets, 2 outside the published range, 3 inside, 1 not evaluated.",
        "1.0 MIU/m2 SC daily for 56 days",
        "cgvhd",
        "5.3 (3.1 to 9.4)",
        "5-95 % of patients",
        "◆ outside",
        "not scored (inside)",
        "arm 3 MIU/m2 lies above the doses the model was calibrated on",
        "Context, not simulated",
        "major response",
        "31 measured, 0 fitted, 60 assumed, of 91 in all.",
        "ab" * 32,
        "clearance = 6.5",
    ):
        assert needed in words
    assert reader.tags.count("img") == 5
    assert words.index("◆ outside") < words.index("● inside")
    assert words.index("A. Author") < words.index("Figure 1.")


def test_captions_name_the_uncertainty_of_the_bands(written):
    _, words = read(written)
    for caption in re.findall(r"Figure \d\. .*?(?=Figure \d\.|Endpoints of every arm)", words):
        assert "patients" in caption or "interval" in caption


def test_no_word_advises_a_dose(written):
    _, words = read(written)
    assert not re.search(r"optimal|best[\s-]+dose|recommended[\s-]+dose", words, re.IGNORECASE)


def test_the_same_result_gives_the_same_bytes(written, tmp_path):
    assert write_report(fake_result(), tmp_path).read_text(encoding="utf-8") == written


def test_hostile_text_from_every_side_is_shown_and_never_run():
    result = fake_result(arms=(HOSTILE, "b"), doses=(1.0, 0.0), size=2)
    summary = result.summary
    summary["study"] = summary["bimodal"] = HOSTILE
    summary["seed"] = HOSTILE
    summary["warnings"] = [HOSTILE]
    summary["provenance"] = {HOSTILE: HOSTILE, "cohort": HOSTILE, "set": {HOSTILE: 1.0}}
    summary["arms"][0] |= {"drug": HOSTILE, "regimen": HOSTILE}
    summary["arms"][0]["endpoints"][0] |= {"id": HOSTILE, "statistic": HOSTILE, "interval": HOSTILE, "unit": HOSTILE}
    texts = ("id", "endpoint", "statistic", "kind", "unit", "source", "note", "rule", "label", "role", "quality")
    summary["targets"] = [{**row, **dict.fromkeys(texts, HOSTILE)} for row in summary["targets"][:2]]
    made = page(result, {})
    reader, words = read(made)
    assert not {"script", "img"} & set(reader.tags)
    assert words.count(clean(HOSTILE)) > 20
    assert "${css}" in unescape(made)


@pytest.mark.parametrize("missing", ["provenance", "warnings", "targets", "arms"])
def test_a_block_that_is_absent_is_left_out(missing):
    result = fake_result(size=2)
    del result.summary[missing]
    _, words = read(page(result, {}))
    assert "Intended use." in words


def test_a_study_without_publication_or_targets_says_so():
    result = fake_result(size=2)
    result.summary["targets"] = []
    _, words = read(page(result, {}))
    assert "This study has no published targets." in words
    assert "No published target was scored." in words


def test_many_arms_come_in_several_tables():
    result = fake_result(arms=tuple(f"arm number {index}" for index in range(9)), size=1, failures=())
    _, words = read(page(result, {}))
    assert "arm number 8" in words[words.index("Endpoints of every arm") :]


def test_the_page_shows_visit_rules_thresholds_and_why_doses_were_held():
    result = fake_result()
    result.summary["arms"][1] |= {
        "rules": ["hold if tox_index >= hold_threshold", "stop cycle after 2 holds"],
        "thresholds": {"hold_threshold": 1.25},
        "era": "nci-1985",
        "doses_delivered": {
            "doses_by_reason": {"held: hold if tox_index >= hold_threshold": 0.125, "as planned": 0.875},
            "patients_by_reason": {"as planned": 1.0, "held: hold if tox_index >= hold_threshold": 0.4},
        },
    }
    _, words = read(page(result, {}))
    for said in ("Visit rules", "hold_threshold = 1.25", "nci-1985", "stop cycle after 2 holds", "12.5 %", "40.0 %"):
        assert said in words
    assert "Visit rules" not in read(page(fake_result(), {}))[1]

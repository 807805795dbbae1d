"""Reports of parameter sets: they are called what they are, shares are drawn, and a study says what it shows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text
from report_fake import FakeResult, fake_result, target

from bimodal.cli.contrast_tables import print_contrasts
from bimodal.report.figures.catalogue import CATALOGUE, drawable
from bimodal.report.page import page
from bimodal.report.render import to_svg
from bimodal.report.sections import arms_section, glance_section, headline, warnings_section
from bimodal.report.shown_section import shown_section
from bimodal.study.spec.publication_notes import publication_notes

BY_NAME = {entry.name: entry for entry in CATALOGUE}
SETS = "5-95 % of parameter sets"
SHARES = [
    target(
        "M27",
        "tissue_reserve",
        "ordering",
        published=-1.0,
        simulated=0.1,
        within=False,
        share_of_sets=0.5,
        simulated_interval=SETS,
    ),
    target(
        "M28",
        "treg_fold",
        "ordering",
        published=1.0,
        simulated=2.0,
        within=True,
        share_of_sets=0.94,
        simulated_interval=SETS,
    ),
]
PUBLICATION = SimpleNamespace(
    citation="A. Author, Journal 1 (2013) 1",
    role="validation",
    notes="Low is 1 MIU/kg.",
    rivals={"effectors outgrow suppression": True, "antibodies against the drug": False},
    shows="Whether effectors suffice.",
    does_not_show="Incidence.",
)


class Mice(FakeResult):
    """Mice whose tissue is under attack."""

    @property
    def spec(self) -> Any:
        return SimpleNamespace(name="m", model="mouse", population=SimpleNamespace(), publication=PUBLICATION)

    def _curves(self, observable: str, dose: float, size: int, rng: np.random.Generator) -> np.ndarray:
        falling = np.exp(-self.days / 20.0)[None, :] * np.ones((size, 1))
        if observable.startswith("tissue_") or observable == "cd25_blocked":
            return falling
        if observable.endswith("_organs_fold"):
            return super()._curves(observable.replace("_organs", ""), dose, size, rng)
        return super()._curves(observable, dose, size, rng)


def mice(**summary: Any) -> Mice:
    made = fake_result(size=9, failures=())
    found = Mice(made.arms, made.doses, made.sizes, made.failures, made.summary)
    for arm in found.summary["arms"]:
        for row in arm["endpoints"]:
            row["interval"] = SETS
    found.summary["provenance"] = {**found.summary["provenance"], "cohort": "mouse-sets"}
    found.summary.update(
        targets=SHARES, warnings=[*publication_notes(PUBLICATION), "the model is of the mouse"], **summary
    )
    return found


def words(figure: Any) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text))


def test_orderings_are_drawn_as_shares_of_sets_against_90_percent() -> None:
    figure = BY_NAME["published_vs_simulated"].figure(mice())
    said = words(figure)
    assert "50 % of sets" in said
    assert "94 % of sets" in said
    assert "not drawn" not in said
    assert "does not hold" in said
    assert "share of parameter sets with the right sign" in said
    ends = [line.get_xdata()[1] for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert {0.5, 0.94, 0.9} <= {round(float(end), 3) for end in ends}


def test_an_ordering_of_people_is_not_drawn_as_a_share() -> None:
    result = fake_result(size=3)
    result.summary["targets"] = [target("B1", "treg_fold", "ordering", published=1.0, simulated=2.0, within=True)]
    assert "ordering, not drawn" in words(BY_NAME["published_vs_simulated"].figure(result))


def test_parameter_sets_are_not_called_patients() -> None:
    result = mice()
    assert headline(result) == (
        "Of 2 scored published targets, 1 holds in at least 90 % of the sets, 1 does not. 9 parameter sets per arm, "
        "0 failed."
    )
    told = page(result, {entry: to_svg(entry.figure(result)) for entry in drawable(result)})
    for word in ("virtual patients", "% of patients", "between patients", "people"):
        assert word not in told, word
    assert "not a spread between animals" in told
    person = page(fake_result(size=3), {})
    assert "3 virtual patients per arm" in person


def test_contrasts_of_parameter_sets_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"arms": ["a", "b"], "n": 9, "paired": True, "failed": [0, 0], "dropped": 0, "note": "", "endpoints": []}
    print_contrasts({"contrasts": [found], "provenance": {"cohort": "mouse-sets"}}, long=False)
    print_contrasts({"contrasts": [{**found, "n": 1}], "provenance": {"cohort": "healthy"}}, long=False)
    said = capsys.readouterr().out
    assert "the same 9 parameter sets in both arms" in said
    assert "the same 1 person in both arms" in said


def test_a_study_says_what_it_shows_and_which_causes_the_model_holds() -> None:
    said = shown_section(mice())
    for text in ("Whether effectors suffice.", "Incidence.", "Low is 1 MIU/kg.", "effectors outgrow suppression"):
        assert text in said
    assert said.count("<td>in the model</td>") == said.count("<td>not in the model</td>") == 1
    assert shown_section(fake_result(size=2)) == ""
    # said once on the page
    listed = warnings_section(mice())
    assert "the model is of the mouse" in listed
    assert "rival causes" not in listed


def test_arms_tell_their_partners_and_conditions() -> None:
    result = mice()
    result.summary["arms"][1] |= {
        "partner": [{"drug": "rapamycin-mouse", "regimen": "1 mg/kg IP daily", "doses": 3}],
        "conditions": ["nod", "insulitis"],
    }
    said = arms_section(result)
    assert "with rapamycin-mouse, 1 mg/kg IP daily" in said
    assert "conditions: nod, insulitis" in said


def test_a_tissue_and_the_organs_are_drawn_where_there_are_any() -> None:
    names = [entry.name for entry in drawable(mice())]
    assert {"tissue_over_time", "organ_folds"} <= set(names)
    assert "cell_folds" not in names
    assert not {"tissue_over_time", "organ_folds", "cd25_blocked"} & {
        entry.name for entry in drawable(fake_result(size=3))
    }


def test_a_study_whose_targets_are_all_context_does_not_say_that_it_has_none() -> None:
    result = fake_result(size=2)
    result.summary["targets"] = [target("C14", "", "point", label="response", role="context", published=0.5)]
    assert "Nothing that was published is simulated" in glance_section(result)
    result.summary["targets"] = []
    assert "This study has no published targets" in glance_section(result)


def test_the_tissue_the_organs_and_blocked_cd25_are_drawn() -> None:
    for name in ("tissue_over_time", "organ_folds", "cd25_blocked"):
        figure = BY_NAME[name].figure(mice())
        assert "90 % (light) of parameter sets" in words(figure)
        assert ET.fromstring(to_svg(figure)).tag.endswith("svg")


def test_a_tissue_at_rest_is_not_drawn() -> None:
    result = mice()
    result.values = lambda arm, name: np.ones((9, len(result.days)))  # type: ignore[method-assign]
    assert "tissue_over_time" not in [entry.name for entry in drawable(result)]


def test_words_on_a_study_keep_their_capitals() -> None:
    said = publication_notes(SimpleNamespace(shows="CD25 that is left.", does_not_show="The rest.", rivals={}))
    assert said == ["what this study shows: CD25 that is left.", "what this study does not show: the rest."]

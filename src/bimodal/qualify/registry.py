"""The sections of the credibility report, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section


@dataclass(frozen=True)
class SectionPlan:
    """A section before it is computed.

    Parameters
    ----------
    question
        What it answers.
    after
        Sections whose figures it reads; such a section is cheap and never kept.
    alone
        Whether it measures time, so that nothing else may be computed beside it.
    """

    id: str
    title: str
    question: str
    after: tuple[str, ...] = ()
    alone: bool = False

    @property
    def compute(self) -> Callable[[Work], Section]:
        """The function that computes it."""
        return import_module(f"bimodal.qualify.sections.{self.id.replace('-', '_')}").compute


SECTIONS = (
    SectionPlan("closed-forms", "Closed forms", "Does the engine give what a formula gives?"),
    SectionPlan("mass-balance", "Mass balance", "Is every dose somewhere: in the body, lost, or taken up?"),
    SectionPlan("tolerance", "Tolerance ladder", "Does a tighter tolerance bring the numbers closer to the truth?"),
    SectionPlan("oracles", "Other solvers", "Does an independent solver give the same?"),
    SectionPlan("invariance", "Same bytes", "Do batch, order, workers or lanes change a number?"),
    SectionPlan("gradients", "Gradients", "Are derivatives those of the model?"),
    SectionPlan("sbml-export", "Models out and in again", "Is an exported model consistent, and the same read back?"),
    SectionPlan("sbml-suite", "SBML test suite", "Which models of others are read, and are they right?"),
    SectionPlan("petab", "PEtab test suite", "Which problems of others are read, and are they right?"),
    SectionPlan("studies", "Published studies", "Does the model give what was published?"),
    SectionPlan("fold-error", "Geometric mean fold error", "By which factor is the model off?", ("studies",)),
    SectionPlan("predictions", "Registered predictions", "What became of what was predicted before it was seen?"),
    SectionPlan("coverage", "Coverage of prediction intervals", "Do 90 % intervals hold 90 %?"),
    SectionPlan("parameters", "Parameters", "Where do the numbers come from, and which do the data tell?"),
    SectionPlan("sensitivity", "Sensitivity of key outputs", "Which parameters move what is read off the model?"),
    SectionPlan("timing-bars", "Timing: bars", "Is the search for a cycle as honest as it says?"),
    SectionPlan("performance", "Performance", "How long does a patient take?", alone=True),
    SectionPlan("environment", "Environment", "What was this computed with?"),
    SectionPlan("hashes", "Fingerprints", "From which files is this, and are stored results of the same?"),
    SectionPlan(
        "assessment",
        "Assessment",
        "For which question may each study be used, and what stands behind it?",
        ("studies", "fold-error"),
    ),
)  # fmt: skip


def section_ids() -> tuple[str, ...]:
    """Return the ids of all sections in order."""
    return tuple(plan.id for plan in SECTIONS)


def chosen(only: Sequence[str]) -> tuple[SectionPlan, ...]:
    """Return the sections asked for, with those they read; all where none is named.

    Examples
    --------
    >>> [plan.id for plan in chosen(["fold-error"])]
    ['studies', 'fold-error']
    """
    known = section_ids()
    for name in only:
        if name not in known:
            fix = suggest_names(name, known)
            raise StudyError(f"there is no section '{name[:60]}'", where="--only", fix=fix)
    wanted = set(only or known)
    for plan in SECTIONS:
        if plan.id in wanted:
            wanted.update(plan.after)
    return tuple(plan for plan in SECTIONS if plan.id in wanted)

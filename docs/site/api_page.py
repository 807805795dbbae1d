"""Makes the page of the Python interface: every public name with its own help, which Sphinx reads from the code."""

from __future__ import annotations

from bimodal.api.rooms import noun

#: Public names by kind; a test holds them against ``bimodal.__all__``.
FUNCTIONS = {
    "simulate": "bimodal.api.simulate.simulate",
    "run_study": "bimodal.api.run_study.run_study",
    "response": "bimodal.api.response.response",
    "compare": "bimodal.api.compare.compare",
    "fit": "bimodal.api.fit.fit",
    "plot": "bimodal.api.plot.plot",
    "load_study": "bimodal.study.spec.load.load_study",
    "load_model": "bimodal.model.model.load_model",
}
LISTINGS = ("drugs", "studies", "cohorts")
CLASSES = {
    "what `simulate` and `run_study` return": "bimodal.study.run.result.StudyResult",
    "what `response` returns": "bimodal.response.dose_responses.DoseResponses",
    "what `compare` returns": "bimodal.compare.compare.MoleculeComparison",
    "what `fit` takes": "bimodal.fit.problem.Problem",
    "what `fit` returns": "bimodal.fit.result.FitResult",
    "what `load_study` returns": "bimodal.study.spec.spec.StudySpec",
    "what `load_model` returns": "bimodal.model.model.Model",
}


def api_page() -> str:
    """Return reStructuredText that asks Sphinx for the help of every public name."""
    lines = [*_title("Python interface", "="), "``import bimodal as bm``; see also :doc:`/docs/python`.", ""]
    for name, path in FUNCTIONS.items():
        lines += [*_title(f"bm.{name}", "-"), f".. autofunction:: {path}", ""]
    for name in LISTINGS:
        said = (type(noun(f"bimodal.{name}")).__doc__ or "").strip().partition("\n")[0]
        lines += [*_title(f"bm.{name}", "-"), said, ""]
    lines += [*_title("bm.timing", "-"), ".. automodule:: bimodal.timing", "   :members:", "   :imported-members:", ""]
    for what, path in CLASSES.items():
        title = f"{path.rpartition('.')[2]}: {what.replace('`', '')}"
        lines += [*_title(title, "-"), f".. autoclass:: {path}", "   :members:", ""]
    return "\n".join(lines)


def _title(text: str, line: str) -> list[str]:
    return [text, line * len(text), ""]

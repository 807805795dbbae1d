"""What a published study says of itself with every result: rival causes, what a run shows and what it does not."""

from __future__ import annotations

from typing import Any


def publication_notes(publication: Any) -> list[str]:
    """Say which causes that may explain what was published the model holds, and what a run shows and does not.

    Parameters
    ----------
    publication
        Of a study file; None or one without such words gives nothing.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> publication_notes(load_study("lee-2004").publication)[0]
    'rival causes in the model: Treg lose CD25 and fall'
    """
    said = getattr(publication, "rivals", None) or {}
    parts = [("in the model", [cause for cause, held in said.items() if held])]
    parts.append(("not in it", [cause for cause, held in said.items() if not held]))
    texts = [f"rival causes {where}: {'; '.join(causes)}" for where, causes in parts if causes]
    for what, name in (("shows", "shows"), ("does not show", "does_not_show")):
        text = getattr(publication, name, "")
        # a word as a word, and CD25 as CD25
        said_so = text if text[1:2].isupper() or text[1:2].isdigit() else f"{text[:1].lower()}{text[1:]}"
        texts += [f"what this study {what}: {said_so}"] if text else []
    return texts

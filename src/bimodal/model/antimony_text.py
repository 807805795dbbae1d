"""Antimony text to flattened SBML."""

from __future__ import annotations

import threading

from bimodal.errors import ModelError
from bimodal.model.guard import check_antimony

# libAntimony keeps everything it ever loaded in one buffer of the process
_BUFFER = threading.Lock()


def to_sbml(text: str, name: str, *, file: str) -> str:
    """Translate Antimony text and return the flattened SBML of one of its models.

    Parameters
    ----------
    text
        Modules and the model.
    name
        The model to return; an empty string takes the main one.
    file
        What to call the text in messages.

    Raises
    ------
    ModelError
        The text cannot be read.
    """
    import antimony

    check_antimony(text, file)

    with _BUFFER:
        antimony.clearPreviousLoads()
        try:
            if antimony.loadAntimonyString(text) < 0:
                message = " ".join(str(antimony.getLastError()).split())
                raise ModelError(f"the Antimony text cannot be read: {message}", where=file)
            sbml = antimony.getSBMLString(name or antimony.getMainModuleName())
        except UnicodeDecodeError:  # libAntimony cuts characters of several bytes in its messages
            raise ModelError(
                "the Antimony text cannot be read: a character is not allowed where it stands",
                where=file,
                fix="use plain ASCII outside comments",
            ) from None
        finally:
            antimony.clearPreviousLoads()
    if not sbml:
        raise ModelError(f"there is no model '{name}'", where=file)
    return sbml

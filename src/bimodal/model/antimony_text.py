"""Antimony text to flattened SBML."""

from __future__ import annotations

import re
import threading

from bimodal.errors import ModelError
from bimodal.model.guard import check_antimony
from bimodal.model.short_form import PlainText

# libAntimony keeps everything it ever loaded in one buffer of the process
_BUFFER = threading.Lock()
_LINE = re.compile(r"\bline (\d+)")


def to_sbml(text: str | PlainText, name: str, *, file: str) -> str:
    """Translate Antimony text and return the flattened SBML of one of its models.

    Parameters
    ----------
    text
        Modules and the model; of a `PlainText` a fault is told with the file and line it comes from.
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

    plain = text if isinstance(text, str) else text.text
    check_antimony(plain, file)

    with _BUFFER:
        antimony.clearPreviousLoads()
        try:
            if antimony.loadAntimonyString(plain) < 0:
                message = " ".join(str(antimony.getLastError()).split())
                line = _LINE.search(message)
                where = file if isinstance(text, str) or line is None else text.where(int(line[1]))
                raise ModelError(f"the Antimony text cannot be read: {message}", where=where)
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

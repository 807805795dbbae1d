"""Nearest names, for messages about a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near_names(name: str, known: Iterable[str], listing: str) -> str:
    """Say which known names are near `name`, or where all of them are listed.

    A wrong name is nearly always a slip of the fingers; the right one in the message saves a look into the manual.

    Parameters
    ----------
    name
        What was written.
    known
        Names that exist.
    listing
        Command that prints all of them.

    Returns
    -------
    str
        Text for the ``fix`` of an error.

    Examples
    --------
    >>> near_names("treg_fald", ["treg_fold", "cd8_fold"], "bimodal list endpoints")
    "did you mean 'treg_fold'? `bimodal list endpoints` prints every name"
    """
    close = get_close_matches(name.lower(), sorted(known), n=3, cutoff=0.6)
    tail = f"`{listing}` prints every name"
    if not close:
        return tail
    return "did you mean " + " or ".join(f"'{item}'" for item in close) + f"? {tail}"

"""Nearest names, for messages about a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 20


def suggest_names(name: str, known: Iterable[str], listing: str | None = None) -> str:
    """Say which known names are near `name`, or where all of them are listed.

    A wrong name is nearly always a slip of the fingers; the right one in the message saves a look into the manual.

    Parameters
    ----------
    name
        What was written.
    known
        Names that exist.
    listing
        Command that prints all of them; None where there is none, then the message itself has the first twenty.

    Returns
    -------
    str
        Text for the ``fix`` of an error.

    Examples
    --------
    >>> suggest_names("treg_fald", ["treg_fold", "cd8_fold"], "bimodal list endpoints")
    "did you mean 'treg_fold'? `bimodal list endpoints` prints every name"
    >>> suggest_names("crp", ["CRP", "k"])
    "did you mean 'CRP'? there are: CRP, k"
    """
    names = sorted(known)
    low = {item: item.lower() for item in names}
    close = get_close_matches(name.lower(), sorted(set(low.values())), n=3, cutoff=0.6)
    alike = [item for match in close for item in names if low[item] == match]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    tail = f"`{listing}` prints every name" if listing else f"there are: {', '.join(names[:_SHOWN]) or 'none'}{more}"
    if not alike:
        return tail
    return "did you mean " + " or ".join(f"'{item}'" for item in alike) + f"? {tail}"

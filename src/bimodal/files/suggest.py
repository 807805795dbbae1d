"""Nearest names, for messages about a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches

_SHOWN = 20
#: Codes of fewer letters (qd, qod, bid, tid) are too near to each other for a hint that could change a dose.
_SHORTEST = 4
_APART = 0.15


def suggest_names(name: str, known: Iterable[str], listing: str | None = None) -> str:
    """Say which known names are near `name`, or where all of them are listed.

    A wrong name is nearly always a slip of the fingers; the right one in the message saves a look into the manual.

    Parameters
    ----------
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
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    tail = f"`{listing}` prints every name" if listing else f"there are: {', '.join(names[:_SHOWN]) or 'none'}{more}"
    return did_you_mean(name, names, most=3) + tail


def did_you_mean(name: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> str:
    """Begin the ``fix`` of an error with the nearest names; upper and lower case are the same.

    Parameters
    ----------
    name
        What was written.
    known
        Names that exist.
    most
        How many are named.
    cutoff
        How alike they have to be, from 0 to 1.

    Returns
    -------
    str
        A question and a space, or nothing where no name is near.

    Examples
    --------
    >>> did_you_mean("wieght_kg", ["weight_kg", "height_cm"])
    "did you mean 'weight_kg'? "
    """
    low: dict[str, list[str]] = {}
    for item in sorted(known):
        low.setdefault(item.lower(), []).append(item)
    close = get_close_matches(name.lower(), sorted(low), n=most, cutoff=cutoff)
    alike = [f"'{item}'" for match in close for item in low[match]]
    return f"did you mean {' or '.join(alike)}? " if alike else ""


def nearest_meaning(name: str, words: Iterable[str] | Mapping[str, object]) -> str | None:
    """Give the nearest word if a hint cannot lead to another meaning, as between `qod` and `qd`.

    Parameters
    ----------
    name
        What was written.
    words
        Words that may stand there. A mapping gives the meaning of each; without one, every word has its own.

    Returns
    -------
    str or None
        None where a word of another meaning is about as near, where `name` is a longer word with a known one in it
        (`biweekly`), and, with meanings given, for codes of a few letters.

    Examples
    --------
    >>> doses = {"daily": 1, "qd": 1, "qod": 2, "weekly": 7}
    >>> nearest_meaning("dialy", doses), nearest_meaning("od", doses), nearest_meaning("biweekly", doses)
    ('daily', None, None)
    """
    token = name.lower()
    meanings = words if isinstance(words, Mapping) else {word: word for word in words}
    shortest, cutoff = (_SHORTEST, 0.7) if isinstance(words, Mapping) else (1, 0.6)
    ratios = {word: SequenceMatcher(None, token, word).ratio() for word in meanings if len(word) >= shortest}
    near = max(ratios, key=ratios.__getitem__, default=None)
    if near is None or len(token) < shortest or ratios[near] < cutoff or (near in token and len(token) - len(near) > 1):
        return None
    others = [ratio for word, ratio in ratios.items() if meanings[word] != meanings[near]]
    return near if max(others, default=0.0) < ratios[near] - _APART else None

"""A word of a user as part of a file name that every system takes."""

from __future__ import annotations

import re

# to Windows these are devices, whatever follows a dot
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)


def file_name(word: str) -> str:
    """Return a word as it can begin the name of a file; nearly always it is the word.

    Parameters
    ----------
    word
        Without separators of paths.

    Examples
    --------
    >>> file_name("koreth-2011"), file_name("con"), file_name("Aux.low-1a2b"), file_name("console")
    ('koreth-2011', '_con', '_Aux.low-1a2b', 'console')
    """
    return f"_{word}" if _DEVICE.match(word) else word

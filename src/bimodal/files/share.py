"""A number without dimension, as a fraction or in percent."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

from bimodal.files.number_text import NUMBER

_PERCENT = re.compile(rf"\s*+([+-]?{NUMBER})\s*+(?:%|percent)\s*+", re.ASCII)


def read_share(value: object) -> object:
    """Turn text such as ``"40 %"`` into 0.4, and leave everything else as it is.

    Examples
    --------
    >>> read_share("40 %"), read_share("57%"), read_share(0.4), read_share("40")
    (0.4, 0.57, 0.4, '40')
    """
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    return value if match is None else float(match[1]) / 100.0


#: Where a model expects a fraction, a coefficient of variation or a factor.
SHARE = BeforeValidator(read_share)
Share = Annotated[float, SHARE]

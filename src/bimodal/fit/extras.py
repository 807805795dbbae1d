"""Libraries that only some people need, loaded when they are asked for."""

from __future__ import annotations

import importlib
from typing import Any

from bimodal.errors import BimodalError


def need(module: str, what: str) -> Any:
    """Import an optional library.

    Examples
    --------
    >>> need("math", "arithmetic").pi > 3
    True
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        name = module.partition(".")[0]
        raise BimodalError(
            f"{what} needs the library {name}, which is not installed", fix="pip install 'bimodal[fit]'"
        ) from None

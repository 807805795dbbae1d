"""Body weight over body surface by species, by which doses are carried from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: kg/m2: FDA 2005, Estimating the maximum safe starting dose in initial clinical trials (Km).
KG_PER_M2: Mapping[str, float] = MappingProxyType({"mouse": 3.0, "rat": 6.0, "human": 37.0})

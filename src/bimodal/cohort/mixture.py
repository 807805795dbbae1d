"""People of several kinds in one cohort: a patient is of exactly one, and differs by it in named parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bimodal.cohort.quantity import Quantity
from bimodal.files.share import Share

#: How far the proportions of a mixture may miss 1.
_ROUNDING = 1e-6


class MixtureClass(BaseModel):
    """One kind of people of a mixture.

    Attributes
    ----------
    source, where_in_source, status, note
        Provenance of the proportion; ``where_in_source`` may be blank only when ``status`` is ``assumed``.
    parameters
        Model parameter id to its value in people of this kind, in place of that of the cohort and of the table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    proportion: Share = Field(ge=0.0, le=1.0, allow_inf_nan=False)
    source: str = Field(min_length=1)
    where_in_source: str = ""
    status: Literal["measured", "fitted", "assumed"]
    note: str = ""
    parameters: Mapping[str, Quantity] = Field(default_factory=dict[str, Quantity])

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.status != "assumed" and not self.where_in_source:
            raise ValueError("where_in_source may be blank only for status 'assumed'")
        followers = [name for name, quantity in self.parameters.items() if quantity.follows]
        if followers:
            raise ValueError(f"a parameter of a class follows nothing; remove 'follows' of {followers[0]}")
        return self

    def as_quantity(self) -> Quantity:
        """Give the proportion as a number with its source, to be listed."""
        return Quantity(
            median=self.proportion,
            unit="1",
            distribution="fixed",
            source=self.source,
            where_in_source=self.where_in_source,
            status=self.status,
            note=self.note,
        )


class Mixture(BaseModel):
    """The kinds of people of a cohort and how common each is.

    An average patient between kinds need not exist: a tumour that nothing recognises and one that is recognised wholly
    have no mean. The kind is drawn from a stream of its own, and is kept as a covariate: 0 for the first kind of the
    file, 1 for the second, and so on.

    Classes stand in the order of the file; their proportions add up to 1.

    Examples
    --------
    >>> import numpy as np
    >>> half = {"proportion": 0.5, "source": "our choice", "status": "assumed"}
    >>> Mixture.model_validate({"classes": {"no": half, "yes": half}}).draw(np.array([0.2, 0.9])).tolist()
    [0, 1]
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    classes: Mapping[str, MixtureClass] = Field(min_length=2)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        total = math.fsum(kind.proportion for kind in self.classes.values())
        if abs(total - 1.0) > _ROUNDING:
            raise ValueError(f"the proportions of the classes add up to {total:g}, not to 1")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the kinds; the covariate counts along them."""
        return tuple(self.classes)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Every parameter that at least one kind gives, sorted."""
        return tuple(sorted({name for kind in self.classes.values() for name in kind.parameters}))

    def draw(self, u: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the kind of each patient, as its place in :attr:`names`, from uniform numbers of shape (N,)."""
        upper = np.cumsum([kind.proportion for kind in self.classes.values()])
        # a class of proportion 0 gets nobody, and rounding of the sum leaves nobody without a class
        last = max(k for k, kind in enumerate(self.classes.values()) if kind.proportion > 0)
        return np.minimum(np.searchsorted(upper, u, side="right"), last).astype(np.int64)

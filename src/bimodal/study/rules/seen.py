"""What is seen of patients at a visit: the values rules compare, with or without the noise of measuring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bimodal.dosing import ThresholdTest
from bimodal.dosing.rule_condition import Alternatives
from bimodal.study.endpoints.derive import derive
from bimodal.study.endpoints.noise import log_noise, read_as
from bimodal.study.rules.visits import VisitPlan

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_DAY_H = 24.0
_NOTHING: Mapping[ThresholdTest, Array] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Seen:
    """Day-0 and present values of M patients.

    Parameters
    ----------
    values
        Of each model observable that is needed, at day 0 and now, each (M,).
    hours
        Elapsed time of the visit.
    noise
        Seed and global indices (M,) of the patients where values are measured with noise; None where they are exact.
    """

    plan: VisitPlan
    values: dict[str, tuple[Array, Array]]
    hours: float
    noise: tuple[int, npt.NDArray[np.int64]] | None = None

    def true(self, alternatives: Alternatives, lowest: Mapping[ThresholdTest, Array] = _NOTHING) -> Flags:
        """Say for whom comparisons hold; what cannot be said (0/0) fulfils none.

        Parameters
        ----------
        lowest
            (M,) lowest value so far, of each comparison with it.
        """
        made: Flags | None = None
        for together in alternatives:
            both: Flags | None = None
            for one in together:
                found = self.compare(one, lowest.get(one))
                both = found if both is None else both & found
            assert both is not None
            made = both if made is None else made | both
        assert made is not None
        return made

    def compare(self, one: ThresholdTest, lowest: Array | None = None) -> Flags:
        """Say for whom one comparison holds, with a level or with so many times the lowest value."""
        value, level = self.value(one.observable), self.plan.levels[one] * (1.0 if lowest is None else lowest)
        made = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}[one.relation](value, level)
        return np.asarray(made, np.bool_)

    def value(self, name: str) -> Array:
        """Give what is seen of an observable, (M,)."""
        if name in self.values:
            exact = self.values[name][1]
        else:
            exact = derive(name, lambda part: np.stack(self.values[part], axis=1), 0)[:, 1]
        if self.noise is None:
            return exact
        seed, people = self.noise
        level, day = read_as(name), self.hours / _DAY_H
        noise = log_noise(seed, people, level, day)
        return exact * np.exp(noise if level == name else noise - log_noise(seed, people, level, 0.0))

"""Where the descents of a fit begin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.fit.surface import Surface

FloatArray = npt.NDArray[np.float64]

MAX_STARTS = 2**16


def start_points(surface: Surface, starts: int, seed: int, spread: float) -> FloatArray:
    """Return the declared start and points of a scrambled Sobol sequence around it.

    Points cover the box more evenly than independent draws, and the first ones stay the same when more are asked for.

    Parameters
    ----------
    seed
        Seed of the scrambling, from 0.
    spread
        Share of the way from the declared start to each bound that is covered, above 0 to 1 (the whole box).

    Returns
    -------
    ndarray
        (starts, P) on the fitting scale.

    Examples
    --------
    >>> from bimodal.fit import FitParameter, Problem
    >>> box = Problem(name="box", parameters=(FitParameter("a", start=1.0, lower=0.0, upper=4.0, scale="linear"),),
    ...     groups=("all",), data={"none": "0" * 64}, residuals=lambda v: np.array([v["a"]]))
    >>> start_points(Surface(box), 1, seed=1, spread=1.0)
    array([[1.]])

    Notes
    -----
    Owen, J. Complexity 14 (1998) 466-489 (scrambling), as in ``scipy.stats.qmc.Sobol``.
    """
    if not 1 <= starts <= MAX_STARTS:
        raise BimodalError(f"cannot begin from {starts} starts", fix=f"give 1 to {MAX_STARTS}")
    if seed < 0:
        raise BimodalError(f"the seed {seed} is negative", fix="give a whole number from 0")
    if not 0.0 < spread <= 1.0:
        raise BimodalError(f"a spread of {spread} for the starts", fix="above 0, at most 1 (the whole box)")
    centre = surface.start
    if starts == 1:
        return centre[None]
    from scipy.stats import qmc

    sobol: Any = qmc.Sobol  # SciPy before 1.15 has no `rng`, types of later ones no `seed`
    sequence = sobol(len(centre), scramble=True, seed=seed)
    cube = sequence.random_base2(math.ceil(math.log2(max(starts - 1, 2))))[: starts - 1]
    low = centre - spread * (centre - surface.lower)
    high = centre + spread * (surface.upper - centre)
    return np.concatenate([centre[None], np.clip(low + cube * (high - low), surface.lower, surface.upper)])

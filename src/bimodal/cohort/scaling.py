"""Body size in pharmacokinetics."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

REFERENCE_BSA_M2 = 1.85
SCALED = ("v_plasma", "clearance", "blood_volume")


def scale_by_size(
    parameters: Mapping[str, NDArray[np.float64]], values: Mapping[str, float], bsa: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Multiply plasma volume, blood volume and clearance by body-surface area over that of the reference subject.

    Arrays are of shape (N,), ``bsa`` in m2; size parameters that ``values`` lacks are left out.

    Examples
    --------
    >>> import numpy as np
    >>> scale_by_size({}, {"clearance": 7.7}, np.array([1.85]))["clearance"].tolist()
    [7.7]

    Notes
    -----
    The table describes a subject of 75 kg and 1.85 m2. Strict proportionality is assumed: no source at hand gives
    the exponent for interleukin-2.
    """
    scaled = dict(parameters)
    for name in SCALED:
        if name in values:
            scaled[name] = scaled.get(name, np.full(len(bsa), values[name])) * (bsa / REFERENCE_BSA_M2)
    return scaled

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

from bimodal.report.style import ARM_COLOURS, CELL_PALETTE, house_style, log_limits

# Simulation matrices of full dichromacy in linear RGB: Machado, Oliveira & Fernandes, IEEE TVCG 15 (2009) 1291.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, vision):
    srgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colours", [tuple(CELL_PALETTE.values()), ARM_COLOURS[:5]], ids=["cells", "arms"])
def test_colours_differ_with_every_kind_of_colour_vision(colours, vision):
    distances = [np.linalg.norm(lab(a, vision) - lab(b, vision)) for a, b in combinations(colours, 2)]
    assert min(distances) > 9


def test_settings_of_the_user_neither_leak_in_nor_get_lost():
    with mpl.rc_context({"font.size": 31.0}):
        with house_style():
            assert mpl.rcParams["font.size"] < 10
        assert mpl.rcParams["font.size"] == 31.0


def test_settings_come_back_after_an_error():
    before = dict(mpl.rcParams)

    def fail():
        with house_style():
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    assert dict(mpl.rcParams) == before


def test_limits_without_any_value_are_the_least_ones():
    assert log_limits([], (0.5, 2.0), pad=1.0) == (0.5, 2.0)


def test_importing_the_room_loads_no_drawing_library():
    code = "import sys, bimodal.report; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
